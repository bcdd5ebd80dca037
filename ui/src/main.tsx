// Entry point: start what listens, ask who is signed in, draw.
import { render } from "preact";
import "./styles/tokens.css";
import "./styles/fonts.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/controls.css";
import "./styles/table.css";
import "./styles/chart.css";
import "./styles/pages.css";
import "./styles/trace.css";
import "./styles/logs.css";
import { startRefreshing } from "./api/refresh";
import { App, bindShellKeys } from "./app";
import { startKeyboard } from "./shell/keyboard";
import { loadSession } from "./shell/session";
import { startTheme } from "./shell/theme";
import { startRouting } from "./url/location";

startTheme();
startRouting();
startKeyboard();
startRefreshing();
bindShellKeys();
void loadSession();

const root = document.getElementById("app");
if (root) render(<App />, root);
