// The trace of an event in small: the span that failed, its callers, and what else failed.
// Invariant: it is a way into the trace; whatever is pressed in it opens the whole.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { TraceDetail } from "../../api/types";
import { traceHref, traceLogsHref } from "../../errors/links";
import { claimColours } from "../../format/colour";
import { counted, durationMs, text } from "../../format/quantity";
import { excerpt } from "../../trace/excerpt";
import { buildTree } from "../../trace/tree";
import { parseWindow } from "../../trace/window";
import { navigate } from "../../url/location";
import { TimeAxis } from "../trace/time_axis";
import { WaterfallRow } from "../trace/waterfall_row";

const ROWS_MAX = 9;
const COLLAPSED_NONE: readonly never[] = [];

interface TraceExcerptProps {
  traceId: string;
  spanId: string | null;
  time: string;
}

export function TraceExcerpt({ traceId, spanId, time }: TraceExcerptProps): JSX.Element | null {
  const { data } = useResource<TraceDetail>(
    apiPath(`/monitoring/traces/${encodeURIComponent(traceId)}`),
    { live: false },
  );
  const tree = useMemo(() => (data && data.spans.length > 0 ? buildTree(data) : null), [data]);
  if (!data || !tree) return null;
  claimColours(data.services);
  const rows = excerpt(tree, spanId, ROWS_MAX);
  const shown = parseWindow("", tree.durationMs);
  const open = (event: Event): void => {
    const row = (event.target as Element).closest("[role=treeitem]");
    const node = rows[[...(row?.parentElement?.children ?? [])].indexOf(row as Element)];
    event.preventDefault();
    event.stopPropagation();
    navigate(traceHref(traceId, node?.span.span_id ?? spanId));
  };
  return (
    <section class="panel trace-excerpt" aria-label="Trace">
      <h2 class="panel-head">
        <span>
          Trace{" "}
          <span class="panel-note">
            {text(durationMs(tree.durationMs))}, {counted(tree.nodes.length, "span")}
            {rows.length < tree.nodes.length && `, ${rows.length} of them here`}
          </span>
        </span>
        <span class="row-of">
          <a class="link" href={traceLogsHref(traceId, time)}>
            Logs
          </a>
          <a class="link" href={traceHref(traceId, spanId)}>
            The whole trace
          </a>
        </span>
      </h2>
      <TimeAxis shown={shown} />
      <div role="tree" aria-label="Spans around the error" onClickCapture={open}>
        {rows.map((node) => (
          <WaterfallRow
            key={node.index}
            node={node}
            shown={shown}
            selected={node.span.span_id === spanId}
            collapsed={false}
            critical={COLLAPSED_NONE}
          />
        ))}
      </div>
    </section>
  );
}
