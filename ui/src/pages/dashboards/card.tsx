// A panel on the board: its head with what can be done with it, and its body by its type.
// Invariants: a failed query is told where its answer would be, or beside the answers of the others;
// the last answer stays on screen while a newer one is under way; every panel has an address.
import type { ComponentChildren, JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Problem } from "../../api/types";
import { Icon } from "../../controls/icons";
import { hasQueries, type Panel } from "../../dashboards/document";
import { interpolateText, interpolateUrl } from "../../dashboards/interpolate";
import { safeHref } from "../../dashboards/markdown";
import type { Shown } from "../../dashboards/repeat";
import { narrowed } from "../../dashboards/variables";
import { linkScope, panelInExplorer } from "./links";
import { usePanelData, type Answered, type PanelData } from "./panel_data";
import {
  LogsPanel,
  recordsHref,
  TracesPanel,
  useLogs,
  useTraces,
  type Fetched,
} from "./panels/records";
import { useInSight, useSize, type Size } from "./panels/size";
import { BarPanel, GaugePanel, StatPanel } from "./panels/stat";
import { TablePanel } from "./panels/table";
import { SafeLink, TextPanel } from "./panels/text";
import { HeatMapPanel, TimeSeriesPanel } from "./panels/time_series";
import { useView, ViewContext, type View } from "./view";

interface CardProps {
  shown: Shown;
  /** What stands in the head behind the title, while the pointer or the focus is on the panel. */
  tools?: ComponentChildren;
  /** What the panel answers to as a whole: dragging, keys. */
  frame?: {
    class?: string;
    label?: string;
    onKeyDown?: (event: KeyboardEvent) => void;
    onFocus?: () => void;
  };
  /** A press on the head begins to move the panel. */
  onGrab?: (event: PointerEvent) => void;
  /** A handle in the corner. */
  corner?: ComponentChildren;
}

/** The view as a clone of a repeated panel sees it. */
function useNarrowed(own: Shown["own"]): View {
  const view = useView();
  const key = JSON.stringify(own);
  return useMemo(
    () => (key === "{}" ? view : { ...view, scope: narrowed(view.scope, own) }),
    [view, key],
  );
}

export function Card(props: CardProps): JSX.Element {
  const view = useNarrowed(props.shown.own);
  return (
    <ViewContext.Provider value={view}>
      <CardInView {...props} />
    </ViewContext.Provider>
  );
}

function CardInView({ shown, tools, frame, onGrab, corner }: CardProps): JSX.Element {
  const { panel } = shown;
  const { scope } = useView();
  const root = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const size = useSize(body);
  const inSight = useInSight(root);
  const data = usePanelData(panel, size.width, inSight);
  const logs = useLogs(panel, inSight);
  const traces = useTraces(panel, inSight);
  const title = interpolateText(panel.title, scope);
  const problems = data.answers.filter((answer) => answer.problem);
  const loading = isLoading(panel, data, logs, traces);
  return (
    <section
      class={`panel board-panel ${frame?.class ?? ""}`}
      aria-label={frame?.label ?? (title || "Panel")}
      tabIndex={frame ? 0 : undefined}
      onKeyDown={frame?.onKeyDown}
      onFocus={frame?.onFocus}
      aria-busy={loading}
      ref={root}
    >
      <header class="board-head" onPointerDown={onGrab}>
        <h2 class="clip" title={title}>
          {title}
        </h2>
        {panel.description !== "" && (
          <span class="board-info" title={interpolateText(panel.description, scope)} tabIndex={0}>
            <Icon name="info" size={13} />
            <span class="unseen">{interpolateText(panel.description, scope)}</span>
          </span>
        )}
        <Notes answers={data.answers} />
        <span class="grow" />
        <PanelLinks panel={panel} />
        {loading && <span class="board-busy" />}
        <span class="board-tools">{tools}</span>
      </header>
      <div class="board-body" ref={body}>
        {problems.length > 0 && problems.length === data.answers.length ? (
          <Failures answers={problems} />
        ) : (
          <Body panel={panel} size={size} data={data} logs={logs} traces={traces} />
        )}
      </div>
      {corner}
    </section>
  );
}

function isLoading(
  panel: Panel,
  data: PanelData,
  logs: Fetched<unknown>,
  traces: Fetched<unknown>,
): boolean {
  if (panel.type === "logs") return logs.loading;
  if (panel.type === "traces") return traces.loading;
  return hasQueries(panel.type) && data.loading && panel.queries.length > 0;
}

interface BodyProps {
  panel: Panel;
  size: Size;
  data: PanelData;
  logs: ReturnType<typeof useLogs>;
  traces: ReturnType<typeof useTraces>;
}

const PANELS: Partial<Record<Panel["type"], (props: BodyProps) => JSX.Element>> = {
  time_series: TimeSeriesPanel,
  stat: StatPanel,
  gauge: GaugePanel,
  table: TablePanel,
  bar: BarPanel,
  heat_map: HeatMapPanel,
};

function Body(props: BodyProps): JSX.Element | null {
  const { panel, data, logs, traces } = props;
  if (panel.type === "text") return <TextPanel panel={panel} />;
  if (panel.type === "logs") {
    if (logs.problem) return <ProblemText problem={logs.problem} />;
    if (!logs.data) return null;
    if (logs.data.logs.length === 0) return <Nothing what="No log record in this range" />;
    return <LogsPanel logs={logs.data.logs} />;
  }
  if (panel.type === "traces") {
    if (traces.problem) return <ProblemText problem={traces.problem} />;
    if (!traces.data) return null;
    if (traces.data.traces.length === 0) return <Nothing what="No trace in this range" />;
    return <TracesPanel traces={traces.data.traces} />;
  }
  if (panel.queries.every((query) => query.promql.trim() === ""))
    return <Nothing what="No query yet" />;
  if (!data.loaded || props.size.width === 0) return null;
  if (data.answers.every(isEmpty)) return <Nothing what="No data in this range" />;
  const Draw = PANELS[panel.type];
  return Draw ? <Draw {...props} /> : <Nothing what={`No panel of type ${panel.type} is known`} />;
}

function isEmpty({ data }: Answered): boolean {
  if (!data) return true;
  return data.resultType === "matrix" || data.resultType === "vector"
    ? data.result.length === 0
    : false;
}

function Nothing({ what }: { what: string }): JSX.Element {
  return <p class="board-nothing">{what}</p>;
}

function ProblemText({ problem }: { problem: Problem }): JSX.Element {
  return (
    <div class="board-failure" role="alert">
      <b class="bad">{problem.title}</b>
      <p>{problem.detail}</p>
      {problem.hint && <p class="faint">{problem.hint}</p>}
    </div>
  );
}

function Failures({ answers }: { answers: readonly Answered[] }): JSX.Element {
  return (
    <div class="board-failures">
      {answers.map(({ ref, promql, problem }) => (
        <div key={ref}>
          {problem && <ProblemText problem={problem} />}
          <code class="faint">{promql}</code>
        </div>
      ))}
    </div>
  );
}

/** Failures of some queries, and what the server remarked on the answers. */
function Notes({ answers }: { answers: readonly Answered[] }): JSX.Element | null {
  const failed = answers.filter((answer) => answer.problem);
  const notes = [
    ...failed.map(({ ref, problem }) => `${ref}: ${problem?.detail ?? ""}`),
    ...answers.flatMap(({ ref, notes: own }) => own.map((note) => `${ref}: ${note}`)),
  ];
  if (notes.length === 0) return null;
  const tone = failed.length > 0 ? "bad" : "warn";
  return (
    <span class={`board-info ${tone}`} title={notes.join("\n")} tabIndex={0}>
      <Icon name="alert" size={13} />
      <span class="unseen">{notes.join("; ")}</span>
    </span>
  );
}

function PanelLinks({ panel }: { panel: Panel }): JSX.Element {
  const view = useView();
  const scope = linkScope(view);
  return (
    <>
      {panel.links.map((link, index) => {
        const href = safeHref(interpolateUrl(link.url, scope));
        if (href === null) return null;
        return (
          <span class="board-link" key={index}>
            <SafeLink href={href}>{interpolateText(link.title, scope) || "Link"}</SafeLink>
          </span>
        );
      })}
    </>
  );
}

/** What a panel offers wherever it is shown: the data behind it, and itself alone. */
export function ViewTools({ shown, href }: { shown: Shown; href?: string }): JSX.Element {
  const view = useNarrowed(shown.own);
  const { panel } = shown;
  const explorer = panelInExplorer(panel, view);
  const records =
    panel.type === "logs" || panel.type === "traces" ? recordsHref(panel, view.scope) : null;
  const source = explorer ?? records;
  return (
    <>
      {source !== null && (
        <a
          class="quiet"
          href={source}
          title={explorer !== null ? "open in the explorer" : "open the whole list"}
          aria-label={explorer !== null ? "open in the explorer" : "open the whole list"}
        >
          <Icon name="chart" size={13} />
        </a>
      )}
      {href !== undefined && (
        <a class="quiet" href={href} title="this panel alone" aria-label="this panel alone">
          <Icon name="expand" size={13} />
        </a>
      )}
    </>
  );
}
