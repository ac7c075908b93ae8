/** What usually comes how often; layout in assembly/detect/windows/usual.ts. */
/** The most that came within a window, short and long; a hash in two halves says what. */
export interface UsualRate {
  low: number;
  high: number;
  short: number;
  long: number;
}

const headerBytes = 16;
const rowBytes = 16;

export function encodeUsual(rates: UsualRate[], windowSeconds: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(headerBytes + rates.length * rowBytes));
  view.setUint32(0, rates.length, true);
  view.setUint32(4, windowSeconds, true);
  const ordered = [...rates].sort((a, b) => a.high - b.high || a.low - b.low);
  ordered.forEach(({ low, high, short, long }, row) => {
    const at = headerBytes + row * rowBytes;
    view.setUint32(at, low, true);
    view.setUint32(at + 4, high, true);
    view.setUint32(at + 8, short, true);
    view.setUint32(at + 12, long, true);
  });
  return new Uint8Array(view.buffer);
}
