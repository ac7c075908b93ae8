/**
 * DBSCAN with sample weights, equal to scikit-learn's: a point is core when the weights within `eps` of it, its own
 * included, reach `minSamples`; clusters are numbered by their lowest-index core point; a border point belongs to the
 * first cluster, in that order, with a core point within `eps`. Ester et al. 1996; https://scikit-learn.org
 */
import { Cells } from "./cells.js";
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
}

export function dbscan(input: DbscanInput): DbscanResult {
  const { points: values, count, dims, eps, minSamples } = input;
  if (!(eps > 0)) throw new RangeError("eps must be above 0");
  const weights = input.weights ?? new Float64Array(count).fill(1);
  if (weights.length !== count) throw new RangeError(`${count} points need ${count} weights, not ${weights.length}`);
  const labels = new Int32Array(count).fill(noiseLabel);
  const core = new Uint8Array(count);
  if (count === 0) return { labels, core, clusterCount: 0 };

  const cells = new Cells(new Points(values, count, dims), eps);
  findCore(cells, weights, minSamples, core);
  const clusterCount = labelCore(cells, core, labels);
  labelBorder(cells, core, labels);
  return { labels, core, clusterCount };
}

function findCore(cells: Cells, weights: Float64Array, minSamples: number, core: Uint8Array): void {
  // Enough is enough, unless a negative weight may still take some of it back.
  const mayStop = weights.every((weight) => weight >= 0);
  for (let cell = 0; cell < cells.count; cell++) {
    const members = cells.membersOf(cell);
    let own = 0;
    for (const member of members) own += weights[member];
    if (mayStop && own >= minSamples) {
      for (const member of members) core[member] = 1;
      continue;
    }
    const near = cells.near(cell);
    for (const member of members) {
      core[member] =
        weightAround(cells, near, member, weights, own, mayStop ? minSamples : undefined) >= minSamples ? 1 : 0;
    }
  }
}

function weightAround(
  cells: Cells,
  near: number[],
  point: number,
  weights: Float64Array,
  own: number,
  enough: number | undefined,
): number {
  const { points, radius } = cells;
  let sum = own;
  for (const cell of near) {
    if (!cells.mayTouch(point, cell)) continue;
    for (const other of cells.membersOf(cell)) {
      if (!points.within(point, other, radius)) continue;
      sum += weights[other];
      if (enough !== undefined && sum >= enough) return sum;
    }
  }
  return sum;
}

/** Core points of one cell share a cluster; cells join where any two of their core points are neighbours. */
function labelCore(cells: Cells, core: Uint8Array, labels: Int32Array): number {
  const coreOf = Array.from({ length: cells.count }, (_, cell) => cells.membersOf(cell).filter((point) => core[point]));
  const parent = Int32Array.from({ length: cells.count }, (_, cell) => cell);
  const root = (cell: number): number => {
    let at = cell;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]];
      at = parent[at];
    }
    return at;
  };
  for (let cell = 0; cell < cells.count; cell++) {
    if (coreOf[cell].length === 0) continue;
    for (const other of cells.near(cell)) {
      if (other < cell || coreOf[other].length === 0 || root(cell) === root(other)) continue;
      if (anyNeighbours(cells, coreOf[cell], other, coreOf[other])) parent[root(other)] = root(cell);
    }
  }
  const labelOfRoot = new Map<number, number>();
  for (let point = 0; point < core.length; point++) {
    if (!core[point]) continue;
    const of = root(cells.cellOf[point]);
    if (!labelOfRoot.has(of)) labelOfRoot.set(of, labelOfRoot.size);
    labels[point] = labelOfRoot.get(of)!;
  }
  return labelOfRoot.size;
}

function anyNeighbours(cells: Cells, some: Int32Array, otherCell: number, others: Int32Array): boolean {
  const { points, radius } = cells;
  for (const a of some) {
    if (!cells.mayTouch(a, otherCell)) continue;
    for (const b of others) if (points.within(a, b, radius)) return true;
  }
  return false;
}

function labelBorder(cells: Cells, core: Uint8Array, labels: Int32Array): void {
  const { points, radius } = cells;
  for (let cell = 0; cell < cells.count; cell++) {
    const border = cells.membersOf(cell).filter((point) => !core[point]);
    if (border.length === 0) continue;
    const around = [cell, ...cells.near(cell)];
    for (const point of border) {
      let first = noiseLabel;
      for (const near of around) {
        if (!cells.mayTouch(point, near)) continue;
        for (const other of cells.membersOf(near)) {
          const label = labels[other];
          if (core[other] && (first === noiseLabel || label < first) && points.within(point, other, radius))
            first = label;
        }
      }
      labels[point] = first;
    }
  }
}
