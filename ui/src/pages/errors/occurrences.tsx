// All events of an issue in the range, newest first.
// Invariant: those that were counted without being kept say so and open nothing.
import type { JSX } from "preact";
import { usePages } from "../../api/pages";
import type { IssueDetail, OccurrenceList, OccurrenceSummary } from "../../api/errors";
import { rangedPath } from "../../api/query";
import { Moment, ServiceName, Tag } from "../../controls/figures";
import { TextInput } from "../../controls/inputs";
import { Empty, ProblemNote, WidenButton } from "../../controls/notes";
import { firstLine, visible } from "../../errors/badges";
import { issuePath } from "../../errors/paths";
import { issueHref, traceHref } from "../../errors/links";
import { counted } from "../../format/quantity";
import { DataTable, type Column } from "../../table/data_table";
import { param, setParams } from "../../url/location";

type Row = OccurrenceSummary;

const PAGE_ROWS = 100;

interface OccurrencesProps {
  issue: IssueDetail;
  /** The one that the event tab shows. */
  shown: string | null;
}

export function Occurrences({ issue, shown }: OccurrencesProps): JSX.Element {
  const pages = usePages<Row>({
    path: rangedPath(issuePath(issue.id, "/occurrences"), {
      q: param("events"),
      release: param("release"),
      limit: PAGE_ROWS,
    }),
    read: (answer) => {
      const { occurrences, next_cursor: next } = answer as OccurrenceList;
      return { rows: occurrences, nextCursor: next };
    },
    keyOf: rowKey,
    newestFirst: true,
  });
  const nothing = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <section class="panel" aria-label="All events">
      <div class="occurrence-filter">
        <TextInput
          label="Search events"
          placeholder="Message, user or transaction"
          icon="search"
          class="wide"
          value={param("events")}
          onCommit={(events) => setParams({ events })}
        />
      </div>
      <ProblemNote problem={pages.problem} />
      {pages.rows.length > 0 && (
        <DataTable
          label="Events"
          columns={columnsOf(issue.id, shown)}
          rows={pages.rows}
          keyOf={rowKey}
          hrefOf={(row) => issueHref(issue.id, row.kept ? row.id : shown)}
          prepended={pages.prepended}
          onNearEnd={pages.loadMore}
          dimmed={pages.stale}
        />
      )}
      {nothing && (
        <Empty title="No event in this range">
          <WidenButton />
        </Empty>
      )}
    </section>
  );
}

/** What was not kept has no id; its time and count tell it apart as far as that matters. */
function rowKey({ id, time, service, message, count }: Row): string {
  return id ?? [time, service, count, message].join("\n");
}

function columnsOf(issueId: number, shown: string | null): Column<Row>[] {
  const text = (key: "release" | "environment", title: string): Column<Row> => ({
    key,
    title,
    width: "minmax(72px, .5fr)",
    hideBelow: key === "environment" ? 760 : 560,
    cell: (row) => <span class="muted">{visible(row[key] ?? "–")}</span>,
  });
  return [
    {
      key: "time",
      title: "Time",
      width: "152px",
      cell: (row) =>
        row.kept ? (
          <a class={row.id === shown ? "cell-link" : ""} href={issueHref(issueId, row.id)}>
            <Moment at={row.time} />
          </a>
        ) : (
          <span class="faint">
            <Moment at={row.time} />
          </span>
        ),
    },
    {
      key: "message",
      title: "Message",
      width: "minmax(140px, 2fr)",
      cell: (row) =>
        row.kept ? (
          <span title={row.transaction ?? ""}>{firstLine(row.message)}</span>
        ) : (
          <span class="faint">{counted(row.count, "event")} counted, not kept</span>
        ),
    },
    {
      key: "user",
      title: "User",
      width: "minmax(80px, .8fr)",
      hideBelow: 640,
      cell: (row) => <span class="muted">{visible(row.user ?? "–")}</span>,
    },
    text("release", "Release"),
    text("environment", "Environment"),
    {
      key: "service",
      title: "Service",
      width: "minmax(80px, .6fr)",
      hideBelow: 900,
      cell: (row) => <ServiceName name={row.service} />,
    },
    {
      key: "trace",
      title: "Trace",
      width: "72px",
      hideBelow: 560,
      cell: (row) =>
        row.trace_id ? (
          <a class="mono" href={traceHref(row.trace_id, row.span_id)}>
            {row.trace_id.slice(0, 8)}
          </a>
        ) : (
          row.source !== "sentry" && <Tag>otel</Tag>
        ),
    },
  ];
}
