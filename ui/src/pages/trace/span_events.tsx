// The events of a span in order of time; exceptions with their stack trace.
// Invariant: a stack trace keeps its own line breaks and is never cut; frames are told from the rest
// by their shape alone, so any language's trace stays as it was sent, but for
// deep indentation.
import type { JSX } from "preact";
import type { SpanEvent } from "../../api/types";
import { CopyButton } from "../../controls/buttons";
import { AttributeList } from "../../controls/attribute_list";
import { Moment } from "../../controls/figures";
import { attribute } from "../../format/attribute";
import { durationMs, nanoToMs, text } from "../../format/quantity";
import type { SpanNode, TraceTree } from "../../trace/tree";

const EXCEPTION_KEYS = new Set(["exception.type", "exception.message", "exception.stacktrace"]);

export function SpanEvents({ tree, node }: { tree: TraceTree; node: SpanNode }): JSX.Element {
  const { events, dropped_events_count: dropped } = node.span;
  if (events.length === 0) return <p class="calm">This span carries no events</p>;
  return (
    <>
      {events.map((event, index) => (
        <EventItem key={index} event={event} offset={offsetText(event, tree)} />
      ))}
      {dropped > 0 && <p class="calm">{dropped} more were dropped before they arrived</p>}
    </>
  );
}

function offsetText(event: SpanEvent, tree: TraceTree): string {
  return `+${text(durationMs(nanoToMs(BigInt(event.time_unix_nano) - tree.start)))}`;
}

function EventItem({ event, offset }: { event: SpanEvent; offset: string }): JSX.Element {
  const isException = event.name === "exception";
  const stack = attribute(event.attributes, "exception.stacktrace");
  const type = attribute(event.attributes, "exception.type");
  const others = isException
    ? event.attributes.filter((one) => !EXCEPTION_KEYS.has(one.key))
    : event.attributes;
  return (
    <section class="event">
      <div class="event-head">
        <b class={isException ? "bad" : ""}>{isException ? (type ?? "exception") : event.name}</b>
        <span class="faint">
          {offset} · <Moment at={BigInt(event.time_unix_nano)} />
        </span>
      </div>
      {isException && (
        <p class="event-message">{attribute(event.attributes, "exception.message")}</p>
      )}
      {stack && <StackTrace text={stack} />}
      {others.length > 0 && (
        <AttributeList attributes={others} search={null} dropped={event.dropped_attributes_count} />
      )}
    </section>
  );
}

const FRAME = /^\s+(at |File "|from |\d+:|#\d+)|^\s*#\d+\s|^\s+[\w./$<>:]+\(|^\t/;

/** A Rust backtrace sets its places thirteen columns in; the panel has no room for that. */
const DEEP_INDENT = /^ {8,}(?=at )/;
const DEEP_INDENT_SHOWN = "      ";

function StackTrace({ text: trace }: { text: string }): JSX.Element {
  return (
    <div class="stack-trace">
      <CopyButton text={trace} label="copy the stack trace" />
      <pre>
        {trace.split("\n").map((line, index) => (
          <span key={index} class={FRAME.test(line) ? "frame" : "frame-head"}>
            {line.replace(DEEP_INDENT, DEEP_INDENT_SHOWN)}
            {"\n"}
          </span>
        ))}
      </pre>
    </div>
  );
}
