/** What came once in a log. */
import { grown, release, roomAfter } from "../math/columns.js";

export interface Single {
  /** Its number among the groups. */
  group: number;
  /** The signature that had it. */
  signature: number;
}

/**
 * Values that came once, in groups that came more often: of each only its group, as the signature tells the rest once
 * it is known which groups are kept.
 */
export class Singles {
  private groups = new Uint32Array(1024);
  private size = 0;
  /** Each signature that had some, and where its groups end. */
  private runs = new Uint32Array(1024);
  private runCount = 0;

  /** Signatures come one after the other. */
  add(group: number, signature: number): void {
    if (this.size === this.groups.length) this.groups = grown(this.groups, roomAfter(this.size));
    this.groups[this.size++] = group;
    if (this.runCount === 0 || this.runs[2 * this.runCount - 2] !== signature) {
      if (2 * this.runCount === this.runs.length) this.runs = grown(this.runs, 2 * roomAfter(this.runCount));
      this.runs[2 * this.runCount++] = signature;
    }
    this.runs[2 * this.runCount - 1] = this.size;
  }

  /** The same object each time. */
  *each(): Generator<Single> {
    const single: Single = { group: 0, signature: 0 };
    for (let run = 0, at = 0; run < this.runCount; run++) {
      single.signature = this.runs[2 * run];
      for (; at < this.runs[2 * run + 1]; at++) {
        single.group = this.groups[at];
        yield single;
      }
    }
  }

  clear(): void {
    this.size = 0;
    this.runCount = 0;
    release(this.groups);
    this.groups = new Uint32Array(1024);
  }
}

/** Groups that came once, with one value. Of most of them nothing is kept but how many there were. */
export class LoneGroups {
  private words = new Uint32Array(2048);
  private kept = 0;
  /** By kind. */
  private readonly counts = new Map<number, number>();
  size = 0;

  constructor(private readonly isKept: (kind: number) => boolean) {}

  add(low: number, high: number, kind: number): void {
    this.size++;
    this.counts.set(kind, this.ofKind(kind) + 1);
    if (!this.isKept(kind)) return;
    if (2 * this.kept === this.words.length) this.words = grown(this.words, 2 * roomAfter(this.kept));
    this.words[2 * this.kept] = low;
    this.words[2 * this.kept++ + 1] = high;
  }

  ofKind(kind: number): number {
    return this.counts.get(kind) ?? 0;
  }

  /** Hashes of those that are kept, rising. */
  sorted(): BigUint64Array {
    return new BigUint64Array(this.words.buffer, 0, this.kept).sort();
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
