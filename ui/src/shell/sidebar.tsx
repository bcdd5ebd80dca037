// The sidebar: where one can go, and the keys that go there.
// Invariants: lists only views that exist; the same list binds the `g …` keys and fills the help.
import type { JSX } from "preact";
import { Logo } from "../controls/icons";
import { hrefTo, place } from "../url/location";

export interface Destination {
  path: string;
  label: string;
  key: string;
}

export const DESTINATIONS: readonly { heading: string; items: readonly Destination[] }[] = [
  {
    heading: "Watch",
    items: [
      { path: "/", label: "Overview", key: "o" },
      { path: "/services", label: "Services", key: "s" },
      { path: "/map", label: "Service map", key: "p" },
      { path: "/traces", label: "Traces", key: "t" },
      { path: "/logs", label: "Logs", key: "l" },
      { path: "/explore", label: "Metrics", key: "m" },
      { path: "/dashboards", label: "Dashboards", key: "d" },
    ],
  },
  {
    heading: "Act",
    items: [
      { path: "/errors", label: "Errors", key: "e" },
      { path: "/releases", label: "Releases", key: "r" },
      { path: "/monitors", label: "Monitors", key: "c" },
    ],
  },
  {
    heading: "Ask",
    items: [{ path: "/sql", label: "SQL", key: "q" }],
  },
  {
    heading: "",
    items: [{ path: "/settings", label: "Settings", key: "," }],
  },
];

function isAt(path: string, here: string): boolean {
  return path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`);
}

export function Sidebar(): JSX.Element {
  const here = place.value.path;
  return (
    <nav class="sidebar" aria-label="Main">
      <a class="brand" href={hrefTo("/")}>
        <Logo />
        Plimsoll
      </a>
      {DESTINATIONS.map((group) => (
        <div class="sidebar-group" key={group.heading}>
          {group.heading && <h2>{group.heading}</h2>}
          {group.items.map((item) => {
            const current = isAt(item.path, here);
            return (
              <a
                key={item.path}
                href={hrefTo(item.path)}
                aria-current={current ? "page" : undefined}
              >
                {item.label}
                {!current && <kbd aria-hidden="true">g {item.key}</kbd>}
              </a>
            );
          })}
        </div>
      ))}
    </nav>
  );
}
