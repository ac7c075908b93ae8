/**
 * Columns of numbers. Long ones lie in memory that grows and shrinks in place: copies, and what is left of them until
 * it is collected, made up half of what learning from a log took whose lines are all different.
 */

type Numbers = Uint32Array | Int32Array | Float64Array | Uint16Array | Uint8Array;
type Kind<T> = { new (length: number): T; new (buffer: ArrayBuffer): T };

/** Shorter columns are copied. */
const longBytes = 1 << 20;
/** Addresses that are set apart for a long one; it takes no memory before it is that long. */
const reservedBytes = 2 ** 30;

interface ResizableBuffer extends ArrayBuffer {
  resizable?: boolean;
  maxByteLength: number;
  resize(bytes: number): void;
}

/** The length a column that is full grows to. */
export function roomAfter(length: number): number {
  return Math.max(1024, Math.ceil(length * 1.25));
}

/** The same numbers in a longer column; the old one is not to be used any more. */
export function grown<T extends Numbers>(column: T, length: number): T {
  return resized(column, length);
}

/** As many of the numbers as there is room for; behind them zeros. */
export function resized<T extends Numbers>(column: T, length: number): T {
  const bytes = length * column.BYTES_PER_ELEMENT;
  const buffer = column.buffer as ResizableBuffer;
  if (buffer.resizable && bytes <= buffer.maxByteLength) {
    buffer.resize(bytes);
    return column;
  }
  const other = newColumn(column.constructor as Kind<T>, length, bytes);
  other.set(column.subarray(0, length) as never);
  release(column);
  return other;
}

function newColumn<T extends Numbers>(kind: Kind<T>, length: number, bytes: number): T {
  if (bytes < longBytes) return new kind(length);
  const Resizable = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer;
  try {
    return new kind(new Resizable(bytes, { maxByteLength: Math.max(reservedBytes, 2 * bytes) }));
  } catch {
    return new kind(length); // where a process may not set apart as many addresses
  }
}

/** A column of zeros. */
export function column<T extends Numbers>(kind: Kind<T>, length: number): T {
  return newColumn(kind, length, length * new kind(0).BYTES_PER_ELEMENT);
}

/** Gives back the memory of a column that nobody reads any more. */
export function release(column: Numbers): void {
  const buffer = column.buffer as ResizableBuffer;
  if (buffer.resizable) buffer.resize(0);
}

/** What stands at these places, rising, and nothing else; the old column is not to be used any more. */
export function picked<T extends Numbers>(column: T, places: Uint32Array): T {
  for (let at = 0; at < places.length; at++) column[at] = column[places[at]];
  return resized(column, places.length);
}

/** Moves what stands at these places, rising, to the front, and clears the rest. */
export function keepPlaces(column: Numbers, places: Uint32Array): void {
  for (let at = 0; at < places.length; at++) column[at] = column[places[at]];
  column.fill(0, places.length);
}

/** The numbers below `size` of which this holds, rising. */
export function numbersWhere(size: number, holds: (number: number) => boolean): Uint32Array {
  const marks = new Uint8Array(size);
  let count = 0;
  for (let number = 0; number < size; number++) {
    if (!holds(number)) continue;
    marks[number] = 1;
    count++;
  }
  const numbers = new Uint32Array(count);
  for (let number = 0, at = 0; number < size; number++) if (marks[number] === 1) numbers[at++] = number;
  return numbers;
}
