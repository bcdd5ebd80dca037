// Importing a Grafana dashboard: its JSON, then what could not be taken over and why, then saving.
// Invariant: nothing is stored before the notes were shown and Save was pressed.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { asProblem } from "../../api/client";
import type { Problem } from "../../api/types";
import { Dialog } from "../../controls/dialog";
import { TextField } from "../../controls/form";
import { ProblemNote } from "../../controls/notes";
import { counted } from "../../format/quantity";
import { navigate } from "../../url/location";
import { createBoard, translate, type Imported, type ImportNote } from "./api";
import { beginNewWith, NEW } from "./editing";
import { boardHref } from "./links";

const BYTES_MAX = 4 << 20;

export interface NoteGroup {
  why: string;
  notes: ImportNote[];
}

/** The notes by their reason, the most frequent first. */
export function groupNotes(notes: readonly ImportNote[]): NoteGroup[] {
  const groups = new Map<string, ImportNote[]>();
  for (const note of notes) groups.set(note.why, [...(groups.get(note.why) ?? []), note]);
  return [...groups]
    .map(([why, own]) => ({ why, notes: own }))
    .sort((a, b) => b.notes.length - a.notes.length);
}

/** The JSON of a text; an error that says what was expected. */
export function readJson(text: string): { document: unknown } | { error: string } {
  if (text.length > BYTES_MAX)
    return { error: "the text is longer than 4 MiB, which no dashboard is" };
  try {
    return { document: JSON.parse(text) as unknown };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { error: `this is no JSON: ${why}; export the dashboard in Grafana as JSON` };
  }
}

function asked(detail: string): Problem {
  return { status: 0, title: "It cannot be read", code: "invalid_argument", detail };
}

export function ImportDialog({ onClose }: { onClose: () => void }): JSX.Element {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [imported, setImported] = useState<Imported | null>(null);
  const attempt = (action: () => Promise<void>): void => {
    setBusy(true);
    setProblem(null);
    action()
      .catch((error: unknown) => setProblem(asProblem(error)))
      .finally(() => setBusy(false));
  };
  const read = (source: string): void => {
    const json = readJson(source);
    if ("error" in json) setProblem(asked(json.error));
    else attempt(async () => setImported(await translate(json.document)));
  };
  const open = (list: FileList | null): void => {
    const file = list?.[0];
    if (!file) return;
    if (file.size > BYTES_MAX) return setProblem(asked("the file is larger than 4 MiB"));
    attempt(async () => {
      const content = await file.text();
      setText(content);
      read(content);
    });
  };
  return (
    <Dialog title="Import a dashboard" class="wide" onClose={onClose}>
      <div class="dialog-part form-stack">
        <ProblemNote problem={problem} />
        {imported ? (
          <Review
            imported={imported}
            busy={busy}
            onTitle={(title) =>
              setImported({ ...imported, dashboard: { ...imported.dashboard, title } })
            }
            onBack={() => setImported(null)}
            onSave={() =>
              attempt(async () => {
                const made = await createBoard(imported.dashboard);
                navigate(boardHref(made.id));
              })
            }
          />
        ) : (
          <Source
            text={text}
            busy={busy}
            onText={setText}
            onFiles={open}
            onRead={() => read(text)}
          />
        )}
      </div>
    </Dialog>
  );
}

interface SourceProps {
  text: string;
  busy: boolean;
  onText: (text: string) => void;
  onFiles: (files: FileList | null) => void;
  onRead: () => void;
}

function Source({ text, busy, onText, onFiles, onRead }: SourceProps): JSX.Element {
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    onFiles(event.dataTransfer?.files ?? null);
  };
  return (
    <>
      <p class="muted">
        A dashboard exported from Grafana as JSON. Queries in PromQL, variables, rows and layout
        come over; what does not is listed before anything is saved.
      </p>
      <div onDragOver={(event) => event.preventDefault()} onDrop={drop}>
        <TextField
          label="Paste the JSON, or drop the file here"
          rows={12}
          mono
          placeholder={'{ "title": …, "panels": [ … ] }'}
          value={text}
          onInput={onText}
        />
      </div>
      <div class="row-of">
        <label class="button">
          Choose a file
          <input
            class="unseen"
            type="file"
            accept=".json,application/json"
            onChange={(event) => onFiles(event.currentTarget.files)}
          />
        </label>
        <span class="grow" />
        <button
          type="button"
          class="button primary"
          disabled={busy || text.trim() === ""}
          onClick={onRead}
        >
          {busy ? "Reading…" : "Read it"}
        </button>
      </div>
    </>
  );
}

interface ReviewProps {
  imported: Imported;
  busy: boolean;
  onTitle: (title: string) => void;
  onBack: () => void;
  onSave: () => void;
}

function Review({ imported, busy, onTitle, onBack, onSave }: ReviewProps): JSX.Element {
  const { dashboard, notes } = imported;
  const look = (): void => {
    beginNewWith(dashboard);
    navigate(boardHref(NEW));
  };
  return (
    <>
      <TextField label="Title" value={dashboard.title} onInput={onTitle} />
      <p class="muted">
        {counted(dashboard.panels.length, "panel")} and{" "}
        {counted(dashboard.variables.length, "variable")} come over.
      </p>
      {notes.length === 0 ? (
        <p class="ok">Everything could be taken over.</p>
      ) : (
        <section aria-label="What could not be taken over and why">
          <h3>{counted(notes.length, "thing")} could not be taken over</h3>
          <ul class="import-notes">
            {groupNotes(notes).map((group) => (
              <li key={group.why}>
                <b>{group.why}</b>
                <ul>
                  {group.notes.map((note, index) => (
                    <li key={index}>
                      <span class="muted">{note.place}</span> {note.what}
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        </section>
      )}
      <div class="row-of">
        <button type="button" class="button" onClick={onBack}>
          Back
        </button>
        <span class="grow" />
        <button type="button" class="button" onClick={look}>
          Look at it first
        </button>
        <button type="button" class="button primary" disabled={busy} onClick={onSave}>
          {busy ? "Saving…" : "Save"}
        </button>
      </div>
    </>
  );
}
