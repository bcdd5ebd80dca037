// One occurrence in full: when and where, the stack, what led to it, what it carried.
// Invariant: a part that the event does not have takes no room.
import type { JSX } from "preact";
import type { Occurrence } from "../../api/errors";
import type { Resource } from "../../api/resource";
import { CopyButton } from "../../controls/buttons";
import { Moment } from "../../controls/figures";
import { Icon, type IconName } from "../../controls/icons";
import { Empty, ProblemNote } from "../../controls/notes";
import { inboxHref, traceHref, traceLogsHref } from "../../errors/links";
import { visible } from "../../errors/badges";
import { textOf } from "../../errors/values";
import { setParams } from "../../url/location";
import { Breadcrumbs } from "./breadcrumbs";
import { Attachments, Contexts, Feedback, Logged, Modules, Tags } from "./event_parts";
import { RequestPart } from "./request_part";
import { Stack } from "./stack";
import { TraceExcerpt } from "./trace_excerpt";

interface OccurrenceViewProps {
  occurrence: Resource<Occurrence>;
}

export function OccurrenceView({ occurrence }: OccurrenceViewProps): JSX.Element {
  const { data, problem, stale } = occurrence;
  if (problem?.status === 404) {
    return (
      <Empty title="No event of this issue is kept">
        <p>Its events were counted, but the ones in detail are older than the retention.</p>
      </Empty>
    );
  }
  return (
    <>
      <ProblemNote problem={problem} />
      {data && (
        <div class={`stack ${stale ? "dimmed" : ""}`}>
          <OccurrenceHead occurrence={data} />
          <Logged text={data.log_message} />
          <Stack key={data.id} occurrence={data} />
          <Feedback of={data.feedback} />
          <Breadcrumbs crumbs={data.breadcrumbs} eventTime={data.time} />
          {data.trace_id && data.trace_known && (
            <TraceExcerpt traceId={data.trace_id} spanId={data.span_id} time={data.time} />
          )}
          <RequestPart request={data.request} />
          <Tags of={data.tags} />
          <Contexts occurrence={data} />
          <Modules of={data.modules} />
          <Attachments occurrence={data} />
        </div>
      )}
    </>
  );
}

/** To other events of the issue; it stands beside the tabs. */
export function OccurrenceSteps({ occurrence: event }: { occurrence: Occurrence }): JSX.Element {
  return (
    <span class="occurrence-steps" role="group" aria-label="Events">
      <span class="mono faint" title={`event ${event.id}`}>
        {event.id.slice(0, 8)}
      </span>
      <CopyButton text={event.id} label="copy the event id" />
      <Step to={event.previous && "oldest"} icon="first" label="first event" />
      <Step to={event.previous} icon="left" label="older event" hint="," />
      <Step to={event.next} icon="right" label="newer event" hint="." />
      <Step to={event.next && "latest"} icon="last" label="latest event" />
    </span>
  );
}

function OccurrenceHead({ occurrence: event }: { occurrence: Occurrence }): JSX.Element {
  return (
    <section class="panel" aria-label="Event">
      <dl class="occurrence-facts">
        <div>
          <dt>
            <Moment at={event.time} as="ago" />
          </dt>
          <dd>
            <b>
              <Moment at={event.time} />
            </b>
          </dd>
        </div>
        <Fact name="Release" value={event.release} href={releaseHref(event.release)} />
        <Fact name="Build" value={event.dist} />
        <Fact name="Environment" value={event.environment} />
        <Fact name="Transaction" value={event.transaction} />
        <Fact name="User" value={userText(event)} />
        <TraceFact of={event} />
        <Fact name="Server" value={event.server_name} />
        <Fact name="Logger" value={event.logger} />
        <Fact name="From" value={SOURCES[event.source] ?? null} />
      </dl>
    </section>
  );
}

function TraceFact({ of: event }: { of: Occurrence }): JSX.Element | null {
  const { trace_id: id } = event;
  if (!id) return null;
  return (
    <div>
      <dt>Trace</dt>
      <dd class="row-of">
        {event.trace_known ? (
          <a class="link mono" href={traceHref(id, event.span_id)}>
            {id.slice(0, 8)}
          </a>
        ) : (
          <span class="mono faint" title="no span of this trace was received">
            {id.slice(0, 8)}
          </span>
        )}
        <a class="link" href={traceLogsHref(id, event.time)}>
          logs
        </a>
      </dd>
    </div>
  );
}

/** Where an event came from, other than from the SDK that most come from. */
const SOURCES: Partial<Record<Occurrence["source"], string>> = {
  otel_log: "a log record",
  otel_span: "a span",
  service: "the server itself",
};

function releaseHref(release: string | null): string | null {
  return release ? inboxHref({ release, status: "all" }) : null;
}

function userText({ user }: Occurrence): string | null {
  if (!user) return null;
  const name = textOf(user["email"] ?? user["username"] ?? user["id"]);
  return [name, textOf(user["ip_address"])].filter(Boolean).join(", ");
}

interface FactProps {
  name: string;
  value: string | null;
  href?: string | null;
}

function Fact({ name, value, href }: FactProps): JSX.Element | null {
  if (!value) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd class="clip" title={value}>
        {href ? (
          <a class="plain" href={href}>
            {visible(value)}
          </a>
        ) : (
          visible(value)
        )}
      </dd>
    </div>
  );
}

interface StepProps {
  to: string | null;
  icon: IconName;
  label: string;
  hint?: string;
}

function Step({ to, icon, label, hint }: StepProps): JSX.Element {
  return (
    <button
      type="button"
      class={`button ${hint ? "" : "square"}`}
      disabled={to === null}
      aria-label={label}
      title={label}
      onClick={() => setParams({ occurrence: to === "latest" ? null : to }, { replace: true })}
    >
      <Icon name={icon} size={12} />
      {hint && <kbd>{hint}</kbd>}
    </button>
  );
}
