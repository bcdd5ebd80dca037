// The facts of a trace in one line: how long, how many, since when, and what is usual.
import type { ComponentChildren, JSX } from "preact";
import type { TraceDetail } from "../../api/types";
import { Figure, Moment } from "../../controls/figures";
import { count, counted, durationMs, significant } from "../../format/quantity";
import { mainRoot, type TraceTree } from "../../trace/tree";
import { hrefTo } from "../../url/location";
import { isFlame, toggleFlame } from "./trace_state";

interface TraceFactsProps {
  trace: TraceDetail;
  tree: TraceTree;
  onNextError: () => void;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div>
      {name}
      <b>{children}</b>
    </div>
  );
}

export function TraceFacts({ trace, tree, onNextError }: TraceFactsProps): JSX.Element {
  const root = mainRoot(tree);
  const usual = trace.usual_p50_ms;
  const similar = hrefTo(
    "/traces",
    root ? { service: root.span.service, operation: root.span.name } : {},
  );
  return (
    <section class="panel facts" aria-label="Facts">
      <Fact name="Duration">
        <Figure of={durationMs(tree.durationMs, 4)} />
      </Fact>
      <Fact name="Spans">
        <Figure of={count(tree.nodes.length)} />
      </Fact>
      <Fact name="Services">
        <span title={trace.services.join(", ")}>{trace.services.length}</span>
      </Fact>
      <Errors tree={tree} onNext={onNextError} />
      <Fact name="Started">
        <Moment at={tree.start} />
      </Fact>
      {usual !== null && (
        <a href={similar} title="requests of the same operation">
          Usual for this operation
          <b>
            <Figure of={durationMs(usual)} />{" "}
            <span class="unit">p50{versus(tree.durationMs, usual)}</span>
          </b>
        </a>
      )}
      {tree.orphans > 0 && (
        <div title="spans whose parent was not received; they are shown as roots">
          Parent missing<b class="warn">{counted(tree.orphans, "span")}</b>
        </div>
      )}
      {trace.truncated && (
        <div title="the earliest spans are shown; the others can be asked for in SQL">
          Cut off<b class="warn">more spans exist</b>
        </div>
      )}
      <span class="grow" />
      <a class="button" href={similar}>
        Similar traces
      </a>
      <button type="button" class="button" aria-pressed={isFlame()} onClick={toggleFlame}>
        {isFlame() ? "Waterfall" : "Flame graph"} <kbd>f</kbd>
      </button>
    </section>
  );
}

function Errors({ tree, onNext }: { tree: TraceTree; onNext: () => void }): JSX.Element {
  const failed = tree.nodes.filter((node) => node.error).length;
  if (failed === 0) return <Fact name="Errors">0</Fact>;
  return (
    <button type="button" class="fact" title="go to the next failed span (e)" onClick={onNext}>
      Errors
      <b class="bad">
        <Figure of={count(failed)} />
      </b>
    </button>
  );
}

function versus(ms: number, usual: number): string {
  return usual > 0 && ms / usual >= 1.5 ? `, this is ${significant(ms / usual, 2)}×` : "";
}
