// The colour theme: light, dark or the system's.
// Invariant: public/theme.js applies the same choice before the first paint, from the same key.
import { computed, effect, signal } from "@preact/signals";

export type ThemeChoice = "system" | "light" | "dark";

const KEY = "plimsoll.theme";

export const themeChoice = signal<ThemeChoice>(stored());
const systemIsDark = signal(false);

/** The theme on screen; charts redraw when it changes. */
export const theme = computed<"light" | "dark">(() => {
  if (themeChoice.value !== "system") return themeChoice.value;
  return systemIsDark.value ? "dark" : "light";
});

function stored(): ThemeChoice {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === "light" || choice === "dark" ? choice : "system";
  } catch {
    return "system";
  }
}

export function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice;
  try {
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    return; // Without storage the choice holds for this visit.
  }
}

/** Follows the system and keeps the document's attribute; called once by `main`. */
export function startTheme(): void {
  const query = window.matchMedia("(prefers-color-scheme: dark)");
  systemIsDark.value = query.matches;
  query.addEventListener("change", () => (systemIsDark.value = query.matches));
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
  });
}
