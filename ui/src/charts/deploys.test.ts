// Deploys on charts: which ones, and where their labels stand.
import { describe, expect, it } from "vitest";
import type { Deploy } from "../api/errors";
import { deployLabel, deploysWithin, deployText, placeLabels, serviceInView } from "./deploys";

describe("deploys on charts", () => {
  const deploy = (release: string, at: string, services: string[] = []): Deploy => ({
    id: release,
    release,
    environment: "production",
    services,
    at,
    name: null,
    url: null,
  });
  const all = [
    deploy("2", "2026-11-24T12:00:00Z", ["cart"]),
    deploy("1", "2026-11-24T11:00:00Z"),
    deploy("3", "2026-11-24T13:00:00Z", ["pay"]),
    deploy("odd", "not a time"),
  ];
  const from = Date.parse("2026-11-24T10:00:00Z") / 1000;

  it("are those of the range and the service, oldest first", () => {
    const releases = (service: string, hours: number) =>
      deploysWithin(all, from, from + hours * 3600, service).map(({ release }) => release);
    expect(releases("", 4)).toEqual(["1", "2", "3"]);
    expect(releases("cart", 4)).toEqual(["1", "2"]);
    expect(releases("", 1.5)).toEqual(["1"]);
  });

  it("are about the service that a view is about", () => {
    const at = (path: string, query = "") =>
      serviceInView({ path, params: new URLSearchParams(query) });
    expect(at("/services/caf%C3%A9")).toBe("café");
    expect(at("/services/100%")).toBe("100%");
    expect(at("/services")).toBe("");
    expect(at("/logs", "service=cart")).toBe("cart");
  });

  it("are labelled briefly and told in full", () => {
    const [cart] = all;
    expect(cart && deployLabel(cart)).toBe("cart 2");
    expect(cart && deployText(cart)).toBe("2 deployed to production (cart)");
    expect(deployLabel(deploy("x".repeat(99), "")).length).toBe(20);
  });

  it("have labels that never lie over each other", () => {
    const lines = [10, 12, 200, 390].map((x) => ({ x, characters: 10 }));
    const lefts = placeLabels(lines, 400).map(({ left }) => left);
    expect(lefts[0]).toBeNull();
    expect(lefts[1]).toBe(16);
    expect(lefts[3]).toBeLessThan(390);
    const shown = lefts.filter((left) => left !== null);
    shown.forEach((left, index) => {
      if (index > 0) expect(left).toBeGreaterThanOrEqual((shown[index - 1] ?? 0) + 62);
    });
  });
});
