/** `scan` where more points came than are clustered: what was said to be left out, and what is certain all the same. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Embedded } from "../../host/embed/index.js";
import { noiseLabel } from "../../host/math/dbscan.js";
import type { Anomaly } from "../../host/scan/anomaly.js";
import { choosePoints } from "../../host/scan/choose.js";
import { clusterPoints } from "../../host/scan/cluster.js";
import { clouds, randomFrom } from "../support/clouds.js";
import { hostileLines } from "../support/hostile.mjs";
import { withFolder } from "../support/learning.js";

const dims = 40;
const options = { eps: 0.6, minSamples: 8 };

/** Clouds as an embedder would hand them over; `order` says which of the points comes first. */
function embeddedClouds(seed: number, order?: Int32Array) {
  const { points, count } = clouds(randomFrom(seed), 600, dims, 6);
  const own = order ?? Int32Array.from({ length: count }, (_, at) => at);
  const weightOf = randomFrom(seed + 1000);
  const hashOf = randomFrom(seed + 2000);
  const weights = Float64Array.from({ length: count }, () => Math.max(1, Math.floor(weightOf() * 8) - 4));
  const hashes = Float64Array.from({ length: count }, () => Math.floor(hashOf() * 2 ** 53));
  const embedded: Embedded = {
    count,
    pointOf: own,
    hashOf: (point) => hashes[own[point]],
    rows: (wanted) => {
      const rows = new Float32Array(wanted.length * dims);
      wanted.forEach((point, row) => {
        rows.set(points.subarray(own[point] * dims, (own[point] + 1) * dims), row * dims);
      });
      return rows;
    },
  };
  return { embedded, weights: Float64Array.from(own, (point) => weights[point]) };
}

function shuffled(count: number, seed: number): Int32Array {
  const random = randomFrom(seed);
  const keys = Float64Array.from({ length: count }, () => random());
  return Int32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b]);
}

describe("more points than are clustered", () => {
  it.each([1, 3, 4, 5, 6])("seed %i: what is said to belong to a pattern does so among all points", (seed) => {
    const { embedded, weights } = embeddedClouds(seed);
    const all = clusterPoints(embedded, dims, weights, options);
    const cut = clusterPoints(embedded, dims, weights, { ...options, pointsMax: 200 });
    expect(cut.clustered.length).toBe(200);
    expect(all.clustered.length).toBe(600);
    let inside = 0;
    for (let point = 0; point < embedded.count; point++) {
      if (cut.labels[point] === noiseLabel) continue;
      inside++;
      expect(all.labels[point]).not.toBe(noiseLabel);
    }
    expect(inside).toBeGreaterThan(50);
    expect(inside).toBeLessThan(600);
  });

  it.each([1, 2, 3, 4, 5])("seed %i: the compared get what DBSCAN's predict says, core point by core point", (seed) => {
    const { embedded, weights } = embeddedClouds(seed);
    const cut = clusterPoints(embedded, dims, weights, { ...options, pointsMax: 200 });
    const { clustered, compared } = choosePoints(embedded, weights, 200);
    const rows = embedded.rows(Int32Array.from({ length: embedded.count }, (_, point) => point));
    const distance = (a: number, b: number) => {
      let square = 0;
      for (let dim = 0; dim < dims; dim++) square += (rows[a * dims + dim] - rows[b * dims + dim]) ** 2;
      return Math.sqrt(square);
    };
    const near = (point: number) => clustered.filter((other) => distance(point, other) <= options.eps);
    const core = clustered.filter(
      (point) => near(point).reduce((sum, other) => sum + weights[other], 0) >= options.minSamples,
    );
    expect(core.length).toBeGreaterThan(10);
    for (const point of compared) {
      const labels = Array.from(core, (other) =>
        distance(point, other) <= options.eps ? cut.labels[other] : Infinity,
      );
      const lowest = Math.min(...labels);
      expect(cut.labels[point]).toBe(lowest === Infinity ? noiseLabel : lowest);
      expect(Number.isNaN(cut.weightNearby[point])).toBe(lowest === Infinity);
    }
  });

  it("the order in which the points came changes nothing, not even a cluster's number", () => {
    const plain = embeddedClouds(7);
    const one = clusterPoints(plain.embedded, dims, plain.weights, { ...options, pointsMax: 200 });
    const order = shuffled(600, 99);
    const mixed = embeddedClouds(7, order);
    const other = clusterPoints(mixed.embedded, dims, mixed.weights, { ...options, pointsMax: 200 });
    expect(new Set(one.labels).size).toBeGreaterThan(2);
    order.forEach((point, at) => {
      expect(other.labels[at]).toBe(one.labels[point]);
      expect(other.distances[at]).toBe(one.distances[point]);
    });
  });

  it("half of the clustered are the heaviest, the others those of the smallest hashes; at the limit all, as they came", () => {
    const { embedded, weights } = embeddedClouds(3);
    const { clustered, compared } = choosePoints(embedded, weights, 200);
    expect([...clustered, ...compared].sort((a, b) => a - b)).toEqual([...weights.keys()]);
    const left = [...clustered.subarray(100), ...compared];
    const lightest = Math.min(...Array.from(clustered.subarray(0, 100), (point) => weights[point]));
    expect(left.every((point) => weights[point] <= lightest)).toBe(true);
    const hashes = left.map((point) => embedded.hashOf(point));
    expect(hashes).toEqual([...hashes].sort((a, b) => a - b));
    expect(choosePoints(embedded, weights, 600)).toEqual({
      clustered: Int32Array.from(weights.keys()),
      compared: new Int32Array(0),
    });
  });
});

describe("oddline scan --points-max", () => {
  const scan = (...words: string[]) => {
    const all = ["dist/bin.js", "scan", "--json", "--min-samples", "5", ...words];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8", maxBuffer: 1 << 28 });
    expect(status).toBe(0);
    const rows = stdout.split("\n").filter((line) => line !== "");
    return { stdout, stderr, rows: rows.map((line): Anomaly => JSON.parse(line)) };
  };
  const texts = (rows: Anomaly[]) => rows.map(({ text }) => text);

  it("says what was clustered and what was not, the same in any order of the lines", { timeout: 120_000 }, async () => {
    const lines = [...hostileLines(1000, 7)].filter((line) => line.trim() !== "");
    await withFolder(async (folder) => {
      const [log, turned, report] = ["log", "turned", "report.html"].map((name) => join(folder, name));
      writeFileSync(log, `${lines.join("\n")}\n`);
      writeFileSync(turned, `${[...lines].reverse().join("\n")}\n`);

      const cut = scan(log, "--points-max", "300", "--report", report);
      expect(cut.stderr).toMatch(
        /warning: \d{3} distinct points: 300 of them, .* were clustered. The other \d{3} were only compared .* not with each other, so the [\d,]+ lines/,
      );
      expect(readFileSync(report, "utf8")).toContain("were only compared with the resulting patterns");
      const compared = cut.rows.filter((row) => row.compared);
      expect(compared.length).toBeGreaterThan(100);
      expect(compared.length).toBeLessThan(cut.rows.length);
      for (const { reason } of compared) expect(reason).toContain("were not counted");

      const turnedCut = scan(turned, "--points-max", "300");
      expect(texts(turnedCut.rows).reverse()).toEqual(texts(cut.rows));
      expect(turnedCut.stderr).toBe(cut.stderr);

      const whole = scan(log);
      expect(whole.stderr).not.toContain("warning");
      expect(whole.stdout).not.toContain('"compared"');
      expect(cut.rows.length).toBeGreaterThan(whole.rows.length);
      expect(cut.rows.length).toBeLessThan(lines.length);
      const noise = new Set(texts(cut.rows));
      expect(texts(whole.rows).filter((text) => !noise.has(text))).toEqual([]);
      expect(scan(log, "--points-max", "1000").stdout).toBe(whole.stdout);
    });
  });
});
