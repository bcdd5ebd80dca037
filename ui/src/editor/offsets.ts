// Positions of the server count bytes of UTF-8; positions in the editor count UTF-16 units.
// Invariant: pure; a position beyond the text or inside a character lands at the nearest boundary.

const encoder = new TextEncoder();

/** The UTF-16 offset of a byte offset. */
export function unitOffset(text: string, byteOffset: number): number {
  let bytes = 0;
  let units = 0;
  for (const char of text) {
    if (bytes >= byteOffset) break;
    bytes += encoder.encode(char).length;
    units += char.length;
  }
  return units;
}

/** A range of the server in the editor's units; at least one unit long, within the text. */
export function unitRange(
  text: string,
  position: { start: number; end: number },
): { from: number; to: number } {
  const from = Math.min(unitOffset(text, position.start), Math.max(0, text.length - 1));
  const to = Math.max(unitOffset(text, position.end), from + 1);
  return { from, to: Math.min(to, text.length) };
}
