// The span selected: what it was, what it cost, and what it carries.
// Invariant: the tab is in the address and stays when another span is selected.
import type { JSX } from "preact";
import type { LogRecord, TraceDetail } from "../../api/types";
import { CopyButton, Tabs } from "../../controls/buttons";
import { Figure, Moment, Swatch, Tag } from "../../controls/figures";
import { durationMs, nanoToMs, percent, text } from "../../format/quantity";
import type { Segment } from "../../trace/critical_path";
import type { SpanNode, TraceTree } from "../../trace/tree";
import { serviceHref } from "../services/links";
import { SpanAttributes } from "./span_attributes";
import { SpanEvents } from "./span_events";
import { SpanLinks } from "./span_links";
import { SpanLogs } from "./span_logs";
import { selectedTab, selectTab, type SpanTab } from "./trace_state";

export interface SpanPanelProps {
  trace: TraceDetail;
  tree: TraceTree;
  node: SpanNode;
  critical: readonly Segment[];
  logs: { logs: LogRecord[]; more: boolean } | null;
}

export function SpanPanel(props: SpanPanelProps): JSX.Element {
  const { node, logs } = props;
  const { span } = node;
  const own = logs?.logs.filter((record) => record.span_id === span.span_id) ?? [];
  const tabs: { value: SpanTab; label: string }[] = [
    { value: "attributes", label: "Attributes" },
    { value: "events", label: tabLabel("Events", span.events.length) },
    { value: "logs", label: tabLabel("Logs", own.length) },
    { value: "links", label: tabLabel("Links", span.links.length) },
    { value: "raw", label: "Raw" },
  ];
  const tab = selectedTab();
  return (
    <aside class="panel span-panel" aria-label="Selected span">
      <SpanHead {...props} />
      <Tabs label="Span" value={tab} options={tabs} onChange={selectTab} />
      <div role="tabpanel" class="span-body" tabIndex={0}>
        {tab === "attributes" && <SpanAttributes trace={props.trace} node={node} />}
        {tab === "events" && <SpanEvents tree={props.tree} node={node} />}
        {tab === "logs" && (
          <SpanLogs
            traceId={props.trace.trace_id}
            tree={props.tree}
            node={node}
            records={own}
            partial={logs?.more ?? false}
          />
        )}
        {tab === "links" && <SpanLinks node={node} />}
        {tab === "raw" && <Raw node={node} />}
      </div>
    </aside>
  );
}

function tabLabel(name: string, amount: number): string {
  return amount > 0 ? `${name} ${amount}` : name;
}

function SpanHead({ tree, node, critical }: SpanPanelProps): JSX.Element {
  const { span } = node;
  const share = tree.durationMs > 0 ? node.durationMs / tree.durationMs : 1;
  const criticalMs = critical.reduce(
    (sum, segment) => sum + nanoToMs(segment.to - segment.from),
    0,
  );
  return (
    <div class="span-head">
      <h2>
        <span class="span-head-name">{span.name}</span>
        {node.error && <Tag tone="bad">error</Tag>}
      </h2>
      <div class="muted">
        <a href={serviceHref(span.service)}>
          <Swatch service={span.service} />
          {span.service}
        </a>{" "}
        · {span.kind} · <Moment at={node.start} />
      </div>
      <div class="span-cost">
        <span>
          <b>
            <Figure of={durationMs(node.durationMs, 4)} />
          </b>
          , {text(percent(Math.round(share * 1000) / 1000))} of the trace
        </span>
        {criticalMs > 0 && (
          <span title="time in which the request waited for this span itself">
            <b>
              <Figure of={durationMs(criticalMs, 4)} />
            </b>{" "}
            on the critical path
          </span>
        )}
      </div>
    </div>
  );
}

function Raw({ node }: { node: SpanNode }): JSX.Element {
  const json = JSON.stringify(node.span, null, 2);
  return (
    <div class="raw">
      <CopyButton text={json} label="copy the span as JSON" />
      <pre>{json}</pre>
    </div>
  );
}
