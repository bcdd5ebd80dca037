// What the queries answered: one chart of all series, a heat map for each answer of histograms, a
// table, and what the server remarked.
// Invariants: an answer that failed takes nothing from the others; every count on screen is of what
// came back, not of what is drawn.
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { DRAWN_MAX, SeriesChart, type SeriesChartProps } from "../../charts/series_chart";
import { HeatMap } from "../../charts/heat_map";
import type { HeatCells } from "../../charts/heat_cells";
import { WidenButton } from "../../controls/notes";
import { compact, counted, durationMs, text } from "../../format/quantity";
import { unitFormat } from "../../format/unit";
import { exemplarDots } from "../../prometheus/exemplars";
import { durationText } from "../../prometheus/step";
import type { Replies, Reply } from "../../prometheus/use_answers";
import { hrefTo } from "../../url/location";
import { drawnAnswers, sizeOf, type DrawnAnswers } from "./drawn_answers";
import { AnswerTable } from "./answer_table";
import type { ExplorerState } from "./explorer_state";

interface AnswersProps {
  state: ExplorerState;
  graph: Replies | null;
  table: Replies | null;
  dimmed: boolean;
}

export function Answers({ state, graph, table, dimmed }: AnswersProps): JSX.Element {
  const replies = [...(graph?.replies ?? []), ...(table?.replies ?? [])];
  return (
    <div class={`stack ${dimmed ? "dimmed" : ""}`}>
      <Remarks replies={replies} />
      {graph && state.view !== "table" && <Graph state={state} answered={graph} />}
      {table && state.view !== "graph" && <AnswerTable state={state} answered={table} />}
    </div>
  );
}

/** Warnings and notes of the server, each once. */
function Remarks({ replies }: { replies: readonly Reply[] }): JSX.Element | null {
  const warnings = [...new Set(replies.flatMap((reply) => reply.warnings))];
  const infos = [...new Set(replies.flatMap((reply) => reply.infos))];
  if (warnings.length + infos.length === 0) return null;
  return (
    <ul class="remarks" aria-label="Remarks of the server">
      {warnings.map((warning) => (
        <li key={warning} class="warn">
          {warning}
        </li>
      ))}
      {infos.map((info) => (
        <li key={info}>{info}</li>
      ))}
    </ul>
  );
}

function Graph({ state, answered }: { state: ExplorerState; answered: Replies }): JSX.Element {
  const drawn = useMemo(() => drawnAnswers(state, answered), [answered, JSON.stringify(state)]);
  const size = sizeOf(answered);
  const isNothing = drawn.series.length === 0 && drawn.heatMaps.length === 0;
  const hasFailed = answered.replies.every((reply) => reply.problem !== null);
  if (isNothing && hasFailed) return <></>;
  return (
    <>
      {(drawn.series.length > 0 || isNothing) && (
        <section class="panel" aria-label="Graph">
          <AnswerHead answered={answered}>
            {counted(size.series, "series", "series")}, {text(compact(size.samples))} samples
          </AnswerHead>
          {isNothing ? <NoSeries /> : <Lines state={state} answered={answered} drawn={drawn} />}
        </section>
      )}
      {drawn.heatMaps.map(({ ref, title, cells, unit, merged }) => (
        <section class="panel" key={ref} aria-label={`Heat map of query ${ref}`}>
          <AnswerHead answered={answered} title={title}>
            {merged > 1 ? `${counted(merged, "series", "series")} together, ` : ""}
            observations by value
          </AnswerHead>
          <HeatMapOf state={state} answered={answered} of={{ ref, title, cells, unit }} />
        </section>
      ))}
    </>
  );
}

interface AnswerHeadProps {
  answered: Replies;
  title?: string;
  children: ComponentChildren;
}

function AnswerHead({ answered, title, children }: AnswerHeadProps): JSX.Element {
  const tookMs = answered.replies.reduce((most, reply) => Math.max(most, reply.tookMs), 0);
  return (
    <h2 class="panel-head">
      <span class="clip">
        {title ?? "Graph"} <span class="panel-note">{children}</span>
      </span>
      <span class="panel-note">
        step {durationText(answered.grid.step)} · {text(durationMs(tookMs))}
      </span>
    </h2>
  );
}

function NoSeries(): JSX.Element {
  return (
    <p class="calm">
      The query ran and found no series in this range <WidenButton />
    </p>
  );
}

interface LinesProps {
  state: ExplorerState;
  answered: Replies;
  drawn: DrawnAnswers;
}

const LOOKS: Record<ExplorerState["drawing"], Partial<SeriesChartProps>> = {
  "": {},
  lines: {},
  areas: { fill: 0.14 },
  stacked: { stack: "normal" },
  percent: { stack: "percent" },
  bars: { style: "bar", stack: "normal" },
  heat: {},
};

function Lines({ state, answered, drawn }: LinesProps): JSX.Element {
  const { from, to, grid } = answered;
  const isSingle = drawn.series.length === 1;
  const look = state.drawing === "" && isSingle ? LOOKS.areas : LOOKS[state.drawing];
  const dots = useMemo(
    () => exemplarDots(drawn.exemplars, { from, to, format: unitFormat(drawn.unit), hrefOf }),
    [drawn],
  );
  return (
    <SeriesChart
      label={`Graph of ${counted(Math.min(DRAWN_MAX, drawn.series.length), "series", "series")}`}
      times={drawn.times}
      series={drawn.series}
      stepSeconds={grid.step}
      from={from}
      to={to}
      unit={drawn.unit}
      dots={dots}
      height={300}
      legend="table"
      {...look}
    />
  );
}

const hrefOf = (traceId: string): string => hrefTo(`/traces/${traceId}`);

interface HeatMapOfProps {
  state: ExplorerState;
  answered: Replies;
  of: { ref: string; title: string; cells: HeatCells; unit: string };
}

function HeatMapOf({ state, answered, of }: HeatMapOfProps): JSX.Element {
  const { from, to } = answered;
  const format = unitFormat(state.unit ?? of.unit);
  const exemplars = answered.replies.find((reply) => reply.ref === of.ref)?.exemplars ?? [];
  const dots = useMemo(() => exemplarDots(exemplars, { from, to, format, hrefOf }), [of.cells]);
  return (
    <HeatMap
      label={`Heat map of ${of.title}`}
      cells={of.cells}
      from={from}
      to={to}
      format={format}
      dots={dots}
      height={300}
    />
  );
}
