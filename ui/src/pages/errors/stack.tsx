// The exceptions of an event, the reported one first and each cause below it, frame by frame.
// Invariants: own frames stand out and library frames fold; what is shown of the stack (own or all
// frames, or its text) is in the address, so that it can be shared.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Exception, Frame, Occurrence } from "../../api/errors";
import { CopyButton, Segmented } from "../../controls/buttons";
import { Tag } from "../../controls/figures";
import { visible } from "../../errors/badges";
import { chainText, firstOpen, stackRows } from "../../errors/frames";
import { bounded } from "../../errors/values";
import { counted } from "../../format/quantity";
import { param, setParams } from "../../url/location";
import { FrameRow } from "./frame_row";
import { LongText } from "./long_text";

type View = "own" | "all" | "text";

function shownView(): View {
  if (param("stack") === "text") return "text";
  return param("frames") === "all" ? "all" : "own";
}

function choose(view: View): void {
  const patch = { stack: view === "text" ? "text" : null, frames: view === "all" ? "all" : null };
  setParams(patch, { replace: true });
}

export function Stack({ occurrence }: { occurrence: Occurrence }): JSX.Element | null {
  const exceptions = exceptionsOf(occurrence);
  if (exceptions.length === 0) return <Message occurrence={occurrence} />;
  const text = occurrence.raw_stacktrace || chainText(exceptions);
  const view = shownView();
  return (
    <section class="panel stack-panel" aria-label="Stack">
      <h2 class="panel-head">
        <span>Stack</span>
        <span class="row-of">
          <CopyButton text={text} label="copy the stack" />
          <Segmented<View>
            label="Frames"
            value={view}
            options={[
              { value: "own", label: "Own frames", title: "own frames; f for all of them" },
              { value: "all", label: "All frames", title: "all frames" },
              { value: "text", label: "Text", title: "the stack as text (t)" },
            ]}
            onChange={choose}
          />
        </span>
      </h2>
      {view === "text" ? (
        <pre class="stack-text">{visible(bounded(text, 200_000).text)}</pre>
      ) : (
        exceptions.map((exception, index) => (
          <ExceptionPart
            key={index}
            exception={exception}
            isCause={index > 0}
            all={view === "all"}
          />
        ))
      )}
    </section>
  );
}

/** Those of the event; of one without, the stack of the thread that crashed. */
function exceptionsOf({ exceptions, threads, message }: Occurrence): Exception[] {
  if (exceptions.length > 0) return exceptions;
  const thread = threads.find((one) => one.crashed) ?? threads[0];
  if (!thread || thread.frames.length === 0) return [];
  const name = thread.name || thread.id;
  return [
    {
      type: `Thread ${name}`.trim(),
      message,
      module: "",
      handled: null,
      mechanism: "",
      frames_omitted: 0,
      text: "",
      frames: thread.frames,
    },
  ];
}

function Message({ occurrence }: { occurrence: Occurrence }): JSX.Element | null {
  const text = occurrence.raw_stacktrace || occurrence.message;
  if (text.trim() === "") return null;
  return (
    <section class="panel stack-panel" aria-label="Message">
      <h2 class="panel-head">
        <span>
          Message <span class="panel-note">it was logged without an exception</span>
        </span>
        <CopyButton text={text} label="copy the message" />
      </h2>
      <pre class="stack-text">{visible(bounded(text).text)}</pre>
    </section>
  );
}

interface ExceptionPartProps {
  exception: Exception;
  isCause: boolean;
  all: boolean;
}

function ExceptionPart({ exception, isCause, all }: ExceptionPartProps): JSX.Element {
  const { frames, text } = exception;
  return (
    <section class="exception">
      {isCause && <p class="exception-cause">Caused by</p>}
      <div class="exception-head">
        <h3>
          <span class="bad">{visible(bounded(exception.type || "Exception", 300).text)}</span>
          {exception.module && <span class="faint mono">{visible(exception.module)}</span>}
          {exception.handled === false && <Tag tone="bad">unhandled</Tag>}
          {exception.handled === true && <Tag>handled</Tag>}
          {exception.mechanism && <Tag>{exception.mechanism}</Tag>}
        </h3>
        <LongText text={exception.message} />
      </div>
      {frames.length > 0 && <Frames key={String(all)} frames={frames} all={all} />}
      {text !== "" && <pre class="stack-text">{visible(bounded(text).text)}</pre>}
      {frames.length === 0 && text === "" && <p class="calm">It came without a stack</p>}
      {exception.frames_omitted > 0 && (
        <p class="frames-omitted faint">
          {counted(exception.frames_omitted, "frame")} more were left out before they arrived
        </p>
      )}
    </section>
  );
}

/** A stack as long as this is shown at once; more on demand. */
const FRAMES_SHOWN = 60;

function Frames({ frames, all }: { frames: readonly Frame[]; all: boolean }): JSX.Element {
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const [open, setOpen] = useState<ReadonlySet<number>>(() => new Set([firstOpen(frames)]));
  const [whole, setWhole] = useState(false);
  const rows = stackRows(frames, all, unfolded);
  const shown = whole ? rows : rows.slice(0, FRAMES_SHOWN);
  const toggle = (index: number): void => {
    const next = new Set(open);
    if (!next.delete(index)) next.add(index);
    setOpen(next);
  };
  return (
    <ol class="frames">
      {shown.map((row) =>
        row.kind === "frame" ? (
          <FrameRow
            key={row.index}
            frame={row.frame}
            isOpen={open.has(row.index)}
            onToggle={() => toggle(row.index)}
          />
        ) : (
          <li key={`run ${row.index}`} class="frame-run">
            <button
              type="button"
              onClick={() => setUnfolded((now) => new Set([...now, row.index]))}
            >
              {counted(row.frames.length, "library frame")}
            </button>
          </li>
        ),
      )}
      {rows.length > shown.length && (
        <li class="frame-run">
          <button type="button" onClick={() => setWhole(true)}>
            {counted(rows.length - shown.length, "line")} more
          </button>
        </li>
      )}
    </ol>
  );
}
