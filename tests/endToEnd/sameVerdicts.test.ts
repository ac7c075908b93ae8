/**
 * One table: lines of our own and of real logs through `oddline tag`, Fluent Bit, Vector beside and Vector inside.
 * Every way gives every line the same `anomaly`, field by field. The model tags every event, so that no verdict is left
 * out.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfiguration } from "../../host/config/configuration.js";
import { shopLog } from "../../host/demo/shop.js";
import { configuredSections } from "../../host/model/configuredSections.js";
import { decodeSections, encodeModel, section } from "../../host/model/modelFile.js";
import { Engine } from "../../host/wasm/engine.js";
import { parseLine } from "../differential/reference/parse.js";
import { formatFixtures } from "../support/fixtures.js";
import { arrival, beside, fluentBit, inside, type Judged, tag, type Way } from "../support/fourWays.js";
import { hostileLines } from "../support/hostile.mjs";
import { learnText } from "../support/learning.js";
import { realLogs } from "../support/realLogs.js";
import { hasShipper } from "../support/shippers.js";
import { canBuildModule, vectorModule } from "../support/vectorModule.js";

const hasFluentBit = hasShipper("fluent-bit");
const hasVector = hasShipper("vector");
/** Of each real log: so many lines are learnt, so many behind them judged. */
const realLines = 400;
/** Of `oddline tag`, Fluent Bit and Vector inside. */
const shippersTags = new Set(["oddline", "test", "vector"]);
const tagEveryOffset = 40; // in the thresholds section

interface Sample {
  name: string;
  lines: string[];
}

let folder: string;
let samples: Sample[];
let lines: string[];
let expected: Judged[];
const ways = new Map<string, Way>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oddline-ways-"));
  const learnt: string[] = [];
  samples = ownSamples(learnt);
  for (const log of realLogs()) {
    const [first, second] = halves(log.read().toString("utf8"));
    learnt.push(...first);
    samples.push({ name: log.name, lines: second });
  }
  lines = samples.flatMap((sample) => sample.lines);
  const given = configuredSections(parseConfiguration("state: { seed: 7 }", "oddline.yaml").configuration);
  writeModel((await learnText(`${learnt.join("\n")}\n`, { given })).model);
  expected = await judge(tag, join(folder, "tag"));
  if (hasFluentBit) ways.set("Fluent Bit", fluentBit);
  if (hasVector) ways.set("Vector beside", beside);
  if (hasVector && canBuildModule) ways.set("Vector inside", inside(vectorModule()));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Lines with a time and those without go each by themselves: in a log that is read later the latter arrive with the
 * line before them, in a shipper at the pinned time.
 */
async function judge(way: Way, runFolder: string): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const wanted of [true, false]) {
    const places = [...lines.keys()].filter((i) => isDated(lines[i]) === wanted);
    const answers = await way(
      places.map((i) => lines[i]),
      folder,
      `${runFolder}-${wanted ? "dated" : "undated"}`,
    );
    expect(answers.length, runFolder).toBe(places.length);
    for (const [at, i] of places.entries()) judged[i] = answers[at];
  }
  return judged;
}

function isDated(line: string): boolean {
  const record = Buffer.from(JSON.stringify({ log: line })).toString("latin1");
  return parseLine(record, Date.parse(arrival) / 1000).timeSeconds !== undefined;
}

function ownSamples(learnt: string[]): Sample[] {
  const seconds = Date.parse(arrival) / 1000;
  learnt.push(
    ...shopLog(1, seconds - 86_400, 3000, false)
      .trimEnd()
      .split("\n"),
  );
  const burst = Array.from(
    { length: 40 },
    (_, i) => `10.9.8.7 - - [21/Nov/2026:02:11:${String(i % 60).padStart(2, "0")} +0000] "GET /cart HTTP/1.1" 500 12`,
  );
  return [
    {
      name: "a shop's day",
      lines: shopLog(2, seconds - 3600, 1500, true)
        .trimEnd()
        .split("\n"),
    },
    { name: "fixtures", lines: valid(formatFixtures().map(({ bytes }) => bytes.toString())) },
    { name: "an error burst", lines: burst },
    { name: "hostile lines", lines: valid([...hostileLines(1500, 11)]) },
    // no time of their own: these are counted under the arrival time
    {
      name: "no time",
      lines: Array.from({ length: 60 }, (_, i) => `error: client=10.1.1.${i % 3} upstream timed out`),
    },
  ];
}

/** Shippers leave empty lines out; text that is not UTF-8, and control characters, have tests of their own. */
function valid(all: string[]): string[] {
  return all.filter((line) => line.trim() !== "" && !/[\u0000-\u0008\u000b-\u001f]/.test(line));
}

function halves(text: string): [string[], string[]] {
  const all = valid(text.split(/\r?\n/, 2 * realLines));
  const middle = Math.floor(all.length / 2);
  return [all.slice(0, middle), all.slice(middle)];
}

/** The model, made to tag every event. */
function writeModel(model: Uint8Array): void {
  const sections = decodeSections(model);
  const thresholds = Uint8Array.from(sections.get(section.thresholds)!);
  thresholds[tagEveryOffset] |= 1;
  sections.set(section.thresholds, thresholds);
  writeFileSync(join(folder, "oddline.model"), encodeModel(new Engine(), sections));
}

describe.skipIf(!hasFluentBit && !hasVector)("the verdicts of `oddline tag`", () => {
  test("are not of one kind only", () => {
    const types = new Set(expected.map(({ anomaly }) => anomaly?.type));
    for (const type of ["novelty", "outlier", "keyword", "error_rate"]) expect(types).toContain(type);
    expect(expected.every(({ anomaly }) => anomaly !== undefined)).toBe(true);
    expect(expected.filter(({ anomaly }) => (anomaly?.score as number) > 1).length).toBeGreaterThan(100);
    expect(samples.length).toBeGreaterThanOrEqual(5);
    for (const sample of samples) expect(sample.lines.length, sample.name).toBeGreaterThan(30);
  });

  test("come out of every way, field by field", { timeout: 400_000 }, async () => {
    const rows = samples.map(
      ({ name, lines: { length } }) => ({ sample: name, lines: length }) as Record<string, unknown>,
    );
    const problems: string[] = [];
    for (const [name, way] of ways) {
      const judged = await judge(way, join(folder, name.replaceAll(" ", "-")));
      expect(judged.length, name).toBe(lines.length);
      let at = 0;
      samples.forEach((sample, row) => {
        let same = 0;
        for (let i = 0; i < sample.lines.length; i++, at++) {
          if (sameVerdict(judged[at], expected[at])) same++;
          else if (problems.length < 10)
            problems.push(`${name}, ${sample.name}: ${show(judged[at])}\n  tag: ${show(expected[at])}`);
        }
        rows[row][name] = same;
      });
    }
    console.table(rows);
    expect(problems).toEqual([]);
    for (const row of rows) for (const name of ways.keys()) expect(row[name], `${row.sample}, ${name}`).toBe(row.lines);
  });
});

function sameVerdict(a: Judged, b: Judged): boolean {
  return a.line === b.line && canonical(a.anomaly) === canonical(b.anomaly);
}

/** Vector sorts members by name. A source without a name goes by the shipper's tag, which is each way's own. */
function canonical(anomaly: Record<string, unknown> = {}): string {
  const { key, reason, ...others } = anomaly;
  const nameless = shippersTags.has(key as string)
    ? { ...others, reason: (reason as string | undefined)?.replace(`${key}: `, "") }
    : anomaly;
  return JSON.stringify(Object.entries(nameless).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function show({ line, anomaly }: Judged): string {
  return `${JSON.stringify(anomaly)} ${line.slice(0, 200)}`;
}
