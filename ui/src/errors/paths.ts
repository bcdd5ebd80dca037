// Paths of the errors API that several views ask.

/** An issue, or a part of it: `issuePath(12, "/tags")`. */
export function issuePath(id: number, rest = ""): string {
  return `/monitoring/errors/${id}${rest}`;
}
