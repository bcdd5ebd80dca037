// One frame: where and in which function, opened with the source around it and its variables.
// Invariant: source and values are set as they were sent, in a font where they line up.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Frame } from "../../api/errors";
import { CopyButton } from "../../controls/buttons";
import { Icon } from "../../controls/icons";
import { visible } from "../../errors/badges";
import { hasDetail, placeOf, sourceLines } from "../../errors/frames";
import { bounded } from "../../errors/values";
import { counted } from "../../format/quantity";

interface FrameRowProps {
  frame: Frame;
  isOpen: boolean;
  onToggle: () => void;
}

export function FrameRow({ frame, isOpen, onToggle }: FrameRowProps): JSX.Element {
  const opens = hasDetail(frame);
  const title = (
    <>
      <span class="frame-function clip">{visible(frame.function) || "(anonymous)"}</span>
      <span class="frame-place clip" title={frame.path || frame.module}>
        {visible(placeOf(frame))}
      </span>
      {frame.in_app && <span class="frame-own">own</span>}
    </>
  );
  return (
    <li class={`frame ${frame.in_app ? "own" : ""} ${isOpen && opens ? "open" : ""}`}>
      {opens ? (
        <button type="button" class="frame-line" aria-expanded={isOpen} onClick={onToggle}>
          <Icon name={isOpen ? "down" : "right"} size={12} />
          {title}
        </button>
      ) : (
        <div class="frame-line">
          <span class="frame-nothing" />
          {title}
        </div>
      )}
      {isOpen && opens && (
        <div class="frame-detail">
          <Source frame={frame} />
          <Variables of={frame.variables} />
        </div>
      )}
    </li>
  );
}

const LINE_MAX = 2_000;

function Source({ frame }: { frame: Frame }): JSX.Element | null {
  const lines = sourceLines(frame);
  if (lines.length === 0) return null;
  return (
    <div class="source" role="group" aria-label={`Source of ${placeOf(frame)}`}>
      {lines.map((line) => (
        <div key={line.number} class={line.at ? "at" : ""} aria-current={line.at || undefined}>
          <span class="source-number">{line.number > 0 ? line.number : ""}</span>
          <code>{visible(bounded(line.text, LINE_MAX).text) || " "}</code>
        </div>
      ))}
    </div>
  );
}

const VARIABLES_SHOWN = 12;

function Variables({ of: all }: { of: Frame["variables"] }): JSX.Element | null {
  const [whole, setWhole] = useState(false);
  if (all.length === 0) return null;
  const shown = whole ? all : all.slice(0, VARIABLES_SHOWN);
  return (
    <dl class="pairs frame-variables" aria-label="Variables">
      {shown.map(([name, value], index) => (
        <Pair key={index} name={name} value={value} />
      ))}
      {shown.length < all.length && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          {counted(all.length - shown.length, "variable")} more
        </button>
      )}
    </dl>
  );
}

const VALUE_SHOWN = 400;

/** A name and its value; a long value is cut until it is asked for. */
export function Pair({ name, value }: { name: string; value: string }): JSX.Element {
  const [whole, setWhole] = useState(false);
  const shown = bounded(value, whole ? undefined : VALUE_SHOWN);
  return (
    <div>
      <dt title={name}>{visible(name)}</dt>
      <dd>
        <span>{visible(shown.text)}</span>
        {shown.more > 0 && (
          <button type="button" class="link" disabled={whole} onClick={() => setWhole(true)}>
            … {counted(shown.more, "character")} more
          </button>
        )}
        <CopyButton text={value} label={`copy ${name}`} />
      </dd>
    </div>
  );
}
