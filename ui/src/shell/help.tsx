// The overlay that lists the keys.
// Invariant: the list of destinations is the sidebar's, so it cannot name a view that is not there.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../controls/icons";
import { DESTINATIONS } from "./sidebar";
import { helpOpen, useLayer } from "./keyboard";

const SECTIONS: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Go to",
    keys: DESTINATIONS.flatMap((group) =>
      group.items.map((item) => [`g ${item.key}`, item.label] as const),
    ),
  },
  {
    title: "Anywhere",
    keys: [
      ["/", "Search, or open a trace by id"],
      ["[ ]", "Earlier, later"],
      ["-", "Twice as long a range"],
      ["r", "Refresh now"],
      ["v", "Live on or off"],
      ["z", "Undo what a note offers to"],
      ["Esc", "Close, leave a field, deselect"],
    ],
  },
  {
    title: "Tables and lists",
    keys: [
      ["j k", "Next, previous row"],
      ["Enter", "Open the row"],
    ],
  },
  {
    title: "Errors",
    keys: [
      ["/", "Search the issues"],
      ["j k", "Next, previous issue"],
      ["o", "Open it, as Enter does"],
      ["x X", "Select, or all from the last one"],
      ["r R", "Resolve, or in the next release"],
      ["i", "Ignore…"],
      ["a", "Assign…"],
      ["m", "Merge what is selected…"],
    ],
  },
  {
    title: "One issue",
    keys: [
      [", .", "Older, newer event"],
      ["n p", "Next, previous issue"],
      ["f", "Own frames alone, or all"],
      ["t", "The stack as text"],
      ["u", "Back to the inbox"],
    ],
  },
  {
    title: "Queries",
    keys: [
      ["e", "Write the first query of Metrics"],
      ["Ctrl Enter", "Run"],
      ["Ctrl Space", "Suggest what fits here"],
    ],
  },
  {
    title: "Trace",
    keys: [
      ["j k", "Next, previous span"],
      ["h l", "Collapse, expand"],
      ["e", "Next error"],
      ["f", "Flame graph or waterfall"],
    ],
  },
  {
    title: "Dashboard",
    keys: [
      ["e", "Edit"],
      ["arrows", "Move the panel; with Shift, size it"],
      ["Ctrl z", "Undo; with Shift, redo"],
      ["Ctrl s", "Save"],
    ],
  },
];

export function Help(): JSX.Element | null {
  const isOpen = helpOpen.value;
  const dialog = useRef<HTMLDivElement>(null);
  useLayer(isOpen, () => (helpOpen.value = false));
  useEffect(() => {
    if (!isOpen) return;
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.focus();
    return () => before?.focus();
  }, [isOpen]);
  if (!isOpen) return null;
  return (
    <div
      class="backdrop"
      onClick={(event) => event.target === event.currentTarget && (helpOpen.value = false)}
    >
      <div
        class="help"
        role="dialog"
        aria-modal="true"
        aria-label="Keyboard"
        tabIndex={-1}
        ref={dialog}
      >
        <h2>
          Keyboard
          <button
            type="button"
            class="quiet"
            aria-label="Close"
            onClick={() => (helpOpen.value = false)}
          >
            <Icon name="close" />
          </button>
        </h2>
        <div class="help-grid">
          {SECTIONS.map((section) => (
            <section key={section.title}>
              <h3>{section.title}</h3>
              <dl>
                {section.keys.map(([key, what]) => (
                  <div key={key}>
                    <dt>
                      {key.split(" ").map((one) => (
                        <kbd key={one}>{one}</kbd>
                      ))}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </div>
  );
}
