// Tokens cover every text; kinds are what PromQL makes of them, half-written queries included.
import { describe, expect, it } from "vitest";
import { tokenize } from "./tokens";

const kinds = (text: string): string =>
  tokenize(text)
    .filter((token) => token.kind !== "space")
    .map((token) => `${text.slice(token.start, token.end)}:${token.kind}`)
    .join(" ");

describe("tokens", () => {
  it.each([
    ["up", "up:metric"],
    ["rate(up[5m])", "rate:function (:bracket up:metric [:bracket 5m:duration ]:bracket ):bracket"],
    [
      "sum by (job) (up)",
      "sum:aggregation by:keyword (:bracket job:label ):bracket (:bracket up:metric ):bracket",
    ],
    [
      "sum(up) by(a,b)",
      "sum:aggregation (:bracket up:metric ):bracket by:keyword (:bracket a:label ,:operator b:label ):bracket",
    ],
    [
      '{__name__="up", job!~"a.*"}',
      '{:bracket __name__:label =:operator "up":string ,:operator job:label !~:operator "a.*":string }:bracket',
    ],
    [
      "a:b:rate5m / on (x) c",
      "a:b:rate5m:metric /:operator on:keyword (:bracket x:label ):bracket c:metric",
    ],
    [
      "up offset 1h30m @ end()",
      "up:metric offset:keyword 1h30m:duration @:operator end:function (:bracket ):bracket",
    ],
    ["1e3 > bool 0x1F", "1e3:number >:operator bool:keyword 0x1F:number"],
    ["Inf + NaN", "Inf:number +:operator NaN:number"],
    [
      "rate(x[$__rate_interval])",
      "rate:function (:bracket x:metric [:bracket $__rate_interval:variable ]:bracket ):bracket",
    ],
    ['x{a=~"${v:regex}"}', 'x:metric {:bracket a:label =~:operator "${v:regex}":string }:bracket'],
    ["x # the rest", "x:metric # the rest:comment"],
    ["sum", "sum:metric"],
    ["x[5m:30s]", "x:metric [:bracket 5m:duration ::operator 30s:duration ]:bracket"],
    ["π ¿", "π:metric ¿:unknown"],
  ])("of %s", (text, expected) => expect(kinds(text)).toBe(expected));

  it("cover the text whatever it is", () => {
    const pieces = [
      '"',
      "'",
      "`",
      "{",
      "}",
      "(",
      ")",
      "[",
      "by",
      " ",
      "\n",
      "\\",
      "5m",
      "é",
      "💧",
      "$",
      "#",
      "=~",
      "up",
    ];
    let state = 7;
    for (let round = 0; round < 500; round += 1) {
      let text = "";
      for (let length = state % 12; length >= 0; length -= 1) {
        state = (state * 1103515245 + 12345) % 2147483648;
        text += pieces[state % pieces.length];
      }
      const tokens = tokenize(text);
      expect(tokens.map((token) => text.slice(token.start, token.end)).join("")).toBe(text);
    }
  });

  it("know a string that has no end", () => {
    expect(tokenize('{a="b').at(-1)).toMatchObject({ kind: "string", open: true });
    expect(tokenize('"a\\"').at(-1)).toMatchObject({ kind: "string", open: true });
    expect(tokenize("`a\\`").at(-1)?.open).toBeUndefined();
  });

  it("of a long text take no longer per character", () => {
    expect(tokenize("sum(rate(x[5m])) + ".repeat(2_000)).length).toBe(26_000);
  });
});
