// The monitors: jobs that check in, whether they did, and when they should next.
// Invariants: the ones in trouble come first; which one is open is in the address.
import type { JSX } from "preact";
import { apiPath } from "../../api/query";
import { environment } from "../../api/refresh";
import { useResource } from "../../api/resource";
import type { Monitor, MonitorStatus } from "../../api/errors";
import { Moment, ServiceName, Tag } from "../../controls/figures";
import { Empty, ProblemNote } from "../../controls/notes";
import { visible } from "../../errors/badges";
import { claimColours } from "../../format/colour";
import { counted, durationMs, text } from "../../format/quantity";
import { useTitle } from "../../shell/title";
import "../../styles/releases.css";
import { DataTable, type Column } from "../../table/data_table";
import { hrefTo, param } from "../../url/location";
import { MonitorPanel } from "./monitor_panel";
import { STATUS_LOOKS } from "./status";

/** The order of urgency. */
const RANKS: readonly MonitorStatus[] = [
  "missed",
  "error",
  "timeout",
  "late",
  "in_progress",
  "waiting",
  "ok",
];

export function byUrgency(monitors: readonly Monitor[]): Monitor[] {
  return [...monitors].sort(
    (a, b) =>
      RANKS.indexOf(a.status) - RANKS.indexOf(b.status) ||
      a.slug.localeCompare(b.slug) ||
      a.environment.localeCompare(b.environment),
  );
}

export function MonitorsPage(): JSX.Element {
  useTitle({ text: "Monitors" });
  const { data, problem, stale, reload } = useResource<{ monitors: Monitor[] }>(
    apiPath("/monitors"),
  );
  const where = environment.value;
  const all = data?.monitors ?? [];
  const shown = byUrgency(all.filter((one) => where === "" || one.environment === where));
  claimColours(all.map(({ service }) => service));
  const open = shown.find(({ slug }) => slug === param("monitor"));
  const failing = shown.filter(({ status }) => STATUS_LOOKS[status]?.tone === "bad").length;
  return (
    <>
      <ProblemNote problem={problem} />
      {shown.length > 0 && (
        <div class={open ? "split" : ""}>
          <section class="panel">
            <h2 class="panel-head">
              <span>
                {counted(shown.length, "monitor")}{" "}
                <span class={`panel-note ${failing > 0 ? "bad" : ""}`}>
                  {failing > 0 ? `${failing} in trouble` : "all as they should be"}
                </span>
              </span>
            </h2>
            <DataTable
              label="Monitors"
              columns={COLUMNS}
              rows={shown}
              keyOf={(row) => `${row.slug}\n${row.environment}`}
              hrefOf={(row) => monitorHref(row.slug)}
              rowHeight={40}
              dimmed={stale}
            />
          </section>
          {open && <MonitorPanel key={open.slug} monitor={open} onDeleted={reload} />}
        </div>
      )}
      {data && shown.length === 0 && <NoMonitors filtered={all.length > 0} />}
    </>
  );
}

function monitorHref(slug: string): string {
  return hrefTo("/monitors", { monitor: slug === param("monitor") ? null : slug });
}

function NoMonitors({ filtered }: { filtered: boolean }): JSX.Element {
  if (filtered) return <Empty title="No monitor in this environment" />;
  return (
    <Empty title="No job checks in yet">
      <p>
        A job that a Sentry SDK watches (its crons feature) shows here with its first check-in: when
        it ran, for how long, and when it should have but did not.
      </p>
      <a class="link" href={hrefTo("/settings")}>
        Data source names are under Settings
      </a>
    </Empty>
  );
}

const COLUMNS: readonly Column<Monitor>[] = [
  {
    key: "slug",
    title: "Monitor",
    width: "minmax(96px, 1.2fr)",
    cell: (row) => (
      <a class="cell-link clip" href={monitorHref(row.slug)} title={row.slug}>
        {visible(row.slug)}
      </a>
    ),
  },
  {
    key: "status",
    title: "Status",
    width: "92px",
    cell: (row) => <Status of={row.status} />,
  },
  {
    key: "recent",
    title: "Lately",
    width: "minmax(120px, 1fr)",
    hideBelow: 560,
    cell: (row) => <Strip of={row.recent} />,
  },
  {
    key: "schedule",
    title: "Schedule",
    width: "minmax(120px, 1fr)",
    hideBelow: 820,
    cell: (row) => (
      <span class="mono muted" title={row.timezone}>
        {visible(row.schedule)}
      </span>
    ),
  },
  {
    key: "service",
    title: "Service",
    width: "minmax(100px, .8fr)",
    hideBelow: 940,
    cell: (row) => <ServiceName name={row.service} />,
  },
  {
    key: "environment",
    title: "Environment",
    width: "96px",
    hideBelow: 1040,
    cell: (row) => <span class="muted">{visible(row.environment || "–")}</span>,
  },
  {
    key: "duration",
    title: "Took",
    width: "72px",
    align: "right",
    hideBelow: 940,
    cell: (row) => (
      <span class="muted">
        {row.last_duration_seconds === null
          ? "–"
          : text(durationMs(row.last_duration_seconds * 1000))}
      </span>
    ),
  },
  {
    key: "last",
    title: "Last",
    width: "88px",
    align: "right",
    cell: (row) => <Moment at={row.last_check_in} as="ago" />,
  },
  {
    key: "next",
    title: "Next",
    width: "88px",
    align: "right",
    hideBelow: 640,
    cell: (row) => (
      <span class="muted">
        <Moment at={row.next_expected} as="ago" />
      </span>
    ),
  },
];

export function Status({ of: status }: { of: MonitorStatus }): JSX.Element {
  const look = STATUS_LOOKS[status];
  return <Tag tone={look?.tone ?? "plain"}>{look?.text ?? status}</Tag>;
}

const RECENT_MAX = 40;

function Strip({ of: recent }: { of: readonly MonitorStatus[] }): JSX.Element {
  const shown = recent.slice(-RECENT_MAX);
  const said = shown.map((one) => STATUS_LOOKS[one]?.text ?? one).join(", ");
  return (
    <span class="check-ins" role="img" aria-label={`oldest first: ${said || "none"}`}>
      {shown.map((status, index) => (
        <i key={index} class={STATUS_LOOKS[status]?.tone ?? "plain"} title={status} />
      ))}
    </span>
  );
}
