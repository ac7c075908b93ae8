/** Vectors of words that a teacher gave; layout in assembly/detect/outlier/tokenVectors.ts. */
export const tokenVectorDims = 64;
export const tokenVectorsMax = 16_384;
const headBytes = 16;
const rowBytes = 72;
/** In 256ths: 2, so that the sums of a line keep to 16 bits. */
const scaleMax = 512;

export interface TokenRow {
  hash: bigint;
  vector: Int8Array;
}

/** Rows go in by their hashes, so that the same content gives the same bytes. */
export function encodeTokens(rows: TokenRow[], scale: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(headBytes + rows.length * rowBytes));
  view.setUint32(0, rows.length, true);
  view.setUint32(4, Math.min(scaleMax, Math.max(1, Math.round(scale * 256))), true);
  view.setUint32(8, tokenVectorDims, true);
  const ordered = [...rows].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  ordered.forEach(({ hash, vector }, index) => {
    const row = headBytes + index * rowBytes;
    view.setBigUint64(row, hash, true);
    for (let dim = 0; dim < tokenVectorDims; dim++) view.setInt8(row + 8 + dim, vector[dim]);
  });
  return new Uint8Array(view.buffer);
}

/** How many words have a vector. */
export function tokenCountOf(section: Uint8Array): number {
  return new DataView(section.buffer, section.byteOffset).getUint32(0, true);
}
