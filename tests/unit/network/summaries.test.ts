/** Summaries of blocks, merged, are the windows of all their flows: the same is learnt of them and the same told. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../host/math/random.js";
import type { Flow } from "../../../host/network/flow.js";
import { oddline } from "../../support/cli.js";
import { lineOf, ordinaryFlows } from "../../support/networkModel.js";

const folder = mkdtempSync(join(tmpdir(), "oddline-summaries-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);

const noon = Date.UTC(2026, 10, 21, 12) / 1000;
type Timed = { flow: Flow; seconds: number };

const write = (name: string, flows: Timed[]) => {
  writeFileSync(path(name), flows.map(({ flow, seconds }) => `${lineOf(flow, seconds)}\n`).join(""));
  return path(name);
};

async function summarize(name: string, ...files: string[]): Promise<string> {
  const { code, out, err } = await oddline("network", "--summarize", ...files);
  expect(code, err).toBe(0);
  writeFileSync(path(name), name.endsWith(".gz") ? gzipSync(out) : out);
  return path(name);
}

/** An upload, a scan of ports, a scan of hosts and a beacon. */
function trouble(from: number): Timed[] {
  const flow = (parts: Partial<Flow>): Flow => ({
    ...{ timeMs: 0, source: "10.0.0.3", destination: "198.51.100.7", port: 443, bytes: 900, bytesOut: 500 },
    ...{ durationSeconds: 1, failed: false, tagged: false },
    ...parts,
  });
  const many = (count: number, of: (i: number) => Partial<Flow>, every = 2) =>
    Array.from({ length: count }, (_, i) => ({ flow: flow(of(i)), seconds: from + i * every }));
  return [
    ...many(30, () => ({ bytes: 7e6, bytesOut: 7e6 })),
    ...many(80, (i) => ({ source: "203.0.113.5", destination: "192.0.2.9", port: i, bytes: 40, failed: true })),
    ...many(120, (i) => ({ source: "203.0.113.6", destination: `192.0.2.${100 + i}`, failed: true })),
    ...many(20, () => ({ source: "10.0.0.9", destination: "198.51.100.77" }), 30),
  ];
}

const past = ordinaryFlows(seededRandom(1), 9000, noon - 86_400);
const day = [...ordinaryFlows(seededRandom(2), 6000, noon), ...trouble(noon + 3600)].sort(
  (a, b) => a.seconds - b.seconds,
);

describe("summaries", () => {
  let [logs, summaries]: string[][] = [[], []];
  let train: string;

  beforeAll(async () => {
    train = write("past.log", past);
    // of one device two blocks, cut in the middle of a window, and of another device one of the whole time
    const device = (of: Timed[], second: boolean) => of.filter((_, i) => (i % 3 === 0) === second);
    const first = device(day, false);
    logs = [
      write("a1.log", first.slice(0, 2011)),
      write("a2.log", first.slice(2011)),
      write("b.log", device(day, true)),
    ];
    const parts = ["a1.windows", "a2.windows.gz", "b.windows"];
    for (const [i, name] of parts.entries()) summaries.push(await summarize(name, logs[i]));
  });

  /** Sorted: windows of sources are told with whatever closes then. */
  const judged = async (files: string[], ...learnt: string[]) => {
    const { code, lines, err } = await oddline("network", "--score", ...files, ...learnt, "--json");
    expect(code, err).toBe(0);
    return lines.sort();
  };

  it("are judged as their flows are, beacons within a block as well", async () => {
    const whole = write("day.log", day);
    const expected = await judged([whole], "--train", train);
    const kinds = new Set(expected.map((line) => JSON.parse(line).kind));
    for (const kind of ["exfiltration", "scan", "beacon"]) expect(kinds).toContain(kind);
    expect(await judged([await summarize("day.windows", whole)], "--train", train)).toEqual(expected);
    const isBeacon = (line: string) => JSON.parse(line).kind === "beacon";
    const merged = await judged(summaries, "--train", train);
    expect(merged.filter((line) => !isBeacon(line))).toHaveLength(expected.filter((line) => !isBeacon(line)).length);
    // of more than six talkers or ports the heaviest are estimated, and each block says who tried a port first
    const without = (lines: string[]) =>
      lines
        .map((line) => JSON.parse(line))
        .map((row) => ({ ...row, ports: [], destinations: [], sources: row.sources?.slice(0, 1) }))
        .filter(({ destination }) => destination !== "198.51.100.77");
    expect(without(merged)).toEqual(without(expected));
    // what was merged is a summary again
    expect(await judged([await summarize("again.windows", ...summaries)], "--train", train)).toEqual(merged);
  });

  it("teach what their flows teach", async () => {
    const pastSummary = await summarize("past.windows.gz", train);
    for (const [input, forest] of [
      [train, path("logs.forest")],
      [pastSummary, path("summary.forest")],
    ]) {
      expect((await oddline("network", "--train", input, "--save-forest", forest)).code).toBe(0);
    }
    expect(readFileSync(path("summary.forest")).equals(readFileSync(path("logs.forest")))).toBe(true);
  });

  it.each([
    ["beside logs", () => [summaries[0], logs[1]], [], "NETWORK_MIXED_INPUTS"],
    ["of windows of another length", () => summaries, ["--window", "1m"], "SUMMARY_INVALID"],
    ["that was cut off", () => [cut("cut.windows", (text) => text.slice(0, text.length / 2))], [], "SUMMARY_INVALID"],
    ["out of order", () => [cut("order.windows", swapped)], [], "SUMMARY_INVALID"],
    [
      "with a number below zero",
      () => [cut("sums.windows", (text) => text.replace('"sums":[', '"sums":[-'))],
      [],
      "SUMMARY_INVALID",
    ],
  ] as const)("%s are refused", async (_, files, more, code) => {
    const { code: exit, err } = await oddline("network", "--score", ...files(), "--train", train, ...more);
    expect([exit, err]).toEqual([2, expect.stringContaining(code)]);
  });

  function cut(name: string, change: (text: string) => string): string {
    writeFileSync(path(name), change(readFileSync(summaries[0], "utf8")));
    return path(name);
  }

  function swapped(text: string): string {
    const lines = text.split("\n");
    const own = lines.flatMap((line, i) => (line.startsWith('{"own":') ? [i] : []));
    const [first, last] = [own[0], own.at(-1)!];
    [lines[first], lines[last]] = [lines[last], lines[first]];
    return lines.join("\n");
  }
});
