// What the inbox says where it has nothing: all is done, nothing matches, or nothing ever came.
// Invariant: how to send errors shows only while none was ever received.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Inbox, Project } from "../../api/errors";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import { CopyButton, Segmented } from "../../controls/buttons";
import { Icon } from "../../controls/icons";
import { ClearOrWiden, EndpointLines, WidenButton } from "../../controls/notes";
import { samples } from "../../errors/samples";
import { CONDITION_KEYS, type Shown } from "../../errors/search";
import { hrefTo } from "../../url/location";

interface NoIssuesProps {
  filtered: boolean;
  shown: Shown;
}

/** Whether there was an error within as long as anything is kept. */
const EVER = apiPath("/monitoring/errors", { status: "all", from: "-400d", limit: 1 });

export function NoIssues({ filtered, shown }: NoIssuesProps): JSX.Element {
  const projects = useResource<{ projects: Project[] }>(apiPath("/errors/projects"));
  const ever = useResource<Inbox>(filtered ? null : EVER);
  if (filtered) return <NothingFound />;
  if (!ever.data && !ever.problem) return <></>;
  if (ever.data && ever.data.issues.length === 0)
    return <FirstErrors project={projects.data?.projects[0] ?? null} />;
  return (
    <div class="inbox-empty">
      <Icon name="check" size={22} />
      <b>{shown === "unresolved" ? "Nothing is unresolved" : `Nothing ${shown}`} in this range</b>
      <WidenButton />
    </div>
  );
}

function NothingFound(): JSX.Element {
  return (
    <div class="inbox-empty">
      <b>No issue meets these conditions in this range</b>
      <ClearOrWiden keys={[...CONDITION_KEYS, "environment"]} />
    </div>
  );
}

function FirstErrors({ project }: { project: Project | null }): JSX.Element {
  const [language, setLanguage] = useState("Python");
  const dsn = project?.keys.find((key) => key.active)?.dsn ?? "";
  const shown = samples(dsn);
  const sample = shown.find((one) => one.language === language) ?? shown[0];
  return (
    <div class="first-errors">
      <h2>No error was received yet</h2>
      <p class="muted">
        Any Sentry SDK can send its errors here: give it this data source name. Exceptions that
        OpenTelemetry SDKs record arrive by themselves, from spans and from log records.
      </p>
      {dsn ? (
        <div class="command">
          <code>{dsn}</code>
          <CopyButton text={dsn} label="copy the data source name" />
        </div>
      ) : (
        <p>
          <a class="link" href={hrefTo("/settings")}>
            Make a project
          </a>{" "}
          to get a data source name.
        </p>
      )}
      {dsn && sample && (
        <>
          <Segmented
            label="Language"
            value={sample.language}
            options={shown.map((one) => ({ value: one.language, label: one.language }))}
            onChange={setLanguage}
          />
          <div class="command">
            <code>{sample.install}</code>
            <CopyButton text={sample.install} label={`copy ${sample.install}`} />
          </div>
          <div class="code-block">
            <pre>{sample.code}</pre>
            <CopyButton text={sample.code} label="copy the lines" />
          </div>
        </>
      )}
      <details>
        <summary>By OpenTelemetry</summary>
        <EndpointLines />
      </details>
    </div>
  );
}
