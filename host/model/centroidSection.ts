/** The centroids: known patterns, each with its radius; layout in assembly/detect/outlier/nearest.ts. */
export const dimensions = 256;
export const centroidBytes = 304;
export const centroidsMax = 4096;

export interface Centroid {
  /** The 256 sums of its embedding. */
  sums: Int16Array;
  /** Euclidean, on unit vectors. */
  radius: number;
  /** Lines that it stands for. */
  support: number;
}

export function encodeCentroids(centroids: Centroid[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 + centroids.length * centroidBytes));
  view.setUint32(0, centroids.length, true);
  view.setUint32(4, dimensions, true);
  centroids.forEach((centroid, index) => {
    const row = 16 + index * centroidBytes;
    const sums = packSums(centroid.sums);
    let square = 0;
    for (let d = 0; d < dimensions; d++) {
      view.setInt8(row + 32 + d, sums[d]);
      square += sums[d] * sums[d];
      if (centroid.sums[d] > 0) setBit(view, row, d);
    }
    view.setFloat32(row + 288, centroid.radius, true);
    view.setUint32(row + 292, Math.min(centroid.support, 0xffffffff), true);
    view.setUint32(row + 296, square, true);
  });
  return new Uint8Array(view.buffer);
}

function setBit(view: DataView, row: number, dimension: number): void {
  const at = row + (dimension >> 3);
  view.setUint8(at, view.getUint8(at) | (1 << (dimension & 7)));
}

/** Sums of long lines exceed a byte; only their direction matters. */
function packSums(sums: Int16Array): Int8Array {
  const largest = sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), 1);
  const scale = largest > 127 ? 127 / largest : 1;
  return Int8Array.from(sums, (sum) => Math.round(sum * scale));
}

export function decodeCentroids(section: Uint8Array): Centroid[] {
  const view = new DataView(section.buffer, section.byteOffset, section.byteLength);
  return Array.from({ length: view.getUint32(0, true) }, (_, index) => {
    const row = 16 + index * centroidBytes;
    return {
      sums: Int16Array.from({ length: dimensions }, (_, d) => view.getInt8(row + 32 + d)),
      radius: view.getFloat32(row + 288, true),
      support: view.getUint32(row + 292, true),
    };
  });
}
