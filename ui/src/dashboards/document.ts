// The dashboard document: its shape, what a left-out field means, and new panels.
// Invariants: pure; a document that was read has every field, keeps those this page does not know,
// and is what the server takes back.

export const COLUMNS = 24;

export const PANEL_TYPES = [
  "time_series",
  "stat",
  "gauge",
  "table",
  "bar",
  "heat_map",
  "logs",
  "traces",
  "text",
  "row",
] as const;
export type PanelType = (typeof PANEL_TYPES)[number];

export const TYPE_NAMES: Record<PanelType, string> = {
  time_series: "Time series",
  stat: "Stat",
  gauge: "Gauge",
  table: "Table",
  bar: "Bar",
  heat_map: "Heat map",
  logs: "Logs",
  traces: "Traces",
  text: "Text",
  row: "Row",
};

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Query {
  ref: string;
  promql: string;
  legend: string;
  instant: boolean;
  hidden: boolean;
}

export interface Threshold {
  /** Null: from below everything. */
  value: number | null;
  color: string;
}

export interface Mapping {
  value: string;
  text: string;
  color: string | null;
}

export interface PanelLink {
  title: string;
  url: string;
}

export interface Filter {
  service: string;
  /** Logs: text to find in the record. */
  search: string;
  /** Logs: the least severity; empty for any. */
  severity: string;
  /** Traces: the least duration. */
  min_duration_ms: number | null;
  /** Traces: only those with errors. */
  errors_only: boolean;
}

export type Stack = "none" | "normal" | "percent";
export type LegendMode = "list" | "table" | "hidden";
export const REDUCERS = ["last", "mean", "min", "max", "sum", "first", "count"] as const;
export type Reducer = (typeof REDUCERS)[number];

export interface Panel {
  id: number;
  type: PanelType;
  title: string;
  description: string;
  grid: Box;
  queries: Query[];
  unit: string;
  decimals: number | null;
  min: number | null;
  max: number | null;
  thresholds: Threshold[];
  mappings: Mapping[];
  stack: Stack;
  fill: number;
  line_width: number;
  legend: LegendMode;
  reduce: Reducer;
  repeat: string | null;
  links: PanelLink[];
  text: string;
  filter: Filter;
  /** Rows: whether the panels under it start out hidden. */
  collapsed: boolean;
}

export const VARIABLE_TYPES = ["query", "custom", "text", "interval", "constant"] as const;
export type VariableType = (typeof VARIABLE_TYPES)[number];
export const SORTS = [
  "none",
  "alphabetical",
  "alphabetical_desc",
  "numeric",
  "numeric_desc",
] as const;
export type Sort = (typeof SORTS)[number];

export interface Option {
  value: string;
  text: string;
}

export interface Variable {
  name: string;
  label: string;
  type: VariableType;
  query: string;
  regex: string;
  options: Option[];
  multi: boolean;
  include_all: boolean;
  all_value: string | null;
  default: string[];
  hidden: boolean;
  sort: Sort;
}

export interface Dashboard {
  schema: number;
  title: string;
  description: string;
  tags: string[];
  time: { from: string; to: string };
  refresh_seconds: number;
  variables: Variable[];
  panels: Panel[];
}

const VARIABLE: Omit<Variable, "name" | "type"> = {
  label: "",
  query: "",
  regex: "",
  options: [],
  multi: false,
  include_all: false,
  all_value: null,
  default: [],
  hidden: false,
  sort: "none",
};

const FILTER: Filter = {
  service: "",
  search: "",
  severity: "",
  min_duration_ms: null,
  errors_only: false,
};

const PANEL: Omit<Panel, "id" | "type" | "grid"> = {
  title: "",
  description: "",
  queries: [],
  unit: "none",
  decimals: null,
  min: null,
  max: null,
  thresholds: [],
  mappings: [],
  stack: "none",
  fill: 0.1,
  line_width: 1,
  legend: "list",
  reduce: "last",
  repeat: null,
  links: [],
  text: "",
  filter: FILTER,
  collapsed: false,
};

const DASHBOARD: Dashboard = {
  schema: 1,
  title: "",
  description: "",
  tags: [],
  time: { from: "-1h", to: "now" },
  refresh_seconds: 0,
  variables: [],
  panels: [],
};

export function newDashboard(title: string): Dashboard {
  return structuredClone({ ...DASHBOARD, title });
}

/** `over` on top of `under`; a null where a value is needed counts as left out. */
function fill<T extends object>(under: T, over: object): T {
  const known = Object.entries(over).filter(
    ([key, value]) => value !== undefined && (value !== null || !hasValue(under, key)),
  );
  return { ...structuredClone(under), ...Object.fromEntries(known) } as T;
}

function hasValue(object: object, key: string): boolean {
  return (object as Record<string, unknown>)[key] != null;
}

/** A document of the server with everything that was left out; throws where it is none. */
export function readDashboard(raw: unknown): Dashboard {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    throw new Error("a dashboard is a JSON object with a title and panels");
  const read = fill(DASHBOARD, raw);
  for (const key of ["variables", "panels", "tags"] as const)
    if (!Array.isArray(read[key])) throw new Error(`“${key}” is a list`);
  return {
    ...read,
    time: fill(DASHBOARD.time, read.time),
    variables: read.variables.map(readVariable),
    panels: read.panels.map(readPanel),
  };
}

function readVariable(raw: Partial<Variable>): Variable {
  const variable = fill({ name: "", type: "custom" as VariableType, ...VARIABLE }, raw);
  const options = variable.options.map((one) => ({ ...one, text: one.text || one.value }));
  return { ...variable, options };
}

function readPanel(raw: Partial<Panel>, index: number): Panel {
  const grid = fill({ x: 0, y: 0, w: 12, h: 8 }, raw.grid ?? {});
  const panel = fill({ id: index + 1, type: "time_series" as PanelType, grid, ...PANEL }, raw);
  const queries = panel.queries.map((one, at) =>
    fill({ ref: refOf(at), promql: "", legend: "", instant: false, hidden: false }, one),
  );
  return { ...panel, grid, queries, filter: fill(FILTER, panel.filter) };
}

/** The document as it is saved: without rows of lists that were begun and left empty. */
export function tidied(dashboard: Dashboard): Dashboard {
  const panels = dashboard.panels.map((panel) => ({
    ...panel,
    queries: panel.queries.filter((query) => query.promql.trim() !== ""),
    mappings: panel.mappings.filter((mapping) => mapping.value.trim() !== ""),
    links: panel.links.filter((link) => link.url.trim() !== ""),
  }));
  return { ...dashboard, panels };
}

/** Whether a text is a time as the document holds it: `now`, `-6h`, or RFC 3339. */
export function isDocumentTime(text: string): boolean {
  return /^(now|-\d{1,9}[smhdw]|\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}\S*(Z|z|[+-]\d{2}:\d{2}))$/.test(
    text,
  );
}

/** A, B … Z, AA, AB … */
export function refOf(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : refOf(Math.floor(index / 26) - 1) + letter;
}

/** The first ref that no query of the panel has. */
export function freeRef(queries: readonly Query[]): string {
  for (let index = 0; ; index += 1)
    if (!queries.some((query) => query.ref === refOf(index))) return refOf(index);
}

export function freeId(panels: readonly Panel[]): number {
  return panels.reduce((most, panel) => Math.max(most, panel.id), 0) + 1;
}

export function hasQueries(type: PanelType): boolean {
  return type !== "logs" && type !== "traces" && type !== "text" && type !== "row";
}

const SIZES: Partial<Record<PanelType, { w: number; h: number }>> = {
  stat: { w: 6, h: 4 },
  gauge: { w: 6, h: 6 },
  text: { w: 12, h: 4 },
  row: { w: COLUMNS, h: 1 },
  logs: { w: COLUMNS, h: 9 },
  traces: { w: COLUMNS, h: 9 },
};

export function newPanel(type: PanelType, id: number, at: { x: number; y: number }): Panel {
  const size = SIZES[type] ?? { w: 12, h: 8 };
  const made = { ...structuredClone(PANEL), id, type, grid: { ...at, ...size } };
  if (type === "row") made.title = "Row";
  if (hasQueries(type))
    made.queries = [{ ref: "A", promql: "", legend: "", instant: isInstant(type), hidden: false }];
  return made;
}

/** Whether a panel of this type usually shows one moment. */
function isInstant(type: PanelType): boolean {
  return type === "table" || type === "bar";
}

export function newVariable(taken: readonly Variable[]): Variable {
  const names = new Set(taken.map((one) => one.name));
  let name = "variable";
  for (let n = 2; names.has(name); n += 1) name = `variable${n}`;
  return { ...structuredClone(VARIABLE), name, type: "query", sort: "alphabetical" };
}
