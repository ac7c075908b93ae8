/**
 * Points gathered around leaders, so that radius questions are asked of cells before they are asked of points: every
 * member lies within the radius of its leader, and a cell further from a point than the radius and its own reach holds
 * no neighbour of it. Memory grows with the points, never with their pairs.
 */
import type { Points } from "./points.js";

/** Keeps the triangle inequality true in spite of rounding. */
const safety = 1 + 1e-9;

/** Some points around one of them. */
export interface Cell {
  /** The point the others have gathered around. */
  leader: number;
  /** Ascending, the leader among them. */
  members: Int32Array;
  /** Distance of the furthest member from the leader. */
  reach: number;
}

/** Points taken past a leader together, so that its row is fetched from memory once for all of them. */
export const tilePoints = 64;

/** Each point joins the first leader within `radius`, or becomes one; in the order of their index. */
export function gatherCells(points: Points, radius: number): { cells: Cell[]; cellOf: Int32Array } {
  const { count } = points;
  const leaders = new Int32Array(count);
  const cellOf = new Int32Array(count).fill(-1);
  let cellCount = 0;
  for (let start = 0; start < count; start += tilePoints) {
    const end = Math.min(start + tilePoints, count);
    const known = cellCount;
    for (let cell = 0; cell < known; cell++) {
      for (let point = start; point < end; point++) {
        if (cellOf[point] < 0 && points.within(point, leaders[cell], radius)) cellOf[point] = cell;
      }
    }
    for (let point = start; point < end; point++) {
      if (cellOf[point] >= 0) continue;
      let cell = known;
      while (cell < cellCount && !points.within(point, leaders[cell], radius)) cell++;
      if (cell === cellCount) leaders[cellCount++] = point;
      cellOf[point] = cell;
    }
  }
  const sizes = new Int32Array(cellCount);
  for (const cell of cellOf) sizes[cell]++;
  const cells = Array.from(sizes, (size, cell) => ({ leader: leaders[cell], members: new Int32Array(size), reach: 0 }));
  sizes.fill(0);
  for (let point = 0; point < count; point++) {
    const cell = cells[cellOf[point]];
    cell.members[sizes[cellOf[point]]++] = point;
    cell.reach = Math.max(cell.reach, points.distance(point, cell.leader));
  }
  return { cells, cellOf };
}

/** Whether `cell` may hold a point within `radius` of `point`. */
export function mayTouch(points: Points, point: number, cell: Cell, radius: number): boolean {
  return points.within(point, cell.leader, (radius + cell.reach) * safety);
}

/** Whether two cells may hold points within `radius` of each other. */
export function mayMeet(points: Points, some: Cell, other: Cell, radius: number): boolean {
  return points.within(some.leader, other.leader, (radius + some.reach + other.reach) * safety);
}
