// Attributes as text: for reading, and for searching by them.
// Invariant: the search text of a value is what the API compares with; values that cannot be compared
// as text (arrays, maps, bytes) have none.
import type { Attribute } from "../api/types";
import type { AttributeFilter } from "../url/attribute_filter";

/** Arrays and maps up to this length stay on one line. */
const LINE_MAX = 60;

export function attributeText({ type, value }: Attribute): string {
  if (type === "empty" || value === null || value === undefined) return "(empty)";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return String(value);
  const line = JSON.stringify(value);
  return line.length <= LINE_MAX ? line : JSON.stringify(value, null, 1);
}

export function filterOf(attribute: Attribute): AttributeFilter {
  const comparable = ["string", "int", "double", "bool"].includes(attribute.type);
  const text = attributeText(attribute);
  if (!comparable || text === "") return { key: attribute.key, operator: "exists", value: "" };
  return { key: attribute.key, operator: "=", value: text };
}

export function attribute(attributes: readonly Attribute[], key: string): string | null {
  const found = attributes.find((one) => one.key === key);
  return found ? attributeText(found) : null;
}
