/**
 * Isolation forest (Liu, Ting and Zhou, https://doi.org/10.1109/ICDM.2008.17): what random splits isolate early is odd.
 * Scores are on the scale of scikit-learn's `decision_function` with `contamination="auto"`: below 0 is odder than
 * usual, the offset is -0.5. A feature may be split on a logarithmic scale; thresholds are in raw units all the same,
 * so whoever scores needs no logarithm. Rows and thresholds are 32-bit floats: every host compares alike.
 */
import { type Random, sampleIndexes, seededRandom } from "./random.js";

export type Spacing = "linear" | "log";

export interface ForestOptions {
  /** How thresholds are drawn, one a feature: evenly, or evenly in log(1 + x). */
  spacing: readonly Spacing[];
  seed: number;
  treeCount?: number;
  sampleCount?: number;
}

/** Trees in one pre-order list: a node's left child is the next node, its right child is named. */
export interface IsolationForest {
  featureCount: number;
  /** Rows each tree was grown from; fewer where fewer were given. */
  sampleCount: number;
  rootIndexes: Uint32Array;
  /** `leaf` marks a leaf. */
  features: Uint16Array;
  rightIndexes: Uint32Array;
  /** A row goes left where its feature is at most this. */
  thresholds: Float32Array;
  /** Of a leaf: its depth and what its rows would still have needed. Of an inner node: its leaves' mean, by rows. */
  pathLengths: Float32Array;
}

export const leaf = 0xffff;
export const treeCountDefault = 100;
export const sampleCountDefault = 256;
/** scikit-learn's `offset_` for `contamination="auto"`. */
const offset = -0.5;

const eulerGamma = 0.5772156649015329;

/** Mean path of an unsuccessful search in a binary tree of `count` rows: the paper's c(n). */
export function averagePathLength(count: number): number {
  if (count <= 1) return 0;
  if (count === 2) return 1;
  return 2 * (Math.log(count - 1) + eulerGamma) - (2 * (count - 1)) / count;
}

/** `rows` row by row. Rows are drawn without replacement, as scikit-learn does. */
export function trainForest(rows: Float32Array, options: ForestOptions): IsolationForest {
  const featureCount = options.spacing.length;
  const rowCount = rows.length / featureCount;
  if (!Number.isInteger(rowCount) || rowCount === 0) throw new RangeError(`${rows.length} values are no rows`);
  const treeCount = options.treeCount ?? treeCountDefault;
  const sampleCount = Math.min(options.sampleCount ?? sampleCountDefault, rowCount);
  const random = seededRandom(options.seed);
  const grower = new Grower(rows, options.spacing, random, Math.ceil(Math.log2(Math.max(sampleCount, 2))));
  const rootIndexes = new Uint32Array(treeCount);
  for (let tree = 0; tree < treeCount; tree++) {
    rootIndexes[tree] = grower.nodeCount;
    grower.grow(sampleIndexes(random, rowCount, sampleCount), 0);
  }
  return { featureCount, sampleCount, rootIndexes, ...grower.nodes() };
}

class Grower {
  private readonly features: number[] = [];
  private readonly rightIndexes: number[] = [];
  private readonly thresholds: number[] = [];
  private readonly pathLengths: number[] = [];

  constructor(
    private readonly rows: Float32Array,
    private readonly spacing: readonly Spacing[],
    private readonly random: Random,
    private readonly depthMax: number,
  ) {}

  get nodeCount(): number {
    return this.features.length;
  }

  nodes() {
    return {
      features: Uint16Array.from(this.features),
      rightIndexes: Uint32Array.from(this.rightIndexes),
      thresholds: Float32Array.from(this.thresholds),
      pathLengths: Float32Array.from(this.pathLengths),
    };
  }

  /** Adds the subtree of these rows; returns its mean path length. */
  grow(members: Uint32Array, depth: number): number {
    const index = this.nodeCount;
    this.features.push(leaf);
    this.rightIndexes.push(0);
    this.thresholds.push(0);
    this.pathLengths.push(depth + averagePathLength(members.length));
    const split = depth < this.depthMax && members.length > 1 ? this.drawSplit(members) : undefined;
    if (!split) return this.pathLengths[index];
    const width = this.spacing.length;
    const goesLeft = (row: number) => this.rows[row * width + split.feature] <= split.threshold;
    const left = members.filter(goesLeft);
    const right = members.filter((row) => !goesLeft(row));
    this.features[index] = split.feature;
    this.thresholds[index] = split.threshold;
    const leftMean = this.grow(left, depth + 1);
    this.rightIndexes[index] = this.nodeCount;
    const rightMean = this.grow(right, depth + 1);
    const mean = (left.length * leftMean + right.length * rightMean) / members.length;
    this.pathLengths[index] = mean;
    return mean;
  }

  /** A feature that differs among the rows and a threshold in its range; nothing where all rows are equal. */
  private drawSplit(members: Uint32Array): { feature: number; threshold: number } | undefined {
    const width = this.spacing.length;
    const open: { feature: number; low: number; high: number }[] = [];
    for (let feature = 0; feature < width; feature++) {
      let low = Number.POSITIVE_INFINITY;
      let high = Number.NEGATIVE_INFINITY;
      for (const row of members) {
        const value = this.rows[row * width + feature];
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (low < high) open.push({ feature, low, high });
    }
    if (open.length === 0) return undefined;
    const { feature, low, high } = open[Math.floor(this.random() * open.length)];
    const threshold = drawBetween(low, high, this.spacing[feature], this.random());
    return { feature, threshold };
  }
}

/** At least `low` and below `high`, so that neither side of the split is empty. */
function drawBetween(low: number, high: number, spacing: Spacing, share: number): number {
  const drawn =
    spacing === "log"
      ? Math.expm1(Math.log1p(low) + share * (Math.log1p(high) - Math.log1p(low)))
      : low + share * (high - low);
  const threshold = floorToFloat32(drawn);
  return threshold >= low && threshold < high ? threshold : low;
}

const floatView = new Float32Array(1);
const bitView = new Int32Array(floatView.buffer);

/** The largest 32-bit float not above `value`: a 32-bit row compares with it as with `value` itself. */
export function floorToFloat32(value: number): number {
  floatView[0] = value;
  if (floatView[0] <= value) return floatView[0];
  if (floatView[0] === 0) return -1.401298464324817e-45;
  bitView[0] += floatView[0] > 0 ? -1 : 1;
  return floatView[0];
}

/** What the sum of path lengths is divided by. */
export function pathNormaliser(forest: IsolationForest): number {
  return forest.rootIndexes.length * averagePathLength(forest.sampleCount) || 1;
}

/** Sum over the trees of the path length of row `row` in `rows`. */
export function pathSum(forest: IsolationForest, rows: Float32Array, row = 0): number {
  const { features, rightIndexes, thresholds } = forest;
  const base = row * forest.featureCount;
  let sum = 0;
  for (const root of forest.rootIndexes) {
    let node = root;
    for (let feature = features[node]; feature !== leaf; feature = features[node]) {
      node = rows[base + feature] <= thresholds[node] ? node + 1 : rightIndexes[node];
    }
    sum += forest.pathLengths[node];
  }
  return sum;
}

/** scikit-learn's `decision_function` from a sum of path lengths. */
export function scoreOfPathSum(sum: number, normaliser: number): number {
  return -(2 ** (-sum / normaliser)) - offset;
}

/** The sum below which the score is below `score`; comparing sums spares the power. */
export function pathSumOfScore(score: number, normaliser: number): number {
  return -Math.log2(-(score + offset)) * normaliser;
}

export function decisionFunction(forest: IsolationForest, rows: Float32Array, row = 0): number {
  return scoreOfPathSum(pathSum(forest, rows, row), pathNormaliser(forest));
}

export interface Contributions {
  /**
   * How much each feature lengthened (positive) or shortened (negative) the row's mean path against an average row's.
   */
  shares: Float64Array;
  /** The feature that shortened it most: why the row is odd. */
  feature: number;
  /** Whether that was mostly for being larger than others. */
  isHigh: boolean;
}

/** A split's share is the change of the expected length there, so the shares add up to the whole difference. */
export function contributions(forest: IsolationForest, rows: Float32Array, row = 0): Contributions {
  const { features, rightIndexes, thresholds, pathLengths } = forest;
  const base = row * forest.featureCount;
  const below = new Float64Array(forest.featureCount);
  const above = new Float64Array(forest.featureCount);
  for (const root of forest.rootIndexes) {
    let node = root;
    for (let feature = features[node]; feature !== leaf; feature = features[node]) {
      const isBelow = rows[base + feature] <= thresholds[node];
      const next = isBelow ? node + 1 : rightIndexes[node];
      (isBelow ? below : above)[feature] += pathLengths[next] - pathLengths[node];
      node = next;
    }
  }
  const shares = below.map((share, feature) => (share + above[feature]) / forest.rootIndexes.length);
  const feature = shares.indexOf(Math.min(...shares));
  return { shares, feature, isHigh: above[feature] <= below[feature] };
}
