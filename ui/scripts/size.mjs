// Fails where the first load weighs more than 200 kB compressed, fonts included.
// Invariant: counts what index.html names, what the style sheet loads, and the document itself; text
// as gzip at the level servers use, fonts as they are, since they are compressed already.
import { readFileSync, existsSync } from "node:fs";
import { join, extname } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 200_000;
const dist = new URL("../dist/", import.meta.url).pathname;

const html = readFileSync(join(dist, "index.html"), "utf8");
const named = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]);
const styles = named.filter((path) => path.endsWith(".css"));
const loaded = styles.flatMap((path) =>
  [...readFileSync(join(dist, path), "utf8").matchAll(/url\("?(\/[^")]+)"?\)/g)].map(
    (match) => match[1],
  ),
);

const inline = /<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle="|\son[a-z]+="/i.exec(html);
if (inline)
  throw new Error(`index.html holds something inline, which the policy blocks: ${inline[0]}`);

let total = 0;
for (const path of new Set(["/index.html", ...named, ...loaded])) {
  const file = join(dist, path);
  if (!existsSync(file)) throw new Error(`${path} is named but was not built`);
  const bytes = readFileSync(file);
  const weight = extname(file) === ".woff2" ? bytes.length : gzipSync(bytes, { level: 6 }).length;
  total += weight;
  console.log(`${(weight / 1000).toFixed(1).padStart(7)} kB  ${path}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(7)} kB  first load, of ${LIMIT_BYTES / 1000} kB`);
if (total > LIMIT_BYTES) process.exitCode = 1;
