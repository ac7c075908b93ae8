/**
 * Whether a window that still runs will be anomalous whatever flows it still gets, and what makes it odd. All that is
 * summed of a window only grows, so of each tree just those leaves can still be reached that lie right of where the
 * numbers stand. Where even the longest paths to them are short enough in sum, the verdict on the closed window is
 * known before it closes.
 */

import { reserve } from "../../runtime/memory";
import {
  DEPTH_MAX,
  forestFeatureCount,
  goesLeft,
  LEAF,
  LONGEST_PARTS,
  leftOf,
  nodeFeature,
  pathLength,
  rightOf,
  rootPtr,
  treeCount,
} from "./forest";

/** A walk keeps one node a level. */
const STACK_MAX: u32 = DEPTH_MAX;
let stackPtr: usize = 0;
/** Per feature: what its splits added to the expected path (f64), then the part of it where the number was above. */
let sharesPtr: usize = 0;
const FEATURES_MAX: usize = 16;

export let oddestFeature: u32 = 0;
/** Whether it is mostly odd for being larger than others. */
export let oddestIsHigh: bool = false;

export function initialiseCertainty(): bool {
  if (stackPtr != 0) return true;
  stackPtr = reserve(<usize>STACK_MAX * 4 + FEATURES_MAX * 16);
  sharesPtr = stackPtr + <usize>STACK_MAX * 4;
  return stackPtr != 0;
}

export function isCertain(featuresPtr: usize, pathSumMax: f64): bool {
  let sum: f64 = 0;
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    sum += <f64>longestReachable(rootPtr(tree), featuresPtr);
    if (sum >= pathSumMax) return false;
  }
  return true;
}

/** The longest path to a leaf that growing numbers can still reach. */
function longestReachable(nodePtr: usize, featuresPtr: usize): f32 {
  let best: f32 = 0;
  let depth: u32 = 0;
  while (true) {
    // nothing below is longer than what was found
    const limit = <f32>load<u16>(nodePtr, 2) / LONGEST_PARTS;
    if (limit > best) {
      if (nodeFeature(nodePtr) != LEAF) {
        if (goesLeft(nodePtr, featuresPtr)) {
          store<u32>(stackPtr + 4 * <usize>depth, <u32>leftOf(nodePtr));
          depth++;
        }
        nodePtr = rightOf(nodePtr);
        continue;
      }
      best = max<f32>(best, pathLength(nodePtr));
    }
    if (depth == 0) return best;
    depth--;
    nodePtr = <usize>load<u32>(stackPtr + 4 * <usize>depth);
  }
}

/** Which feature shortened the paths most; the sums of host/math/isolationForest.ts, in the same order. */
export function findOddest(featuresPtr: usize): void {
  memory.fill(sharesPtr, 0, FEATURES_MAX * 16);
  for (let tree: u32 = 0; tree < treeCount; tree++) {
    let nodePtr = rootPtr(tree);
    while (nodeFeature(nodePtr) != LEAF) {
      const isBelow = goesLeft(nodePtr, featuresPtr);
      const nextPtr = isBelow ? leftOf(nodePtr) : rightOf(nodePtr);
      const sharePtr = sharesPtr + 16 * <usize>nodeFeature(nodePtr) + (isBelow ? 0 : 8);
      store<f64>(sharePtr, load<f64>(sharePtr) + (<f64>pathLength(nextPtr) - <f64>pathLength(nodePtr)));
      nodePtr = nextPtr;
    }
  }
  let least: f64 = 0;
  for (let i: u32 = 0; i < forestFeatureCount; i++) {
    const below = load<f64>(sharesPtr + 16 * <usize>i);
    const above = load<f64>(sharesPtr + 16 * <usize>i, 8);
    if (i > 0 && below + above >= least) continue;
    least = below + above;
    oddestFeature = i;
    oddestIsHigh = above <= below;
  }
}
