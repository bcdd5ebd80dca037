// The list of suggestions under a field; the field keeps the focus and says which one is active.
// Invariant: a press with the mouse chooses before the field loses the focus.
import type { ComponentChildren, JSX } from "preact";

interface SuggestionsProps {
  id: string;
  label: string;
  items: readonly { key: string; content: ComponentChildren }[];
  active: number;
  onChoose: (index: number) => void;
}

export function Suggestions({
  id,
  label,
  items,
  active,
  onChoose,
}: SuggestionsProps): JSX.Element | null {
  if (items.length === 0) return null;
  return (
    <div class="popover-panel choices" role="listbox" id={id} aria-label={label}>
      {items.map(({ key, content }, index) => (
        <div
          role="option"
          key={key}
          id={optionId(id, index)}
          aria-selected={index === active}
          class={index === active ? "active" : ""}
          onMouseDown={(event) => {
            event.preventDefault();
            onChoose(index);
          }}
        >
          {content}
        </div>
      ))}
    </div>
  );
}

export function optionId(listId: string, index: number): string {
  return `${listId}-${index}`;
}

/** The active index after an arrow key, around the ends; null for any other key. */
export function arrowMove(event: KeyboardEvent, active: number, count: number): number | null {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return null;
  if (count === 0) return active;
  return active < 0 && by < 0 ? count - 1 : (active + by + count) % count;
}
