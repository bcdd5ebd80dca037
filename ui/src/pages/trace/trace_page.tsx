// One trace: its facts, the waterfall or the flame graph, and the span selected.
// Invariants: the tree and the critical path are computed once per answer; the trace's log records
// are fetched once and shared by the counts and the tab.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { LogList, LogRecord, TraceDetail } from "../../api/types";
import { Empty, ProblemNote } from "../../controls/notes";
import { claimColours } from "../../format/colour";
import { usePageKeys } from "../../shell/keyboard";
import { useTitle } from "../../shell/title";
import { criticalPath, segmentsBySpan } from "../../trace/critical_path";
import { buildTree, mainRoot, type SpanNode, type TraceTree } from "../../trace/tree";
import { parseWindow } from "../../trace/window";
import { hrefTo, param } from "../../url/location";
import { FlameGraph } from "./flame_graph";
import { Minimap } from "./minimap";
import { SpanPanel } from "./span_panel";
import { TraceFacts } from "./trace_facts";
import { expandTo, isFlame, nextError, selectSpan, setWindow, toggleFlame } from "./trace_state";
import { Waterfall } from "./waterfall";

export const LOGS_MAX = 1_000;

export function TracePage({ traceId }: { traceId: string }): JSX.Element {
  const { data, problem } = useResource<TraceDetail>(
    apiPath(`/monitoring/traces/${encodeURIComponent(traceId)}`),
  );
  const root = data && data.spans.length > 0 ? rootOf(data) : null;
  useTitle({
    text: root?.name ?? "Trace",
    id: traceId,
    parent: { text: "Traces", href: hrefTo("/traces") },
  });
  if (data) claimColours(data.services);
  return (
    <>
      {problem?.status === 404 ? <NoTrace traceId={traceId} /> : <ProblemNote problem={problem} />}
      {data && data.spans.length > 0 && <TraceView trace={data} />}
    </>
  );
}

function rootOf(trace: TraceDetail): { name: string } | undefined {
  return trace.spans.find((span) => !span.parent_span_id) ?? trace.spans[0];
}

function NoTrace({ traceId }: { traceId: string }): JSX.Element {
  return (
    <Empty title="No such trace">
      <p>
        The server holds no span of <span class="mono">{traceId}</span>. It may be older than the
        retention, still on its way, or not sampled by the service.
      </p>
      <a class="button" href={hrefTo("/traces")}>
        Search traces
      </a>
    </Empty>
  );
}

function useTraceLogs(
  trace: TraceDetail,
  tree: TraceTree,
): { logs: LogRecord[]; more: boolean } | null {
  const seconds = (nano: bigint): number => Number(nano / 1_000_000_000n);
  const end = tree.start + BigInt(Math.ceil(tree.durationMs * 1e6));
  const path = apiPath("/monitoring/logs", {
    trace_id: trace.trace_id,
    from: seconds(tree.start) - 600,
    to: seconds(end) + 600,
    limit: LOGS_MAX,
  });
  const { data } = useResource<LogList>(path);
  return data ? { logs: data.logs, more: data.next_cursor !== null } : null;
}

function TraceView({ trace }: { trace: TraceDetail }): JSX.Element {
  const tree = useMemo(() => buildTree(trace), [trace]);
  const critical = useMemo(() => {
    const root = mainRoot(tree);
    return segmentsBySpan(root ? criticalPath(root) : []);
  }, [tree]);
  const logs = useTraceLogs(trace, tree);
  const shown = parseWindow(param("zoom"), tree.durationMs);
  const selected = tree.byId.get(param("span")) ?? mainRoot(tree);
  const select = (node: SpanNode): void => {
    expandTo(node);
    selectSpan(node.span.span_id);
  };
  const toNextError = (): void => {
    const next = nextError(tree, selected);
    if (next) select(next);
  };
  usePageKeys({
    e: toNextError,
    f: toggleFlame,
    Escape: () => (param("zoom") ? setWindow(null) : selectSpan(null)),
  });
  return (
    <div class="stack">
      <TraceFacts trace={trace} tree={tree} onNextError={toNextError} />
      <div class="trace">
        <section class="panel">
          <Minimap tree={tree} shown={shown} />
          {isFlame() ? (
            <FlameGraph tree={tree} shown={shown} selected={selected} critical={critical} />
          ) : (
            <Waterfall tree={tree} shown={shown} selected={selected} critical={critical} />
          )}
        </section>
        {selected && (
          <SpanPanel
            trace={trace}
            tree={tree}
            node={selected}
            critical={critical.get(selected) ?? []}
            logs={logs}
          />
        )}
      </div>
    </div>
  );
}
