// The conditions of the inbox, each one a parameter of the address.
// Invariant: what the API takes as words of the text (`is:new`) is set and shown here as words, too.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Issue, Release } from "../../api/errors";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import { Combobox } from "../../controls/combobox";
import { TextInput } from "../../controls/inputs";
import { hasWord, toggleWord } from "../../errors/search";
import { session } from "../../shell/session";
import { param, setParams } from "../../url/location";
import { ServicePicker } from "../traces/trace_filters";
import { peopleOf } from "./people";

const SEARCH_LABEL = "Search errors";

export function focusErrorSearch(): void {
  const input = document.querySelector<HTMLInputElement>(`input[aria-label="${SEARCH_LABEL}"]`);
  input?.focus();
  input?.select();
}

const WORDS = ["new", "regressed", "spiking", "unhandled", "unassigned"] as const;
const LEVELS = ["", "fatal", "error", "warning", "info", "debug"] as const;

export function InboxFilters({ issues }: { issues: readonly Issue[] }): JSX.Element {
  const text = param("q");
  const people = [...new Set([session.value?.name ?? "", ...peopleOf(issues)])].filter(Boolean);
  return (
    <section class="panel filters inbox-filters" aria-label="Conditions">
      <TextInput
        label={SEARCH_LABEL}
        placeholder="Type, message, culprit (/)"
        icon="search"
        class="wide"
        value={text}
        onCommit={(q) => setParams({ q })}
      />
      <div class="words" role="group" aria-label="Only">
        {WORDS.map((word) => (
          <button
            type="button"
            key={word}
            class="word"
            aria-pressed={hasWord(text, `is:${word}`)}
            onClick={() => setParams({ q: toggleWord(text, `is:${word}`) })}
          >
            {word}
          </button>
        ))}
      </div>
      <ServicePicker />
      <ReleasePicker />
      <select
        class="field"
        aria-label="Level"
        value={param("level")}
        onChange={(event) => setParams({ level: event.currentTarget.value })}
      >
        {LEVELS.map((level) => (
          <option key={level} value={level}>
            {level === "" ? "Any level" : level}
          </option>
        ))}
      </select>
      <Combobox
        label="Assignee"
        placeholder="Anybody"
        value={param("assignee")}
        suggestions={people}
        onCommit={(assignee) => setParams({ assignee })}
      />
    </section>
  );
}

function ReleasePicker(): JSX.Element {
  const [asked, setAsked] = useState(false);
  const { data } = useResource<{ releases: Release[] }>(
    asked ? apiPath("/releases", { service: param("service"), limit: 100 }) : null,
    { live: false },
  );
  return (
    <Combobox
      label="Release"
      placeholder="Any release"
      value={param("release")}
      suggestions={(data?.releases ?? []).map(({ version }) => version)}
      onFocus={() => setAsked(true)}
      onCommit={(release) => setParams({ release })}
    />
  );
}
