// The attributes of a span, of the resource that sent it and of the library that made it.
// Invariant: a failure is told first: the exception where there is one, else the status message.
import type { JSX } from "preact";
import type { TraceDetail } from "../../api/types";
import { AttributeList } from "../../controls/attribute_list";
import { attribute } from "../../format/attribute";
import type { SpanNode } from "../../trace/tree";
import { selectTab } from "./trace_state";

export function SpanAttributes({
  trace,
  node,
}: {
  trace: TraceDetail;
  node: SpanNode;
}): JSX.Element {
  const { span } = node;
  const resource = trace.resources[span.resource];
  const scope = trace.scopes[span.scope];
  return (
    <>
      <Failure node={node} />
      {span.attributes.length === 0 && <p class="calm">This span carries no attributes</p>}
      <AttributeList
        attributes={span.attributes}
        search="/traces"
        dropped={span.dropped_attributes_count}
      />
      {resource && (
        <section>
          <h3>Resource</h3>
          <AttributeList
            attributes={resource.attributes}
            search="/traces"
            prefix="resource."
            dropped={resource.dropped_attributes_count}
          />
        </section>
      )}
      {scope && scope.name !== "" && (
        <section>
          <h3>Instrumentation</h3>
          <dl class="attributes">
            <div>
              <dt>library</dt>
              <dd>
                {scope.name} {scope.version}
              </dd>
            </div>
          </dl>
          <AttributeList attributes={scope.attributes} search={null} />
        </section>
      )}
    </>
  );
}

function Failure({ node }: { node: SpanNode }): JSX.Element | null {
  const exception = node.span.events.find((event) => event.name === "exception");
  const type = exception ? attribute(exception.attributes, "exception.type") : null;
  const message = exception
    ? attribute(exception.attributes, "exception.message")
    : node.span.status.message;
  if (!exception && !node.error) return null;
  return (
    <div class="note bad">
      <span>
        {type && <b>{type}</b>}
        {type && message ? ": " : ""}
        {message || (type ? "" : "failed without a status message")}
      </span>
      {exception && (
        <button type="button" class="link note-hint" onClick={() => selectTab("events")}>
          {attribute(exception.attributes, "exception.stacktrace") ? "Stack trace" : "Event"}
        </button>
      )}
    </div>
  );
}
