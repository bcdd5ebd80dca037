// The panel of the time-range picker: common ranges, two fields for any other, moving and widening.
// Invariant: an unreadable time changes nothing and says what was expected, beside its field.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { range, setRange } from "../api/refresh";
import { Icon } from "../controls/icons";
import { Choices } from "../controls/popover";
import { zoneName } from "../format/time";
import {
  checkRange,
  editableText,
  endsNow,
  PRESETS,
  shiftRange,
  widenRange,
  type Range,
} from "../time/range";

export function RangePanel({ onDone }: { onDone: () => void }): JSX.Element {
  const choose = (next: Range): void => {
    setRange(next);
    onDone();
  };
  const current = endsNow(range.value) ? range.value.from : "";
  const presets = PRESETS.map(({ from, label }) => ({ value: from, label }));
  return (
    <div class="range-panel">
      <Choices
        label="Common ranges"
        value={current}
        options={presets}
        onChoose={(from) => choose({ from, to: "now" })}
      />
      <div class="range-form">
        <RangeForm onChoose={choose} />
        <div class="row-of">
          <button
            type="button"
            class="button"
            onClick={() => setRange(shiftRange(range.value, -1, Date.now()))}
          >
            <Icon name="left" size={12} /> Earlier <kbd>[</kbd>
          </button>
          <button
            type="button"
            class="button"
            onClick={() => setRange(shiftRange(range.value, 1, Date.now()))}
          >
            Later <Icon name="right" size={12} /> <kbd>]</kbd>
          </button>
          <button
            type="button"
            class="button"
            onClick={() => setRange(widenRange(range.value, Date.now()))}
          >
            <Icon name="minus" size={12} /> Wider <kbd>-</kbd>
          </button>
        </div>
        <p class="faint">{zoneName(new Date())}. Drag in any chart to zoom in.</p>
      </div>
    </div>
  );
}

function RangeForm({ onChoose }: { onChoose: (range: Range) => void }): JSX.Element {
  const [from, setFrom] = useState(() => editableText(range.value.from, Date.now()));
  const [to, setTo] = useState(() => editableText(range.value.to, Date.now()));
  const [error, setError] = useState<{ field: string; text: string } | null>(null);
  const submit = (event: Event): void => {
    event.preventDefault();
    const checked = checkRange(from, to, Date.now());
    if ("range" in checked) onChoose(checked.range);
    else setError({ field: checked.field, text: checked.error });
  };
  const input = (name: "from" | "to", value: string, set: (text: string) => void): JSX.Element => (
    <label class="labelled">
      {name === "from" ? "From" : "To"}
      <input
        class="field mono"
        value={value}
        spellcheck={false}
        aria-invalid={error?.field === name}
        aria-describedby={error ? "range-error" : undefined}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
  );
  return (
    <form onSubmit={submit}>
      {input("from", from, setFrom)}
      {input("to", to, setTo)}
      {error && (
        <p class="bad" id="range-error" role="alert">
          {error.text}
        </p>
      )}
      <button type="submit" class="button primary">
        Apply
      </button>
    </form>
  );
}
