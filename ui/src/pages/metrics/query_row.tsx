// One query of the explorer: its letter, its editor, its legend, and whether it is asked.
import type { JSX } from "preact";
import type { Problem } from "../../api/types";
import { Icon } from "../../controls/icons";
import { TextInput } from "../../controls/inputs";
import { PromqlEditor } from "../../editor/promql_editor";
import type { ExplorerQuery } from "./explorer_state";

interface QueryRowProps {
  query: ExplorerQuery;
  removable: boolean;
  problem: Problem | null;
  onChange: (promql: string) => void;
  onLegend: (legend: string) => void;
  onHide: (hidden: boolean) => void;
  onRemove: () => void;
  onRun: () => void;
}

export function QueryRow(props: QueryRowProps): JSX.Element {
  const { ref, promql, legend, hidden } = props.query;
  return (
    <div class={`query-row ${hidden ? "is-hidden" : ""} ${props.removable ? "removable" : ""}`}>
      <button
        type="button"
        class="query-ref"
        aria-pressed={!hidden}
        aria-label={`Query ${ref} is ${hidden ? "left out" : "asked"}`}
        title={hidden ? "left out; click to ask it again" : "click to leave it out"}
        onClick={() => props.onHide(!hidden)}
      >
        {ref}
      </button>
      <PromqlEditor
        label={`Query ${ref}`}
        text={promql}
        placeholder="PromQL, such as rate(http_requests_total[5m])"
        problem={props.problem}
        onChange={props.onChange}
        onRun={props.onRun}
      />
      <TextInput
        label={`Legend of query ${ref}`}
        placeholder="Legend, as {{label}}"
        class="query-legend"
        value={legend}
        onCommit={props.onLegend}
      />
      {props.removable && (
        <button
          type="button"
          class="quiet"
          aria-label={`remove query ${ref}`}
          title={`remove query ${ref}`}
          onClick={props.onRemove}
        >
          <Icon name="close" size={12} />
        </button>
      )}
    </div>
  );
}
