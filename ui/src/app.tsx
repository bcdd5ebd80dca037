// The page as a whole: sign-in or shell, and which view an address shows.
// Invariant: a view is chosen by the path alone; the views read everything else from the address.
import type { JSX } from "preact";
import { range, refreshNow, setRange, toggleLive } from "./api/refresh";
import { signedOut } from "./api/client";
import { Empty } from "./controls/notes";
import { Toasts, undoLast } from "./controls/toasts";
import { LogsPage } from "./pages/logs/logs_page";
import { OverviewPage } from "./pages/overview/overview_page";
import { ServicePage } from "./pages/services/service_page";
import { ServicesPage } from "./pages/services/services_page";
import { SettingsPage } from "./pages/settings/settings_page";
import { SqlPage } from "./pages/sql/sql_page";
import { TracePage } from "./pages/trace/trace_page";
import { TracesPage } from "./pages/traces/traces_page";
import { Header } from "./shell/header";
import { Help } from "./shell/help";
import { lazyView } from "./shell/lazy";
import { bindKeys, helpOpen } from "./shell/keyboard";
import { focusSearch } from "./shell/search";
import { DESTINATIONS, Sidebar } from "./shell/sidebar";
import { SignIn } from "./shell/sign_in";
import { useTitle } from "./shell/title";
import { shiftRange, widenRange } from "./time/range";
import { hrefTo, navigate, place } from "./url/location";

const Dashboards = lazyView(() => import("./pages/dashboards").then((module) => module.Dashboards));
const MapPage = lazyView(() => import("./pages/map/map_page").then((module) => module.MapPage));
const InboxPage = lazyView(() =>
  import("./pages/errors/inbox_page").then((module) => module.InboxPage),
);
const IssuePage = lazyView(() =>
  import("./pages/errors/issue_page").then((module) => module.IssuePage),
);
const RulesPage = lazyView(() =>
  import("./pages/errors/rules_page").then((module) => module.RulesPage),
);
const ReleasesPage = lazyView(() =>
  import("./pages/releases/releases_page").then((module) => module.ReleasesPage),
);
const MonitorsPage = lazyView(() =>
  import("./pages/monitors/monitors_page").then((module) => module.MonitorsPage),
);
const MetricsPage = lazyView(() =>
  import("./pages/metrics/metrics_page").then((module) => module.MetricsPage),
);

export function bindShellKeys(): void {
  for (const { path, key } of DESTINATIONS.flatMap((group) => group.items)) {
    bindKeys({ [`g ${key}`]: () => navigate(hrefTo(path)) });
  }
  bindKeys({
    "/": focusSearch,
    "?": () => (helpOpen.value = true),
    "[": () => setRange(shiftRange(range.value, -1, Date.now())),
    "]": () => setRange(shiftRange(range.value, 1, Date.now())),
    "-": () => setRange(widenRange(range.value, Date.now())),
    r: refreshNow,
    v: toggleLive,
    z: () => void undoLast(),
  });
}

export function App(): JSX.Element {
  if (signedOut.value || place.value.path === "/sign-in") return <SignIn />;
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <Sidebar />
      <div class="column">
        <Header />
        <main id="main" tabIndex={-1}>
          <View path={place.value.path} />
        </main>
      </div>
      <Help />
      <Toasts />
    </div>
  );
}

function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function View({ path }: { path: string }): JSX.Element {
  const [first = "", second = "", ...rest] = path.split("/").slice(1).map(decodePart);
  if (rest.length > 0) return <NotFound path={path} />;
  if (second !== "") {
    if (first === "services") return <ServicePage key={second} name={second} />;
    if (first === "dashboards") return <Dashboards id={second} />;
    if (first === "errors" && second === "rules") return <RulesPage />;
    if (first === "errors" && /^\d{1,15}$/.test(second))
      return <IssuePage key={second} id={Number(second)} />;
    if (first === "traces") return <TracePage key={second} traceId={second} />;
    return <NotFound path={path} />;
  }
  switch (first) {
    case "":
      return <OverviewPage />;
    case "services":
      return <ServicesPage />;
    case "traces":
      return <TracesPage />;
    case "logs":
      return <LogsPage />;
    case "dashboards":
      return <Dashboards id="" />;
    case "errors":
      return <InboxPage />;
    case "releases":
      return <ReleasesPage />;
    case "monitors":
      return <MonitorsPage />;
    case "map":
      return <MapPage />;
    case "explore":
      return <MetricsPage />;
    case "sql":
      return <SqlPage />;
    case "settings":
      return <SettingsPage />;
    default:
      return <NotFound path={path} />;
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function NotFound({ path }: { path: string }): JSX.Element {
  useTitle({ text: "Not found" });
  return (
    <Empty title={`Nothing is at ${path}`}>
      <p>
        Press <kbd>g</kbd> <kbd>o</kbd> for the overview, or <kbd>?</kbd> for all keys.
      </p>
      <a class="button" href={hrefTo("/")}>
        Overview
      </a>
    </Empty>
  );
}
