// The severity of a log record: its name and its colour.
// Invariant: follows the numbers of the OpenTelemetry log model (1–4 trace … 21–24 fatal).
import type { JSX } from "preact";
import type { LogRecord } from "../../api/types";

export type Severity = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

export const SEVERITIES: readonly Severity[] = ["trace", "debug", "info", "warn", "error", "fatal"];

export function severityOf(number: number): Severity | null {
  if (number < 1 || number > 24) return null;
  return SEVERITIES[Math.floor((number - 1) / 4)] ?? null;
}

export function SeverityTag({
  of,
}: {
  of: Pick<LogRecord, "severity_number" | "severity_text">;
}): JSX.Element {
  const severity = severityOf(of.severity_number);
  const name = severity ?? (of.severity_text.toLowerCase().slice(0, 5) || "–");
  return (
    <span class={`severity severity-${severity ?? "none"}`} title={of.severity_text || name}>
      {name}
    </span>
  );
}
