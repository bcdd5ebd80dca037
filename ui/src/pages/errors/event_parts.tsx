// The smaller parts of an event: what a user said, tags, contexts, extra data, modules, attachments.
// Invariant: an attachment is fetched only when somebody asks for it, and saved rather than opened.
import type { ComponentChildren, JSX } from "preact";
import type { Occurrence } from "../../api/errors";
import { apiPath } from "../../api/query";
import { Moment } from "../../controls/figures";
import { Icon } from "../../controls/icons";
import { visible } from "../../errors/badges";
import { bounded, pairsOf } from "../../errors/values";
import { bytes, counted, text } from "../../format/quantity";
import { Pairs } from "./request_part";

interface PartProps {
  title: string;
  note?: string;
  children: ComponentChildren;
}

function Part({ title, note, children }: PartProps): JSX.Element {
  return (
    <section class="panel" aria-label={title}>
      <h2 class="panel-head">
        <span>
          {title} {note && <span class="panel-note">{note}</span>}
        </span>
      </h2>
      {children}
    </section>
  );
}

export function Logged({ text }: { text: string }): JSX.Element | null {
  if (text.trim() === "") return null;
  return (
    <Part title="Logged" note="with the exception">
      <p class="said panel-body" dir="auto">
        {visible(bounded(text, 4_000).text)}
      </p>
    </Part>
  );
}

export function Feedback({ of: all }: { of: Occurrence["feedback"] }): JSX.Element | null {
  if (all.length === 0) return null;
  return (
    <Part title="What the user said">
      <ul class="items">
        {all.map((one, index) => (
          <li key={index}>
            <p class="said" dir="auto">
              {visible(bounded(one.comments, 4_000).text)}
            </p>
            <div class="item-note">
              <span class="clip">
                {[one.name, one.email].filter(Boolean).map(visible).join(", ") || "somebody"}
              </span>
              <Moment at={one.at} as="ago" />
            </div>
          </li>
        ))}
      </ul>
    </Part>
  );
}

export function Tags({ of: tags }: { of: Occurrence["tags"] }): JSX.Element | null {
  if (tags.length === 0) return null;
  return (
    <Part title="Tags" note="of this event">
      <div class="event-tags">
        {tags.map(([key, value], index) => (
          <span class="event-tag" key={index} title={`${key}: ${value}`}>
            <span>{visible(key)}</span>
            <b class="clip">{visible(bounded(value, 300).text)}</b>
          </span>
        ))}
      </div>
    </Part>
  );
}

export function Contexts({ occurrence }: { occurrence: Occurrence }): JSX.Element | null {
  const { contexts, extra, user, sdk } = occurrence;
  const said = Object.fromEntries(
    Object.entries(user ?? {}).filter(([, value]) => value !== null && value !== ""),
  );
  const parts: [string, unknown][] = [
    ["user", said],
    ...Object.entries(contexts),
    ["extra", extra],
    ["sdk", sdk],
  ];
  const shown = parts.flatMap(([name, value]) => {
    const pairs = pairsOf(value);
    return pairs ? [{ name, pairs }] : [];
  });
  if (shown.length === 0) return null;
  return (
    <Part title="Context">
      <div class="contexts">
        {shown.map(({ name, pairs }) => (
          <section key={name}>
            <h3>{visible(name)}</h3>
            <Pairs of={pairs} />
          </section>
        ))}
      </div>
    </Part>
  );
}

export function Modules({ of: modules }: { of: Occurrence["modules"] }): JSX.Element | null {
  const pairs = pairsOf(modules);
  if (!pairs) return null;
  return (
    <section class="panel" aria-label="Modules">
      <details class="modules">
        <summary class="panel-head">
          <span>
            Modules <span class="panel-note">{counted(pairs.length, "package")}</span>
          </span>
        </summary>
        <div class="event-tags">
          {pairs.map(([name, version]) => (
            <span class="event-tag" key={name}>
              <span>{visible(name)}</span>
              <b>{visible(String(version))}</b>
            </span>
          ))}
        </div>
      </details>
    </section>
  );
}

export function Attachments({ occurrence }: { occurrence: Occurrence }): JSX.Element | null {
  const { attachments, id, issue_id: issue } = occurrence;
  if (attachments.length === 0) return null;
  const path = `/monitoring/errors/${issue}/occurrences/${id}/attachments`;
  return (
    <Part title="Attachments">
      <ul class="items">
        {attachments.map((one) => (
          <li key={one.id} class="attachment">
            <a
              class="link clip"
              href={apiPath(`${path}/${encodeURIComponent(one.id)}`)}
              download={one.name}
            >
              {visible(one.name)}
            </a>
            <span class="faint clip">{one.content_type}</span>
            <span class="muted figure">{text(bytes(one.bytes))}</span>
            <Icon name="out" size={12} />
          </li>
        ))}
      </ul>
    </Part>
  );
}
