/** The thresholds section; layout in assembly/operate/modelFile.ts. */
export interface Thresholds {
  /** -ln p₀ of texts, and what a request's surprise must exceed: one above it scores above 1. */
  surprise: number;
  requestSurprise: number;
  /** Factor on every centroid's radius. */
  outlierScale: number;
  /** Unix seconds of the newest event learnt from; 0 where the lines carry no time. */
  newestEventSeconds: number;
  /** The filter says so when the model is older; 0 never. */
  ageSecondsMax: number;
  linesLearnt: number;
  tagEvery: boolean;
  /** Scores that one ordinary line in 10,000, and in 100,000, reaches; of requests by what is the news. */
  rare: Record<RareKind, RareScores>;
}

/** In the order of the section. */
const rareKinds = ["request", "text", "outlier", "path", "missingPath"] as const;
export type RareKind = (typeof rareKinds)[number];
/** That the path is new, that one is which answers with an error, or anything else. */
export type RequestNews = Extract<RareKind, "request" | "path" | "missingPath">;

export interface RareScores {
  medium: number;
  high: number;
}

/** So many of the ordinary lines reach such scores. */
export const rareShares: RareScores = { medium: 0.0001, high: 0.00001 };

/** What nothing was learnt of goes by the ratio to the threshold. */
export const rareScoresUnknown: RareScores = { medium: 1.5, high: 3 };
export const allRareUnknown: Thresholds["rare"] = {
  request: rareScoresUnknown,
  text: rareScoresUnknown,
  outlier: rareScoresUnknown,
  path: rareScoresUnknown,
  missingPath: rareScoresUnknown,
};
const bytesBefore = 48;

export function encodeThresholds(thresholds: Thresholds): Uint8Array {
  const view = new DataView(new ArrayBuffer(136));
  view.setFloat64(0, thresholds.surprise, true);
  view.setFloat64(8, thresholds.outlierScale, true);
  view.setBigInt64(16, BigInt(thresholds.newestEventSeconds), true);
  view.setBigInt64(24, BigInt(thresholds.ageSecondsMax), true);
  view.setBigUint64(32, BigInt(thresholds.linesLearnt), true);
  view.setUint32(40, thresholds.tagEvery ? 1 : 0, true);
  view.setFloat64(48, thresholds.requestSurprise, true);
  rareKinds.forEach((kind, index) => {
    const { medium, high } = thresholds.rare[kind];
    view.setFloat64(56 + index * 16, medium, true);
    view.setFloat64(64 + index * 16, high, true);
  });
  return new Uint8Array(view.buffer);
}

export function decodeThresholds(bytes: Uint8Array): Thresholds {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isBefore = bytes.length === bytesBefore;
  const rare = (index: number): RareScores =>
    isBefore
      ? rareScoresUnknown
      : { medium: view.getFloat64(56 + index * 16, true), high: view.getFloat64(64 + index * 16, true) };
  return {
    requestSurprise: view.getFloat64(isBefore ? 0 : 48, true),
    rare: { request: rare(0), text: rare(1), outlier: rare(2), path: rare(3), missingPath: rare(4) },
    surprise: view.getFloat64(0, true),
    outlierScale: view.getFloat64(8, true),
    newestEventSeconds: Number(view.getBigInt64(16, true)),
    ageSecondsMax: Number(view.getBigInt64(24, true)),
    linesLearnt: Number(view.getBigUint64(32, true)),
    tagEvery: (view.getUint32(40, true) & 1) === 1,
  };
}
