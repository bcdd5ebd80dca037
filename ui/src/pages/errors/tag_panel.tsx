// What the events of an issue have in common: how often each value of a tag occurs.
// Invariants: the share is of the events that carry the tag; a bar is never wider than its share.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { IssueDetail, TagDistribution } from "../../api/errors";
import { rangedPath } from "../../api/query";
import { useResource } from "../../api/resource";
import { ProblemNote } from "../../controls/notes";
import { visible } from "../../errors/badges";
import { issuePath } from "../../errors/paths";
import { bounded } from "../../errors/values";
import { compact, counted } from "../../format/quantity";

const KEYS_SHOWN = 8;
const VALUES_SHOWN = 4;

export function TagPanel({ issue }: { issue: IssueDetail }): JSX.Element | null {
  const [all, setAll] = useState(false);
  const { data, problem } = useResource<{ tags: TagDistribution[] }>(
    rangedPath(issuePath(issue.id, "/tags")),
  );
  const tags = data?.tags.filter(({ values }) => values.length > 0) ?? [];
  if (tags.length === 0 && !problem) return null;
  const shown = all ? tags : tags.slice(0, KEYS_SHOWN);
  return (
    <section class="panel" aria-label="Tags of all events">
      <h2 class="panel-head">
        <span>
          Tags <span class="panel-note">of all events in range</span>
        </span>
      </h2>
      <ProblemNote problem={problem} />
      <div class="tag-lists">
        {shown.map((tag) => (
          <Distribution key={tag.key} of={tag} />
        ))}
      </div>
      {tags.length > shown.length && (
        <button type="button" class="link panel-more" onClick={() => setAll(true)}>
          {counted(tags.length - shown.length, "tag")} more
        </button>
      )}
    </section>
  );
}

function Distribution({ of: tag }: { of: TagDistribution }): JSX.Element {
  const shown = tag.values.slice(0, VALUES_SHOWN);
  const more = Math.max(0, tag.distinct - shown.length);
  return (
    <section>
      <h3>
        <span class="clip">{visible(tag.key)}</span>
        {more > 0 && <span class="faint">{compact(more).value} more</span>}
      </h3>
      <ul>
        {shown.map(({ value, events }) => {
          const share = tag.events > 0 ? Math.min(1, events / tag.events) : 0;
          return (
            <li key={value} title={`${value}: ${counted(events, "event")}`}>
              <i style={{ width: `${share * 100}%` }} />
              <span class="clip">{visible(bounded(value, 200).text) || "(empty)"}</span>
              <span class="figure muted">{shareText(share)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function shareText(share: number): string {
  return share > 0 && share < 0.005 ? "<1%" : `${Math.round(share * 100)}%`;
}
