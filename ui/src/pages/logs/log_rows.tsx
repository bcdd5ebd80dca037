// The list of log records, one line each, opened in place.
// Invariants: rows are drawn on demand though opened ones differ in height; which are open survives
// new rows above, since it is kept by record and not by position.
import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Pages } from "../../api/pages";
import type { LogRecord } from "../../api/types";
import { useActiveRow } from "../../table/active_row";
import { RowLayout } from "../../table/layout";
import { VirtualRows } from "../../table/virtual_rows";
import { LogCells, recordText } from "./log_cells";
import { LogDetail } from "./log_detail";
import { severityOf } from "./severity";

const ROW_PX = 24;

export function recordKey(record: LogRecord): string {
  const { time_unix_nano: time, service, trace_id: trace, span_id: span, body } = record;
  return [
    time,
    service,
    trace ?? "",
    span ?? "",
    record.severity_number,
    body.length,
    body.slice(0, 80),
  ].join("\n");
}

/** A key per row; records that are equal in every respect are told apart by their count. */
function uniqueKeys(rows: readonly LogRecord[]): string[] {
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const key = recordKey(row);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return times === 0 ? key : `${key}\n${times}`;
  });
}

/** Which records are open, by key, with the height of their detail once it is known. */
function useOpenRecords(keys: readonly string[]): OpenRecords {
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map());
  const layout = useMemo(() => {
    const extras = new Map<number, number>();
    if (heights.size > 0) {
      keys.forEach((key, index) => {
        const height = heights.get(key);
        if (height !== undefined) extras.set(index, height);
      });
    }
    return new RowLayout(keys.length, ROW_PX, extras);
  }, [keys, heights]);
  const toggle = (key: string): void => {
    const next = new Map(heights);
    if (!next.delete(key)) next.set(key, 0);
    setHeights(next);
  };
  const measured = (key: string, height: number): void =>
    setHeights((now) =>
      now.has(key) && now.get(key) !== height ? new Map(now).set(key, height) : now,
    );
  return { layout, isOpen: (key) => heights.has(key), toggle, measured };
}

interface OpenRecords {
  layout: RowLayout;
  isOpen: (key: string) => boolean;
  toggle: (key: string) => void;
  measured: (key: string, height: number) => void;
}

export function LogRows({ pages }: { pages: Pages<LogRecord> }): JSX.Element {
  const { rows, prepended } = pages;
  const root = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const keys = useMemo(() => uniqueKeys(rows), [rows]);
  const { layout, isOpen, toggle, measured } = useOpenRecords(keys);
  const toggleAt = (index: number): void => {
    const key = keys[index];
    if (key === undefined) return;
    toggle(key);
    setActive(index);
  };
  const [active, setActive] = useActiveRow({ root, body, layout, prepended, onOpen: toggleAt });

  return (
    <section
      class={`panel logs ${pages.stale ? "dimmed" : ""}`}
      aria-label="Log records"
      ref={root}
    >
      <div role="table" aria-label="Log records" aria-rowcount={rows.length}>
        <VirtualRows
          layout={layout}
          handle={body}
          onNearEnd={pages.loadMore}
          render={(index) => {
            const row = rows[index];
            const key = keys[index];
            if (!row || key === undefined) return null;
            return (
              <LogRow
                key={key}
                record={row}
                index={index}
                active={index === active}
                open={isOpen(key)}
                onToggle={() => toggleAt(index)}
                onMeasured={(height) => measured(key, height)}
              />
            );
          }}
        />
      </div>
      {pages.hasMore && (
        <button type="button" class="button more" onClick={pages.loadMore}>
          Load more
        </button>
      )}
    </section>
  );
}

interface LogRowProps {
  record: LogRecord;
  index: number;
  active: boolean;
  open: boolean;
  onToggle: () => void;
  onMeasured: (height: number) => void;
}

function LogRow({ record, index, active, open, onToggle, onMeasured }: LogRowProps): JSX.Element {
  const severity = severityOf(record.severity_number);
  return (
    <div role="presentation" class={`log ${open ? "open" : ""} log-${severity ?? "none"}`}>
      <div
        class="log-row"
        role="row"
        aria-rowindex={index + 1}
        aria-expanded={open}
        data-index={index}
        tabIndex={active ? 0 : -1}
        onClick={() => window.getSelection()?.isCollapsed && onToggle()}
      >
        <LogCells of={record}>
          <span role="cell" class="clip">
            {recordText(record)}
          </span>
        </LogCells>
      </div>
      {open && (
        <Measured onMeasured={onMeasured}>
          <LogDetail record={record} />
        </Measured>
      )}
    </div>
  );
}

function Measured({
  onMeasured,
  children,
}: {
  onMeasured: (height: number) => void;
  children: JSX.Element;
}): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const report = (): void => onMeasured(element.offsetHeight);
    report();
    const observer = new ResizeObserver(report);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div class="log-detail" role="row" ref={ref}>
      <div role="cell">{children}</div>
    </div>
  );
}
