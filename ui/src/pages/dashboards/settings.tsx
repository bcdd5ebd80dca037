// What belongs to a board as a whole: its words and range, variables, source, and history.
// Invariants: which part is open is in the address; while a board is only looked at, nothing here
// changes it, and what its history gives back is a change that can be undone before it is saved.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { Problem } from "../../api/types";
import { CopyButton, Tabs } from "../../controls/buttons";
import { Dialog } from "../../controls/dialog";
import { Moment } from "../../controls/figures";
import { NumberField, TextField } from "../../controls/form";
import { ProblemNote } from "../../controls/notes";
import { isDocumentTime, readDashboard, type Dashboard } from "../../dashboards/document";
import { packed, type Edit } from "../../dashboards/edits";
import { navigate, param, setParams } from "../../url/location";
import { deleteBoard, fetchBoard, versionsPath, type Stored, type Version } from "./api";
import { apply, beginEdit, dropEdit } from "./editing";
import type { VariableState } from "./variable_state";
import { VariablesForm } from "./variables_form";

const TABS = {
  general: "General",
  variables: "Variables",
  json: "JSON",
  versions: "History",
} as const;
type Tab = keyof typeof TABS;

export function openSettings(tab: Tab): void {
  setParams({ settings: tab });
}

interface SettingsProps {
  id: string;
  stored: Stored | null;
  edit: Edit | null;
  dashboard: Dashboard;
  states: readonly VariableState[];
}

export function SettingsDialog(props: SettingsProps): JSX.Element | null {
  const { id, stored, edit, dashboard, states } = props;
  const asked = param("settings");
  const tabs = (Object.keys(TABS) as Tab[]).filter((tab) =>
    tab === "versions" ? stored !== null : edit !== null || tab === "json",
  );
  const tab = tabs.find((one) => one === asked);
  if (!tab) return null;
  return (
    <Dialog
      title={edit ? "Settings of the dashboard" : dashboard.title}
      class="wide"
      onClose={() => setParams({ settings: null })}
    >
      <Tabs
        label="Settings"
        value={tab}
        options={tabs.map((value) => ({ value, label: TABS[value] }))}
        onChange={openSettings}
      />
      <div class="dialog-part">
        {tab === "general" && edit && <General id={id} stored={stored} dashboard={dashboard} />}
        {tab === "variables" && edit && (
          <VariablesForm id={id} dashboard={dashboard} states={states} />
        )}
        {tab === "json" && <Source id={id} dashboard={dashboard} editable={edit !== null} />}
        {tab === "versions" && stored && <History stored={stored} />}
      </div>
    </Dialog>
  );
}

interface GeneralProps {
  id: string;
  stored: Stored | null;
  dashboard: Dashboard;
}

function General({ id, stored, dashboard }: GeneralProps): JSX.Element {
  const patch = (change: Partial<Dashboard>, topic: string): void =>
    apply(id, { ...dashboard, ...change }, `general ${topic}`);
  const { from, to } = dashboard.time;
  return (
    <div class="form-stack">
      <TextField
        label="Title"
        value={dashboard.title}
        invalid={dashboard.title.trim() === ""}
        onInput={(title) => patch({ title }, "title")}
      />
      <TextField
        label="Description"
        rows={2}
        value={dashboard.description}
        onInput={(description) => patch({ description }, "description")}
      />
      <TagsField tags={dashboard.tags} onChange={(tags) => patch({ tags }, "tags")} />
      <div class="form-pair three">
        <TextField
          label="Shows from"
          value={from}
          invalid={!isDocumentTime(from)}
          hint="-1h, -7d, or 2026-11-24T05:00:00Z"
          onInput={(text) => patch({ time: { from: text, to } }, "from")}
        />
        <TextField
          label="to"
          value={to}
          invalid={!isDocumentTime(to)}
          onInput={(text) => patch({ time: { from, to: text } }, "to")}
        />
        <NumberField
          label="Refreshes every, seconds"
          placeholder="never"
          value={dashboard.refresh_seconds === 0 ? null : dashboard.refresh_seconds}
          onInput={(value) =>
            patch({ refresh_seconds: Math.max(0, Math.round(value ?? 0)) }, "refresh")
          }
        />
      </div>
      {stored && !stored.built_in && <DeleteButton id={id} title={stored.dashboard.title} />}
    </div>
  );
}

function TagsField({
  tags,
  onChange,
}: {
  tags: readonly string[];
  onChange: (tags: string[]) => void;
}): JSX.Element {
  const [text, setText] = useState(tags.join(", "));
  return (
    <TextField
      label="Tags"
      placeholder="team, shop"
      value={text}
      hint="apart by commas"
      onInput={(next) => {
        setText(next);
        const words = next.split(",").map((tag) => tag.trim());
        onChange([...new Set(words.filter((tag) => tag !== ""))]);
      }}
    />
  );
}

function DeleteButton({ id, title }: { id: string; title: string }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const remove = (): void => {
    deleteBoard(id)
      .then(() => {
        dropEdit(id);
        navigate("/dashboards");
      })
      .catch((error: unknown) => setProblem(asProblem(error)));
  };
  return (
    <div class="form-foot">
      <ProblemNote problem={problem} />
      {asking ? (
        <span class="row-of">
          <button type="button" class="button bad" onClick={remove}>
            Delete “{title}” and its history for good
          </button>
          <button type="button" class="button" onClick={() => setAsking(false)}>
            Keep it
          </button>
        </span>
      ) : (
        <button type="button" class="link bad" onClick={() => setAsking(true)}>
          Delete this dashboard
        </button>
      )}
    </div>
  );
}

interface SourceProps {
  id: string;
  dashboard: Dashboard;
  editable: boolean;
}

function Source({ id, dashboard, editable }: SourceProps): JSX.Element {
  const whole = JSON.stringify(dashboard, null, 2);
  const [text, setText] = useState(whole);
  const [error, setError] = useState("");
  useEffect(() => setText(whole), [whole]);
  const take = (): void => {
    try {
      apply(id, packed(readDashboard(JSON.parse(text))));
      setError("");
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  return (
    <div class="form-stack">
      <textarea
        class="field mono source"
        aria-label="The dashboard as JSON"
        rows={22}
        spellcheck={false}
        readOnly={!editable}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {error !== "" && (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      <div class="row-of">
        {editable && (
          <button type="button" class="button" disabled={text === whole} onClick={take}>
            Take over
          </button>
        )}
        <span class="grow" />
        <span class="faint">{text.length.toLocaleString("en-US")} characters</span>
        <CopyButton text={text} label="copy the JSON" />
      </div>
    </div>
  );
}

function History({ stored }: { stored: Stored }): JSX.Element {
  const [versions, setVersions] = useState<Version[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const fail = (error: unknown): void => setProblem(asProblem(error));
  useEffect(() => {
    request<{ versions: Version[] }>(versionsPath(stored.id))
      .then((answer) => setVersions(answer.versions))
      .catch(fail);
  }, [stored.id, stored.version]);
  const restore = (version: number): void => {
    fetchBoard(stored.id, version)
      .then((old) => {
        beginEdit(stored);
        apply(stored.id, packed(old.dashboard));
        setParams({ settings: null });
      })
      .catch(fail);
  };
  return (
    <>
      <ProblemNote problem={problem} />
      <ul class="versions">
        {versions?.map(({ version, updated_at: at, updated_by: by }) => (
          <li key={version}>
            <b>Version {version}</b>
            <span class="muted">
              <Moment at={at} as="short" digits={0} /> {by && `by ${by}`}
            </span>
            <span class="grow" />
            {version === stored.version ? (
              <span class="faint">as it is now</span>
            ) : (
              <button type="button" class="link" onClick={() => restore(version)}>
                Bring back
              </button>
            )}
          </li>
        ))}
      </ul>
      {versions?.length === 0 && <p class="faint">No version was saved yet.</p>}
      <p class="faint">
        Bringing a version back changes the dashboard as an edit would: look at it, then save.
      </p>
    </>
  );
}
