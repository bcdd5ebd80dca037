// How a panel looks: its words, figures, lines, colours, mappings, links, and whether it repeats.
// Invariant: only what means something for the panel's type is offered.
import type { ComponentChildren, JSX } from "preact";
import { NumberField, SelectField, TextField } from "../../controls/form";
import { Icon } from "../../controls/icons";
import {
  hasQueries,
  REDUCERS,
  type LegendMode,
  type Mapping,
  type Panel,
  type PanelLink,
  type Stack,
  type Threshold,
  type Variable,
} from "../../dashboards/document";
import { replacedAt, without } from "../../dashboards/edits";
import { ascending, COLOUR_NAMES, cssColour } from "../../dashboards/values";
import { isKnownUnit, UNIT_NAMES } from "../../format/unit";
import type { Patch } from "./panel_editor";

interface OptionsProps {
  panel: Panel;
  variables: readonly Variable[];
  patch: Patch;
}

export function PanelOptions({ panel, variables, patch }: OptionsProps): JSX.Element {
  const asks = hasQueries(panel.type);
  const reduces = ["stat", "gauge", "bar", "table"].includes(panel.type);
  const colours = asks && panel.type !== "heat_map";
  return (
    <>
      <Group title="Panel">
        <TextField
          label="Title"
          value={panel.title}
          onInput={(title) => patch({ title }, "title")}
        />
        <TextField
          label="Description"
          rows={2}
          value={panel.description}
          onInput={(description) => patch({ description }, "description")}
        />
        <SelectField
          label="Repeat for each value of"
          value={panel.repeat ?? ""}
          options={[
            { value: "", label: "nothing" },
            ...variables.map(({ name }) => ({ value: name, label: name })),
          ]}
          onChange={(name) => patch({ repeat: name || null }, "repeat")}
        />
      </Group>
      {asks && (
        <Group title="Figures">
          <UnitField panel={panel} patch={patch} />
          <div class="form-pair">
            <NumberField
              label="Digits after the point"
              value={panel.decimals}
              onInput={(value) =>
                patch(
                  {
                    decimals: value === null ? null : Math.max(0, Math.min(10, Math.round(value))),
                  },
                  "decimals",
                )
              }
            />
            {reduces && (
              <SelectField
                label="Figure of a series"
                value={panel.reduce}
                options={REDUCERS.map((value) => ({ value, label: value }))}
                onChange={(reduce) => patch({ reduce }, "reduce")}
              />
            )}
          </div>
          {panel.type !== "table" && panel.type !== "stat" && panel.type !== "heat_map" && (
            <div class="form-pair">
              <NumberField
                label="Lowest"
                value={panel.min}
                onInput={(min) => patch({ min }, "min")}
              />
              <NumberField
                label="Highest"
                value={panel.max}
                onInput={(max) => patch({ max }, "max")}
              />
            </div>
          )}
        </Group>
      )}
      {panel.type === "time_series" && <Lines panel={panel} patch={patch} />}
      {colours && <Thresholds panel={panel} patch={patch} />}
      {colours && panel.type !== "time_series" && <Mappings panel={panel} patch={patch} />}
      <Links panel={panel} patch={patch} />
    </>
  );
}

function Group({ title, children }: { title: string; children: ComponentChildren }): JSX.Element {
  return (
    <section class="form-group">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

interface PartProps {
  panel: Panel;
  patch: Patch;
}

function UnitField({ panel, patch }: PartProps): JSX.Element {
  const known = isKnownUnit(panel.unit);
  const label = UNIT_NAMES.find((one) => one.value === panel.unit)?.label;
  return (
    <TextField
      label="Unit"
      value={panel.unit}
      suggestions={UNIT_NAMES}
      hint={known ? label : "not a known unit: set behind the figure as it is"}
      onInput={(unit) => patch({ unit }, "unit")}
    />
  );
}

function Lines({ panel, patch }: PartProps): JSX.Element {
  const stacks: readonly { value: Stack; label: string }[] = [
    { value: "none", label: "no" },
    { value: "normal", label: "yes" },
    { value: "percent", label: "as shares of 100%" },
  ];
  const legends: readonly { value: LegendMode; label: string }[] = [
    { value: "list", label: "names" },
    { value: "table", label: "table of figures" },
    { value: "hidden", label: "none" },
  ];
  return (
    <Group title="Lines">
      <div class="form-pair">
        <SelectField
          label="Stacked"
          value={panel.stack}
          options={stacks}
          onChange={(stack) => patch({ stack }, "stack")}
        />
        <SelectField
          label="Legend"
          value={panel.legend}
          options={legends}
          onChange={(legend) => patch({ legend }, "legend")}
        />
      </div>
      <div class="form-pair">
        <Slider
          label="Fill"
          value={panel.fill}
          most={1}
          step={0.05}
          shown={`${Math.round(panel.fill * 100)}%`}
          onInput={(fill) => patch({ fill }, "fill")}
        />
        <Slider
          label="Line width"
          value={panel.line_width}
          most={10}
          step={1}
          shown={`${panel.line_width} px`}
          onInput={(line_width) => patch({ line_width }, "width")}
        />
      </div>
    </Group>
  );
}

interface SliderProps {
  label: string;
  value: number;
  most: number;
  step: number;
  shown: string;
  onInput: (value: number) => void;
}

function Slider({ label, value, most, step, shown, onInput }: SliderProps): JSX.Element {
  return (
    <label class="labelled">
      <span class="slider-label">
        {label} <span class="faint">{shown}</span>
      </span>
      <input
        type="range"
        min={0}
        max={most}
        step={step}
        value={value}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
    </label>
  );
}

function Thresholds({ panel, patch }: PartProps): JSX.Element {
  const rows = ascending(panel.thresholds);
  const set = (thresholds: Threshold[], topic: string): void =>
    patch({ thresholds: ascending(thresholds) }, `threshold ${topic}`);
  const add = (): void => {
    if (rows.length === 0)
      return set(
        [
          { value: null, color: "green" },
          { value: 80, color: "red" },
        ],
        "add",
      );
    const last = rows.at(-1)?.value ?? 0;
    set([...rows, { value: last + 10, color: "red" }], `add ${rows.length}`);
  };
  return (
    <Group title="Thresholds">
      {rows.map((row, index) => (
        <div class="form-row" key={index}>
          <ColourField
            value={row.color}
            onChange={(color) => set(replacedAt(rows, index, { ...row, color }), `c${index}`)}
          />
          {row.value === null ? (
            <span class="faint form-row-wide">below the others</span>
          ) : (
            <NumberField
              bare
              label={`Threshold ${index + 1}`}
              value={row.value}
              onInput={(value) =>
                value !== null && set(replacedAt(rows, index, { ...row, value }), `v${index}`)
              }
            />
          )}
          <RemoveButton
            label={`remove threshold ${index + 1}`}
            onClick={() => set(without(rows, index), `remove ${rows.length}`)}
          />
        </div>
      ))}
      <AddButton label="Threshold" onClick={add} />
    </Group>
  );
}

function Mappings({ panel, patch }: PartProps): JSX.Element {
  const rows = panel.mappings;
  const set = (mappings: Mapping[], topic: string): void => patch({ mappings }, `mapping ${topic}`);
  return (
    <Group title="Words for values">
      {rows.map((row, index) => {
        const change = (part: Partial<Mapping>, topic: string): void =>
          set(replacedAt(rows, index, { ...row, ...part }), `${topic}${index}`);
        return (
          <div class="form-row" key={index}>
            <input
              class="field"
              aria-label={`Value ${index + 1}`}
              placeholder="1, 5..10, null"
              value={row.value}
              onInput={(event) => change({ value: event.currentTarget.value }, "v")}
            />
            <input
              class="field"
              aria-label={`Word for value ${index + 1}`}
              placeholder="up"
              value={row.text}
              onInput={(event) => change({ text: event.currentTarget.value }, "t")}
            />
            <ColourField
              optional
              value={row.color ?? ""}
              onChange={(color) => change({ color: color || null }, "c")}
            />
            <RemoveButton
              label={`remove word ${index + 1}`}
              onClick={() => set(without(rows, index), `remove ${rows.length}`)}
            />
          </div>
        );
      })}
      <AddButton
        label="Word"
        onClick={() => set([...rows, { value: "", text: "", color: null }], `add ${rows.length}`)}
      />
    </Group>
  );
}

function Links({ panel, patch }: PartProps): JSX.Element {
  const rows = panel.links;
  const set = (links: PanelLink[], topic: string): void => patch({ links }, `link ${topic}`);
  return (
    <Group title="Links">
      {rows.map((row, index) => {
        const change = (part: Partial<PanelLink>, topic: string): void =>
          set(replacedAt(rows, index, { ...row, ...part }), `${topic}${index}`);
        return (
          <div class="form-row" key={index}>
            <input
              class="field"
              aria-label={`Title of link ${index + 1}`}
              placeholder="Title"
              value={row.title}
              onInput={(event) => change({ title: event.currentTarget.value }, "t")}
            />
            <input
              class="field"
              aria-label={`Address of link ${index + 1}`}
              placeholder="https:// or /logs?service=$service"
              value={row.url}
              onInput={(event) => change({ url: event.currentTarget.value }, "u")}
            />
            <RemoveButton
              label={`remove link ${index + 1}`}
              onClick={() => set(without(rows, index), `remove ${rows.length}`)}
            />
          </div>
        );
      })}
      <AddButton
        label="Link"
        onClick={() => set([...rows, { title: "", url: "" }], `add ${rows.length}`)}
      />
    </Group>
  );
}

/** A named colour; hex digits from elsewhere stay a choice. */
function ColourField({
  value,
  optional,
  onChange,
}: {
  value: string;
  optional?: boolean;
  onChange: (value: string) => void;
}): JSX.Element {
  const known = value === "" || COLOUR_NAMES.includes(value);
  const names = [...(optional ? [""] : []), ...COLOUR_NAMES, ...(known ? [] : [value])];
  return (
    <span class="colour-field">
      <i class="swatch" style={{ background: cssColour(value) ?? "transparent" }} />
      <SelectField
        bare
        label="Colour"
        value={value}
        options={names.map((name) => ({ value: name, label: name || "no colour" }))}
        onChange={onChange}
      />
    </span>
  );
}

function AddButton({ label, onClick }: { label: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" class="link form-add" onClick={onClick}>
      <Icon name="plus" size={12} /> {label}
    </button>
  );
}

function RemoveButton({ label, onClick }: { label: string; onClick: () => void }): JSX.Element {
  return (
    <button type="button" class="quiet" aria-label={label} title={label} onClick={onClick}>
      <Icon name="close" size={12} />
    </button>
  );
}
