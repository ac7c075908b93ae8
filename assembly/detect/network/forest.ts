/**
 * The isolation forest of the model: sums path lengths over its trees, in place, without allocating. The bytes are
 * drawn in host/model/forestSection.ts; all of them are validated once, then trusted.
 */
import { powerOfTwo } from "../../runtime/exponential";
import { isValidUsual, useUsual } from "./usual";

const FOREST_MAGIC: u32 = 0x46494c4f; // "OLIF"
/** 2 where what is usual follows the nodes. */
const FOREST_VERSION_MAX: u16 = 2;
const HEADER_BYTES: usize = 64;
const NODE_BYTES: usize = 16;
export const FOREST_FEATURES_MAX: u32 = 16;
const TREES_MAX: u32 = 4096;
const NODES_MAX: u32 = 1_000_000;
const WINDOW_SECONDS_MAX: u32 = 86_400;
const ENTITIES: u8 = 3;
/** Ids of host/model/networkFeatures.ts: bytes, flows, ports, peers, bytes out, failed, duration. */
export const FEATURE_IDS: u8 = 7;
const UNUSED_FEATURE: u8 = 255;
export const LEAF: u32 = 0xffff;
const PATH_LENGTH_MAX: f32 = 255;
/** Trees of 4,096 windows are twelve nodes deep. A walk down one costs so many steps at most. */
export const DEPTH_MAX: u32 = 64;
/** Of the branches that a check has passed by and comes back to: the right child of each, and its depth. */
const branchesPtr = memory.data((64 + 1) * 8);
/** The longest path below a node is kept in these parts, rounded up. */
export const LONGEST_PARTS: f32 = 256;
/** scikit-learn's offset for contamination "auto", negated. */
const OFFSET: f64 = 0.5;

let forestPtr: usize = 0;
let nodesPtr: usize = 0;
export let treeCount: u32 = 0;
let pathNormaliser: f64 = 1;

export let forestFeatureCount: u32 = 0;
export let forestWindowSeconds: u32 = 0;
/** 0 destination, 1 source, 2 pair. */
export let forestEntity: u8 = 0;
/** Windows of fewer flows and less than HEAVY_BYTES are never anomalous. */
export let forestMinFlows: u32 = 0;
/** A smaller path sum is anomalous, and the score that it stands for. */
export let alertPathSum: f64 = 0;
export let alertScore: f64 = 0;

function nodesPtrOf(ptr: usize, trees: u32): usize {
  return (ptr + HEADER_BYTES + 4 * <usize>trees + 15) & ~15;
}

/** Whether every field holds, and the trees can be walked. `ptr` is 16-byte aligned. */
export function isValidForest(ptr: usize, len: usize): bool {
  return validHeader(ptr, len) && validTrees(ptr);
}

/** Takes the forest into use where it is valid; else leaves what was in use. */
export function loadForest(ptr: usize, len: usize): bool {
  if (!isValidForest(ptr, len)) return false;
  useForest(ptr);
  return true;
}

/** The same for one that was found valid before. */
export function useForest(ptr: usize): void {
  forestPtr = ptr;
  treeCount = load<u32>(ptr, 8);
  nodesPtr = nodesPtrOf(ptr, treeCount);
  useUsual(load<u16>(ptr, 4) == 1 ? 0 : nodesPtr + <usize>load<u32>(ptr, 12) * NODE_BYTES);
  pathNormaliser = load<f64>(ptr, 16);
  alertPathSum = load<f64>(ptr, 24);
  forestFeatureCount = <u32>load<u16>(ptr, 6);
  forestWindowSeconds = load<u32>(ptr, 40);
  forestEntity = load<u8>(ptr, 44);
  forestMinFlows = <u32>load<u8>(ptr, 45);
  alertScore = load<f64>(ptr, 32);
}

export function forgetForest(): void {
  forestPtr = 0;
  treeCount = 0;
  forestFeatureCount = 0;
}

export function hasForest(): bool {
  return forestPtr != 0;
}

/** Which of the seven numbers feature `index` of the forest is. */
export function forestFeatureId(index: u32): u8 {
  return load<u8>(forestPtr + 48 + <usize>index);
}

function validHeader(ptr: usize, len: usize): bool {
  if (ptr == 0 || (ptr & 15) != 0 || len < HEADER_BYTES) return false;
  const version = load<u16>(ptr, 4);
  if (load<u32>(ptr) != FOREST_MAGIC || version == 0 || version > FOREST_VERSION_MAX) return false;
  const features = <u32>load<u16>(ptr, 6);
  const trees = load<u32>(ptr, 8);
  const nodes = load<u32>(ptr, 12);
  if (features == 0 || features > FOREST_FEATURES_MAX) return false;
  if (trees == 0 || trees > TREES_MAX || nodes < trees || nodes > NODES_MAX) return false;
  const endPtr = nodesPtrOf(ptr, trees) + <usize>nodes * NODE_BYTES;
  const usualBytes = ptr + len - endPtr;
  if (endPtr > ptr + len || (version == 1 ? usualBytes != 0 : !isValidUsual(endPtr, usualBytes))) return false;
  const normaliser = load<f64>(ptr, 16);
  const score = load<f64>(ptr, 32);
  if (!(normaliser > 0) || !isFinite(normaliser) || !isFinite(load<f64>(ptr, 24))) return false;
  if (!(score > -0.5 && score < 0.5)) return false;
  const windowSeconds = load<u32>(ptr, 40);
  if (windowSeconds == 0 || windowSeconds > WINDOW_SECONDS_MAX) return false;
  if (load<u8>(ptr, 44) >= ENTITIES || load<u16>(ptr, 46) != 0) return false;
  return validFeatures(ptr, features);
}

function validFeatures(ptr: usize, features: u32): bool {
  let seen: u32 = 0;
  for (let i: u32 = 0; i < FOREST_FEATURES_MAX; i++) {
    const id = load<u8>(ptr + 48 + <usize>i);
    if (i >= features) {
      if (id != UNUSED_FEATURE) return false;
      continue;
    }
    if (id >= FEATURE_IDS || (seen & (1 << id)) != 0) return false;
    seen |= 1 << id;
  }
  return true;
}

function validTrees(ptr: usize): bool {
  const features = <u32>load<u16>(ptr, 6);
  const trees = load<u32>(ptr, 8);
  const nodes = load<u32>(ptr, 12);
  const rootsPtr = ptr + HEADER_BYTES;
  const firstNodePtr = nodesPtrOf(ptr, trees);
  for (let pad = rootsPtr + 4 * <usize>trees; pad < firstNodePtr; pad++) if (load<u8>(pad) != 0) return false;
  if (load<u32>(rootsPtr) != 0) return false;
  for (let tree: u32 = 0; tree < trees; tree++) {
    const root = load<u32>(rootsPtr + 4 * <usize>tree);
    const endIndex = tree + 1 < trees ? load<u32>(rootsPtr + 4 * <usize>tree, 4) : nodes;
    if (endIndex <= root || endIndex > nodes) return false;
    if (!validTree(firstNodePtr, root, endIndex, features)) return false;
  }
  return true;
}

/** In pre-order, as it was written: every node has one parent, so that a tree has no more walks than leaves. */
function validTree(firstNodePtr: usize, root: u32, endIndex: u32, features: u32): bool {
  let open: u32 = 0;
  let depth: u32 = 0;
  for (let node = root; node < endIndex; node++) {
    const nodePtr = firstNodePtr + <usize>node * NODE_BYTES;
    if (!validNode(nodePtr, node, endIndex, features)) return false;
    if (nodeFeature(nodePtr) != LEAF) {
      depth++;
      if (depth > DEPTH_MAX) return false;
      store<u32>(branchesPtr + 8 * <usize>open, load<u32>(nodePtr, 4));
      store<u32>(branchesPtr + 8 * <usize>open, depth, 4);
      open++;
    } else {
      if (open == 0) return node + 1 == endIndex;
      open--;
      if (load<u32>(branchesPtr + 8 * <usize>open) != node + 1) return false;
      depth = load<u32>(branchesPtr + 8 * <usize>open, 4);
    }
  }
  return false; // it ends with a leaf
}

function validNode(nodePtr: usize, node: u32, endIndex: u32, features: u32): bool {
  const feature = <u32>load<u16>(nodePtr);
  const right = load<u32>(nodePtr, 4);
  if (!isFinite(load<f32>(nodePtr, 8))) return false;
  const longest = <u32>load<u16>(nodePtr, 2);
  const length = load<f32>(nodePtr, 12);
  if (!(length >= 0 && length <= PATH_LENGTH_MAX)) return false;
  if (feature == LEAF) return right == 0 && <f32>longest >= length * LONGEST_PARTS;
  // A right child behind its parent leaves room for the left one and lets every walk end.
  if (feature >= features || right <= node + 1 || right >= endIndex) return false;
  const rightPtr = nodePtr + <usize>(right - node) * NODE_BYTES;
  return longest >= <u32>load<u16>(nodePtr + NODE_BYTES, 2) && longest >= <u32>load<u16>(rightPtr, 2);
}

/** The first node of a tree. */
// @ts-ignore: decorator
@inline
export function rootPtr(tree: u32): usize {
  return nodesPtr + <usize>load<u32>(forestPtr + HEADER_BYTES + 4 * <usize>tree) * NODE_BYTES;
}

/** The feature that a node asks for, LEAF for none. */
// @ts-ignore: decorator
@inline
export function nodeFeature(nodePtr: usize): u32 {
  return <u32>load<u16>(nodePtr);
}

// @ts-ignore: decorator
@inline
export function leftOf(nodePtr: usize): usize {
  return nodePtr + NODE_BYTES;
}

// @ts-ignore: decorator
@inline
export function rightOf(nodePtr: usize): usize {
  return nodesPtr + <usize>load<u32>(nodePtr, 4) * NODE_BYTES;
}

// @ts-ignore: decorator
@inline
export function goesLeft(nodePtr: usize, featuresPtr: usize): bool {
  return load<f32>(featuresPtr + 4 * <usize>nodeFeature(nodePtr)) <= load<f32>(nodePtr, 8);
}

// @ts-ignore: decorator
@inline
export function pathLength(nodePtr: usize): f32 {
  return load<f32>(nodePtr, 12);
}

/** Sum of path lengths; `featuresPtr` holds one f32 a feature of the forest, raw. */
export function pathSumOf(featuresPtr: usize): f64 {
  let sum: f64 = 0;
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    let nodePtr = rootPtr(tree);
    while (nodeFeature(nodePtr) != LEAF) nodePtr = goesLeft(nodePtr, featuresPtr) ? leftOf(nodePtr) : rightOf(nodePtr);
    sum += <f64>pathLength(nodePtr);
  }
  return sum;
}

/** scikit-learn's `decision_function` of a path sum; call only while `hasForest()`. */
export function scoreOfPathSum(sum: f64): f64 {
  return OFFSET - powerOfTwo(-sum / pathNormaliser);
}

export function scoreForest(featuresPtr: usize): f64 {
  return scoreOfPathSum(pathSumOf(featuresPtr));
}
