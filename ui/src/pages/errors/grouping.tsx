// Why events are one issue: what counted of the event on show, and the groups the issue is made of.
// Invariant: nothing is split without a dialog that says what will move where.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { Group, Issue, IssueDetail, Occurrence, Variant } from "../../api/errors";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { Problem } from "../../api/types";
import { Dialog } from "../../controls/dialog";
import { Moment, Tag } from "../../controls/figures";
import { ProblemNote } from "../../controls/notes";
import { showToast } from "../../controls/toasts";
import { firstLine, visible } from "../../errors/badges";
import { issuePath } from "../../errors/paths";
import { issueHref } from "../../errors/links";
import { whyRows } from "../../errors/tree";
import { counted } from "../../format/quantity";
import { hrefTo, navigate } from "../../url/location";

interface GroupingProps {
  issue: IssueDetail;
  occurrence: Occurrence | null;
  onChanged: () => void;
}

/** What is to be split off: a whole group, or some variants of it. */
interface Split {
  group: Group;
  variants: Variant[] | null;
}

export function Grouping({ issue, occurrence, onChanged }: GroupingProps): JSX.Element {
  const list = useResource<{ groups: Group[] }>(apiPath(issuePath(issue.id, "/groups")));
  const [split, setSplit] = useState<Split | null>(null);
  const groups = list.data?.groups ?? [];
  return (
    <>
      {occurrence?.grouping && <Why grouping={occurrence.grouping} />}
      <section class="panel" aria-label="Groups">
        <h2 class="panel-head">
          <span>
            {counted(groups.length, "group")}{" "}
            <span class="panel-note">what arrives with one of these fingerprints comes here</span>
          </span>
          <a class="link" href={hrefTo("/errors/rules")}>
            Grouping rules
          </a>
        </h2>
        <ProblemNote problem={list.problem} />
        {groups.map((group) => (
          <GroupPart key={group.fingerprint} group={group} groups={groups} onSplit={setSplit} />
        ))}
      </section>
      {split && (
        <SplitDialog
          issue={issue}
          split={split}
          onDone={() => {
            setSplit(null);
            list.reload();
            onChanged();
          }}
          onClose={() => setSplit(null)}
        />
      )}
    </>
  );
}

function Why({ grouping }: { grouping: NonNullable<Occurrence["grouping"]> }): JSX.Element {
  const [all, setAll] = useState(false);
  const rows = whyRows(grouping.why);
  const shown = all ? rows : rows.filter(({ node, depth }) => node.contributes || depth < 2);
  return (
    <section class="panel" aria-label="Why this is one issue">
      <h2 class="panel-head">
        <span>
          Why this is one issue{" "}
          <span class="panel-note">what counted is strong, the rest says why it did not</span>
        </span>
        <span class="row-of">
          <span class="mono faint" title="fingerprint">
            {grouping.fingerprint}
          </span>
          {rows.length > shown.length && (
            <button type="button" class="link" onClick={() => setAll(true)}>
              {rows.length - shown.length} that did not count
            </button>
          )}
        </span>
      </h2>
      {grouping.changed && (
        <p class="why-changed warn">
          The rules have changed since; it would be grouped otherwise today.
        </p>
      )}
      <ul class="why" role="tree" aria-label="What counted">
        {shown.map(({ node, depth }, index) => (
          <li
            key={index}
            role="treeitem"
            aria-level={depth + 1}
            class={node.contributes ? "counts" : ""}
            style={{ paddingLeft: `${Math.min(depth, 12) * 18}px` }}
          >
            <span class="why-label">{visible(node.label)}</span>
            {node.value && <span class="mono">{firstLine(node.value)}</span>}
            {node.hint && <em>{visible(node.hint)}</em>}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface GroupPartProps {
  group: Group;
  groups: readonly Group[];
  onSplit: (split: Split) => void;
}

function GroupPart({ group, groups, onSplit }: GroupPartProps): JSX.Element {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (variant: string): void => {
    const next = new Set(chosen);
    if (!next.delete(variant)) next.add(variant);
    setChosen(next);
  };
  const canSplit = group.variants.length > 1;
  const variants = group.variants.filter(({ variant }) => chosen.has(variant));
  const isAll = variants.length === group.variants.length;
  return (
    <section class="group">
      <div class="group-head">
        <div class="clip">
          <b class="clip">{firstLine(group.title)}</b>
          <div class="item-note">
            <span class="mono">{group.fingerprint}</span>
            {group.rule && <Tag>rule {visible(group.rule)}</Tag>}
            <span class="clip">{visible(group.culprit)}</span>
          </div>
        </div>
        <span class="muted group-figures">
          {counted(group.events, "event")}, <Moment at={group.last_seen} as="ago" />
        </span>
        {groups.length > 1 && (
          <button type="button" class="button" onClick={() => onSplit({ group, variants: null })}>
            Un-merge…
          </button>
        )}
        {canSplit && (
          <button
            type="button"
            class="button"
            disabled={variants.length === 0 || isAll}
            title="choose variants below; not all of them"
            onClick={() => onSplit({ group, variants })}
          >
            Split off…
          </button>
        )}
      </div>
      <ul class="variants">
        {group.variants.map((one) => (
          <li key={one.variant}>
            <label>
              <input
                type="checkbox"
                disabled={!canSplit}
                aria-label={`variant ${one.variant}`}
                checked={chosen.has(one.variant)}
                onChange={() => toggle(one.variant)}
              />
              <span class="clip" title={one.message}>
                {firstLine(one.message) || "(no message)"}
              </span>
              <span class="mono faint clip">
                {visible(one.frames?.join(" ‹ ") || one.culprit || "")}
              </span>
              <span class="muted figure">{counted(one.events, "event")}</span>
              <span class="faint">
                <Moment at={one.last_seen} as="ago" />
              </span>
            </label>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface SplitDialogProps {
  issue: IssueDetail;
  split: Split;
  onDone: () => void;
  onClose: () => void;
}

function SplitDialog({ issue, split, onDone, onClose }: SplitDialogProps): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { group, variants } = split;
  const events = variants ? variants.reduce((sum, one) => sum + one.events, 0) : group.events;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const made = await request<Issue>(apiPath(issuePath(issue.id, "/split")), {
        method: "POST",
        body: {
          fingerprint: group.fingerprint,
          ...(variants && { variants: variants.map(({ variant }) => variant) }),
        },
      });
      showToast({ text: `Split off as #${made.id}` });
      onDone();
      navigate(issueHref(made.id));
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={variants ? `Split off ${counted(variants.length, "variant")}` : "Un-merge this group"}
      onClose={onClose}
      focusesWithin
    >
      <form class="dialog-part" onSubmit={(event) => void submit(event)}>
        <p>
          <b>{counted(events, "event")}</b> leave #{issue.id} and become an issue of their own, and
          so does what arrives later {variants ? "and looks like them" : "with this fingerprint"}.
          Comments and the assignee stay here. Merging the two takes it back.
        </p>
        <ul class="split-what">
          {(variants ?? [{ variant: group.fingerprint, message: group.title }]).map((one) => (
            <li key={one.variant} class="clip">
              {firstLine(one.message)}
            </li>
          ))}
        </ul>
        <ProblemNote problem={problem} />
        <div class="row-of end">
          <button type="button" class="button" onClick={onClose}>
            Keep together
          </button>
          <button type="submit" class="button primary" autofocus disabled={busy}>
            {variants ? "Split off" : "Un-merge"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
