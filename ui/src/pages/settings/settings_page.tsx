// Settings: who is signed in, the API tokens, where to send telemetry, what is stored.
// Invariant: each section loads and fails on its own.
import type { JSX } from "preact";
import { Segmented } from "../../controls/buttons";
import { Moment } from "../../controls/figures";
import { EndpointLines } from "../../controls/notes";
import { session, signOut } from "../../shell/session";
import { chooseTheme, themeChoice } from "../../shell/theme";
import { useTitle } from "../../shell/title";
import { Projects } from "./projects";
import { Storage } from "./storage";
import { Tokens } from "./tokens";

export function SettingsPage(): JSX.Element {
  useTitle({ text: "Settings" });
  return (
    <div class="stack">
      <div class="pair">
        <You />
        <section class="panel">
          <h2 class="panel-head">Send telemetry here</h2>
          <div class="panel-body">
            <EndpointLines />
          </div>
        </section>
      </div>
      <Projects />
      <Tokens />
      <Storage />
    </div>
  );
}

function You(): JSX.Element {
  const now = session.value;
  return (
    <section class="panel">
      <h2 class="panel-head">This browser</h2>
      <dl class="settings panel-body">
        <div>
          <dt>Signed in as</dt>
          <dd>{now ? `${now.role}, by ${now.name}` : "–"}</dd>
        </div>
        <div>
          <dt>Session ends</dt>
          <dd>{now?.expires_at ? <Moment at={now.expires_at} as="ago" /> : "–"}</dd>
        </div>
        <div>
          <dt>Theme</dt>
          <dd>
            <Segmented
              label="Theme"
              value={themeChoice.value}
              options={[
                { value: "system", label: "System" },
                { value: "light", label: "Light" },
                { value: "dark", label: "Dark" },
              ]}
              onChange={chooseTheme}
            />
          </dd>
        </div>
        <div>
          <dt>Keyboard</dt>
          <dd>
            <kbd>?</kbd> lists the keys
          </dd>
        </div>
        <div>
          <dt>API</dt>
          <dd>
            <a class="link" href="/api/docs">
              Every endpoint
            </a>
          </dd>
        </div>
      </dl>
      <div class="panel-body">
        <button type="button" class="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </section>
  );
}
