// The three questions of triage: ignore until when, assign to whom, merge into which.
// Invariants: each opens by a key and is answered by the keyboard alone; Esc changes nothing.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Change, Issue } from "../../api/errors";
import { matching } from "../../controls/combobox";
import { Dialog } from "../../controls/dialog";
import { Icon } from "../../controls/icons";
import { Choices } from "../../controls/popover";
import { arrowMove } from "../../controls/suggestions";
import { firstLine, issueTitle } from "../../errors/badges";
import { ignoreChange, ignoreChoices } from "../../errors/change";
import { compact } from "../../format/quantity";
import { session } from "../../shell/session";
import { Person } from "./marks";
import { namesOf } from "./triage";

export type Question = "ignore" | "assign" | "merge";

interface DialogProps {
  issues: readonly Issue[];
  onChange: (change: Change) => void;
  onClose: () => void;
}

export function IgnoreDialog({ issues, onChange, onClose }: DialogProps): JSX.Element {
  const [choices] = useState(() => ignoreChoices(Date.now()));
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => list.current?.querySelector<HTMLElement>("[role=option]")?.focus(), []);
  const choose = (label: string): void => {
    const choice = choices.find((one) => one.label === label);
    if (choice) onChange(ignoreChange(choice));
  };
  return (
    <Dialog title={`Ignore ${namesOf(issues)}`} class="asking" onClose={onClose} focusesWithin>
      <div ref={list}>
        <Choices
          label="Until when"
          value=""
          options={choices.map(({ label }) => ({ value: label, label }))}
          onChoose={choose}
        />
      </div>
    </Dialog>
  );
}

interface AssignProps extends DialogProps {
  /** Who has issues already. */
  people: readonly string[];
}

export function AssignDialog({ issues, people, onChange, onClose }: AssignProps): JSX.Element {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const me = session.value?.name ?? "";
  const known = [...new Set([me, ...people].filter(Boolean))];
  const found = matching(known, text);
  const typed = text.trim();
  const named = typed !== "" && !found.includes(typed) ? [typed] : [];
  const options: { name: string | null; note: string }[] = [
    ...[...found, ...named].map((name) => ({ name, note: name === me ? "you" : "" })),
    ...(typed === "" && issues.some((one) => one.assignee) ? [{ name: null, note: "" }] : []),
  ];
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = arrowMove(event, active, options.length);
    const chosen = options[active];
    if (next !== null) setActive(next);
    else if (event.key === "Enter" && chosen) onChange({ assignee: chosen.name });
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={`Assign ${namesOf(issues)}`} class="asking" onClose={onClose} focusesWithin>
      <div class="asking-field">
        <input
          class="field"
          autofocus
          role="combobox"
          aria-label="Assign to"
          aria-expanded={options.length > 0}
          aria-controls="assign-options"
          aria-activedescendant={options[active] ? `assign-${active}` : undefined}
          placeholder="Name"
          autocomplete="off"
          spellcheck={false}
          maxLength={200}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div class="choices" role="listbox" id="assign-options" aria-label="People">
        {options.map(({ name, note }, index) => (
          <button
            type="button"
            role="option"
            id={`assign-${index}`}
            key={name ?? "\n"}
            tabIndex={-1}
            aria-selected={index === active}
            class={index === active ? "active" : ""}
            onClick={() => onChange({ assignee: name })}
          >
            <span class="row-of">
              {name === null ? <Icon name="close" size={12} /> : <Person name={name} />}
              <span class="clip">{name ?? "Nobody"}</span>
            </span>
            {note && <span class="faint">{note}</span>}
          </button>
        ))}
        {options.length === 0 && <p class="calm">Type a name</p>}
      </div>
    </Dialog>
  );
}

interface MergeProps {
  issues: readonly Issue[];
  onMerge: (into: number) => void;
  onClose: () => void;
}

export function MergeDialog({ issues, onMerge, onClose }: MergeProps): JSX.Element {
  const byEvents = [...issues].sort((a, b) => b.events_total - a.events_total);
  const [into, setInto] = useState(byEvents[0]?.id ?? 0);
  const submit = (event: Event): void => {
    event.preventDefault();
    onMerge(into);
  };
  return (
    <Dialog title={`Merge ${issues.length} issues`} onClose={onClose} focusesWithin>
      <form class="dialog-part" onSubmit={submit}>
        <p class="muted">
          Their events, users and comments come together in the one chosen here, and what arrives
          later goes there too. Groups can be split off again at any time.
        </p>
        <div class="merge-list" role="radiogroup" aria-label="Merge into">
          {byEvents.map((issue) => (
            <label key={issue.id}>
              <input
                type="radio"
                name="into"
                autofocus={issue.id === into}
                checked={issue.id === into}
                onChange={() => setInto(issue.id)}
              />
              <span class="clip">
                <b>{firstLine(issueTitle(issue))}</b>{" "}
                <span class="muted">{issue.type ? firstLine(issue.message) : ""}</span>
              </span>{" "}
              <span class="faint">#{issue.id}</span>{" "}
              <span class="figure muted">{compact(issue.events_total).value}</span>
            </label>
          ))}
        </div>
        <div class="row-of end">
          <button type="button" class="button" onClick={onClose}>
            Keep apart
          </button>
          <button type="submit" class="button primary">
            Merge into #{into}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
