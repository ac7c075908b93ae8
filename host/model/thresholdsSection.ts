/** The thresholds section; layout in assembly/operate/modelFile.ts. */
export interface Thresholds {
  /** -ln p₀: a surprise above it scores above 1. */
  surprise: number;
  /** Factor on every centroid's radius. */
  outlierScale: number;
  /** Unix seconds of the newest event learnt from; 0 where the lines carry no time. */
  newestEventSeconds: number;
  /** The filter says so when the model is older; 0 never. */
  ageSecondsMax: number;
  linesLearnt: number;
  tagEvery: boolean;
}

export function encodeThresholds(thresholds: Thresholds): Uint8Array {
  const view = new DataView(new ArrayBuffer(48));
  view.setFloat64(0, thresholds.surprise, true);
  view.setFloat64(8, thresholds.outlierScale, true);
  view.setBigInt64(16, BigInt(thresholds.newestEventSeconds), true);
  view.setBigInt64(24, BigInt(thresholds.ageSecondsMax), true);
  view.setBigUint64(32, BigInt(thresholds.linesLearnt), true);
  view.setUint32(40, thresholds.tagEvery ? 1 : 0, true);
  return new Uint8Array(view.buffer);
}

export function decodeThresholds(bytes: Uint8Array): Thresholds {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    surprise: view.getFloat64(0, true),
    outlierScale: view.getFloat64(8, true),
    newestEventSeconds: Number(view.getBigInt64(16, true)),
    ageSecondsMax: Number(view.getBigInt64(24, true)),
    linesLearnt: Number(view.getBigUint64(32, true)),
    tagEvery: (view.getUint32(40, true) & 1) === 1,
  };
}
