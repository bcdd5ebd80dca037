// A log record opened: its whole text, its attributes, where it came from, its trace.
import type { JSX } from "preact";
import type { LogRecord } from "../../api/types";
import { AttributeList } from "../../controls/attribute_list";
import { CopyButton } from "../../controls/buttons";
import { Moment } from "../../controls/figures";
import { hrefTo } from "../../url/location";

export function LogDetail({ record }: { record: LogRecord }): JSX.Element {
  return (
    <>
      <div class="log-text">
        <pre>{prettyBody(record)}</pre>
        <CopyButton text={record.body} label="copy the text" />
      </div>
      <div class="log-links">
        <span class="faint">
          <Moment at={BigInt(record.time_unix_nano)} as="full" />
        </span>
        {record.trace_id && (
          <a
            class="link"
            href={hrefTo(`/traces/${record.trace_id}`, { span: record.span_id || null })}
          >
            Open its trace
          </a>
        )}
        {record.trace_id && (
          <a class="link" href={hrefTo("/logs", { trace_id: record.trace_id })}>
            Logs of this trace
          </a>
        )}
        <a class="link" href={hrefTo("/logs", { service: record.service })}>
          Logs of {record.service}
        </a>
      </div>
      <div class="log-lists">
        {record.attributes.length > 0 && (
          <section>
            <h3>Attributes</h3>
            <AttributeList attributes={record.attributes} search="/logs" />
          </section>
        )}
        <section>
          <h3>Resource</h3>
          <AttributeList attributes={record.resource} search="/logs" prefix="resource." />
        </section>
      </div>
    </>
  );
}

/** A body that is JSON reads better broken into lines. */
function prettyBody(record: LogRecord): string {
  if (record.body_type !== "map" && record.body_type !== "array") return record.body;
  try {
    return JSON.stringify(JSON.parse(record.body), null, 2);
  } catch {
    return record.body;
  }
}
