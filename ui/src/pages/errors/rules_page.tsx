// The rules by which events are grouped and by which frames count as own code, tried before saved.
// Invariants: what is typed is the page's until it is saved; a problem stands at its line; somebody
// else's change is never written over, the server refuses it and the page says so.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { asProblem, ProblemError, request } from "../../api/client";
import type { RuleProblem, Rules, RulesPreview } from "../../api/errors";
import { apiPath } from "../../api/query";
import { range } from "../../api/refresh";
import { useResource } from "../../api/resource";
import type { Problem } from "../../api/types";
import { Moment, Tag } from "../../controls/figures";
import { ProblemNote } from "../../controls/notes";
import { showToast } from "../../controls/toasts";
import { firstLine, visible } from "../../errors/badges";
import { inboxHref, issueHref } from "../../errors/links";
import { counted } from "../../format/quantity";
import { session } from "../../shell/session";
import { useTitle } from "../../shell/title";
import "../../styles/rules.css";
import { LineEditor } from "./line_editor";

const PATH = apiPath("/errors/grouping-rules");
const EXAMINED_MAX = 2_000;
const GROUPS_SHOWN = 200;

export function RulesPage(): JSX.Element {
  useTitle({ text: "Grouping rules", parent: { text: "Errors", href: inboxHref() } });
  const { data, problem, reload } = useResource<Rules>(PATH, { live: false });
  return (
    <>
      <ProblemNote problem={problem} />
      {data && <RulesView key={data.version} rules={data} onSaved={reload} />}
    </>
  );
}

const GROUPING_EXAMPLE = `# what the database says is one issue per route
type:DatabaseTimeout service:checkout -> database-down, {{ transaction }}
!level:error message:"cannot reach *" -> {{ default }}, {{ tags.region }}`;

const OWN_CODE_EXAMPLE = `# code that a tool wrote is not ours
path:**/generated/** -app
module:com.example.* +app`;

const GROUPING_HELP = (
  <>
    One rule a line, the first whose conditions all hold wins: <code>type</code>,{" "}
    <code>message</code>, <code>function</code>, <code>module</code>, <code>path</code>,{" "}
    <code>service</code>, <code>level</code>, <code>release</code>, <code>transaction</code> and
    others, with <code>*</code> for any text and <code>!</code> for not; after the arrow what the
    group is called.
  </>
);

const OWN_CODE_HELP = (
  <>
    One rule a line, the last that holds wins: <code>path</code>, <code>module</code> or{" "}
    <code>function</code>, then <code>+app</code> or <code>-app</code>; <code>#</code> begins a
    comment.
  </>
);

interface Answered {
  problem: Problem | null;
  problems: readonly RuleProblem[];
  preview: RulesPreview | null;
}

const NOTHING: Answered = { problem: null, problems: [], preview: null };

function failed(error: unknown): Answered {
  const problem = asProblem(error);
  const own = error instanceof ProblemError ? (error.problem as Problem & Faulty) : null;
  return { problem, problems: own?.problems ?? [], preview: null };
}

interface Faulty {
  problems?: readonly RuleProblem[];
}

function RulesView({ rules, onSaved }: { rules: Rules; onSaved: () => void }): JSX.Element {
  const [text, setText] = useState(rules.text);
  const [inApp, setInApp] = useState(rules.in_app);
  const [answered, setAnswered] = useState(NOTHING);
  const [busy, setBusy] = useState<"" | "trying" | "saving">("");
  const changed = text !== rules.text || inApp !== rules.in_app;
  useLeaveWarning(changed);
  const attempt = async (what: "trying" | "saving", ask: () => Promise<Answered>) => {
    setBusy(what);
    try {
      setAnswered(await ask());
    } catch (error) {
      setAnswered(failed(error));
    } finally {
      setBusy("");
    }
  };
  const body = { text, in_app: inApp };
  const preview = (): Promise<void> =>
    attempt("trying", async () => ({
      ...NOTHING,
      preview: await request<RulesPreview>(`${PATH}/preview`, {
        method: "POST",
        body: { ...body, ...range.value, limit: EXAMINED_MAX },
      }),
    }));
  const save = (): Promise<void> =>
    attempt("saving", async () => {
      await request<Rules>(PATH, { method: "PUT", body: { ...body, version: rules.version } });
      showToast({ text: "The rules are saved; what arrives from now on follows them" });
      onSaved();
      return NOTHING;
    });
  const canEdit = session.value?.role !== "viewer";
  return (
    <div class="stack">
      <Editors
        text={text}
        inApp={inApp}
        problems={answered.problems}
        readOnly={!canEdit}
        onText={setText}
        onInApp={setInApp}
      />
      <RulesBar
        rules={rules}
        changed={changed}
        busy={busy}
        onPreview={() => void preview()}
        onSave={canEdit ? () => void save() : null}
      />
      <ProblemNote problem={answered.problems.length > 0 ? null : answered.problem} />
      {answered.preview && <Preview of={answered.preview} />}
    </div>
  );
}

interface EditorsProps {
  text: string;
  inApp: string;
  problems: readonly RuleProblem[];
  readOnly: boolean;
  onText: (text: string) => void;
  onInApp: (text: string) => void;
}

function Editors(props: EditorsProps): JSX.Element {
  const of = (field: "text" | "in_app"): RuleProblem[] =>
    props.problems.filter((one) => (one.field ?? "text") === field);
  return (
    <div class="pair">
      <LineEditor
        title="Grouping"
        note="which events belong together, whatever their stack"
        value={props.text}
        problems={of("text")}
        readOnly={props.readOnly}
        example={GROUPING_EXAMPLE}
        help={GROUPING_HELP}
        onInput={props.onText}
      />
      <LineEditor
        title="Own code"
        note="which frames are of the application"
        value={props.inApp}
        problems={of("in_app")}
        readOnly={props.readOnly}
        example={OWN_CODE_EXAMPLE}
        help={OWN_CODE_HELP}
        onInput={props.onInApp}
      />
    </div>
  );
}

interface RulesBarProps {
  rules: Rules;
  changed: boolean;
  busy: "" | "trying" | "saving";
  onPreview: () => void;
  /** None for those who may only look. */
  onSave: (() => void) | null;
}

function RulesBar({ rules, changed, busy, onPreview, onSave }: RulesBarProps): JSX.Element {
  return (
    <section class="panel rules-bar" aria-label="Actions">
      <button type="button" class="button" disabled={busy !== ""} onClick={onPreview}>
        {busy === "trying" ? "Trying…" : "Try on stored events"}
      </button>
      {onSave && (
        <button
          type="button"
          class="button primary"
          disabled={!changed || busy !== ""}
          onClick={onSave}
        >
          {busy === "saving" ? "Saving…" : "Save"}
        </button>
      )}
      <span class="grow" />
      <span class="faint clip">
        {changed ? "Not saved" : `Version ${rules.version}`}
        {rules.updated_at && (
          <>
            {changed ? "; last" : ","} saved <Moment at={rules.updated_at} as="ago" />
            {rules.updated_by && ` by ${rules.updated_by}`}
          </>
        )}
      </span>
    </section>
  );
}

/** Asks before the browser lets go of what is not saved. */
function useLeaveWarning(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const warn = (event: Event): void => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isOn]);
}

function Preview({ of: preview }: { of: RulesPreview }): JSX.Element {
  const shown = preview.groups.slice(0, GROUPS_SHOWN);
  return (
    <section class="panel" aria-label="Preview">
      <h2 class="panel-head">
        <span>
          {counted(preview.moved, "event")} would group otherwise{" "}
          <span class="panel-note">
            of {counted(preview.examined, "event")} examined; nothing is changed
          </span>
        </span>
      </h2>
      {shown.length > 0 && (
        <div class="rules-scroll">
          <table class="plain-table">
            <thead>
              <tr>
                <th>From</th>
                <th>Into</th>
                <th>Title</th>
                <th class="right">Events</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((group, index) => (
                <tr key={index}>
                  <td>
                    {group.issue_ids.slice(0, 6).map((id) => (
                      <a class="link rules-id" key={id} href={issueHref(id)}>
                        #{id}
                      </a>
                    ))}
                    {group.issue_ids.length > 6 && (
                      <span class="faint">and {group.issue_ids.length - 6} more</span>
                    )}
                  </td>
                  <td>
                    <Tag>{visible(group.into)}</Tag>
                  </td>
                  <td class="rules-title">{firstLine(group.title)}</td>
                  <td class="right figure">{group.events}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {preview.groups.length > shown.length && (
        <p class="calm">{counted(preview.groups.length - shown.length, "group")} more</p>
      )}
    </section>
  );
}
