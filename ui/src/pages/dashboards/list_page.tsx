// All dashboards: found by word and tag, made, imported.
// Invariants: built-in ones come first; what is searched for is in the address.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useResource } from "../../api/resource";
import { Moment, Tag } from "../../controls/figures";
import { TextInput } from "../../controls/inputs";
import { Empty, ProblemNote } from "../../controls/notes";
import { counted } from "../../format/quantity";
import { session } from "../../shell/session";
import { useTitle } from "../../shell/title";
import { DataTable, type Column } from "../../table/data_table";
import { navigate, param, place, setParams } from "../../url/location";
import { LIST_PATH, type Summary } from "./api";
import { beginNew, NEW } from "./editing";
import { ImportDialog } from "./import_dialog";
import { boardHref } from "./links";

/** Built-in ones first, then by title; each word of the search in title, description or tags. */
export function found(all: readonly Summary[], search: string, tags: readonly string[]): Summary[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return all
    .filter((one) => tags.every((tag) => one.tags.includes(tag)))
    .filter((one) => {
      const text = [one.title, one.description, ...one.tags].join("\n").toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) =>
      a.built_in === b.built_in ? a.title.localeCompare(b.title) : a.built_in ? -1 : 1,
    );
}

export function ListPage(): JSX.Element {
  useTitle({ text: "Dashboards" });
  const { data, problem } = useResource<{ dashboards: Summary[] }>(LIST_PATH);
  const [importing, setImporting] = useState(false);
  const all = data?.dashboards ?? [];
  const tags = place.value.params.getAll("tag");
  const shown = found(all, param("q"), tags);
  const known = [...new Set(all.flatMap((one) => one.tags))].sort();
  const canEdit = session.value?.role !== "viewer";
  return (
    <>
      <section class="panel filters" aria-label="Conditions">
        <TextInput
          label="Search dashboards"
          placeholder="Title, description or tag"
          icon="search"
          class="wide"
          value={param("q")}
          onCommit={(q) => setParams({ q })}
        />
        {known.length > 0 && <TagFilter known={known} chosen={tags} />}
        <span class="grow" />
        {canEdit && (
          <>
            <button type="button" class="button" onClick={() => setImporting(true)}>
              Import
            </button>
            <button type="button" class="button primary" onClick={makeNew}>
              New dashboard
            </button>
          </>
        )}
      </section>
      <ProblemNote problem={problem} />
      {data && shown.length > 0 && (
        <section class="panel">
          <h2 class="panel-head">
            <span>{counted(shown.length, "dashboard")}</span>
          </h2>
          <DataTable
            label="Dashboards"
            columns={COLUMNS}
            rows={shown}
            keyOf={(row) => row.id}
            hrefOf={(row) => boardHref(row.id)}
            rowHeight={36}
          />
        </section>
      )}
      {data && shown.length === 0 && (
        <Empty title={all.length === 0 ? "No dashboard yet" : "No dashboard matches"}>
          {all.length > 0 && (
            <button type="button" class="button" onClick={() => setParams({ q: null, tag: null })}>
              Clear the search
            </button>
          )}
        </Empty>
      )}
      {importing && <ImportDialog onClose={() => setImporting(false)} />}
    </>
  );
}

function makeNew(): void {
  beginNew();
  navigate(boardHref(NEW));
}

function TagFilter({
  known,
  chosen,
}: {
  known: readonly string[];
  chosen: readonly string[];
}): JSX.Element {
  const toggle = (tag: string): void =>
    setParams({
      tag: chosen.includes(tag) ? chosen.filter((one) => one !== tag) : [...chosen, tag],
    });
  return (
    <div class="tag-filter" role="group" aria-label="Tags">
      {known.map((tag) => (
        <button
          type="button"
          key={tag}
          class="tag"
          aria-pressed={chosen.includes(tag)}
          onClick={() => toggle(tag)}
        >
          {tag}
        </button>
      ))}
    </div>
  );
}

const COLUMNS: readonly Column<Summary>[] = [
  {
    key: "title",
    title: "Title",
    width: "minmax(180px, 1fr)",
    cell: (row) => (
      <a class="cell-link clip" href={boardHref(row.id)}>
        {row.title}
      </a>
    ),
  },
  {
    key: "description",
    title: "Description",
    width: "minmax(160px, 1.6fr)",
    hideBelow: 760,
    cell: (row) => (
      <span class="muted" title={row.description}>
        {row.description}
      </span>
    ),
  },
  {
    key: "tags",
    title: "Tags",
    width: "minmax(96px, .7fr)",
    cell: (row) => row.tags.map((tag) => <Tag key={tag}>{tag}</Tag>),
  },
  {
    key: "saved",
    title: "Saved",
    width: "152px",
    hideBelow: 560,
    cell: (row) =>
      row.built_in ? (
        <span class="faint">built in</span>
      ) : (
        <span class="muted">
          <Moment at={row.updated_at} as="ago" />
          {row.updated_by && ` by ${row.updated_by}`}
        </span>
      ),
  },
];
