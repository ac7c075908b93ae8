/** What came once in a log: lists of numbers that grow by blocks, so that nothing is copied, and are read in order. */

const blockLength = 1 << 16;

/** Rows of so many numbers. */
class Rows {
  private readonly blocks: Uint32Array[] = [];
  size = 0;

  constructor(private readonly columns: number) {}

  /** Where a new row begins, and in which block. */
  next(): [block: Uint32Array, at: number] {
    const at = this.size++ % blockLength;
    if (at === 0) this.blocks.push(new Uint32Array(blockLength * this.columns));
    return [this.blocks[this.blocks.length - 1], at * this.columns];
  }

  *each(): Generator<[block: Uint32Array, at: number]> {
    for (let row = 0; row < this.size; row++) {
      const block = Math.floor(row / blockLength);
      yield [this.blocks[block], (row - block * blockLength) * this.columns];
    }
  }
}

export interface Single {
  /** Its number among the groups. */
  group: number;
  low: number;
  high: number;
  /** The signature that had it. */
  signature: number;
}

/** Values that came once, in groups that came more often. */
export class Singles {
  private readonly rows = new Rows(4);

  add(group: number, low: number, high: number, signature: number): void {
    const [block, at] = this.rows.next();
    block[at] = group;
    block[at + 1] = low;
    block[at + 2] = high;
    block[at + 3] = signature;
  }

  /** The same object each time. */
  *each(): Generator<Single> {
    const single: Single = { group: 0, low: 0, high: 0, signature: 0 };
    for (const [block, at] of this.rows.each()) {
      single.group = block[at];
      single.low = block[at + 1];
      single.high = block[at + 2];
      single.signature = block[at + 3];
      yield single;
    }
  }
}

/** Groups that came once, with one value. Of most of them nothing is kept but how many there were. */
export class LoneGroups {
  private readonly rows = new Rows(2);
  /** By kind. */
  private readonly counts = new Map<number, number>();
  size = 0;

  constructor(private readonly isKept: (kind: number) => boolean) {}

  add(low: number, high: number, kind: number): void {
    this.size++;
    this.counts.set(kind, this.ofKind(kind) + 1);
    if (!this.isKept(kind)) return;
    const [block, at] = this.rows.next();
    block[at] = low;
    block[at + 1] = high;
  }

  ofKind(kind: number): number {
    return this.counts.get(kind) ?? 0;
  }

  /** Hashes of those that are kept, rising. */
  sorted(): BigUint64Array {
    const words = new Uint32Array(this.rows.size * 2);
    let out = 0;
    for (const [block, at] of this.rows.each()) {
      words[out++] = block[at];
      words[out++] = block[at + 1];
    }
    return new BigUint64Array(words.buffer).sort();
  }
}

/** Distinct numbers, a handful at most: most names of a hostile log have one, for which a set is too much. */
export const nobody: readonly number[] = [];

/** With more of them, up to so many. */
export function withMore(all: readonly number[], some: Iterable<number>, most: number): readonly number[] {
  let more = all;
  for (const one of some) if (more.length < most && !more.includes(one)) more = [...more, one];
  return more;
}
