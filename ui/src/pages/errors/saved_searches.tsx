// The menu of saved searches: apply one, save the conditions on show, delete.
// Invariant: a name that exists is refused by the server, and the menu says so where it was typed.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { SavedSearch } from "../../api/errors";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { Problem } from "../../api/types";
import { Icon } from "../../controls/icons";
import { ProblemNote } from "../../controls/notes";
import { Popover } from "../../controls/popover";
import { appliedQuery, isApplied, savedQuery } from "../../errors/search";
import { place, setParams } from "../../url/location";

const PATH = apiPath("/errors/searches");

export function SavedSearches(): JSX.Element {
  const { data, problem, reload } = useResource<{ searches: SavedSearch[] }>(PATH, { live: false });
  const searches = data?.searches ?? [];
  const applied = searches.find(({ query }) => isApplied(query, place.value.params));
  return (
    <Popover
      label="Saved searches"
      trigger={<span class="clip">{applied?.name ?? "Saved searches"}</span>}
      class="saved-searches"
    >
      {(close) => (
        <Menu
          searches={searches}
          applied={applied ?? null}
          problem={problem}
          onChanged={reload}
          onClose={close}
        />
      )}
    </Popover>
  );
}

interface MenuProps {
  searches: readonly SavedSearch[];
  applied: SavedSearch | null;
  problem: Problem | null;
  onChanged: () => void;
  onClose: () => void;
}

function Menu(props: MenuProps): JSX.Element {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      setProblem(null);
      await action();
      setName("");
      props.onChanged();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const save = (event: Event): void => {
    event.preventDefault();
    const body = { name: name.trim(), query: savedQuery(place.value.params) };
    void attempt(() => request<SavedSearch>(PATH, { method: "POST", body }));
  };
  const remove = (search: SavedSearch): void =>
    void attempt(() =>
      request<unknown>(`${PATH}/${encodeURIComponent(search.id)}`, { method: "DELETE" }),
    );
  return (
    <>
      <ul class="saved-list">
        {props.searches.map((search) => (
          <SavedItem
            key={search.id}
            of={search}
            applied={search === props.applied}
            onApplied={props.onClose}
            onRemove={() => remove(search)}
          />
        ))}
      </ul>
      {props.searches.length === 0 && !props.problem && (
        <p class="saved-none muted">Save the conditions on show to come back to them.</p>
      )}
      <form class="saved-new" onSubmit={save}>
        <input
          class="field"
          data-autofocus={props.searches.length === 0 ? "" : undefined}
          aria-label="Name of the search"
          placeholder="Name of the search on show"
          maxLength={100}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="button" disabled={name.trim() === ""}>
          Save
        </button>
      </form>
      <ProblemNote problem={problem ?? props.problem} />
    </>
  );
}

interface SavedItemProps {
  of: SavedSearch;
  applied: boolean;
  onApplied: () => void;
  onRemove: () => void;
}

function SavedItem({ of: search, applied, onApplied, onRemove }: SavedItemProps): JSX.Element {
  const apply = (): void => {
    setParams(appliedQuery(search.query));
    onApplied();
  };
  return (
    <li class={applied ? "on" : ""}>
      <button type="button" class="clip" title={search.query} onClick={apply}>
        {search.name}
      </button>
      <span class="faint clip">{search.by}</span>
      <button type="button" class="quiet" aria-label={`delete ${search.name}`} onClick={onRemove}>
        <Icon name="trash" size={12} />
      </button>
    </li>
  );
}
