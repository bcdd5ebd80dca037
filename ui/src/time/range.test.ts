// What people and addresses write as times, and what the page makes of it.
// The tests run in Europe/Amsterdam (vite.config.ts), UTC+1 in November.
import { describe, expect, it } from "vitest";
import * as range from "./range";

const NOW = Date.parse("2026-11-22T15:00:00Z");

function check(input: string, expected: string | null): void {
  const instant = range.parseInstant(input, NOW);
  expect(instant ? range.instantText(instant) : null, input).toBe(expected);
}

describe("parseInstant", () => {
  it("reads relative times", () => {
    check("now", "now");
    check(" NOW ", "now");
    check("-1h", "-1h");
    check("now-15m", "-15m");
    check("90 minutes ago", "-90m");
    check("2d", "-2d");
    check("-1.5h", "-1.5h");
  });

  it("reads local times as local", () => {
    check("2026-11-22 14:30", "2026-11-22T13:30:00Z");
    check("2026-7-1 14:30:15", "2026-07-01T12:30:15Z");
    check("2026-11-22T14:30", "2026-11-22T13:30:00Z");
    check("2026-11-22", "2026-11-21T23:00:00Z");
    check("14:30", "2026-11-22T13:30:00Z");
  });

  it("reads RFC 3339 and Unix seconds", () => {
    check("2026-11-22T14:30:00Z", "2026-11-22T14:30:00Z");
    check("2026-11-22T14:30:00.25+01:00", "2026-11-22T13:30:00.250Z");
    check("1795359600", "2026-11-22T15:00:00Z");
  });

  it("refuses what is no time", () => {
    for (const input of ["", "yesterday", "-1y", "2026-02-31 10:00", "2026-11-22T14", "25"])
      check(input, null);
  });
});

describe("checkRange", () => {
  it("accepts a range and refuses the reverse", () => {
    expect(range.checkRange("-2h", "-1h", NOW)).toEqual({ range: { from: "-2h", to: "-1h" } });
    expect(range.checkRange("-1h", "-2h", NOW)).toMatchObject({ field: "to" });
    expect(range.checkRange("soon", "now", NOW)).toMatchObject({ field: "from" });
  });
});

describe("moving", () => {
  it("shifts by half and ends at now again", () => {
    const back = range.shiftRange({ from: "-1h", to: "now" }, -1, NOW);
    expect(back).toEqual({ from: "2026-11-22T13:30:00Z", to: "2026-11-22T14:30:00Z" });
    expect(range.shiftRange(back, 1, NOW)).toEqual({ from: "-1h", to: "now" });
  });

  it("widens around the middle, never into the future", () => {
    expect(range.widenRange({ from: "-1h", to: "now" }, NOW)).toEqual({ from: "-2h", to: "now" });
    const fixed = { from: "2026-11-22T12:00:00Z", to: "2026-11-22T13:00:00Z" };
    expect(range.widenRange(fixed, NOW)).toEqual({
      from: "2026-11-22T11:30:00Z",
      to: "2026-11-22T13:30:00Z",
    });
  });

  it("rounds a dragged range outwards to seconds", () => {
    expect(range.absoluteRange(NOW + 400, NOW + 500)).toEqual({
      from: "2026-11-22T15:00:00Z",
      to: "2026-11-22T15:00:01Z",
    });
  });

  it("names a length in whole units", () => {
    expect(range.latestRange(3600e3).from).toBe("-1h");
    expect(range.latestRange(7200e3).from).toBe("-2h");
    expect(range.latestRange(90e3).from).toBe("-90s");
    expect(range.latestRange(900e3).from).toBe("-15m");
  });
});

it("shows a young server over minutes", () => {
  expect(range.rangeForAge(60e3)).toEqual({ from: "-5m", to: "now" });
  expect(range.rangeForAge(300e3)).toEqual({ from: "-5m", to: "now" });
  expect(range.rangeForAge(301e3)).toEqual({ from: "-15m", to: "now" });
  expect(range.rangeForAge(29 * 60e3)).toEqual({ from: "-30m", to: "now" });
  expect(range.rangeForAge(31 * 60e3)).toBeNull();
  expect(range.rangeForAge(2 * 86400e3)).toBeNull();
  expect(range.rangeForAge(Infinity)).toBeNull();
});

describe("labels", () => {
  it("names presets, other lengths and fixed ranges", () => {
    expect(range.rangeLabel({ from: "-1h", to: "now" }, NOW)).toBe("Last 1 hour");
    expect(range.rangeLabel({ from: "-90m", to: "now" }, NOW)).toBe("Last 90 minutes");
    const fixed = { from: "2026-11-22T13:00:00Z", to: "2026-11-22T14:00:00Z" };
    expect(range.rangeLabel(fixed, NOW)).toBe("22 Nov 14:00 – 15:00");
    expect(range.rangeLabel({ ...fixed, to: "now" }, NOW)).toBe("22 Nov 14:00 – now");
    expect(range.rangeLabel({ from: "x", to: "now" }, NOW)).toBe("Unreadable range");
  });

  it("shows fixed times as editable local text that parses back", () => {
    const text = range.editableText("2026-11-22T13:00:05Z", NOW);
    expect(text).toBe("2026-11-22 14:00:05");
    check(text, "2026-11-22T13:00:05Z");
    expect(range.editableText("-1h", NOW)).toBe("-1h");
  });
});
