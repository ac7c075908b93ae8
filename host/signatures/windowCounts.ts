/**
 * How many came of what in which window, in columns: a log whose lines are all different has as many pairs of the two
 * as lines, for which maps of maps take too much memory.
 */
import { grown, roomAfter } from "../math/columns.js";

/** Slots that may be taken before there are twice as many. */
const fullShare = 0.7;

export class WindowCounts {
  private owners = new Uint32Array(1024);
  private windows = new Float64Array(1024);
  private counts = new Float64Array(1024);
  private slots = new Int32Array(2048).fill(-1);
  size = 0;

  /** Adds to what an owner, a number below 2^32, had in a window; true where it had nothing. */
  add(owner: number, window: number, count: number): boolean {
    const known = this.slots[this.slotOf(owner, window)];
    if (known >= 0) {
      this.counts[known] += count;
      return false;
    }
    if (this.size >= this.slots.length * fullShare) this.index(this.slots.length * 2);
    if (this.size === this.owners.length) this.grow();
    this.owners[this.size] = owner;
    this.windows[this.size] = window;
    this.counts[this.size] = count;
    this.slots[this.slotOf(owner, window)] = this.size++;
    return true;
  }

  /** What `see` is told of all; it must not add any. */
  each(see: (owner: number, window: number, count: number) => void): void {
    for (let at = 0; at < this.size; at++) see(this.owners[at], this.windows[at], this.counts[at]);
  }

  /** Forgets the windows before one, and all of owners that have no number any more. */
  keepFrom(end: number, numberOf?: Int32Array): void {
    let next = 0;
    for (let at = 0; at < this.size; at++) {
      const owner = numberOf ? numberOf[this.owners[at]] : this.owners[at];
      if (this.windows[at] < end || owner < 0) continue;
      this.owners[next] = owner;
      this.windows[next] = this.windows[at];
      this.counts[next++] = this.counts[at];
    }
    this.size = next;
    this.index(this.slots.length);
  }

  /** Windows and counts of all that `groupOf` puts together, by group and window rising. */
  *grouped(groupOf: "owner" | "window"): Generator<{ group: number; pairs: [number, number][] }> {
    const [groups, others] = groupOf === "owner" ? [this.owners, this.windows] : [this.windows, this.owners];
    const order = Uint32Array.from({ length: this.size }, (_, at) => at);
    order.sort((a, b) => groups[a] - groups[b] || others[a] - others[b]);
    for (let at = 0; at < order.length; ) {
      const group = groups[order[at]];
      const pairs: [number, number][] = [];
      for (; at < order.length && groups[order[at]] === group; at++)
        pairs.push([others[order[at]], this.counts[order[at]]]);
      yield { group, pairs };
    }
  }

  private slotOf(owner: number, window: number): number {
    const mask = this.slots.length - 1;
    for (
      let slot = (Math.imul(owner ^ Math.imul(window, 0x85ebca6b), 0x9e3779b1) >>> 7) & mask;
      ;
      slot = (slot + 1) & mask
    ) {
      const at = this.slots[slot];
      if (at < 0 || (this.owners[at] === owner && this.windows[at] === window)) return slot;
    }
  }

  private index(slots: number): void {
    if (slots === this.slots.length) this.slots.fill(-1);
    else this.slots = grown(this.slots, slots).fill(-1);
    for (let at = 0; at < this.size; at++) this.slots[this.slotOf(this.owners[at], this.windows[at])] = at;
  }

  private grow(): void {
    const room = roomAfter(this.size);
    this.owners = grown(this.owners, room);
    this.windows = grown(this.windows, room);
    this.counts = grown(this.counts, room);
  }
}
