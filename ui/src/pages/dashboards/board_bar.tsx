// The bar over a board: its variables, and what can be done with it.
// Invariants: Save tells what was in its way and keeps the changes; a conflict names both ways out; a
// built-in dashboard is saved as a copy; Discard asks again where something would be lost.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { asProblem } from "../../api/client";
import type { Problem } from "../../api/types";
import { Icon } from "../../controls/icons";
import { ProblemNote } from "../../controls/notes";
import { Choices, Popover } from "../../controls/popover";
import { Tag } from "../../controls/figures";
import { addPanel, isDirty, rebased, type Edit } from "../../dashboards/edits";
import { PANEL_TYPES, TYPE_NAMES, type Dashboard, type PanelType } from "../../dashboards/document";
import { navigate, param, setParams } from "../../url/location";
import { createBoard, faultsOf, fetchBoard, saveBoard, type Stored } from "./api";
import {
  apply,
  beginEdit,
  dropEdit,
  editOf,
  NEW,
  redo,
  replaceEdit,
  undo,
  useEditKeys,
} from "./editing";
import { boardHref } from "./links";
import { openSettings } from "./settings";
import { VariableBar } from "./variable_bar";
import type { VariableState } from "./variable_state";

interface BarProps {
  id: string;
  stored: Stored | null;
  dashboard: Dashboard;
  states: readonly VariableState[];
}

interface ViewBarProps extends BarProps {
  canEdit: boolean;
  unsaved: boolean;
}

const PERIODS = [
  { value: "0", label: "No refresh" },
  { value: "10", label: "Every 10 s" },
  { value: "30", label: "Every 30 s" },
  { value: "60", label: "Every minute" },
  { value: "300", label: "Every 5 minutes" },
  { value: "900", label: "Every 15 minutes" },
];

export function ViewBar(props: ViewBarProps): JSX.Element {
  const { stored, states, canEdit, unsaved, dashboard } = props;
  return (
    <div class="board-bar">
      <VariableBar states={states} />
      <div class="board-actions">
        {stored?.built_in && <Tag>built in</Tag>}
        <RefreshPicker own={dashboard.refresh_seconds} />
        {stored && !stored.built_in && (
          <button type="button" class="button" onClick={() => openSettings("versions")}>
            History
          </button>
        )}
        {canEdit && stored && (
          <button type="button" class="button" onClick={() => beginEdit(stored)}>
            <Icon name="pencil" size={12} />
            {unsaved ? "Go on editing" : "Edit"} <kbd>e</kbd>
          </button>
        )}
      </div>
    </div>
  );
}

function RefreshPicker({ own }: { own: number }): JSX.Element {
  const value = param("refresh") || String(own);
  const known = PERIODS.some((period) => period.value === value);
  const periods = known ? PERIODS : [...PERIODS, { value, label: `Every ${value} s` }];
  const label = periods.find((period) => period.value === value)?.label ?? "";
  return (
    <Popover label={`Refresh: ${label}`} trigger={label}>
      {(close) => (
        <Choices
          label="Refresh"
          value={value}
          options={periods}
          onChoose={(next) => {
            setParams({ refresh: next === String(own) ? null : next });
            close();
          }}
        />
      )}
    </Popover>
  );
}

interface EditBarProps extends BarProps {
  edit: Edit;
  onStored: (stored: Stored) => void;
}

interface Saving {
  busy: boolean;
  problem: Problem | null;
  save: () => void;
  saveCopy: () => void;
  saveOver: () => void;
}

function useSaving({ id, stored, edit, onStored }: EditBarProps): Saving {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // A field that was left a moment ago has changed the edit since this was drawn.
  const now = (): Edit => editOf(id) ?? edit;
  const attempt = (action: () => Promise<void>): void => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    action()
      .catch((error: unknown) => setProblem(asProblem(error)))
      .finally(() => setBusy(false));
  };
  const create = async (dashboard: Dashboard): Promise<void> => {
    const made = await createBoard(dashboard);
    dropEdit(id);
    navigate(boardHref(made.id));
  };
  const store = async (version: number): Promise<void> => {
    const saved = await saveBoard(id, version, now().present);
    onStored(saved);
    dropEdit(id);
    setParams({ edit: null, panel: null });
  };
  const saveCopy = (): void => {
    const { present } = now();
    const isSameTitle = present.title === stored?.dashboard.title;
    const title = isSameTitle ? `${present.title} (copy)` : present.title;
    attempt(() => create({ ...present, title }));
  };
  const save = (): void => {
    if (id === NEW) attempt(() => create(now().present));
    else if (stored?.built_in) saveCopy();
    else if (isDirty(now())) attempt(() => store(now().version));
  };
  const saveOver = (): void =>
    attempt(async () => {
      const theirs = await fetchBoard(id);
      replaceEdit(id, rebased(now(), theirs.version, theirs.dashboard));
      await store(theirs.version);
    });
  return { busy, problem, save, saveCopy, saveOver };
}

export function EditBar(props: EditBarProps): JSX.Element {
  const { id, stored, edit, states } = props;
  const saving = useSaving(props);
  const dirty = isDirty(edit);
  const mayStore = dirty || id === NEW || stored?.built_in === true;
  useEditKeys(id, saving.save);
  const saveLabel = id === NEW ? "Save" : stored?.built_in ? "Save a copy" : "Save";
  return (
    <>
      <div class="board-bar editing">
        <VariableBar states={states} />
        <div class="board-actions">
          {param("panel") === "" && <AddPanel id={id} edit={edit} />}
          <button type="button" class="button" onClick={() => openSettings("general")}>
            Settings
          </button>
          <span class="row-of tight">
            <IconButton
              name="undo"
              label="Undo (Ctrl+Z)"
              disabled={edit.past.length === 0}
              onClick={() => undo(id)}
            />
            <IconButton
              name="redo"
              label="Redo (Ctrl+Shift+Z)"
              disabled={edit.future.length === 0}
              onClick={() => redo(id)}
            />
          </span>
          <Discard id={id} dirty={dirty} />
          <button
            type="button"
            class="button primary"
            disabled={saving.busy || !mayStore}
            title="Ctrl+S"
            onClick={saving.save}
          >
            {saving.busy ? "Saving…" : saveLabel}
          </button>
        </div>
      </div>
      {saving.problem?.status === 409 ? (
        <Conflict saving={saving} />
      ) : (
        <>
          <ProblemNote problem={saving.problem} />
          <Faults problem={saving.problem} />
        </>
      )}
    </>
  );
}

const FAULTS_MAX = 20;

function Faults({ problem }: { problem: Problem | null }): JSX.Element | null {
  const faults = faultsOf(problem);
  if (faults.length === 0) return null;
  return (
    <ul class="panel faults" aria-label="What is wrong with the dashboard">
      {faults.slice(0, FAULTS_MAX).map((fault, index) => (
        <li key={index}>
          <code>{fault.place || "/"}</code> {fault.found}; expected {fault.expected}.{" "}
          <span class="faint">{fault.hint}</span>
        </li>
      ))}
      {faults.length > FAULTS_MAX && <li class="faint">and {faults.length - FAULTS_MAX} more</li>}
    </ul>
  );
}

function Conflict({ saving }: { saving: Saving }): JSX.Element {
  return (
    <div class="note bad" role="alert">
      <b>Someone else saved this dashboard in between</b>
      <span>{saving.problem?.detail}. Your changes are still here.</span>
      <span class="row-of">
        <button type="button" class="button" onClick={saving.saveCopy}>
          Save mine as a copy
        </button>
        <button type="button" class="button" onClick={saving.saveOver}>
          Save mine over theirs
        </button>
        <span class="note-hint">theirs stays in the history either way</span>
      </span>
    </div>
  );
}

function AddPanel({ id, edit }: { id: string; edit: Edit }): JSX.Element {
  const options = PANEL_TYPES.map((type) => ({ value: type, label: TYPE_NAMES[type] }));
  const add = (type: PanelType): void => {
    const added = addPanel(edit.present, type);
    apply(id, added.dashboard);
    if (type !== "row") setParams({ panel: String(added.id) });
  };
  return (
    <Popover label="Add a panel" trigger="Add a panel">
      {(close) => (
        <Choices
          label="Type of the panel"
          value=""
          options={options}
          onChoose={(type) => {
            close();
            add(type as PanelType);
          }}
        />
      )}
    </Popover>
  );
}

interface IconButtonProps {
  name: "undo" | "redo";
  label: string;
  disabled: boolean;
  onClick: () => void;
}

function IconButton({ name, label, disabled, onClick }: IconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="button square"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={name} />
    </button>
  );
}

function Discard({ id, dirty }: { id: string; dirty: boolean }): JSX.Element {
  const [asking, setAsking] = useState(false);
  const leave = (): void => {
    dropEdit(id);
    if (id === NEW) navigate("/dashboards");
    else setParams({ edit: null, panel: null });
  };
  if (asking && dirty) {
    return (
      <span class="row-of">
        <button type="button" class="button bad" onClick={leave}>
          Lose the changes
        </button>
        <button type="button" class="button" onClick={() => setAsking(false)}>
          Keep editing
        </button>
      </span>
    );
  }
  return (
    <button type="button" class="button" onClick={() => (dirty ? setAsking(true) : leave())}>
      {dirty ? "Discard" : "Done"}
    </button>
  );
}
