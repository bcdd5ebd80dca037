// Sets the theme before the first paint; src/shell/theme.ts owns it afterwards.
// Invariant: reads only the key that theme.ts writes, and never throws where storage is forbidden.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("plimsoll.theme");
  } catch {
    choice = null;
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
