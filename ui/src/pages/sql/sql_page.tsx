// Ask the store in SQL: a query, its answer as a table.
// Invariants: the query that was run is in the address, so an answer can be shared; nothing runs
// while a person types; the server's limits (rows, time, read only) are the server's to enforce.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { Problem, SqlAnswer } from "../../api/types";
import { CopyButton } from "../../controls/buttons";
import { Empty, ProblemNote } from "../../controls/notes";
import { counted, durationMs, text } from "../../format/quantity";
import { useTitle } from "../../shell/title";
import { DataTable, type Column } from "../../table/data_table";
import { param, setParams } from "../../url/location";
import { EXAMPLES } from "./examples";

const ROWS_MAX = 10_000;

interface Run {
  answer: SqlAnswer | null;
  problem: Problem | null;
  running: boolean;
}

export function SqlPage(): JSX.Element {
  useTitle({ text: "SQL" });
  const asked = param("query");
  const [draft, setDraft] = useState(asked || EXAMPLES[0]?.query || "");
  const [run, setRun] = useState<Run>({ answer: null, problem: null, running: false });
  const abort = useRef<AbortController | null>(null);

  const execute = (query: string): void => {
    abort.current?.abort();
    const own = new AbortController();
    abort.current = own;
    setRun((now) => ({ ...now, running: true }));
    request<SqlAnswer>("/api/v1/query/sql", {
      method: "POST",
      body: { query, limit: ROWS_MAX },
      signal: own.signal,
    })
      .then((answer) => setRun({ answer, problem: null, running: false }))
      .catch((error: unknown) => {
        if (!own.signal.aborted)
          setRun({ answer: null, problem: asProblem(error), running: false });
      });
  };
  useEffect(() => {
    if (asked === "") return;
    setDraft(asked);
    execute(asked);
  }, [asked]);
  useEffect(() => () => abort.current?.abort(), []);
  const submit = (): void => {
    const query = draft.trim();
    if (query === "") return;
    if (query === asked) execute(query);
    else setParams({ query });
  };
  const latest = useRef(submit);
  latest.current = submit;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <div class="stack">
      <Editor draft={draft} running={run.running} onInput={setDraft} onRun={submit} />
      <ProblemNote problem={run.problem} />
      {run.answer && <Answer answer={run.answer} dimmed={run.running} />}
    </div>
  );
}

interface EditorProps {
  draft: string;
  running: boolean;
  onInput: (draft: string) => void;
  onRun: () => void;
}

function Editor({ draft, running, onInput, onRun }: EditorProps): JSX.Element {
  const lines = Math.max(5, Math.min(18, draft.split("\n").length + 1));
  return (
    <section class="panel sql-editor">
      <textarea
        class="mono"
        aria-label="SQL query"
        rows={lines}
        spellcheck={false}
        value={draft}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <div class="sql-bar">
        <button
          type="button"
          class="button primary"
          onClick={onRun}
          disabled={running || draft.trim() === ""}
        >
          {running ? "Running…" : "Run"} <kbd>Ctrl</kbd> <kbd>Enter</kbd>
        </button>
        <span class="grow" />
        <span class="faint">Examples</span>
        {EXAMPLES.map((example) => (
          <button
            type="button"
            class="link"
            key={example.title}
            onClick={() => onInput(example.query)}
          >
            {example.title}
          </button>
        ))}
      </div>
    </section>
  );
}

type Row = { index: number; cells: unknown[] };

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Wider texts share what room is left. */
const COLUMN_CHARS_MAX = 60;

/** Columns as wide as their content needs, from 8 characters on, side by side from the left. */
function columnsOf(answer: SqlAnswer): Column<Row>[] {
  const sample = answer.rows.slice(0, 200);
  const columns = answer.columns.map((column, at): Column<Row> => {
    const longest = sample.reduce(
      (most, row) => Math.max(most, cellText(row[at]).length),
      column.name.length + 2,
    );
    const isNumber = sample.some((row) => typeof row[at] === "number");
    const width = Math.max(8, Math.min(COLUMN_CHARS_MAX, longest)) * 7.4 + 28;
    return {
      key: `${at}`,
      title: <span title={column.type}>{column.name}</span>,
      width: longest > COLUMN_CHARS_MAX ? `minmax(${width}px, 1fr)` : `${width}px`,
      ...(isNumber && { align: "right" as const }),
      cell: (row) => {
        const text = cellText(row.cells[at]);
        return (
          <span class={`mono clip ${row.cells[at] === null ? "faint" : ""}`} title={text}>
            {text}
          </span>
        );
      },
    };
  });
  const hasWide = columns.some((column) => column.width.endsWith("1fr)"));
  return hasWide ? columns : [...columns, REST];
}

/** Takes the room that no column needs. */
const REST: Column<Row> = { key: "rest", title: "", width: "minmax(0, 1fr)", cell: () => null };

function Answer({ answer, dimmed }: { answer: SqlAnswer; dimmed: boolean }): JSX.Element {
  const columns = useMemo(() => columnsOf(answer), [answer]);
  const rows = useMemo(() => answer.rows.map((cells, index) => ({ index, cells })), [answer]);
  const tsv = useMemo(
    () =>
      [answer.columns.map((column) => column.name), ...answer.rows.map((row) => row.map(cellText))]
        .map((row) => row.join("\t"))
        .join("\n"),
    [answer],
  );
  if (rows.length === 0) return <Empty title="The query ran and found no row" />;
  return (
    <section class="panel sql-answer">
      <h2 class="panel-head">
        <span>
          {counted(answer.row_count, "row")}{" "}
          <span class="panel-note">
            in {text(durationMs(answer.elapsed_ms))}
            {answer.truncated
              ? `, cut off after ${counted(answer.rows.length, "row")}; add a LIMIT or an aggregate`
              : ""}
          </span>
        </span>
        <CopyButton text={tsv} label="copy all rows, tab-separated" />
      </h2>
      <div class="sql-scroll">
        <DataTable
          label="Rows"
          columns={columns}
          rows={rows}
          keyOf={(row) => String(row.index)}
          dimmed={dimmed}
          rowHeight={28}
        />
      </div>
    </section>
  );
}
