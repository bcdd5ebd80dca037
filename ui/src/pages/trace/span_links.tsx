// The links of a span to spans of other traces.
import type { JSX } from "preact";
import { AttributeList } from "../../controls/attribute_list";
import type { SpanNode } from "../../trace/tree";
import { hrefTo } from "../../url/location";

export function SpanLinks({ node }: { node: SpanNode }): JSX.Element {
  const { links, dropped_links_count: dropped } = node.span;
  if (links.length === 0) return <p class="calm">This span links to no other trace</p>;
  return (
    <>
      {links.map((link) => (
        <section class="event" key={link.trace_id + link.span_id}>
          <a class="link mono" href={hrefTo(`/traces/${link.trace_id}`, { span: link.span_id })}>
            {link.trace_id}
          </a>
          <p class="faint">
            span <span class="mono">{link.span_id}</span>
          </p>
          <AttributeList attributes={link.attributes} search={null} />
        </section>
      ))}
      {dropped > 0 && <p class="calm">{dropped} more were dropped before they arrived</p>}
    </>
  );
}
