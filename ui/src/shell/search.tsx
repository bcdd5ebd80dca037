// The search of the header: a trace id opens the trace, other text goes to spans, logs, errors or a
// service.
// Invariants: the first suggestion is what Enter does; the list says where each leads before it goes.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { Icon } from "../controls/icons";
import { arrowMove, optionId, Suggestions } from "../controls/suggestions";
import { hrefTo, navigate } from "../url/location";
import { useLayer } from "./keyboard";

/** Service names seen in answers; search offers them. */
export const knownServices = signal<readonly string[]>([]);

const input: { current: HTMLInputElement | null } = { current: null };

export function focusSearch(): void {
  input.current?.focus();
  input.current?.select();
}

export interface Suggestion {
  href: string;
  what: string;
  text: string;
}

/** Where a search text can lead, most likely first. */
export function suggestionsFor(typed: string, services: readonly string[]): Suggestion[] {
  const text = typed.trim();
  if (text === "") return [];
  const id = text.replace(/-/g, "").toLowerCase();
  if (/^[0-9a-f]{32}$/.test(id))
    return [{ href: hrefTo(`/traces/${id}`), what: "Open trace", text: id }];
  const found = services
    .filter((name) => name.toLowerCase().includes(text.toLowerCase()))
    .slice(0, 5);
  const toService = (name: string): Suggestion => ({
    href: hrefTo(`/services/${encodeURIComponent(name)}`),
    what: "Service",
    text: name,
  });
  const isMeant = (name: string): boolean => name.toLowerCase() === text.toLowerCase();
  return [
    ...found.filter(isMeant).map(toService),
    { href: hrefTo("/traces", { q: text }), what: "Spans named", text },
    { href: hrefTo("/logs", { q: text }), what: "Logs containing", text },
    { href: hrefTo("/errors", { q: text, status: "all" }), what: "Errors containing", text },
    ...found.filter((name) => !isMeant(name)).map(toService),
  ];
}

export function Search(): JSX.Element {
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    input.current?.blur();
  };
  useLayer(isOpen, close);
  const shown = isOpen ? suggestionsFor(typed, knownServices.value) : [];
  const go = (suggestion: Suggestion | undefined): void => {
    if (!suggestion) return;
    setTyped("");
    close();
    navigate(suggestion.href);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = arrowMove(event, active, shown.length);
    if (next !== null) setActive(next);
    else if (event.key === "Enter") go(shown[active]);
    else return;
    event.preventDefault();
  };
  return (
    <div class="search field" ref={root} role="search">
      <Icon name="search" />
      <input
        ref={input}
        role="combobox"
        aria-label="Search spans, logs, errors and services, or open a trace by its id"
        aria-expanded={shown.length > 0}
        aria-controls="search-list"
        aria-activedescendant={shown.length > 0 ? optionId("search-list", active) : undefined}
        placeholder="Search, or paste a trace id"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      <Suggestions
        id="search-list"
        label="Suggestions"
        items={shown.map((one) => ({
          key: one.what + one.text,
          content: <Destination to={one} />,
        }))}
        active={active}
        onChoose={(index) => go(shown[index])}
      />
    </div>
  );
}

function Destination({ to }: { to: Suggestion }): JSX.Element {
  return (
    <>
      <span class="faint">{to.what}</span>
      <span class="clip">{to.text}</span>
    </>
  );
}
