/** Bytes that one language writes and the other reads: each field is read as what was written, and no other. */
import { describe, expect, it } from "vitest";
import { type IsolationForest, leaf, pathNormaliser } from "../../../host/math/isolationForest.js";
import { encodeCentroids } from "../../../host/model/centroidSection.js";
import { withoutLearning } from "../../../host/model/configuredModel.js";
import { encodeFeatures } from "../../../host/model/featureSection.js";
import { encodeForest } from "../../../host/model/forestSection.js";
import { encodeGrams, gramsBytes } from "../../../host/model/gramSection.js";
import { encodeModel, section } from "../../../host/model/modelFile.js";
import type { FeatureName } from "../../../host/model/networkFeatures.js";
import { encodeThresholds } from "../../../host/model/thresholdsSection.js";
import { encodeTokens } from "../../../host/model/tokenSection.js";
import { Engine } from "../../../host/wasm/engine.js";
import { textSignature } from "../../../host/wasm/layout.js";
import { learningRecords } from "../../../host/wasm/learningRecords.js";
import { hashPair } from "../../differential/reference/hash.js";
import { FilterHost } from "../../support/filterHost.mjs";

const arrival = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);
const thresholds = {
  ...withoutLearning,
  ...{ surprise: 12, outlierScale: 2, newestEventSeconds: 1_795_000_000, ageSecondsMax: 86_400, linesLearnt: 1 },
  tagEvery: false,
};
const line = (at: number, key: string, text = "user logged in") =>
  `{"log":"Nov 21 02:11:${at} host prog[7]: ${text} from ${key}"}`;

describe("learning records", () => {
  it("state times before 1970 and far ahead, or none", () => {
    const times = [0n, -1n, -(2n ** 33n), 2n ** 32n, 253_402_300_799n, 2n ** 63n - 1n];
    const bytes = Buffer.alloc(48 * times.length);
    times.forEach((time, i) => {
      bytes.writeBigInt64LE(time, 48 * i + 16);
    });
    const seconds: unknown[] = [];
    for (const record of learningRecords(bytes)) seconds.push(record.seconds);
    expect(seconds).toEqual([...times.slice(0, -1).map(Number), undefined]);
  });

  it("hold hashes, time, mark and signature", () => {
    const lines = [
      line(10, "203.0.113.9"),
      line(11, "203.0.113.8"),
      line(12, "198.51.100.9", "disk full, freed"),
      '{"log":"no time"}',
      line(13, "192.0.2.1").replace(/}$/, ',"anomaly":{"score":1}}'),
    ];
    const engine = new Engine();
    const read: Record<string, unknown>[] = [];
    for (const { records } of engine.signatures(Buffer.from(`${lines.join("\n")}\n`), { flags: 0, seconds: arrival })) {
      for (const record of learningRecords(records)) {
        const { low, high, signatureStart, signatureBytes } = record;
        const bytes = records.slice(signatureStart, signatureStart + signatureBytes);
        expect(engine.hashBytes(bytes)).toBe((BigInt(high) << 32n) | BigInt(low));
        expect(bytes[0]).toBe(textSignature);
        read.push({ ...record });
      }
    }
    const start = Date.UTC(2026, 10, 21, 2, 11, 10) / 1000;
    expect(read.map(({ seconds }) => seconds)).toEqual([start, start + 1, start + 2, undefined, start + 3]);
    expect(read.map(({ isTagged }) => isTagged)).toEqual([false, false, false, false, true]);
    expect(read[0].low).toBe(read[1].low);
    expect(new Set(read.map(({ key }) => key)).size).toBe(5);
    expect(read[0].network).toBe(read[1].network);
    expect(new Set(read.map(({ network }) => network)).size).toBe(4);
    expect([read[3].key, read[3].network]).toEqual([0, 0]);
  });
});

describe("sections of a model", () => {
  const engine = new Engine();
  const sums = new Int16Array(256).map((_, at) => (at % 3) - 1);
  const centroid = { sums, radius: 0.25, support: 7 };
  const model = (changed: Partial<typeof thresholds>, radius = 0.25) =>
    encodeModel(
      engine,
      new Map([
        [section.thresholds, encodeThresholds({ ...thresholds, ...changed })],
        [section.centroids, encodeCentroids([centroid, { ...centroid, radius }])],
      ]),
    );
  const read = (bytes: Uint8Array) => {
    engine.useModel(bytes, "the model");
    return engine.explain(Buffer.from("connection to the database lost"), arrival)!;
  };

  it("centroids: sums, norm and radius", () => {
    const { nearestDistance, nearestRadius } = read(model({}));
    expect(nearestRadius).toBe(0.25);
    const embedded = engine.embeddingSums()!;
    const dot = sums.reduce((sum, value, at) => sum + value * embedded[at], 0);
    const norm = (values: Int16Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    expect(nearestDistance).toBeCloseTo(Math.sqrt(2 - (2 * dot) / (norm(sums) * norm(embedded))), 12);
  });

  it("thresholds: scale and surprise", () => {
    const { nearestDistance, nearestRadius, outlierScore } = read(model({}));
    expect(outlierScore).toBeCloseTo(nearestDistance / (nearestRadius * 2), 12);
    expect(read(model({ outlierScale: 4 })).outlierScore).toBeCloseTo(outlierScore / 2, 12);
    for (const surprise of [0, 100]) expect(engine.tryModel(model({ surprise }))).toContain("invalid");
    for (const requestSurprise of [0, Number.NaN])
      expect(engine.tryModel(model({ requestSurprise }))).toContain("invalid");
  });

  it("thresholds: age and whether every event is tagged", () => {
    const seconds = thresholds.newestEventSeconds + 86_400;
    const errors = (ageSecondsMax: number, at: number) => {
      const host = new FilterHost({ model: model({ ageSecondsMax }) });
      host.clockMilliseconds = at * 1000;
      host.filter(Buffer.from('{"log":"a"}'), { seconds: at });
      return host.errors.filter((error) => / (hours|days) old/.test(error)).length;
    };
    // the line that says what was loaded, and one that complains
    const late = seconds + 3600;
    expect([errors(86_400, late), errors(2 * 86_400, late), errors(0, late)]).toEqual([2, 1, 1]);
    const tagged = (tagEvery: boolean) =>
      String(
        new FilterHost({ model: model({ tagEvery, outlierScale: 900 }) }).filter(Buffer.from('{"log":"a"}'), {
          seconds,
        }).output,
      );
    expect(tagged(true)).toContain('"anomaly"');
    expect(tagged(false)).not.toContain('"anomaly"');
  });

  it("grams: a set of one size", () => {
    const sections = (bytes: Uint8Array) =>
      new Map([
        [section.thresholds, encodeThresholds(thresholds)],
        [section.grams, bytes],
      ]);
    expect(engine.tryModel(encodeModel(engine, sections(encodeGrams(() => true))))).toBeUndefined();
    for (const size of [0, gramsBytes - 16, gramsBytes + 16])
      expect(engine.tryModel(encodeModel(engine, sections(new Uint8Array(size))))).toContain("invalid");
  });

  it("vectors of words: hash, vector and scale", () => {
    const word = engine.hashBytes(Buffer.from("database"));
    const listed = hashPair(17n, word); // as one of the words that are common
    const [low, high] = [Number(listed & 0xffffffffn), Number(listed >> 32n)];
    const known = { low, high, count: 9, once: 0, note: 0 };
    const vector = new Int8Array(64).map((_, at) => at - 32);
    const sections = (scale: number) =>
      new Map([
        [section.thresholds, encodeThresholds(thresholds)],
        [section.features, encodeFeatures([known])],
        [section.centroids, encodeCentroids([centroid])],
        [section.tokens, encodeTokens([{ hash: word, vector }], scale)],
      ]);
    for (const scale of [1, 0.5, 2]) {
      engine.useModel(encodeModel(engine, sections(scale)), "the model");
      engine.explain(Buffer.from("connection to the database lost"), arrival);
      const last = engine.embeddingSums()!.slice(-64);
      expect([...last]).toEqual([...vector].map((value) => Math.round(value * scale) + 0));
    }
    const wrong = encodeTokens([{ hash: word, vector }], 1);
    new DataView(wrong.buffer).setUint32(8, 63, true);
    expect(engine.tryModel(encodeModel(engine, sections(1).set(section.tokens, wrong)))).toContain("invalid");
  });

  it("forest: ids, roots, nodes and normaliser", () => {
    // bytes, then failed connections; a tree that asks for both, and one that asks for bytes
    const forest: IsolationForest = {
      featureCount: 2,
      sampleCount: 256,
      rootIndexes: Uint32Array.of(0, 5),
      features: Uint16Array.of(1, 0, leaf, leaf, leaf, 0, leaf, leaf),
      rightIndexes: Uint32Array.of(4, 3, 0, 0, 0, 7, 0, 0),
      thresholds: Float32Array.of(0.5, 1000, 0, 0, 0, 50, 0, 0),
      pathLengths: Float32Array.of(3, 4, 5.25, 2.5, 1, 4, 2, 7.75),
    };
    const network = { entity: "destination" as const, windowSeconds: 300, alertScore: -0.1, minFlows: 1 };
    const decisionOf = (bytes: number, failed: boolean, { features = ["bytes", "failed"], trees = forest } = {}) => {
      const packed = encodeForest({ ...network, forest: trees, features: features as FeatureName[] });
      const sections = new Map([
        [section.thresholds, encodeThresholds(thresholds)],
        [section.forest, packed],
      ]);
      const engine = new Engine();
      engine.useModel(encodeModel(engine, sections), "the model");
      const [source, destination, state] = ["10.0.0.1", "192.0.2.9", failed ? "S0" : "SF"];
      const flow = { source, destination, port: 443, bytes, state };
      const { flow: read } = engine.explain(Buffer.from(JSON.stringify(flow)), arrival)!;
      expect(read).toMatchObject({ bytes, failed });
      return read!.decision;
    };
    const byHand = (...pathLengths: number[]) =>
      0.5 - 2 ** (-pathLengths.reduce((sum, length) => sum + length) / pathNormaliser(forest));
    expect(decisionOf(40, false)).toBeCloseTo(byHand(5.25, 2), 12);
    expect(decisionOf(51, false)).toBeCloseTo(byHand(5.25, 7.75), 12);
    expect(decisionOf(1001, false)).toBeCloseTo(byHand(2.5, 7.75), 12);
    expect(decisionOf(40, true)).toBeCloseTo(byHand(1, 2), 12);
    expect(decisionOf(40, false, { features: ["failed", "bytes"] })).toBeCloseTo(byHand(1, 2), 12);
    const trees = { ...forest, thresholds: forest.thresholds.map((threshold) => threshold / 2) };
    expect(decisionOf(40, false, { trees })).toBeCloseTo(byHand(5.25, 7.75), 12);
  });
});
