/**
 * DBSCAN with sample weights, equal to scikit-learn's: a point is core when the weights within `eps` of it, its own
 * included, reach `minSamples`; clusters are numbered by their lowest-index core point; a border point belongs to the
 * first cluster, in that order, with a core point within `eps`. Ester et al. 1996; https://scikit-learn.org
 */
import { type Cell, gatherCells, mayMeet, mayTouch, tilePoints } from "./cells.js";
import { Points } from "./points.js";

export const noiseLabel = -1;

export interface DbscanInput {
  /** `count` rows of `dims`. */
  points: Float32Array;
  count: number;
  dims: number;
  /** How often each point counts; 1 each when left out. May be negative, as in scikit-learn. */
  weights?: Float64Array;
  eps: number;
  minSamples: number;
}

export interface DbscanResult {
  /** Cluster of each point, from 0; `noiseLabel` for noise. */
  labels: Int32Array;
  /** 1 where the point is core. */
  core: Uint8Array;
  clusterCount: number;
  /** Weight within eps of each point: exact for points that are not core, at least `minSamples` for those that are. */
  weightNearby: Float64Array;
  /** The core points, gathered so that few of them need be looked at; in the order of their clusters. */
  coreCells: Cell[];
}

export function dbscan(input: DbscanInput): DbscanResult {
  const { count, dims, eps, minSamples } = input;
  if (!(eps > 0)) throw new RangeError("eps must be above 0");
  const weights = input.weights ?? new Float64Array(count).fill(1);
  if (weights.length !== count) throw new RangeError(`${count} points need ${count} weights, not ${weights.length}`);
  const labels = new Int32Array(count).fill(noiseLabel);
  const points = new Points(input.points, count, dims);
  const { cells, cellOf } = gatherCells(points, eps);
  const weightNearby = weighSurroundings(points, cells, cellOf, weights, eps, minSamples);
  const core = Uint8Array.from(weightNearby, (weight) => (weight >= minSamples ? 1 : 0));
  const units = coreUnits(cells, core);
  const clusterCount = labelCore(points, units, eps, labels);
  const coreCells = [...units].sort((a, b) => labels[a.leader] - labels[b.leader]);
  for (let point = 0; point < count; point++) {
    if (!core[point]) labels[point] = reachedCluster(points, point, coreCells, labels, eps);
  }
  return { labels, core, clusterCount, weightNearby, coreCells };
}

function weighSurroundings(
  points: Points,
  cells: Cell[],
  cellOf: Int32Array,
  weights: Float64Array,
  eps: number,
  minSamples: number,
): Float64Array {
  // Enough is enough, unless a negative weight may still take some of it back.
  const enough = weights.every((weight) => weight >= 0) ? minSamples : Number.POSITIVE_INFINITY;
  const sums = new Float64Array(points.count);
  for (let point = 0; point < points.count; point++) {
    sums[point] = weightWithin(points, point, cells[cellOf[point]], eps, weights, 0, enough);
  }
  for (let start = 0; start < points.count; start += tilePoints) {
    const open = indices(start, Math.min(start + tilePoints, points.count)).filter((point) => sums[point] < enough);
    // Two leaders are further apart than eps, else the later of them would be none.
    const members = open.filter((point) => cells[cellOf[point]].leader !== point);
    for (let index = 0; index < cells.length; index++) {
      const cell = cells[index];
      for (const point of cell.reach === 0 ? members : open) {
        if (sums[point] >= enough || cellOf[point] === index || !mayTouch(points, point, cell, eps)) continue;
        sums[point] = weightWithin(points, point, cell, eps, weights, sums[point], enough);
      }
    }
  }
  return sums;
}

function indices(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, offset) => start + offset);
}

/** `sum` and the weights of the members within `eps` of `point`, or less once that is `enough`. */
function weightWithin(
  points: Points,
  point: number,
  { members }: Cell,
  eps: number,
  weights: Float64Array,
  sum: number,
  enough: number,
): number {
  let total = sum;
  for (let i = 0; i < members.length && total < enough; i++) {
    if (points.within(point, members[i], eps)) total += weights[members[i]];
  }
  return total;
}

/** Sets of core points that share a cluster for certain: those of a cell whose leader is core, else each by itself. */
function coreUnits(cells: Cell[], core: Uint8Array): Cell[] {
  const units: Cell[] = [];
  for (const { leader, members, reach } of cells) {
    const coreMembers = members.filter((point) => core[point]);
    if (core[leader]) units.push({ leader, members: coreMembers, reach });
    else for (const point of coreMembers) units.push({ leader: point, members: Int32Array.of(point), reach: 0 });
  }
  return units;
}

/** Joins units with core points within `eps` of each other and numbers what comes out; returns how many clusters. */
function labelCore(points: Points, units: Cell[], eps: number, labels: Int32Array): number {
  const parent = units.map((_, unit) => unit);
  const root = (unit: number): number => {
    let at = unit;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  for (let a = 0; a < units.length; a++) {
    for (let b = a + 1; b < units.length; b++) {
      if (!mayMeet(points, units[a], units[b], eps) || root(a) === root(b)) continue;
      if (anyWithin(points, units[a], units[b], eps)) parent[root(b)] = root(a);
    }
  }
  const lowest = units.map(() => points.count);
  units.forEach(({ members }, unit) => {
    lowest[root(unit)] = Math.min(lowest[root(unit)], members[0]);
  });
  const roots = units.map((_, unit) => unit).filter((unit) => root(unit) === unit);
  roots.sort((a, b) => lowest[a] - lowest[b]);
  const labelOf = new Map(roots.map((unit, label) => [unit, label]));
  units.forEach(({ members }, unit) => {
    for (const point of members) labels[point] = labelOf.get(root(unit))!;
  });
  return roots.length;
}

function anyWithin(points: Points, some: Cell, others: Cell, eps: number): boolean {
  for (const a of some.members) {
    if (
      mayTouch(points, a, others, eps) &&
      points.firstWithin(a, others.members, others.members.length, eps) < others.members.length
    ) {
      return true;
    }
  }
  return false;
}

/**
 * The first cluster with a core point within `eps` of `point`, which is none itself; `noiseLabel` where there is none.
 */
export function reachedCluster(
  points: Points,
  point: number,
  coreCells: Cell[],
  labels: Int32Array,
  eps: number,
): number {
  const first = coreCells.find(
    (cell) =>
      mayTouch(points, point, cell, eps) &&
      points.firstWithin(point, cell.members, cell.members.length, eps) < cell.members.length,
  );
  return first ? labels[first.leader] : noiseLabel;
}
