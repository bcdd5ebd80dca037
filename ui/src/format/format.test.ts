// Figures and times as text. The tests run in Europe/Amsterdam (vite.config.ts).
import { describe, expect, it } from "vitest";
import { ColourBook } from "./colour";
import * as quantity from "./quantity";
import * as time from "./time";

const plain = (one: quantity.Quantity): string => quantity.text(one).replaceAll("\u00a0", " ");

describe("quantities", () => {
  it.each([
    [0, "0 ms"],
    [0.000_042, "42 ns"],
    [0.0123, "12.3 µs"],
    [0.9999, "1.00 ms"],
    [9.214, "9.21 ms"],
    [84.26, "84.3 ms"],
    [312.4, "312 ms"],
    [999.4, "999 ms"],
    [999.6, "1.00 s"],
    [1248, "1.25 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min"],
    [125_000, "2 min 5 s"],
    [3_600_000, "1 h"],
    [90_061_000, "1 d 1 h"],
  ])("duration %f ms", (ms, expected) => expect(plain(quantity.durationMs(ms))).toBe(expected));

  it("keeps more digits where asked", () => {
    expect(plain(quantity.durationMs(1248.4, 4))).toBe("1.248 s");
    expect(plain(quantity.durationNano(1_248_000_000n, 4))).toBe("1.248 s");
    expect(plain(quantity.durationNano(1_500n))).toBe("1.5 µs");
  });

  it.each([
    [0, "0/s"],
    [1284.4, "1,284/s"],
    [96.24, "96.2/s"],
    [2.306, "2.31/s"],
    [0.05, "3/min"],
    [0.0005, "1.8/h"],
  ])("rate %f", (perSecond, expected) => expect(plain(quantity.rate(perSecond))).toBe(expected));

  it("gives the rates of a column one unit", () => {
    expect(quantity.columnRateUnit([0.01, 4])).toBe("/s");
    expect(quantity.columnRateUnit([0.01, 0.02])).toBe("/min");
    expect(quantity.columnRateUnit([])).toBe("/s");
    expect(plain(quantity.rate(0.0125, "/s"))).toBe("0.0125/s");
    expect(plain(quantity.rate(0.0001, "/s"))).toBe("<0.001/s");
    expect(plain(quantity.rate(0, "/min"))).toBe("0/min");
    expect(plain(quantity.percent(0.99997))).toBe(">99.99%");
  });

  it.each([
    [0, "0%"],
    [0.0042, "0.42%"],
    [0.00001, "<0.01%"],
    [0.123, "12.3%"],
    [0.5, "50%"],
    [1, "100%"],
    [0.99973, "99.97%"],
  ])("percent %f", (ratio, expected) => expect(plain(quantity.percent(ratio))).toBe(expected));

  it("counts, compacts and measures", () => {
    expect(plain(quantity.count(1284))).toBe("1,284");
    expect(plain(quantity.compact(1_284_000))).toBe("1.28M");
    expect(plain(quantity.compact(12_840))).toBe("12.8k");
    expect(plain(quantity.bytes(0))).toBe("0 B");
    expect(plain(quantity.bytes(1536))).toBe("1.5 KiB");
    expect(plain(quantity.durationMs(null))).toBe("–");
    expect(quantity.counted(1, "span")).toBe("1 span");
    expect(quantity.counted(1200, "span")).toBe("1,200 spans");
  });

  it("says how a figure changed", () => {
    expect(quantity.change(106, 100)).toEqual({ direction: "up", text: "6%" });
    expect(quantity.change(50, 100)).toEqual({ direction: "down", text: "50%" });
    expect(quantity.change(1, 0)).toEqual({ direction: "up", text: "from 0" });
    expect(quantity.change(1500, 100)).toEqual({ direction: "up", text: "15×" });
    expect(quantity.change(100.1, 100)).toEqual({ direction: "same", text: "unchanged" });
    expect(quantity.change(0, 0)).toBeNull();
    expect(quantity.change(null, 4)).toBeNull();
  });
});

describe("times", () => {
  const nano = 1_795_359_067_304_123_456n;

  it("keeps every nanosecond of a text", () => {
    expect(time.nanoOf("2026-11-22T14:51:07.304123456Z")).toBe(nano);
    expect(time.nanoOf("2026-11-22T15:51:07.304123456+01:00")).toBe(nano);
    expect(time.nanoOf("2026-11-22T14:51:07Z")).toBe(1_795_359_067_000_000_000n);
    expect(time.nanoOf("yesterday")).toBeNull();
  });

  it("shows local time, and UTC beside it", () => {
    expect(time.clock(nano)).toBe("15:51:07.304");
    expect(time.utc(nano)).toBe("2026-11-22 14:51:07.304123456 UTC");
    expect(time.full(nano)).toBe("22 Nov 2026 15:51:07.304123456");
    expect(time.short(nano, time.msOf(nano) + 1000)).toBe("15:51:07.304");
    expect(time.short(nano, time.msOf(nano) + 9 * 3600e3)).toBe("15:51:07.304");
    expect(time.short(nano, time.msOf(nano) + 86400e3)).toBe("22 Nov 15:51:07");
  });

  it("says how long ago", () => {
    expect(time.ago(0, 4_000)).toBe("just now");
    expect(time.ago(0, 200_000)).toBe("3 min ago");
    expect(time.ago(0, 3 * 86400e3)).toBe("3 d ago");
    expect(time.ago(7200e3, 0)).toBe("in 2 h");
    expect(time.zoneName(new Date("2026-11-22T12:00:00Z"))).toBe("Europe/Amsterdam, UTC+1");
  });
});

describe("colours", () => {
  it("gives eight services eight hues, whatever their order", () => {
    const names = [
      "storefront",
      "checkout",
      "catalog",
      "payments",
      "inventory",
      "search",
      "mailer",
      "bank",
    ];
    const one = new ColourBook();
    const other = new ColourBook();
    one.claim(names);
    other.claim([...names].reverse());
    expect(new Set(names.map((name) => one.slot(name))).size).toBe(8);
    expect(names.map((name) => one.slot(name))).toEqual(names.map((name) => other.slot(name)));
  });

  it("tells services seen together apart, whatever was seen before", () => {
    const book = new ColourBook();
    for (let visit = 0; visit < 20; visit += 1) book.claim([`old-${visit}`]);
    const together = Array.from({ length: 12 }, (_, index) => `new-${index}`);
    book.claim(together);
    expect(new Set(together.map((name) => book.slot(name))).size).toBe(12);
  });

  it("keeps a hue once given", () => {
    const before = new ColourBook();
    before.claim(["b"]);
    const after = new ColourBook(before.entries());
    expect(after.claim(["a", "b", "c"])).toBe(true);
    expect(after.slot("b")).toBe(before.slot("b"));
    expect(after.claim(["a"])).toBe(false);
  });
});
