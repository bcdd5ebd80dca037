// Contrast of the design tokens: every text colour reaches 4.5:1 on every surface it is set on, and
// every series colour carries text of the panel's colour, in both themes.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function tokens(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0] ?? "";
  const found = block.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g);
  return new Map([...found].map((match) => [match[1] ?? "", match[2] ?? ""]));
}

function luminance(hex: string): number {
  const channel = (at: number): number => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

describe.each([":root", '[data-theme="dark"]'])("%s", (selector) => {
  const theme = tokens(selector);
  const at = (name: string): string => theme.get(name) ?? "#missing";

  it.each(["text", "muted", "faint", "accent", "ok", "warn", "bad"])(
    "%s is readable on surfaces",
    (name) => {
      for (const surface of ["bg", "surface", "sunken"]) {
        expect(contrast(at(name), at(surface)), `${name} on ${surface}`).toBeGreaterThanOrEqual(
          4.5,
        );
      }
    },
  );

  it.each(["ok", "warn", "bad"])("%s is readable on its own tint", (name) => {
    expect(contrast(at(name), at(`${name}-soft`))).toBeGreaterThanOrEqual(4.5);
  });

  it("text is readable on the selected row", () => {
    for (const name of ["text", "muted"])
      expect(contrast(at(name), at("accent-soft"))).toBeGreaterThanOrEqual(4.5);
  });

  it("series stand out on panels and carry labels", () => {
    for (let slot = 1; slot <= 12; slot += 1) {
      expect(contrast(at(`s${slot}`), at("surface")), `s${slot}`).toBeGreaterThanOrEqual(4.5);
    }
  });
});
