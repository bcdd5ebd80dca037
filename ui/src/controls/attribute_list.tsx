// Attributes as a list of keys and values.
// Invariants: a value links to the search for everything that has it; long values wrap and stay
// selectable, none is cut without a way to read it whole.
import type { ComponentChildren, JSX } from "preact";
import type { Attribute } from "../api/types";
import { attributeText, filterOf } from "../format/attribute";
import { formatFilter } from "../url/attribute_filter";
import { hrefTo } from "../url/location";
import { CopyButton } from "./buttons";

interface AttributeListProps {
  attributes: readonly Attribute[];
  /** Where a click on a value searches; null where no search looks at these attributes. */
  search: "/traces" | "/logs" | null;
  /** Whose attributes the search should look at: `resource.` for the resource alone. */
  prefix?: "resource.";
  /** How many the sender or the server left out. */
  dropped?: number;
}

export function AttributeList({
  attributes,
  search,
  prefix,
  dropped,
}: AttributeListProps): JSX.Element {
  const sorted = [...attributes].sort((a, b) => a.key.localeCompare(b.key));
  return (
    <dl class="attributes">
      {sorted.map((one) => (
        <AttributeRow key={one.key} of={one} search={search} prefix={prefix ?? ""} />
      ))}
      {dropped ? <div class="faint">{dropped} more were dropped before they arrived</div> : null}
    </dl>
  );
}

/** A key that may break after its dots and underscores, rather than anywhere. */
function breakable(key: string): ComponentChildren {
  return key.split(/(?<=[._/-])/).map((part, index) => [index > 0 && <wbr />, part]);
}

interface AttributeRowProps {
  of: Attribute;
  search: AttributeListProps["search"];
  prefix: string;
}

function AttributeRow({ of, search, prefix }: AttributeRowProps): JSX.Element {
  const text = attributeText(of);
  const condition = prefix + formatFilter(filterOf(of));
  const what = search === "/traces" ? "find traces with" : "find log records with";
  return (
    <div>
      <dt title={of.key}>{breakable(of.key)}</dt>
      <dd class={of.type === "empty" ? "faint" : ""}>
        {search ? (
          <a href={hrefTo(search, { attr: condition })} title={`${what} ${condition}`}>
            {text}
          </a>
        ) : (
          text
        )}
        <CopyButton text={text} label={`copy ${of.key}`} />
      </dd>
    </div>
  );
}
