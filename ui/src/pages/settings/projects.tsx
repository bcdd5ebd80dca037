// The projects and their data source names: list, make, add a key, revoke one.
// Invariants: a revoked key stays listed on demand; revoking asks again in place, since programs that
// still send with the key are refused from then on.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { asProblem, request } from "../../api/client";
import type { Project, ProjectKey } from "../../api/errors";
import { apiPath } from "../../api/query";
import { useResource } from "../../api/resource";
import type { Problem } from "../../api/types";
import { CopyButton, SureButton } from "../../controls/buttons";
import { Figure, Moment, ServiceName, Tag } from "../../controls/figures";
import { ProblemNote } from "../../controls/notes";
import { compact, counted } from "../../format/quantity";
import { session } from "../../shell/session";

const PATH = apiPath("/errors/projects");

export function Projects(): JSX.Element {
  const list = useResource<{ projects: Project[] }>(PATH, { live: false });
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = async (path: string, method: "POST" | "DELETE", body?: unknown) => {
    try {
      setProblem(null);
      await request<unknown>(path, { method, ...(body !== undefined && { body }) });
      list.reload();
      return true;
    } catch (error) {
      setProblem(asProblem(error));
      return false;
    }
  };
  const canEdit = session.value?.role !== "viewer";
  const projects = list.data?.projects ?? [];
  return (
    <section class="panel" aria-label="Projects">
      <h2 class="panel-head">
        <span>
          Projects{" "}
          <span class="panel-note">
            where Sentry SDKs send errors; a project’s name is the service of its events
          </span>
        </span>
      </h2>
      <div class="panel-body">
        {canEdit && <ProjectForm onCreate={(name) => attempt(PATH, "POST", { name })} />}
        <ProblemNote problem={problem ?? list.problem} />
      </div>
      {projects.map((project) => (
        <ProjectPart
          key={project.id}
          project={project}
          canEdit={canEdit}
          onAddKey={() => void attempt(`${PATH}/${project.id}/keys`, "POST", {})}
          onRevoke={(key) =>
            attempt(`${PATH}/${project.id}/keys/${encodeURIComponent(key)}`, "DELETE")
          }
        />
      ))}
    </section>
  );
}

function ProjectForm({ onCreate }: { onCreate: (name: string) => Promise<boolean> }): JSX.Element {
  const [name, setName] = useState("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await onCreate(name.trim())) setName("");
  };
  return (
    <form class="token-form" onSubmit={(event) => void submit(event)}>
      <input
        class="field"
        aria-label="Name of the new project"
        placeholder="Name, such as checkout"
        required
        maxLength={100}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" class="button primary" disabled={name.trim() === ""}>
        Make a project
      </button>
    </form>
  );
}

interface ProjectPartProps {
  project: Project;
  canEdit: boolean;
  onAddKey: () => void;
  onRevoke: (publicKey: string) => Promise<boolean>;
}

function ProjectPart({ project, canEdit, onAddKey, onRevoke }: ProjectPartProps): JSX.Element {
  const [all, setAll] = useState(false);
  const dead = project.keys.filter((key) => !key.active).length;
  const shown = all ? project.keys : project.keys.filter((key) => key.active);
  return (
    <section class="project" aria-label={`Project ${project.name}`}>
      <div class="project-head">
        <h3>
          <ServiceName name={project.name} />
        </h3>
        {project.events_24h !== undefined && (
          <span class="muted">
            <Figure of={compact(project.events_24h)} /> in 24 hours
            {project.last_event && (
              <>
                , last <Moment at={project.last_event} as="ago" />
              </>
            )}
          </span>
        )}
        <span class="grow" />
        {dead > 0 && (
          <button type="button" class="link" onClick={() => setAll(!all)}>
            {all ? "Hide" : "Show"} {counted(dead, "revoked key")}
          </button>
        )}
        {canEdit && (
          <button type="button" class="link" onClick={onAddKey}>
            Add a key
          </button>
        )}
      </div>
      <ul>
        {shown.map((key) => (
          <KeyRow
            key={key.public_key}
            of={key}
            onRevoke={canEdit ? () => onRevoke(key.public_key) : null}
          />
        ))}
        {shown.length === 0 && <li class="faint">No key works; events are refused</li>}
      </ul>
    </section>
  );
}

interface KeyRowProps {
  of: ProjectKey;
  onRevoke: (() => Promise<boolean>) | null;
}

function KeyRow({ of: key, onRevoke }: KeyRowProps): JSX.Element {
  return (
    <li class="project-key">
      {key.active ? (
        <div class="command">
          <code>{key.dsn}</code>
          <CopyButton text={key.dsn} label="copy the data source name" />
        </div>
      ) : (
        <span class="mono faint clip">{key.public_key}</span>
      )}
      {!key.active && <Tag>revoked</Tag>}
      <span class="faint project-made">
        made <Moment at={key.created_at} as="ago" />
      </span>
      {key.active && onRevoke && (
        <SureButton label="Revoke" sure="Revoke for good" onSure={onRevoke} />
      )}
    </li>
  );
}
