// The log records that a span wrote, oldest first.
// Invariants: shows from the records fetched for the whole trace; only where those were cut off does
// it ask for the span's own.
import type { JSX } from "preact";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { LogList, LogRecord } from "../../api/types";
import { ProblemNote } from "../../controls/notes";
import { durationMs, nanoToMs, text } from "../../format/quantity";
import type { SpanNode, TraceTree } from "../../trace/tree";
import { hrefTo } from "../../url/location";
import { SeverityTag } from "../logs/severity";

interface SpanLogsProps {
  traceId: string;
  tree: TraceTree;
  node: SpanNode;
  records: readonly LogRecord[];
  /** Whether the trace has more records than were fetched. */
  partial: boolean;
}

export function SpanLogs({ traceId, tree, node, records, partial }: SpanLogsProps): JSX.Element {
  const { span } = node;
  const fromSeconds = Number(node.start / 1_000_000_000n) - 600;
  const toSeconds = Number(node.end / 1_000_000_000n) + 601;
  const params = {
    trace_id: traceId,
    span_id: span.span_id,
    from: fromSeconds,
    to: toSeconds,
    limit: 1000,
  };
  const own = useResource<LogList>(partial ? apiPath("/monitoring/logs", params) : null);
  const shown = [...(own.data?.logs ?? records)].reverse();
  const range = { from: String(fromSeconds), to: String(toSeconds), live: null };
  return (
    <>
      <ProblemNote problem={own.problem} />
      {shown.length === 0 && !own.loading && (
        <p class="calm">
          No log record names this span; a logging bridge of the OpenTelemetry SDK adds the ids
        </p>
      )}
      <ol class="span-logs">
        {shown.map((record, index) => (
          <li key={index}>
            <span class="faint">
              +{text(durationMs(nanoToMs(BigInt(record.time_unix_nano) - tree.start)))}
            </span>
            <SeverityTag of={record} />
            <span class="span-log-body">{record.body}</span>
          </li>
        ))}
      </ol>
      <p class="span-logs-more">
        <a
          class="link"
          href={hrefTo("/logs", { ...range, trace_id: traceId, span_id: span.span_id })}
        >
          Open in logs
        </a>
        <a class="link" href={hrefTo("/logs", { ...range, trace_id: traceId })}>
          Logs of the whole trace
        </a>
      </p>
    </>
  );
}
