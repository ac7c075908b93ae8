/**
 * Of each of many items the smallest of the numbers it met, ascending, up to so many. Most items of a log whose lines
 * are all different meet one number: only those that met more have a row.
 */
import { grown, keepPlaces, roomAfter } from "../math/columns.js";

export class SmallestSets {
  /** The one number of an item without a row; 0: none. */
  private alone = new Uint32Array(1024);
  /** From 1 on; 0: none. */
  private rowOf = new Uint32Array(1024);
  private rows = new Uint32Array(0);
  private rowCount = 0;
  private readonly freeRows: number[] = [];

  constructor(private readonly capacity: number) {}

  /** `number` is not 0. */
  add(item: number, number: number): void {
    if (item >= this.alone.length) this.grow(item + 1);
    const row = this.rowOf[item];
    if (row > 0) keepSmallest(this.rows, (row - 1) * this.capacity, this.capacity, number);
    else if (this.alone[item] === 0) this.alone[item] = number;
    else if (this.alone[item] !== number) {
      const start = this.newRow(item);
      this.rows[start] = Math.min(number, this.alone[item]);
      this.rows[start + 1] = Math.max(number, this.alone[item]);
    }
  }

  /** A view. */
  of(item: number): Uint32Array {
    const row = this.rowOf[item];
    if (!row) return this.alone[item] ? this.alone.subarray(item, item + 1) : noNumbers;
    const start = (row - 1) * this.capacity;
    let end = start + 2;
    while (end < start + this.capacity && this.rows[end] !== 0) end++;
    return this.rows.subarray(start, end);
  }

  /** 0 where there is none. */
  smallest(item: number): number {
    const row = this.rowOf[item];
    return (row ? this.rows[(row - 1) * this.capacity] : this.alone[item]) ?? 0;
  }

  /** Whether an item met so many numbers, two or more of them. */
  has(item: number, count: number): boolean {
    const row = this.rowOf[item];
    return row > 0 && this.rows[(row - 1) * this.capacity + count - 1] !== 0;
  }

  /** Forgets all items, of so many, but these, rising; they are numbered anew. */
  keepOnly(items: Uint32Array, size: number): void {
    let next = 0;
    for (let item = 0; item < Math.min(size, this.rowOf.length); item++) {
      if (item === items[next]) next++;
      else if (this.rowOf[item] > 0) this.freeRows.push(this.rowOf[item]);
    }
    if (items.length > this.alone.length) this.grow(items.length);
    keepPlaces(this.alone, items);
    keepPlaces(this.rowOf, items);
  }

  /** Where the new row of an item starts. */
  private newRow(item: number): number {
    const row = this.freeRows.pop() ?? ++this.rowCount;
    this.rowOf[item] = row;
    const [start, end] = [(row - 1) * this.capacity, row * this.capacity];
    if (end > this.rows.length) this.rows = grown(this.rows, Math.max(end, this.capacity * roomAfter(this.rowCount)));
    else this.rows.fill(0, start, end);
    return start;
  }

  private grow(length: number): void {
    const room = Math.max(length, roomAfter(this.alone.length));
    this.alone = grown(this.alone, room);
    this.rowOf = grown(this.rowOf, room);
  }
}

const noNumbers = new Uint32Array(0);

/** Keeps the `capacity` smallest distinct numbers, ascending; 0 marks a free place. */
function keepSmallest(numbers: Uint32Array, start: number, capacity: number, value: number): void {
  for (let at = start; at < start + capacity; at++) {
    const held = numbers[at];
    if (held === value) return;
    if (held !== 0 && held < value) continue;
    if (held !== 0) numbers.copyWithin(at + 1, at, start + capacity - 1);
    numbers[at] = value;
    return;
  }
}
