/** The few parts of the protobuf wire format that tagging needs (https://protobuf.dev/programming-guides/encoding). */

export class WireError extends Error {}

export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** One field: its number and the range of its value; of a varint the value is read by `varintAt`. */
export interface Field {
  number: number;
  type: number;
  start: number;
  end: number;
}

/** The fields of the message in [at, end), in order; throws where the bytes are none. */
export function* fieldsOf(bytes: Buffer, at: number, end: number): Generator<Field> {
  while (at < end) {
    const key = varintAt(bytes, at, end);
    const number = Math.floor(key.value / 8);
    const type = key.value % 8;
    let start = key.end;
    let next: number;
    if (type === wireType.varint) next = varintEnd(bytes, start, end);
    else if (type === wireType.fixed64) next = start + 8;
    else if (type === wireType.fixed32) next = start + 4;
    else if (type === wireType.bytes) {
      const length = varintAt(bytes, start, end);
      start = length.end;
      next = start + length.value;
    } else throw new WireError(`wire type ${type}`);
    if (next > end || number === 0) throw new WireError("a field that does not fit its message");
    yield { number, type, start, end: next };
    at = next;
  }
}

function varintEnd(bytes: Buffer, at: number, end: number): number {
  for (let i = at; i < end && i < at + 10; i++) if (bytes[i] < 0x80) return i + 1;
  throw new WireError("a number that does not end");
}

/** Exact up to 2^53, which lengths and field numbers are. */
export function varintAt(bytes: Buffer, at: number, end: number): { value: number; end: number } {
  const stop = varintEnd(bytes, at, end);
  let value = 0;
  for (let i = stop - 1; i >= at; i--) value = value * 128 + (bytes[i] & 0x7f);
  return { value, end: stop };
}

/** All 64 bits, as two's complement. */
export function int64At(bytes: Buffer, at: number, end: number): bigint {
  const stop = varintEnd(bytes, at, end);
  let value = 0n;
  for (let i = stop - 1; i >= at; i--) value = (value << 7n) | BigInt(bytes[i] & 0x7f);
  return BigInt.asIntN(64, value);
}

export function varint(value: bigint | number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Buffer.from(out);
}

/** A field that holds bytes: text or a message. */
export function bytesField(number: number, ...content: Uint8Array[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([varint(number * 8 + wireType.bytes), varint(length), ...content]);
}

export function varintField(number: number, value: bigint): Buffer {
  return Buffer.concat([varint(number * 8 + wireType.varint), varint(value)]);
}

export function doubleField(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(number * 8 + wireType.fixed64), bytes]);
}
