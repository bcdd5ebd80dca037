// The rows of the inbox, two lines each, with their check boxes and the bar that acts on many.
// Invariants: rows are drawn on demand; the row of the keyboard has the focus and is in sight; the bar
// takes the place of the head, so that nothing moves when something is selected.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Issue } from "../../api/errors";
import { Figure, Moment, Swatch } from "../../controls/figures";
import { firstLine, issueTitle, visible } from "../../errors/badges";
import { issueHref } from "../../errors/links";
import { orderOf, type Order, type Shown } from "../../errors/search";
import { moved } from "../../errors/selection";
import { compact, counted } from "../../format/quantity";
import { useListKeys } from "../../shell/keyboard";
import { RowLayout } from "../../table/layout";
import { revealRow, VirtualRows } from "../../table/virtual_rows";
import { navigate, place, setParams } from "../../url/location";
import type { InboxData } from "./inbox_data";
import type { Selection, TriageActions } from "./inbox_state";
import { Badges, EventBars, LevelMark, Person, withTimes } from "./marks";

const ROW_PX = 52;

interface IssueListProps {
  data: InboxData;
  rows: readonly Issue[];
  state: Selection;
  actions: TriageActions;
  shown: Shown;
}

export function IssueList(props: IssueListProps): JSX.Element | null {
  const { data, rows, state, actions } = props;
  const root = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const layout = useMemo(() => new RowLayout(rows.length, ROW_PX), [rows.length]);
  const ids = useMemo(() => rows.map(({ id }) => id), [rows]);
  useListKeys({
    element: () => root.current,
    move: (by) => {
      const next = moved(ids, state.active, by);
      actions.activate(next);
      if (next !== null) revealRow(body.current, layout, ids.indexOf(next));
    },
    open: () => state.active !== null && navigate(issueHref(state.active)),
  });
  const isThere = state.active !== null && ids.includes(state.active);
  useLayoutEffect(() => {
    if (!isThere || document.activeElement?.closest("input:not([type=checkbox]), textarea, dialog"))
      return;
    const row = root.current?.querySelector<HTMLElement>(`[data-id="${state.active}"]`);
    row?.focus({ preventScroll: true });
  }, [state.active, isThere, state.leaving]);
  if (rows.length === 0) return null;
  return (
    <div
      class={`issues ${data.stale ? "dimmed" : ""}`}
      role="table"
      aria-label="Issues"
      aria-rowcount={rows.length + 1}
      ref={root}
    >
      <div class="issues-head" role="rowgroup">
        {state.selected.size > 0 ? (
          <BulkBar state={state} actions={actions} rows={rows} shown={props.shown} />
        ) : (
          <Head onSelectAll={() => actions.selectAll(true)} />
        )}
      </div>
      <VirtualRows
        layout={layout}
        handle={body}
        onNearEnd={data.loadMore}
        render={(index) => {
          const issue = rows[index];
          if (!issue) return null;
          return (
            <IssueRow
              key={issue.id}
              issue={issue}
              index={index}
              shown={props.shown}
              active={issue.id === state.active}
              selected={state.selected.has(issue.id)}
              leaving={state.leaving.has(issue.id)}
              onToggle={(range) => actions.toggle(issue.id, range)}
              onActivate={() => actions.activate(issue.id)}
            />
          );
        }}
      />
      {data.hasMore && (
        <button type="button" class="button more" onClick={data.loadMore}>
          Load more
        </button>
      )}
    </div>
  );
}

function Head({ onSelectAll }: { onSelectAll: () => void }): JSX.Element {
  return (
    <div class="issue-row head" role="row" aria-rowindex={1}>
      <span role="columnheader">
        <input type="checkbox" aria-label="Select all" checked={false} onChange={onSelectAll} />
      </span>
      <span role="columnheader">Issue</span>
      <span role="columnheader" class="issue-bars">
        Events over time
      </span>
      <SortHead order="events" title="Events" />
      <SortHead order="users" title="Users" />
      <SortHead order="first_seen" title="First seen" />
      <SortHead order="last_seen" title="Last seen" />
      <span role="columnheader">
        <span class="unseen">Assigned to</span>
      </span>
    </div>
  );
}

/** Issues are sorted from the most or the latest down; there is no other way round. */
function SortHead({ order, title }: { order: Order; title: string }): JSX.Element {
  const on = orderOf(place.value.params) === order;
  return (
    <span
      role="columnheader"
      class={`right issue-${order}`}
      aria-sort={on ? "descending" : undefined}
    >
      <button
        type="button"
        class={`sort ${on ? "on" : ""}`}
        onClick={() => setParams({ sort: order === "last_seen" ? null : order }, { replace: true })}
      >
        {title}
        {on && (
          <svg width="7" height="7" viewBox="0 0 8 8" aria-hidden="true">
            <path d="M4 7 .4 1h7.2z" fill="currentColor" />
          </svg>
        )}
      </button>
    </span>
  );
}

interface BulkBarProps {
  state: Selection;
  actions: TriageActions;
  rows: readonly Issue[];
  shown: Shown;
}

function BulkBar({ state, actions, rows, shown }: BulkBarProps): JSX.Element {
  const all = state.selected.size >= rows.length;
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = !all;
  }, [all]);
  return (
    <div class="issue-bulk" role="row" aria-rowindex={1}>
      <div role="cell" class="row-of">
        <input
          type="checkbox"
          aria-label="Select all"
          ref={box}
          checked={all}
          onChange={() => actions.selectAll(!all)}
        />
        <b class="bulk-count">{counted(state.selected.size, "issue")}</b>
        {shown !== "unresolved" && (
          <button
            type="button"
            class="button"
            onClick={() => actions.change({ status: "unresolved" })}
          >
            Reopen
          </button>
        )}
        {shown !== "resolved" && (
          <>
            <button
              type="button"
              class="button"
              onClick={() => actions.change({ status: "resolved" })}
            >
              Resolve <kbd>r</kbd>
            </button>
            <button
              type="button"
              class="button bulk-wide"
              onClick={() => actions.change({ status: "resolved", in_next_release: true })}
            >
              In next release <kbd>R</kbd>
            </button>
          </>
        )}
        <button type="button" class="button" onClick={() => actions.ask("ignore")}>
          Ignore… <kbd>i</kbd>
        </button>
        <button type="button" class="button" onClick={() => actions.ask("assign")}>
          Assign… <kbd>a</kbd>
        </button>
        <button
          type="button"
          class="button"
          disabled={state.selected.size < 2}
          onClick={() => actions.ask("merge")}
        >
          Merge… <kbd>m</kbd>
        </button>
        <button type="button" class="link bulk-wide" onClick={() => actions.selectAll(false)}>
          Clear <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}

interface IssueRowProps {
  issue: Issue;
  index: number;
  shown: Shown;
  active: boolean;
  selected: boolean;
  leaving: boolean;
  onToggle: (range: boolean) => void;
  onActivate: () => void;
}

function IssueRow(props: IssueRowProps): JSX.Element {
  const { issue, index, active, selected, leaving } = props;
  const href = issueHref(issue.id);
  const open = (event: MouseEvent): void => {
    const onControl = (event.target as Element).closest("a, button, label") !== null;
    const isSelecting = window.getSelection()?.isCollapsed === false;
    if (onControl || isSelecting || event.metaKey || event.ctrlKey || event.shiftKey) return;
    props.onActivate();
    navigate(href);
  };
  return (
    <div
      class={`issue-row opens ${selected ? "selected" : ""} ${leaving ? "leaving" : ""}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-id={issue.id}
      tabIndex={active ? 0 : -1}
      onClick={open}
    >
      <div role="cell" class="issue-check">
        <label>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select #${issue.id}`}
            checked={selected}
            onClick={(event) => {
              event.preventDefault();
              props.onToggle(event.shiftKey);
            }}
          />
        </label>
      </div>
      <div role="cell" class="issue-main">
        <LevelMark level={issue.level} />
        <IssueText issue={issue} shown={props.shown} onActivate={props.onActivate} />
      </div>
      <div role="cell" class="issue-bars">
        <EventBars series={issue.series} />
      </div>
      <div
        role="cell"
        class="right issue-events"
        title={`${counted(issue.events_total, "event")} ever`}
      >
        <Figure of={compact(issue.events)} />
      </div>
      <div role="cell" class="right issue-users">
        <Figure of={compact(issue.users)} />
      </div>
      <div role="cell" class="right muted issue-first_seen">
        <Moment at={issue.first_seen} as="ago" />
      </div>
      <div role="cell" class="right issue-last_seen">
        <Moment at={issue.last_seen} as="ago" />
      </div>
      <div role="cell" class="right">
        <Person name={issue.assignee} />
      </div>
    </div>
  );
}

type IssueTextProps = Pick<IssueRowProps, "issue" | "shown" | "onActivate">;

function IssueText({ issue, shown, onActivate }: IssueTextProps): JSX.Element {
  return (
    <div class="issue-text">
      <a class="issue-title clip" href={issueHref(issue.id)} onClick={onActivate}>
        <b>{firstLine(issueTitle(issue))}</b>
        {issue.type && <span dir="auto">{firstLine(issue.message)}</span>}
      </a>
      <div class="issue-note">
        <Badges of={issue} shown={shown} />
        <span class="issue-service">
          <Swatch service={issue.service} />
          {issue.service || "no service"}
        </span>
        <span class="clip" title={issue.culprit}>
          {visible(issue.culprit)}
        </span>
        <span class="faint issue-id">#{issue.id}</span>
        {issue.status_detail && (
          <span class="faint issue-id">{withTimes(issue.status_detail)}</span>
        )}
        {issue.comments > 0 && (
          <span class="faint issue-id">{counted(issue.comments, "comment")}</span>
        )}
      </div>
    </div>
  );
}
