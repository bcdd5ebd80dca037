// The variables of a board being changed: the list, and one of them with what it finds.
// Invariants: names are words that queries can refer to, each once; what a query finds is shown as it
// is typed, so that a filter can be seen to work.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Check, SelectField, TextField } from "../../controls/form";
import { Icon } from "../../controls/icons";
import {
  newVariable,
  SORTS,
  VARIABLE_TYPES,
  type Dashboard,
  type Option,
  type Sort,
  type Variable,
} from "../../dashboards/document";
import { shifted, updateVariable, without } from "../../dashboards/edits";
import { ALL, parseLookup, parsePattern } from "../../dashboards/variables";
import { apply } from "./editing";
import { QueryText } from "./query_text";
import type { VariableState } from "./variable_state";

const TYPE_LABELS: Record<Variable["type"], string> = {
  query: "Query: values from the metrics",
  custom: "List: values of your own",
  text: "Text: typed freely",
  interval: "Interval: durations",
  constant: "Constant: one hidden value",
};

const SORT_LABELS: Record<Sort, string> = {
  none: "as they come",
  alphabetical: "A to Z",
  alphabetical_desc: "Z to A",
  numeric: "1 to 9",
  numeric_desc: "9 to 1",
};

interface FormProps {
  id: string;
  dashboard: Dashboard;
  states: readonly VariableState[];
}

export function VariablesForm({ id, dashboard, states }: FormProps): JSX.Element {
  const { variables } = dashboard;
  const [at, setAt] = useState(0);
  const index = Math.min(at, variables.length - 1);
  const variable = variables[index];
  const set = (next: Variable[]): void => apply(id, { ...dashboard, variables: next });
  const move = (by: number): void => {
    set(shifted(variables, index, by));
    setAt(Math.max(0, Math.min(variables.length - 1, index + by)));
  };
  return (
    <div class="variables-form">
      <div class="variables-list">
        {variables.map((one, place) => (
          <button
            type="button"
            key={place}
            class={place === index ? "on" : ""}
            aria-current={place === index}
            onClick={() => setAt(place)}
          >
            <span class="mono clip">${one.name}</span>
            <span class="faint">{one.type}</span>
          </button>
        ))}
        <button
          type="button"
          class="link form-add"
          onClick={() => {
            set([...variables, newVariable(variables)]);
            setAt(variables.length);
          }}
        >
          <Icon name="plus" size={12} /> Variable
        </button>
      </div>
      {variable ? (
        <div class="form-stack">
          <VariableForm
            key={index}
            variable={variable}
            taken={variables.filter((one) => one !== variable).map((one) => one.name)}
            state={states.find((one) => one.variable.name === variable.name) ?? null}
            onChange={(change, topic) =>
              apply(id, updateVariable(dashboard, index, change), `variable ${index} ${topic}`)
            }
          />
          <div class="row-of">
            <button type="button" class="button" disabled={index === 0} onClick={() => move(-1)}>
              Before
            </button>
            <button
              type="button"
              class="button"
              disabled={index === variables.length - 1}
              onClick={() => move(1)}
            >
              After
            </button>
            <span class="grow" />
            <button type="button" class="link bad" onClick={() => set(without(variables, index))}>
              Remove ${variable.name}
            </button>
          </div>
        </div>
      ) : (
        <p class="muted">
          A variable is a value that the person who looks at the board chooses: a service, an
          instance, a window. Queries name it as <code>$name</code>.
        </p>
      )}
    </div>
  );
}

interface VariableFormProps {
  variable: Variable;
  taken: readonly string[];
  state: VariableState | null;
  onChange: (change: Partial<Variable>, topic: string) => void;
}

function VariableForm({ variable, taken, state, onChange }: VariableFormProps): JSX.Element {
  const { name, type } = variable;
  const isName = /^(?!__)\w+$/.test(name) && !taken.includes(name);
  const chooses = type === "query" || type === "custom";
  return (
    <>
      <div class="form-pair">
        <TextField
          label="Name"
          mono
          value={name}
          invalid={!isName}
          hint={isName ? `in queries: $${name}` : "letters, digits and _, and not taken"}
          onInput={(text) => onChange({ name: text.trim() }, "name")}
        />
        <TextField
          label="Label"
          placeholder={name}
          value={variable.label}
          onInput={(label) => onChange({ label }, "label")}
        />
      </div>
      <SelectField
        label="Type"
        value={type}
        options={VARIABLE_TYPES.map((value) => ({ value, label: TYPE_LABELS[value] }))}
        onChange={(next) => onChange(retyped(variable, next), "type")}
      />
      {type === "query" && <QueryPart variable={variable} onChange={onChange} />}
      {(type === "custom" || type === "interval") && (
        <OptionsField
          options={variable.options}
          onChange={(options) => onChange({ options }, "options")}
        />
      )}
      {(type === "text" || type === "constant") && (
        <TextField
          label="Value"
          value={variable.default[0] ?? ""}
          onInput={(text) => onChange({ default: [text] }, "default")}
        />
      )}
      {chooses && (
        <div class="row-of wrap">
          <Check
            label="several values"
            checked={variable.multi}
            onChange={(multi) =>
              onChange(
                { multi, default: multi ? variable.default : variable.default.slice(0, 1) },
                "multi",
              )
            }
          />
          <Check
            label="offer All"
            checked={variable.include_all}
            onChange={(include_all) => onChange({ include_all }, "all")}
          />
          <Check
            label="hide"
            checked={variable.hidden}
            onChange={(hidden) => onChange({ hidden }, "hidden")}
          />
        </div>
      )}
      {chooses && variable.include_all && (
        <TextField
          label="All stands for"
          mono
          placeholder="every option"
          hint="a regular expression such as .*, where there are too many options to list"
          value={variable.all_value ?? ""}
          onInput={(text) => onChange({ all_value: text === "" ? null : text }, "all value")}
        />
      )}
      {state && type !== "text" && type !== "constant" && (
        <Found state={state} variable={variable} onChange={onChange} />
      )}
    </>
  );
}

/** Another type keeps what it can; a constant has exactly one value. */
function retyped(variable: Variable, type: Variable["type"]): Partial<Variable> {
  if (type === "constant" || type === "text")
    return { type, multi: false, include_all: false, default: [variable.default[0] ?? ""] };
  return { type };
}

function QueryPart({
  variable,
  onChange,
}: Pick<VariableFormProps, "variable" | "onChange">): JSX.Element {
  const isPattern = variable.regex === "" || parsePattern(variable.regex) !== null;
  return (
    <>
      <div class="labelled">
        <span>Query</span>
        <QueryText
          label="Query of the variable"
          value={variable.query}
          onCommit={(query) => onChange({ query }, "query")}
        />
        <small class={parseLookup(variable.query) ? "faint" : "bad"}>
          label_values(metric, label), label_names(), metrics(pattern) or query_result(promql)
        </small>
      </div>
      <div class="form-pair">
        <TextField
          label="Keep and cut by"
          mono
          placeholder="/^prod-(.*)/"
          value={variable.regex}
          invalid={!isPattern}
          hint="a regular expression; its first group is the value"
          onInput={(regex) => onChange({ regex }, "regex")}
        />
        <SelectField
          label="Order"
          value={variable.sort}
          options={SORTS.map((value) => ({ value, label: SORT_LABELS[value] }))}
          onChange={(sort) => onChange({ sort }, "sort")}
        />
      </div>
    </>
  );
}

/** Options as lines: a value, or `text : value`. */
export function writeOptions(options: readonly Option[]): string {
  return options
    .map(({ value, text }) => (text === value ? value : `${text} : ${value}`))
    .join("\n");
}

export function readOptions(text: string): Option[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const [, label, value] = /^(.+?)\s+:\s+(.+)$/.exec(line) ?? [];
      return label !== undefined && value !== undefined
        ? { value, text: label }
        : { value: line, text: line };
    });
}

function OptionsField({
  options,
  onChange,
}: {
  options: readonly Option[];
  onChange: (options: Option[]) => void;
}): JSX.Element {
  const [text, setText] = useState(writeOptions(options));
  return (
    <TextField
      label="Values, one a line"
      mono
      rows={5}
      hint="Production : prod shows Production and stands for prod"
      value={text}
      onInput={(next) => {
        setText(next);
        onChange(readOptions(next));
      }}
    />
  );
}

const FOUND_MAX = 30;

interface FoundProps {
  state: VariableState;
  variable: Variable;
  onChange: VariableFormProps["onChange"];
}

function Found({ state, variable, onChange }: FoundProps): JSX.Element {
  const { options, problem } = state;
  if (problem) {
    return (
      <p class="note bad">
        <b>{problem.title}</b>
        {problem.detail}
      </p>
    );
  }
  const first = variable.default[0] ?? "";
  const choices = [
    { value: "", label: "the first" },
    ...(variable.include_all ? [{ value: ALL, label: "All" }] : []),
    ...options.map(({ value, text }) => ({ value, label: text })),
  ];
  const known = choices.some((one) => one.value === first);
  return (
    <>
      <SelectField
        label="Chosen at first"
        value={first}
        options={known ? choices : [...choices, { value: first, label: first }]}
        onChange={(value) => onChange({ default: value === "" ? [] : [value] }, "default")}
      />
      {variable.type === "query" && (
        <div class="found">
          <span class="faint">
            {options.length === 1 ? "1 value found" : `${options.length} values found`}
          </span>
          {options.slice(0, FOUND_MAX).map((option) => (
            <span class="tag" key={option.value} title={option.value}>
              {option.text}
            </span>
          ))}
          {options.length > FOUND_MAX && (
            <span class="faint">and {options.length - FOUND_MAX} more</span>
          )}
        </div>
      )}
    </>
  );
}
