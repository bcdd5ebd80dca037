// How the status of a monitor is called and set.
import type { MonitorStatus } from "../../api/errors";
import type { Tone } from "../../controls/figures";

export const STATUS_LOOKS: Record<MonitorStatus, { text: string; tone: Tone }> = {
  ok: { text: "ok", tone: "ok" },
  error: { text: "failed", tone: "bad" },
  missed: { text: "missed", tone: "bad" },
  timeout: { text: "timed out", tone: "bad" },
  late: { text: "late", tone: "warn" },
  in_progress: { text: "running", tone: "plain" },
  waiting: { text: "waiting", tone: "plain" },
};
