// The variables of a board, each a control whose value is in the address.
// Invariants: hidden ones and constants have none; several values are taken when the list closes, so
// that choosing three asks once; a failed lookup is told in its list.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { TextInput } from "../../controls/inputs";
import { Icon } from "../../controls/icons";
import { Popover } from "../../controls/popover";
import type { Option } from "../../dashboards/document";
import { addressPatch, ALL, choiceText, toggled } from "../../dashboards/variables";
import { setParams } from "../../url/location";
import type { VariableState } from "./variable_state";

export function VariableBar({ states }: { states: readonly VariableState[] }): JSX.Element {
  return (
    <>
      {states
        .filter(({ variable }) => !variable.hidden && variable.type !== "constant")
        .map((state) => (
          <Control key={state.variable.name} state={state} />
        ))}
    </>
  );
}

function labelOf({ variable }: VariableState): string {
  return variable.label || variable.name;
}

function Control({ state }: { state: VariableState }): JSX.Element {
  const { variable, values, bound, problem } = state;
  const label = labelOf(state);
  if (variable.type === "text") {
    return (
      <label class="field variable-text">
        <span class="faint">{label}</span>
        <TextInput
          label={label}
          placeholder="any"
          value={values[0] ?? ""}
          onCommit={(value) => setParams(addressPatch(variable.name, [value]))}
        />
      </label>
    );
  }
  return (
    <Popover
      label={`${label}: ${choiceText(bound)}`}
      class="variable"
      trigger={
        <>
          <span class="faint">{label}</span>
          {problem && (
            <span class="bad">
              <Icon name="alert" size={12} />
            </span>
          )}
          <span class="clip variable-value">{choiceText(bound)}</span>
        </>
      }
    >
      {(close) => <Options state={state} onDone={close} />}
    </Popover>
  );
}

const SEARCH_FROM = 10;
const SHOWN_MAX = 200;

/** Options whose text holds what was typed, those that start with it first. */
export function matchingOptions(options: readonly Option[], typed: string): Option[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return [...options];
  const found = options.filter((option) => option.text.toLowerCase().includes(wanted));
  const starts = (option: Option): number => (option.text.toLowerCase().startsWith(wanted) ? 0 : 1);
  return found.sort((a, b) => starts(a) - starts(b));
}

function withAll(state: VariableState): Option[] {
  const { variable, options } = state;
  return variable.include_all ? [{ value: ALL, text: "All" }, ...options] : [...options];
}

function Options({ state, onDone }: { state: VariableState; onDone: () => void }): JSX.Element {
  const { variable, problem } = state;
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>(state.values);
  const latest = useRef(chosen);
  latest.current = chosen;
  useEffect(
    () => () => {
      const changed = latest.current.join("\n") !== state.values.join("\n");
      if (changed) setParams(addressPatch(variable.name, latest.current));
    },
    [],
  );
  const choose = (value: string): void => {
    if (variable.multi) return setChosen(toggled(chosen, value));
    setChosen([value]);
    latest.current = [value];
    onDone();
  };
  const all = withAll(state);
  const found = matchingOptions(all, typed);
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const root = event.currentTarget as HTMLElement;
    const items = [...root.querySelectorAll<HTMLElement>("input[type=text], [role=option]")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + by + items.length) % items.length]?.focus();
  };
  return (
    <div class="variable-options" onKeyDown={move}>
      {all.length >= SEARCH_FROM && (
        <input
          type="text"
          class="field"
          aria-label={`Search in ${labelOf(state)}`}
          placeholder={`Search in ${all.length}`}
          data-autofocus
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            const [first] = found;
            if (event.key === "Enter" && first && typed !== "") choose(first.value);
          }}
        />
      )}
      {problem && (
        <p class="note bad">
          <b>{problem.title}</b>
          {problem.detail}
        </p>
      )}
      {!problem && all.length === 0 && <p class="board-note">Nothing to choose in this range</p>}
      <div
        class="choices"
        role="listbox"
        aria-label={labelOf(state)}
        aria-multiselectable={variable.multi}
      >
        {found.slice(0, SHOWN_MAX).map((option, index) => {
          const isChosen = chosen.includes(option.value);
          return (
            <button
              type="button"
              role="option"
              key={option.value}
              aria-selected={isChosen}
              data-autofocus={index === 0 && all.length < SEARCH_FROM ? "" : undefined}
              onClick={() => choose(option.value)}
            >
              <span class="clip">{option.text}</span>
              {isChosen && <Icon name="check" size={12} />}
            </button>
          );
        })}
      </div>
      {found.length > SHOWN_MAX && (
        <p class="board-note">and {found.length - SHOWN_MAX} more; type to find them</p>
      )}
    </div>
  );
}
