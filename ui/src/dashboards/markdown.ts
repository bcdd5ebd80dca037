// A text panel's Markdown as a tree: headings, paragraphs, lists, code, quotes, rules, and in them
// emphasis, code and links.
// Invariants: pure; HTML is text like any other; a link leads to http, https, mailto or a path of this
// page, else its source is shown; the work is linear in the text, whatever it is.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em"; children: Inline[] }
  | { kind: "link"; href: string; children: Inline[] };

export type Block =
  | { kind: "heading"; level: number; children: Inline[] }
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "quote"; children: Inline[] }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  | { kind: "code"; text: string }
  | { kind: "rule" };

const DEPTH_MAX = 4;

/** An address a link may have, or null. */
export function safeHref(href: string): string | null {
  const trimmed = href.trim();
  if (/^(https?:\/\/|mailto:)/i.test(trimmed)) return trimmed;
  return /^\/(?![/\\])/.test(trimmed) || trimmed.startsWith("#") ? trimmed : null;
}

const INLINE =
  /`([^`\n]+)`|\*\*([^*\n]+)\*\*|__([^_\n]+)__|\*([^*\s][^*\n]*)\*|(?<![\w])_([^_\s][^_\n]*)_(?![\w])|\[([^\]\n]{1,400})\]\(([^()\s]{1,2000})\)|(https?:\/\/[^\s<>"')\]]{1,2000})/g;

export function parseInline(text: string, depth = 0): Inline[] {
  if (depth >= DEPTH_MAX) return [{ kind: "text", text }];
  const out: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) out.push({ kind: "text", text: text.slice(at, match.index) });
    out.push(inlineOf(match, depth));
    at = match.index + match[0].length;
  }
  if (at < text.length) out.push({ kind: "text", text: text.slice(at) });
  return out;
}

function inlineOf(match: RegExpMatchArray, depth: number): Inline {
  const [whole, code, bold, bold2, em, em2, label, target, bare] = match;
  if (code !== undefined) return { kind: "code", text: code };
  const strong = bold ?? bold2;
  if (strong !== undefined) return { kind: "strong", children: parseInline(strong, depth + 1) };
  const slanted = em ?? em2;
  if (slanted !== undefined) return { kind: "em", children: parseInline(slanted, depth + 1) };
  if (bare !== undefined) {
    return { kind: "link", href: bare, children: [{ kind: "text", text: bare }] };
  }
  const href = safeHref(target ?? "");
  if (href === null) return { kind: "text", text: whole };
  return { kind: "link", href, children: [{ kind: "text", text: label ?? "" }] };
}

const ITEM = /^\s*(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;

export function parseMarkdown(source: string): Block[] {
  const lines = source.split(/\r?\n/);
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = /^(#{1,6})\s+(.+)$/.exec(line);
    if (line.trim() === "") at += 1;
    else if (line.startsWith("```")) at = readFence(lines, at, blocks);
    else if (heading) {
      const text = (heading[2] ?? "").trimEnd().replace(/#+$/, "");
      const children = parseInline(text.trimEnd());
      blocks.push({ kind: "heading", level: (heading[1] ?? "").length, children });
      at += 1;
    } else if (/^ {0,3}([-*_])( *\1){2,} *$/.test(line)) {
      blocks.push({ kind: "rule" });
      at += 1;
    } else if (ITEM.test(line)) at = readList(lines, at, blocks);
    else at = readParagraph(lines, at, blocks);
  }
  return blocks;
}

function readFence(lines: readonly string[], start: number, blocks: Block[]): number {
  let end = start + 1;
  while (end < lines.length && !(lines[end] ?? "").startsWith("```")) end += 1;
  blocks.push({ kind: "code", text: lines.slice(start + 1, end).join("\n") });
  return end + 1;
}

function readList(lines: readonly string[], start: number, blocks: Block[]): number {
  const ordered = ITEM.exec(lines[start] ?? "")?.[1] !== undefined;
  const items: string[] = [];
  let at = start;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const item = ITEM.exec(line);
    if (item) {
      if ((item[1] !== undefined) !== ordered) break;
      items.push(item[2] ?? "");
    } else if (/^\s+\S/.test(line)) items.push(`${items.pop() ?? ""} ${line.trim()}`);
    else break;
  }
  blocks.push({ kind: "list", ordered, items: items.map((item) => parseInline(item)) });
  return at;
}

function isPlain(line: string): boolean {
  return line.trim() !== "" && !/^(#{1,6}\s|```)/.test(line) && !ITEM.test(line);
}

function readParagraph(lines: readonly string[], start: number, blocks: Block[]): number {
  let end = start + 1;
  const quote = (lines[start] ?? "").startsWith(">");
  while (end < lines.length && isPlain(lines[end] ?? "")) {
    if ((lines[end] ?? "").startsWith(">") !== quote) break;
    end += 1;
  }
  const text = lines
    .slice(start, end)
    .map((line) => (quote ? line.replace(/^>\s?/, "") : line.trim()))
    .join("\n");
  blocks.push({ kind: quote ? "quote" : "paragraph", children: parseInline(text) });
  return end;
}
