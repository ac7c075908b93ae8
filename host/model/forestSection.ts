/**
 * The forest as the model carries it (section 7), little-endian; assembly/detect/network/forest.ts reads it in place.
 *
 *    0 ┌ magic          u32  "OLIF"
 *    4 │ version        u16  1, or 2 where what is usual follows the nodes (usualFlows.ts)
 *    6 │ features       u16  1 to 16, how many of the ids below are used
 *    8 │ trees          u32  1 to 4096
 *   12 │ nodes          u32  at most 1,000,000
 *   16 │ path normaliser f64 score = 0.5 - 2^(-path sum / normaliser)
 *   24 │ alert path sum f64  a smaller sum is anomalous: no power needed to decide
 *   32 │ alert score    f64  the same on decision_function's scale
 *   40 │ window         u32  seconds
 *   44 │ entity         u8   0 destination, 1 source, 2 pair of both
 *   45 │ minimum flows  u8   windows of fewer flows and less than a mebibyte are never anomalous; 0 and 1 let all be
 *   46 │ zero           2 × u8
 *   48 │ feature ids    16 × u8, index into `featureNames`; unused 255
 *   64 ├ root of each tree, u32 index of a node; filled with zeros to a multiple of 16
 *      └ nodes, 16 bytes each, tree after tree, each tree in pre-order
 *
 *   node  0 feature u16 (index into the ids; 65535 leaf)   2 longest path to a leaf below, u16, in 1/256, rounded up
 *         4 right child u32 (0 in a leaf)
 *         8 threshold f32, a row goes left where value <= threshold │ 12 path length f32
 *
 * The left child is the next node and the right child lies behind it; no walk has more than 64 splits. Values are raw
 * (no logarithm) and rounded to f32 before they are compared: thresholds were rounded down to f32, which decides alike.
 */
import { OddlineError } from "../io/errors.js";
import {
  averagePathLength,
  type IsolationForest,
  leaf,
  pathNormaliser,
  pathSumOfScore,
} from "../math/isolationForest.js";
import { type Entity, entities, type FeatureName, featureNames } from "./networkFeatures.js";
import { decodeUsual, encodeUsual, type UsualFlows } from "./usualFlows.js";

const magic = 0x46494c4f; // "OLIF"
const versionAlone = 1;
const versionWithUsual = 2;
export const headerBytes = 64;
export const nodeBytes = 16;
export const featuresMax = 16;
export const treesMax = 4096;
/** 16 MB of nodes: all that a model may hold. 100 trees of 256 rows have at most 51,100. */
export const nodesMax = 1_000_000;
const windowSecondsMax = 86_400;
const unusedFeature = 255;
const pathLengthMax = 255;
const longestParts = 256;
const depthMax = 64;

export interface NetworkForest {
  forest: IsolationForest;
  features: FeatureName[];
  entity: Entity;
  windowSeconds: number;
  /** A window that scores lower is anomalous. */
  alertScore: number;
  /** … if it has so many flows, or `heavyBytes`. */
  minFlows: number;
  /** Undefined where it is judged by the forest alone. */
  usual?: UsualFlows;
}

/** However few flows a window of so many bytes has, it may be anomalous. */
export const heavyBytes = 2 ** 20;

/** What the trees hold is written as it is; the rest follows from `network`. */
export function encodeForest(network: NetworkForest): Uint8Array {
  const { forest, features } = network;
  const treeCount = forest.rootIndexes.length;
  const nodesOffset = nodesOffsetOf(treeCount);
  const usual = network.usual ? encodeUsual(network.usual) : new Uint8Array();
  const usualOffset = nodesOffset + forest.features.length * nodeBytes;
  const view = new DataView(new ArrayBuffer(usualOffset + usual.length));
  const normaliser = pathNormaliser(forest);
  view.setUint32(0, magic, true);
  view.setUint16(4, network.usual ? versionWithUsual : versionAlone, true);
  view.setUint16(6, features.length, true);
  view.setUint32(8, treeCount, true);
  view.setUint32(12, forest.features.length, true);
  view.setFloat64(16, normaliser, true);
  view.setFloat64(24, pathSumOfScore(network.alertScore, normaliser), true);
  view.setFloat64(32, network.alertScore, true);
  view.setUint32(40, network.windowSeconds, true);
  view.setUint8(44, entities.indexOf(network.entity));
  view.setUint8(45, network.minFlows);
  for (let i = 0; i < featuresMax; i++) {
    view.setUint8(48 + i, i < features.length ? featureNames.indexOf(features[i]) : unusedFeature);
  }
  forest.rootIndexes.forEach((root, tree) => {
    view.setUint32(headerBytes + 4 * tree, root, true);
  });
  const longest = longestBelow(forest);
  for (let node = 0; node < forest.features.length; node++) {
    const at = nodesOffset + node * nodeBytes;
    view.setUint16(at, forest.features[node], true);
    view.setUint16(at + 2, longest[node], true);
    view.setUint32(at + 4, forest.rightIndexes[node], true);
    view.setFloat32(at + 8, forest.thresholds[node], true);
    view.setFloat32(at + 12, forest.pathLengths[node], true);
  }
  const bytes = new Uint8Array(view.buffer);
  bytes.set(usual, usualOffset);
  return bytes;
}

/** Of each node, as it is written; children lie behind their parents. */
function longestBelow({ features, rightIndexes, pathLengths }: IsolationForest): Uint16Array {
  const longest = new Uint16Array(features.length);
  for (let node = features.length - 1; node >= 0; node--) {
    longest[node] =
      features[node] === leaf
        ? Math.ceil(pathLengths[node] * longestParts)
        : Math.max(longest[node + 1], longest[rightIndexes[node]]);
  }
  return longest;
}

function nodesOffsetOf(treeCount: number): number {
  return (headerBytes + 4 * treeCount + 15) & ~15;
}

/** Checks every field, in the order of the drawing, before any is used. `subject` names the source in an error. */
export function decodeForest(bytes: Uint8Array, subject: string): NetworkForest {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (holds: boolean, expected: string, found: string | number) => {
    if (!holds) throw invalid(subject, expected, String(found));
  };
  need(bytes.length >= headerBytes, `a header of ${headerBytes} bytes`, `${bytes.length} bytes`);
  need(view.getUint32(0, true) === magic, 'the magic "OLIF"', "other bytes");
  const version = view.getUint16(4, true);
  need(version === versionAlone || version === versionWithUsual, "version 1 or 2", version);
  const featureCount = view.getUint16(6, true);
  need(featureCount >= 1 && featureCount <= featuresMax, `1 to ${featuresMax} features`, featureCount);
  const treeCount = view.getUint32(8, true);
  need(treeCount >= 1 && treeCount <= treesMax, `1 to ${treesMax} trees`, treeCount);
  const nodeCount = view.getUint32(12, true);
  need(nodeCount >= treeCount && nodeCount <= nodesMax, `${treeCount} to ${nodesMax} nodes`, nodeCount);
  const size = nodesOffsetOf(treeCount) + nodeCount * nodeBytes;
  const fits = version === versionAlone ? bytes.length === size : bytes.length > size;
  need(fits, `${size} bytes${version === versionAlone ? "" : " and what is usual"}`, `${bytes.length} bytes`);
  const normaliser = view.getFloat64(16, true);
  need(normaliser > 0 && Number.isFinite(normaliser), "a path normaliser above 0", normaliser);
  need(Number.isFinite(view.getFloat64(24, true)), "a finite alert path sum", view.getFloat64(24, true));
  const alertScore = view.getFloat64(32, true);
  need(alertScore > -0.5 && alertScore < 0.5, "an alert score between -0.5 and 0.5", alertScore);
  const windowSeconds = view.getUint32(40, true);
  need(windowSeconds >= 1 && windowSeconds <= windowSecondsMax, "a window of 1 s to a day", windowSeconds);
  const entity = entities[view.getUint8(44)];
  need(entity !== undefined, "entity 0, 1 or 2", view.getUint8(44));
  need(view.getUint16(46, true) === 0, "zeros after the minimum of flows", "other bytes");
  const features: FeatureName[] = [];
  for (let i = 0; i < featuresMax; i++) {
    const id = view.getUint8(48 + i);
    need(i < featureCount ? id < featureNames.length : id === unusedFeature, "a known feature id", id);
    if (i < featureCount) features.push(featureNames[id]);
  }
  need(new Set(features).size === features.length, "each feature once", features.join());
  const forest = decodeTrees(view, featureCount, treeCount, nodeCount, need);
  return {
    forest: { ...forest, sampleCount: sampleCountOf(normaliser / treeCount) },
    features,
    entity,
    windowSeconds,
    alertScore,
    minFlows: view.getUint8(45),
    ...(version === versionAlone ? {} : { usual: decodeUsual(bytes.subarray(size), need) }),
  };
}

type Need = (holds: boolean, expected: string, found: string | number) => void;

function decodeTrees(view: DataView, featureCount: number, treeCount: number, nodeCount: number, need: Need) {
  const rootIndexes = new Uint32Array(treeCount);
  for (let tree = 0; tree < treeCount; tree++) {
    const root = view.getUint32(headerBytes + 4 * tree, true);
    const rising = tree === 0 ? root === 0 : root > rootIndexes[tree - 1] && root < nodeCount;
    need(rising, "roots that rise from 0", root);
    rootIndexes[tree] = root;
  }
  const nodesOffset = nodesOffsetOf(treeCount);
  for (let at = headerBytes + 4 * treeCount; at < nodesOffset; at++)
    need(view.getUint8(at) === 0, "zeros", "other bytes");
  const features = new Uint16Array(nodeCount);
  const rightIndexes = new Uint32Array(nodeCount);
  const thresholds = new Float32Array(nodeCount);
  const pathLengths = new Float32Array(nodeCount);
  for (let tree = 0; tree < treeCount; tree++) {
    const endIndex = tree + 1 < treeCount ? rootIndexes[tree + 1] : nodeCount;
    for (let node = rootIndexes[tree]; node < endIndex; node++) {
      const at = nodesOffset + node * nodeBytes;
      features[node] = view.getUint16(at, true);
      rightIndexes[node] = view.getUint32(at + 4, true);
      thresholds[node] = view.getFloat32(at + 8, true);
      pathLengths[node] = view.getFloat32(at + 12, true);
      const isLeaf = features[node] === leaf;
      need(isLeaf || features[node] < featureCount, "a feature's index", features[node]);
      // A right child behind its parent leaves room for the left one and lets every walk end.
      const right = rightIndexes[node];
      need(isLeaf ? right === 0 : right > node + 1 && right < endIndex, "a right child behind its parent", right);
      need(Number.isFinite(thresholds[node]), "a finite threshold", thresholds[node]);
      const length = pathLengths[node];
      need(length >= 0 && length <= pathLengthMax, `a path length of 0 to ${pathLengthMax}`, length);
      const longest = view.getUint16(at + 2, true);
      const below = isLeaf ? Math.ceil(length * longestParts) : longestOf(view, nodesOffset, node + 1, right);
      need(longest >= below, `a longest path of ${below} or more`, longest);
    }
    needPreOrder(features, rightIndexes, rootIndexes[tree], endIndex, need);
  }
  return { featureCount, rootIndexes, features, rightIndexes, thresholds, pathLengths };
}

/**
 * Every node has one parent, so that a tree has no more walks than leaves, and none has more than `depthMax` splits.
 */
function needPreOrder(features: Uint16Array, rightIndexes: Uint32Array, root: number, endIndex: number, need: Need) {
  const branches: { right: number; depth: number }[] = [];
  let depth = 0;
  for (let node = root; node < endIndex; node++) {
    if (features[node] !== leaf) {
      branches.push({ right: rightIndexes[node], depth: ++depth });
      need(depth <= depthMax, `a tree of at most ${depthMax} splits in a row`, depth);
      continue;
    }
    const branch = branches.pop();
    need((branch?.right ?? endIndex) === node + 1, "nodes in pre-order", `${node}`);
    depth = branch?.depth ?? 0;
  }
  need(branches.length === 0, "a tree that ends with a leaf", "one that goes on");
}

function longestOf(view: DataView, nodesOffset: number, ...nodes: number[]): number {
  return Math.max(...nodes.map((node) => view.getUint16(nodesOffset + node * nodeBytes + 2, true)));
}

/** The normaliser is c(rows a tree was grown from) a tree: invert it, c rises with its argument. */
function sampleCountOf(averageLength: number): number {
  let low = 1;
  let high = 1 << 30;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (averagePathLength(middle) < averageLength - 1e-9) low = middle + 1;
    else high = middle;
  }
  return low;
}

function invalid(subject: string, expected: string, found: string): OddlineError {
  return new OddlineError("FOREST_INVALID", {
    subject,
    expected,
    found,
    remedy: "create the forest again with oddline network --save-forest",
  });
}
