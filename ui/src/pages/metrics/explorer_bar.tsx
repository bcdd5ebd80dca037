// Under the queries: run, and how the answer is shown.
// Invariant: each choice goes to the address at once.
import type { ComponentChildren, JSX } from "preact";
import { Segmented } from "../../controls/buttons";
import { TextInput } from "../../controls/inputs";
import { Choices, Popover } from "../../controls/popover";
import { UNIT_NAMES } from "../../format/unit";
import { durationText, parseDuration } from "../../prometheus/step";
import type { ExplorerState } from "./explorer_state";

interface ExplorerBarProps {
  state: ExplorerState;
  loading: boolean;
  /** Whether something was written that has not been run. */
  changed: boolean;
  autoStepSeconds: number | null;
  onRun: () => void;
  onFormat: () => void;
  onChange: (patch: Partial<ExplorerState>) => void;
  children: ComponentChildren;
}

const DRAWING_NAMES: Record<ExplorerState["drawing"], string> = {
  "": "Automatic",
  lines: "Lines",
  areas: "Areas",
  stacked: "Stacked",
  percent: "Stacked to 100%",
  bars: "Bars",
  heat: "Heat map",
};

export function ExplorerBar(props: ExplorerBarProps): JSX.Element {
  const { state, onChange } = props;
  const badStep = state.step !== "" && parseDuration(state.step) === null;
  const auto = props.autoStepSeconds;
  return (
    <div class="explorer-bar">
      <button
        type="button"
        class={`button ${props.changed ? "primary" : ""}`}
        onClick={props.onRun}
      >
        {props.loading ? "Running…" : "Run"} <kbd>Ctrl</kbd> <kbd>Enter</kbd>
      </button>
      {props.children}
      <button type="button" class="button" title="lay the queries out" onClick={props.onFormat}>
        Format
      </button>
      <span class="grow" />
      <Picker
        label="Draw as"
        value={state.drawing}
        options={Object.entries(DRAWING_NAMES).map(([value, label]) => ({ value, label }))}
        shown={state.drawing === "" ? "Draw: auto" : DRAWING_NAMES[state.drawing]}
        onChoose={(drawing) => onChange({ drawing: drawing as ExplorerState["drawing"] })}
      />
      <UnitPicker unit={state.unit} onChoose={(unit) => onChange({ unit })} />
      <TextInput
        label="Step"
        placeholder={auto === null ? "Step" : `Step ${durationText(auto)}`}
        class={`step ${badStep ? "invalid" : ""}`}
        value={state.step}
        onCommit={(step) => onChange({ step })}
      />
      <label class="check" title="dots that lead to traces, where samples carry them">
        <input
          type="checkbox"
          checked={state.exemplars}
          onChange={(event) => onChange({ exemplars: event.currentTarget.checked })}
        />
        Exemplars
      </label>
      <Segmented
        label="Show"
        value={state.view}
        options={[
          { value: "graph", label: "Graph" },
          { value: "table", label: "Table" },
          { value: "both", label: "Both" },
        ]}
        onChange={(view) => onChange({ view })}
      />
      {badStep && (
        <p class="bad explorer-note" role="alert">
          “{state.step}” is no step; write 15s, 1m or 1h30m
        </p>
      )}
    </div>
  );
}

interface PickerProps {
  label: string;
  value: string;
  shown: string;
  options: readonly { value: string; label: string }[];
  onChoose: (value: string) => void;
}

function Picker({ label, value, shown, options, onChoose }: PickerProps): JSX.Element {
  return (
    <Popover label={`${label}: ${shown}`} trigger={shown}>
      {(close) => (
        <Choices
          label={label}
          value={value}
          options={options}
          onChoose={(next) => {
            onChoose(next);
            close();
          }}
        />
      )}
    </Popover>
  );
}

const GUESS = "guess";

function UnitPicker(props: {
  unit: string | null;
  onChoose: (unit: string | null) => void;
}): JSX.Element {
  const { unit } = props;
  const known = UNIT_NAMES.find((one) => one.value === unit);
  const options = [{ value: GUESS, label: "By the metric’s name" }, ...UNIT_NAMES];
  return (
    <Picker
      label="Unit"
      value={unit ?? GUESS}
      shown={unit === null ? "Unit: auto" : (known?.label ?? (unit || "Number"))}
      options={options}
      onChoose={(value) => props.onChoose(value === GUESS ? null : value)}
    />
  );
}
