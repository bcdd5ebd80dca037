// One log record on one line, as the list of records and the panels of dashboards show it.
import type { ComponentChildren, JSX } from "preact";
import type { LogRecord } from "../../api/types";
import { Moment, Swatch } from "../../controls/figures";
import { SeverityTag } from "./severity";

/** What a record says; never empty. */
export function recordText(record: LogRecord): string {
  return record.body || record.event_name || "(empty body)";
}

interface LogCellsProps {
  of: LogRecord;
  /** The cell with the text. */
  children: ComponentChildren;
}

export function LogCells({ of: record, children }: LogCellsProps): JSX.Element {
  return (
    <>
      <span role="cell" class="faint">
        <Moment at={BigInt(record.time_unix_nano)} />
      </span>
      <span role="cell">
        <SeverityTag of={record} />
      </span>
      <span role="cell" class="muted clip">
        <Swatch service={record.service} />
        {record.service}
      </span>
      {children}
    </>
  );
}
