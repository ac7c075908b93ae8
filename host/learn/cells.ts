/**
 * Points gathered around leaders, so that radius questions are asked of cells before they are asked of points: every
 * member lies within half the radius of its leader, so members of one cell are neighbours unseen, and cells further
 * apart than the radius and both reaches hold no neighbours at all. Memory grows with the points, not their pairs.
 */
import type { Points } from "./points.js";

/** Keeps two members of a cell within the radius in spite of rounding. */
const safety = 1 - 1e-9;

export class Cells {
  /** The cell of each point. */
  readonly cellOf: Int32Array;
  /** The point each cell has gathered around: the lowest index in it. */
  readonly leaders: Int32Array;
  /** Largest distance of a member from its leader. */
  readonly reach: Float64Array;
  private readonly starts: Int32Array;
  private readonly members: Int32Array;

  constructor(
    readonly points: Points,
    readonly radius: number,
  ) {
    const { count } = points;
    const leaders: number[] = [];
    this.cellOf = new Int32Array(count);
    for (let point = 0; point < count; point++) {
      const cell = leaders.findIndex((leader) => points.within(point, leader, (radius / 2) * safety));
      if (cell < 0) leaders.push(point);
      this.cellOf[point] = cell < 0 ? leaders.length - 1 : cell;
    }
    this.leaders = Int32Array.from(leaders);
    this.reach = new Float64Array(leaders.length);
    this.starts = new Int32Array(leaders.length + 1);
    this.members = new Int32Array(count);
    this.gather();
  }

  get count(): number {
    return this.leaders.length;
  }

  /** Ascending. */
  membersOf(cell: number): Int32Array {
    return this.members.subarray(this.starts[cell], this.starts[cell + 1]);
  }

  /** The other cells that may hold a neighbour of a member of `cell`. */
  near(cell: number): number[] {
    const { leaders, reach, points, radius } = this;
    const found: number[] = [];
    for (let other = 0; other < leaders.length; other++) {
      if (other === cell) continue;
      if (points.within(leaders[cell], leaders[other], (radius + reach[cell] + reach[other]) / safety)) {
        found.push(other);
      }
    }
    return found;
  }

  /** Whether `cell` may hold a neighbour of `point`. */
  mayTouch(point: number, cell: number): boolean {
    return this.points.within(point, this.leaders[cell], (this.radius + this.reach[cell]) / safety);
  }

  private gather(): void {
    const { cellOf, leaders, reach, starts, members, points } = this;
    for (let point = 0; point < cellOf.length; point++) starts[cellOf[point] + 1]++;
    for (let cell = 0; cell < leaders.length; cell++) starts[cell + 1] += starts[cell];
    const next = starts.slice();
    for (let point = 0; point < cellOf.length; point++) {
      const cell = cellOf[point];
      members[next[cell]++] = point;
      reach[cell] = Math.max(reach[cell], points.distance(point, leaders[cell]));
    }
  }
}
