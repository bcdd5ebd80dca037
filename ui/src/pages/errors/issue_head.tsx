// The head of an issue: what it says, what was decided about it, and what one can do.
// Invariant: a long message is cut to a few lines, with the rest one press away.
import type { JSX } from "preact";
import type { Change, IssueDetail } from "../../api/errors";
import { Figure, Moment, Swatch } from "../../controls/figures";
import { Icon } from "../../controls/icons";
import { issueTitle, visible } from "../../errors/badges";
import { issueHref } from "../../errors/links";
import { neighbours } from "../../errors/order";
import { bounded } from "../../errors/values";
import { compact, counted } from "../../format/quantity";
import { hrefTo } from "../../url/location";
import { withTimes } from "./marks";
import { serviceHref } from "../services/links";
import { LongText } from "./long_text";
import { Badges, LevelMark, Person } from "./marks";
import type { Question } from "./triage_dialogs";

interface IssueHeadProps {
  issue: IssueDetail;
  onChange: (change: Change) => void;
  onAsk: (question: Question) => void;
}

export function IssueHead(props: IssueHeadProps): JSX.Element {
  const { issue } = props;
  return (
    <section class="panel issue-head" aria-label="Issue">
      <LevelMark level={issue.level} />
      <div class="issue-head-text">
        <div class="issue-head-line">
          <h2>{bounded(visible(issueTitle(issue)), 300).text}</h2>
          <Badges of={issue} />
          <span class="grow" />
          <Actions {...props} />
        </div>
        {issue.type && <LongText text={issue.message} />}
        <div class="issue-head-note">
          <a href={serviceHref(issue.service)}>
            <Swatch service={issue.service} />
            {issue.service || "no service"}
          </a>
          <span class="mono clip" title={issue.culprit}>
            {visible(issue.culprit)}
          </span>
          <span class="faint">#{issue.id}</span>
          {issue.status_detail && <span>{withTimes(issue.status_detail)}</span>}
        </div>
      </div>
      <Facts issue={issue} onAsk={props.onAsk} />
    </section>
  );
}

function Actions({ issue, onChange, onAsk }: IssueHeadProps): JSX.Element {
  const isOpen = issue.status === "unresolved";
  const { previous, next } = neighbours(issue);
  return (
    <div class="issue-actions">
      {isOpen ? (
        <>
          <button
            type="button"
            class="button primary"
            onClick={() => onChange({ status: "resolved" })}
          >
            Resolve <kbd>r</kbd>
          </button>
          <button
            type="button"
            class="button"
            title="it counts as regressed only where it is seen in a later release"
            onClick={() => onChange({ status: "resolved", in_next_release: true })}
          >
            In next release <kbd>R</kbd>
          </button>
          <button type="button" class="button" onClick={() => onAsk("ignore")}>
            Ignore… <kbd>i</kbd>
          </button>
        </>
      ) : (
        <button type="button" class="button" onClick={() => onChange({ status: "unresolved" })}>
          Reopen <kbd>r</kbd>
        </button>
      )}
      <span class="row-of issue-steps">
        <IssueStep to={previous} icon="up" label="previous issue (p)" />
        <IssueStep to={next} icon="down" label="next issue (n)" />
      </span>
    </div>
  );
}

interface IssueStepProps {
  to: number | null;
  icon: "up" | "down";
  label: string;
}

function IssueStep({ to, icon, label }: IssueStepProps): JSX.Element {
  if (to === null)
    return (
      <button type="button" class="button square" disabled aria-label={label}>
        <Icon name={icon} />
      </button>
    );
  return (
    <a class="button square" href={issueHref(to)} aria-label={label} title={label}>
      <Icon name={icon} />
    </a>
  );
}

interface FactsProps {
  issue: IssueDetail;
  onAsk: (question: Question) => void;
}

function Facts({ issue, onAsk }: FactsProps): JSX.Element {
  const { suspect } = issue;
  return (
    <div class="facts issue-facts">
      <div title={`${counted(issue.events_total, "event")} ever`}>
        Events
        <b>
          <Figure of={compact(issue.events)} />{" "}
          {issue.events_total !== issue.events && (
            <span class="unit">of {compact(issue.events_total).value}</span>
          )}
        </b>
      </div>
      <div>
        Users
        <b>
          <Figure of={compact(issue.users)} />
        </b>
      </div>
      <Seen name="First seen" at={issue.first_seen} release={issue.first_release} />
      <Seen name="Last seen" at={issue.last_seen} release={issue.last_release} />
      {suspect && (
        <div class="issue-suspect" title={suspect.reason}>
          Suspect
          <b class="warn">
            <span class="clip">{suspect.release ?? suspect.deploy?.release ?? "a deploy"}</span>
            <span class="unit clip">{suspect.reason}</span>
          </b>
        </div>
      )}
      <span class="grow" />
      <button type="button" class="fact issue-assignee" onClick={() => onAsk("assign")}>
        Assigned to <kbd>a</kbd>
        <b>
          <Person name={issue.assignee} />
          <span class={`clip ${issue.assignee ? "" : "faint"}`}>{issue.assignee ?? "nobody"}</span>
        </b>
      </button>
    </div>
  );
}

interface SeenProps {
  name: string;
  at: string;
  release: string | null;
}

function Seen({ name, at, release }: SeenProps): JSX.Element {
  return (
    <div>
      {name}
      <b>
        <Moment at={at} as="ago" />{" "}
        {release && (
          <a
            class="unit"
            href={hrefTo("/errors", { release, status: "all" })}
            title={`issues of ${release}`}
          >
            in {release}
          </a>
        )}
      </b>
    </div>
  );
}
