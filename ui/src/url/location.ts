// The address bar as a signal, and moving between addresses.
// Invariants: the address holds the whole state of a view; links are plain <a href> that this module
// intercepts, so copying and opening in a tab always work; going back restores the scroll position.
import { signal } from "@preact/signals";

export interface Place {
  path: string;
  params: URLSearchParams;
}

/** Parameters that every view shares and links between views carry along. */
export const SHARED_PARAMS = ["from", "to", "environment", "live"] as const;

export type Patch = Record<string, string | readonly string[] | null>;

const SCROLLS_MAX = 100;
const scrolls = new Map<string, number>();

export const place = signal<Place>(readPlace());

function readPlace(): Place {
  if (typeof window === "undefined") return { path: "/", params: new URLSearchParams() };
  return { path: window.location.pathname, params: new URLSearchParams(window.location.search) };
}

/** The query string, with `:` `,` `/` `=` left readable. */
export function queryText(params: URLSearchParams): string {
  const text = params.toString();
  if (text === "") return "";
  return `?${text.replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%2F/g, "/").replace(/%3D/g, "=")}`;
}

/** `params` with a patch applied: null or empty removes, an array repeats the key. */
export function patchParams(params: URLSearchParams, patch: Patch): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [key, value] of Object.entries(patch)) {
    next.delete(key);
    const values = value === null ? [] : typeof value === "string" ? [value] : value;
    for (const item of values) if (item !== "") next.append(key, item);
  }
  return next;
}

/** An address in the page: the shared parameters of the current one, and `params`. */
export function hrefTo(path: string, params: Patch = {}): string {
  const shared = new URLSearchParams();
  for (const key of SHARED_PARAMS) {
    const value = place.value.params.get(key);
    if (value !== null) shared.set(key, value);
  }
  return path + queryText(patchParams(shared, params));
}

export function navigate(href: string, options: { replace?: boolean } = {}): void {
  const target = new URL(href, window.location.href);
  const next = target.pathname + queryText(target.searchParams);
  const samePath = target.pathname === place.value.path;
  if (next === window.location.pathname + window.location.search) return;
  if (options.replace) {
    history.replaceState(history.state, "", next);
  } else {
    rememberScroll();
    history.pushState({ key: newKey() }, "", next);
  }
  place.value = readPlace();
  if (!samePath) window.scrollTo(0, 0);
}

/** Changes parameters of the current view. */
export function setParams(patch: Patch, options: { replace?: boolean } = {}): void {
  navigate(place.value.path + queryText(patchParams(place.value.params, patch)), options);
}

export function param(key: string): string {
  return place.value.params.get(key) ?? "";
}

function newKey(): string {
  return Math.random().toString(36).slice(2, 10);
}

function currentKey(): string {
  const state = history.state as { key?: string } | null;
  return state?.key ?? "first";
}

function rememberScroll(): void {
  scrolls.set(currentKey(), window.scrollY);
  const oldest = scrolls.keys().next();
  if (scrolls.size > SCROLLS_MAX && !oldest.done) scrolls.delete(oldest.value);
}

function restoreScroll(): void {
  const top = scrolls.get(currentKey()) ?? 0;
  requestAnimationFrame(() => requestAnimationFrame(() => window.scrollTo(0, top)));
}

/** A left click without modifiers on a link into the page. */
function pageLink(event: MouseEvent): HTMLAnchorElement | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = (event.target as Element | null)?.closest("a");
  if (!link || link.target !== "" || link.hasAttribute("download")) return null;
  const inPage = link.origin === window.location.origin && !link.pathname.startsWith("/api/");
  return inPage ? link : null;
}

/** Starts listening; called once by `main`. */
export function startRouting(): void {
  history.scrollRestoration = "manual";
  let key = currentKey();
  window.addEventListener("scroll", () => scrolls.set(key, window.scrollY), { passive: true });
  window.addEventListener("popstate", () => {
    key = currentKey();
    place.value = readPlace();
    restoreScroll();
  });
  place.subscribe(() => (key = currentKey()));
  document.addEventListener("click", (event) => {
    const link = pageLink(event);
    if (!link) return;
    event.preventDefault();
    navigate(link.href);
  });
}
