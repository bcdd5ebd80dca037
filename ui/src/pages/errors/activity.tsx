// What happened to an issue and what people said about it, newest first, with a field to say more.
// Invariant: what is typed stays in its field until the server has taken it.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { Activity as Entry, ActivityKind, IssueDetail } from "../../api/errors";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { Problem } from "../../api/types";
import { Moment } from "../../controls/figures";
import { ProblemNote } from "../../controls/notes";
import { visible } from "../../errors/badges";
import { issuePath } from "../../errors/paths";
import { bounded } from "../../errors/values";
import { counted } from "../../format/quantity";
import { Person, withTimes } from "./marks";

const SHOWN = 6;
const COMMENT_MAX = 10_000;

export function Activity({ issue }: { issue: IssueDetail }): JSX.Element {
  const path = apiPath(issuePath(issue.id, "/activity"));
  // What changes an issue adds an entry, so an issue that reads otherwise is asked for again.
  const seen = `${issue.status} ${issue.substatus} ${issue.assignee} ${issue.comments}`;
  const list = useResource<{ activity: Entry[] }>(path);
  const known = useRef(seen);
  const [all, setAll] = useState(false);
  useEffect(() => {
    if (known.current === seen) return;
    known.current = seen;
    list.reload();
  }, [seen]);
  const entries = list.data?.activity ?? [];
  const shown = all ? entries : entries.slice(0, SHOWN);
  return (
    <section class="panel" aria-label="Activity">
      <h2 class="panel-head">Activity</h2>
      <CommentForm issueId={issue.id} onAdded={list.reload} />
      <ProblemNote problem={list.problem} />
      <ol class="activity">
        {shown.map((entry) => (
          <ActivityEntry key={entry.id} of={entry} />
        ))}
      </ol>
      {entries.length > shown.length && (
        <button type="button" class="link panel-more" onClick={() => setAll(true)}>
          {counted(entries.length - shown.length, "earlier one")}
        </button>
      )}
    </section>
  );
}

const WORDS: Record<ActivityKind, string> = {
  first_seen: "saw it for the first time",
  resolved: "resolved it",
  unresolved: "reopened it",
  ignored: "ignored it",
  unignored: "saw it again as often as it was ignored for",
  regressed: "saw it again",
  spiking: "saw many more than usual",
  assigned: "assigned it",
  commented: "said",
  merged: "merged issues into it",
  split: "split a group off",
};

function ActivityEntry({ of: entry }: { of: Entry }): JSX.Element {
  const isComment = entry.kind === "commented";
  return (
    <li class={isComment ? "comment" : entry.kind}>
      {entry.by === "plimsoll" ? <i class="activity-dot" /> : <Person name={entry.by} />}
      <div>
        <p class="activity-line">
          <span class="clip">
            <b>{entry.by === "plimsoll" ? "Plimsoll" : visible(entry.by)}</b>{" "}
            {WORDS[entry.kind] ?? entry.kind}
          </span>
          <span class="faint">
            <Moment at={entry.at} as="ago" />
          </span>
        </p>
        {entry.text && (
          <p class={isComment ? "said" : "muted activity-note"} dir="auto">
            {visible(bounded(isComment ? entry.text : withTimes(entry.text), COMMENT_MAX).text)}
          </p>
        )}
      </div>
    </li>
  );
}

interface CommentFormProps {
  issueId: number;
  onAdded: () => void;
}

function CommentForm({ issueId, onAdded }: CommentFormProps): JSX.Element {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (text.trim() === "" || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const path = apiPath(issuePath(issueId, "/comments"));
      await request<Entry>(path, { method: "POST", body: { text: text.trim() } });
      setText("");
      onAdded();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
  };
  return (
    <form class="comment-form" onSubmit={(event) => void submit(event)}>
      <textarea
        class="field"
        aria-label="Comment"
        placeholder="Say something about it"
        rows={text === "" ? 1 : 3}
        maxLength={COMMENT_MAX}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {text !== "" && (
        <button type="submit" class="button" disabled={busy || text.trim() === ""}>
          Comment <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </button>
      )}
      <ProblemNote problem={problem} />
    </form>
  );
}
