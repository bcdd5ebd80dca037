// The bar on top: title, search, environment, time range, Live, theme.
// Invariants: what it sets is in the address, except the theme, which belongs to the browser; a view
// that has no range and no environment shows neither.
import type { JSX } from "preact";
import { underWay } from "../api/client";
import { environment, live, nowMs, range, toggleLive } from "../api/refresh";
import { apiPath } from "../api/query";
import { useResource } from "../api/resource";
import type { Dashboard } from "../api/types";
import { CopyButton } from "../controls/buttons";
import { Icon } from "../controls/icons";
import { Choices, Popover } from "../controls/popover";
import { rangeLabel } from "../time/range";
import { place, setParams } from "../url/location";
import { RangePanel } from "./range_panel";
import { Search } from "./search";
import { chooseTheme, themeChoice, type ThemeChoice } from "./theme";
import { title } from "./title";

export function Header(): JSX.Element {
  const { text, id, parent } = title.value;
  return (
    <header class="header">
      <h1 class="clip">
        {parent && (
          <>
            <a class="crumb" href={parent.href}>
              {parent.text}
            </a>
            <span class="crumb-mark">/</span>
          </>
        )}
        {text}
      </h1>
      {id && (
        <span class="header-id">
          <span class="mono faint clip">{id}</span>
          <CopyButton text={id} label="copy the trace id" />
        </span>
      )}
      <span class="grow" />
      <Search />
      {!TIMELESS.has(place.value.path) && <Scope />}
      <ThemeButton />
      <Progress />
    </header>
  );
}

/** What a query says itself, and what settings do not depend on. */
const TIMELESS: ReadonlySet<string> = new Set(["/sql", "/settings", "/dashboards"]);

/** What is listed as it is now, whatever the range. */
const RANGELESS: ReadonlySet<string> = new Set(["/releases", "/monitors"]);

/** Whose queries say themselves which environment they are about. */
function saysEnvironment(path: string): boolean {
  return path === "/explore" || path.startsWith("/dashboards/");
}

/** Which telemetry the view is about: environment and time. */
function Scope(): JSX.Element {
  return (
    <>
      {!saysEnvironment(place.value.path) && <EnvironmentPicker />}
      {!RANGELESS.has(place.value.path) && (
        <Popover
          label={`Time range: ${rangeLabel(range.value, nowMs.value)}`}
          trigger={rangeLabel(range.value, nowMs.value)}
          class="range-picker"
        >
          {(close) => <RangePanel onDone={close} />}
        </Popover>
      )}
      <button
        type="button"
        class={`field live ${live.value ? "on" : ""}`}
        aria-pressed={live.value}
        title="refresh every 5 seconds"
        onClick={toggleLive}
      >
        Live
      </button>
    </>
  );
}

/** A line that shows only where an answer takes longer than a moment. */
function Progress(): JSX.Element | null {
  return underWay.value > 0 ? (
    <span class="progress" role="progressbar" aria-label="Loading" />
  ) : null;
}

function EnvironmentPicker(): JSX.Element {
  const current = environment.value;
  const choose = (close: () => void) => (value: string) => {
    setParams({ environment: value });
    close();
  };
  return (
    <Popover
      label={`Environment: ${current || "all"}`}
      trigger={<span class="clip">{current || "All environments"}</span>}
      class="environment"
    >
      {(close) => <EnvironmentChoices current={current} onChoose={choose(close)} />}
    </Popover>
  );
}

function EnvironmentChoices({
  current,
  onChoose,
}: {
  current: string;
  onChoose: (value: string) => void;
}): JSX.Element {
  const answer = useResource<Dashboard>(apiPath("/monitoring/dashboard", { ...range.value }), {
    live: false,
  });
  const known = new Set(answer.data?.environments ?? []);
  if (current) known.add(current);
  const options = [
    { value: "", label: "All environments" },
    ...[...known].sort().map((value) => ({ value, label: value })),
  ];
  return <Choices label="Environment" value={current} options={options} onChoose={onChoose} />;
}

const THEMES: Record<
  ThemeChoice,
  { next: ThemeChoice; icon: "system" | "sun" | "moon"; label: string }
> = {
  system: { next: "light", icon: "system", label: "Theme: as the system" },
  light: { next: "dark", icon: "sun", label: "Theme: light" },
  dark: { next: "system", icon: "moon", label: "Theme: dark" },
};

function ThemeButton(): JSX.Element {
  const now = THEMES[themeChoice.value];
  return (
    <button
      type="button"
      class="field square"
      aria-label={now.label}
      title={now.label}
      onClick={() => chooseTheme(now.next)}
    >
      <Icon name={now.icon} />
    </button>
  );
}
