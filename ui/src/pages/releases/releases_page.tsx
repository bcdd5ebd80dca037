// The releases: what was deployed where, which new issues each brought, and how many sessions broke.
// Invariant: a version leads to the issues seen in it, its new ones to those that it brought.
import type { JSX } from "preact";
import { usePages } from "../../api/pages";
import type { Release } from "../../api/errors";
import { apiPath } from "../../api/query";
import { environment } from "../../api/refresh";
import { Figure, Moment, Swatch, Tag } from "../../controls/figures";
import { Empty, ProblemNote } from "../../controls/notes";
import { visible } from "../../errors/badges";
import { inboxHref } from "../../errors/links";
import { claimColours } from "../../format/colour";
import { compact, counted, percent, text } from "../../format/quantity";
import { useTitle } from "../../shell/title";
import "../../styles/releases.css";
import { DataTable, type Column } from "../../table/data_table";
import { hrefTo, param, setParams } from "../../url/location";
import { ServicePicker } from "../traces/trace_filters";

const PAGE_ROWS = 100;

export function ReleasesPage(): JSX.Element {
  useTitle({ text: "Releases" });
  const pages = usePages<Release>({
    path: apiPath("/releases", {
      service: param("service"),
      environment: environment.value,
      limit: PAGE_ROWS,
    }),
    read: (answer) => {
      const { releases, next_cursor: next } = answer as {
        releases: Release[];
        next_cursor: string | null;
      };
      const rows = releases.map((one) => ({
        ...one,
        services: one.services ?? [],
        deploys: one.deploys ?? [],
      }));
      return { rows, nextCursor: next };
    },
    keyOf: (row) => row.version,
    newestFirst: true,
  });
  claimColours(pages.rows.flatMap(({ services }) => services));
  const nothing = pages.rows.length === 0 && !pages.loading && !pages.problem;
  return (
    <>
      <section class="panel filters" aria-label="Conditions">
        <ServicePicker />
      </section>
      <ProblemNote problem={pages.problem} />
      {pages.rows.length > 0 && (
        <section class="panel">
          <h2 class="panel-head">
            <span>
              {counted(pages.rows.length, "release")}
              {pages.hasMore && "+"} <span class="panel-note">newest first</span>
            </span>
          </h2>
          <DataTable
            label="Releases"
            columns={COLUMNS}
            rows={pages.rows}
            keyOf={(row) => row.version}
            hrefOf={(row) => issuesHref(row)}
            rowHeight={44}
            prepended={pages.prepended}
            onNearEnd={pages.loadMore}
            dimmed={pages.stale}
          />
        </section>
      )}
      {nothing && (param("service") ? <NoneHere /> : <NoReleases />)}
    </>
  );
}

function issuesHref({ version }: Release): string {
  return inboxHref({ release: version, status: "all" });
}

function NoneHere(): JSX.Element {
  return (
    <Empty title="No release of this service">
      <button type="button" class="button" onClick={() => setParams({ service: null })}>
        All services
      </button>
    </Empty>
  );
}

function NoReleases(): JSX.Element {
  const line = `curl ${window.location.origin}/api/v1/releases -H "authorization: Bearer TOKEN" \\
  -H "content-type: application/json" \\
  -d '{"version": "1.4.2", "projects": ["checkout"]}'`;
  return (
    <Empty title="No release is known yet">
      <p>
        A release shows here by itself once an event, a session or a span names its version. What
        was deployed where is told after each deploy:
      </p>
      <div class="code-block">
        <pre>{line}</pre>
      </div>
      <a class="link" href="/api/docs">
        Releases and deploys in the API
      </a>
    </Empty>
  );
}

const COLUMNS: readonly Column<Release>[] = [
  {
    key: "version",
    title: "Version",
    width: "minmax(120px, 1.2fr)",
    cell: (row) => (
      <a class="cell-link mono clip" href={issuesHref(row)} title={row.version}>
        {visible(row.version)}
      </a>
    ),
  },
  {
    key: "services",
    title: "Services",
    width: "minmax(110px, 1.1fr)",
    hideBelow: 900,
    cell: (row) => <Services of={row.services} />,
  },
  {
    key: "deploys",
    title: "Deployed",
    width: "minmax(158px, 1.2fr)",
    hideBelow: 560,
    cell: (row) => <Deployed of={row} />,
  },
  {
    key: "new",
    title: "New issues",
    width: "76px",
    align: "right",
    cell: (row) => (
      <a
        class={row.new_issues > 0 ? "bad" : "faint"}
        href={inboxHref({ release: row.version, status: "all", q: "is:new" })}
      >
        <Figure of={compact(row.new_issues)} />
      </a>
    ),
  },
  {
    key: "events",
    title: "Events",
    width: "64px",
    align: "right",
    cell: (row) => <Figure of={compact(row.events)} />,
  },
  {
    key: "sessions",
    title: "Crash-free sessions",
    width: "minmax(116px, .8fr)",
    hideBelow: 760,
    cell: (row) => <CrashFree share={row.sessions?.crash_free_sessions ?? null} of={row} />,
  },
  {
    key: "users",
    title: "Crash-free users",
    width: "minmax(116px, .8fr)",
    hideBelow: 1040,
    cell: (row) => <CrashFree share={row.sessions?.crash_free_users ?? null} of={row} />,
  },
  {
    key: "first",
    title: "First event",
    width: "84px",
    align: "right",
    hideBelow: 1040,
    cell: (row) => (
      <span class="muted">
        <Moment at={row.first_event} as="ago" />
      </span>
    ),
  },
  {
    key: "last",
    title: "Last event",
    width: "84px",
    align: "right",
    hideBelow: 640,
    cell: (row) => (
      <span class="muted">
        <Moment at={row.last_event} as="ago" />
      </span>
    ),
  },
];

function Services({ of: services }: { of: readonly string[] }): JSX.Element {
  const [first, ...more] = services;
  if (first === undefined) return <span class="faint">–</span>;
  return (
    <span class="service" title={services.join(", ")}>
      <a class="clip" href={hrefTo(`/services/${encodeURIComponent(first)}`)}>
        <Swatch service={first} />
        {first}
      </a>
      {more.length > 0 && <span class="faint release-more">+{more.length}</span>}
    </span>
  );
}

/** Where it runs by now: the last deploy to each environment. */
function Deployed({ of: { deploys } }: { of: Release }): JSX.Element {
  const last = new Map<string, string>();
  for (const { environment: where, finished_at: at } of deploys)
    if (at > (last.get(where) ?? "")) last.set(where, at);
  if (last.size === 0) return <span class="faint">–</span>;
  const [first, ...more] = [...last].sort((a, b) => (a[1] < b[1] ? 1 : -1));
  return (
    <span class="release-deploys" title={[...last.keys()].join(", ")}>
      {first && (
        <>
          <Tag>{visible(first[0] || "somewhere")}</Tag>
          <span class="muted">
            <Moment at={first[1]} as="ago" />
          </span>
        </>
      )}
      {more.length > 0 && <span class="faint">+{more.length}</span>}
    </span>
  );
}

/** From this share on a release counts as sound, and below the other as broken. */
const [SOUND, BROKEN] = [0.995, 0.98];

function CrashFree({
  share,
  of: { sessions },
}: {
  share: number | null;
  of: Release;
}): JSX.Element {
  if (share === null || !sessions) return <span class="faint">–</span>;
  const tone = share >= SOUND ? "ok" : share >= BROKEN ? "warn" : "bad";
  return (
    <span
      class="crash-free"
      title={`${counted(sessions.total, "session")}, ${sessions.crashed} crashed, ${sessions.errored} with errors`}
    >
      <span class="meter">
        <i class={tone} style={{ width: `${barShare(share) * 100}%` }} />
      </span>
      <span class="figure">{text(percent(share))}</span>
    </span>
  );
}

/** All that matters happens between nine tenths and all, so the bar shows that part alone. */
export function barShare(share: number): number {
  return Math.max(0.02, Math.min(1, (share - 0.9) / 0.1));
}
