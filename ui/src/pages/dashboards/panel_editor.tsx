// One panel being changed: a preview that follows every change, what it asks, and how it looks.
// Invariants: a query is asked when it is done (Ctrl+Enter, or leaving its field), everything else
// shows at once; the panel is a part of the board's edit, so undo and save are the board's.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { SelectField, TextField, NumberField, Check } from "../../controls/form";
import { Icon } from "../../controls/icons";
import {
  freeRef,
  hasQueries,
  PANEL_TYPES,
  TYPE_NAMES,
  type Panel,
  type PanelType,
  type Query,
} from "../../dashboards/document";
import { replacedAt, shifted, updatePanel, without, type Edit } from "../../dashboards/edits";
import { usePageKeys } from "../../shell/keyboard";
import { param, setParams } from "../../url/location";
import { Card } from "./card";
import { apply } from "./editing";
import { hereWith } from "./links";
import { PanelOptions } from "./panel_options";
import { QueryEditor } from "./query_editor";

export type Patch = (change: Partial<Panel>, topic: string) => void;

export function PanelEditor({ id, edit }: { id: string; edit: Edit }): JSX.Element {
  const panelId = Number(param("panel").split("/")[0]);
  const panel = edit.present.panels.find((one) => one.id === panelId);
  usePageKeys({ Escape: () => setParams({ panel: null }) });
  const shown = useMemo(
    () => panel && { key: String(panel.id), panel, own: {}, row: null },
    [panel],
  );
  if (!panel || !shown) {
    return (
      <p class="board-nothing">
        This panel is gone.{" "}
        <a class="link" href={hereWith({ panel: null })}>
          Back to the board
        </a>
      </p>
    );
  }
  const patch: Patch = (change, topic) =>
    apply(id, updatePanel(edit.present, panel.id, change), `${panel.id} ${topic}`);
  return (
    <div class="panel-editor form">
      <div class="stack">
        <div class="panel-preview">
          <Card
            key={panel.type}
            shown={shown}
            tools={
              <a class="quiet" href={hereWith({ panel: null })} aria-label="back to the board">
                <Icon name="close" size={13} />
              </a>
            }
          />
        </div>
        {hasQueries(panel.type) && <Queries panel={panel} patch={patch} />}
        {panel.type === "text" && <TextSource panel={panel} patch={patch} />}
        {(panel.type === "logs" || panel.type === "traces") && (
          <FilterForm panel={panel} patch={patch} />
        )}
      </div>
      <aside class="panel panel-options" aria-label="Options of the panel">
        <div class="panel-options-head">
          <SelectField
            label="Type"
            value={panel.type}
            options={PANEL_TYPES.filter((type) => type !== "row").map((type) => ({
              value: type,
              label: TYPE_NAMES[type],
            }))}
            onChange={(type) => patch(retyped(panel, type), "type")}
          />
          <a class="button" href={hereWith({ panel: null })}>
            Back to the board
          </a>
        </div>
        <PanelOptions panel={panel} variables={edit.present.variables} patch={patch} />
      </aside>
    </div>
  );
}

/** Another type: one that asks gets a query to fill in, one that does not has none. */
function retyped(panel: Panel, type: PanelType): Partial<Panel> {
  if (!hasQueries(type)) return { type, queries: [] };
  const first = { ref: "A", promql: "", legend: "", instant: false, hidden: false };
  return { type, queries: panel.queries.length > 0 ? panel.queries : [first] };
}

const QUERIES_MAX = 20;

function Queries({ panel, patch }: { panel: Panel; patch: Patch }): JSX.Element {
  const { queries } = panel;
  const set = (next: Query[], topic: string): void => patch({ queries: next }, topic);
  const add = (): void => {
    const ref = freeRef(queries);
    set([...queries, { ref, promql: "", legend: "", instant: false, hidden: false }], `add ${ref}`);
  };
  return (
    <section class="panel panel-queries" aria-label="Queries">
      {queries.map((query, index) => (
        <QueryForm
          key={query.ref}
          query={query}
          onChange={(change, topic) =>
            set(replacedAt(queries, index, { ...query, ...change }), `${query.ref} ${topic}`)
          }
          onUp={index > 0 ? () => set(shifted(queries, index, -1), "order") : null}
          onRemove={() => set(without(queries, index), `remove ${query.ref}`)}
        />
      ))}
      <div class="panel-queries-foot">
        <button type="button" class="button" disabled={queries.length >= QUERIES_MAX} onClick={add}>
          <Icon name="plus" size={12} /> Query
        </button>
        <span class="faint">
          <code>$__rate_interval</code>, <code>$__interval</code> and <code>$__range</code> fit the
          range on show; <code>$name</code> is a variable
        </span>
      </div>
    </section>
  );
}

interface QueryFormProps {
  query: Query;
  onChange: (change: Partial<Query>, topic: string) => void;
  onUp: (() => void) | null;
  onRemove: () => void;
}

function QueryForm({ query, onChange, onUp, onRemove }: QueryFormProps): JSX.Element {
  const { ref, promql, legend, instant, hidden } = query;
  return (
    <div class={`panel-query ${hidden ? "off" : ""}`} role="group" aria-label={`Query ${ref}`}>
      <b class="panel-query-ref">{ref}</b>
      <QueryEditor
        label={`PromQL of query ${ref}`}
        value={promql}
        onCommit={(text) => onChange({ promql: text }, "promql")}
      />
      <span class="panel-query-tools">
        {onUp && (
          <button type="button" class="quiet" aria-label={`move ${ref} up`} onClick={onUp}>
            <Icon name="up" size={12} />
          </button>
        )}
        <button type="button" class="quiet" aria-label={`remove query ${ref}`} onClick={onRemove}>
          <Icon name="trash" size={13} />
        </button>
      </span>
      <div class="panel-query-options">
        <input
          class="field"
          aria-label={`Legend of query ${ref}`}
          placeholder="Legend, such as {{job}}"
          spellcheck={false}
          value={legend}
          onInput={(event) => onChange({ legend: event.currentTarget.value }, "legend")}
        />
        <Check
          label="at the end only"
          title="ask for one moment, the end of the range"
          checked={instant}
          onChange={(checked) => onChange({ instant: checked }, "instant")}
        />
        <Check
          label="hide"
          checked={hidden}
          onChange={(checked) => onChange({ hidden: checked }, "hidden")}
        />
      </div>
    </div>
  );
}

function TextSource({ panel, patch }: { panel: Panel; patch: Patch }): JSX.Element {
  return (
    <section class="panel panel-source">
      <TextField
        label="Markdown"
        rows={14}
        mono
        value={panel.text}
        onInput={(text) => patch({ text }, "text")}
        hint="headings, lists, emphasis, code and links; HTML stays text"
      />
    </section>
  );
}

const SEVERITIES = ["", "debug", "info", "warn", "error", "fatal"].map((value) => ({
  value,
  label: value === "" ? "any" : `${value} and above`,
}));

function FilterForm({ panel, patch }: { panel: Panel; patch: Patch }): JSX.Element {
  const { filter } = panel;
  const set = (change: Partial<Panel["filter"]>, topic: string): void =>
    patch({ filter: { ...filter, ...change } }, topic);
  return (
    <section class="panel panel-source form-grid">
      <TextField
        label="Service"
        placeholder="any, or $service"
        value={filter.service}
        onInput={(service) => set({ service }, "service")}
      />
      {panel.type === "logs" ? (
        <>
          <SelectField
            label="Severity"
            value={filter.severity}
            options={SEVERITIES}
            onChange={(severity) => set({ severity }, "severity")}
          />
          <TextField
            label="Text in the record"
            value={filter.search}
            onInput={(search) => set({ search }, "search")}
          />
        </>
      ) : (
        <>
          <NumberField
            label="At least this long, ms"
            placeholder="any"
            value={filter.min_duration_ms}
            onInput={(value) => set({ min_duration_ms: value }, "duration")}
          />
          <Check
            label="with errors only"
            checked={filter.errors_only}
            onChange={(checked) => set({ errors_only: checked }, "errors")}
          />
        </>
      )}
    </section>
  );
}
