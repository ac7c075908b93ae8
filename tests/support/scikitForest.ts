/** Turns trees as scikit-learn holds them (tests/data/golden/isolation-forest.py) into the host's forest. */
import { averagePathLength, floorToFloat32, type IsolationForest, leaf } from "../../host/math/isolationForest.js";
import type { NetworkForest } from "../../host/model/forestSection.js";
import { featureNames } from "../../host/model/networkFeatures.js";

interface ScikitTree {
  feature: number[];
  left: number[];
  right: number[];
  threshold: number[];
  rows: number[];
}

export interface ScikitForest {
  featureCount: number;
  sampleCount: number;
  trees: ScikitTree[];
  points: number[][];
  scores: number[];
}

export function forestOfScikit(exported: ScikitForest): IsolationForest {
  const features: number[] = [];
  const rightIndexes: number[] = [];
  const thresholds: number[] = [];
  const pathLengths: number[] = [];
  /** Returns the subtree's mean path length. */
  const add = (tree: ScikitTree, node: number, depth: number): number => {
    const index = features.length;
    const isLeaf = tree.left[node] < 0;
    features.push(isLeaf ? leaf : tree.feature[node]);
    rightIndexes.push(0);
    thresholds.push(isLeaf ? 0 : floorToFloat32(tree.threshold[node]));
    pathLengths.push(depth + averagePathLength(tree.rows[node]));
    if (isLeaf) return pathLengths[index];
    const leftSum = add(tree, tree.left[node], depth + 1) * tree.rows[tree.left[node]];
    rightIndexes[index] = features.length;
    const rightSum = add(tree, tree.right[node], depth + 1) * tree.rows[tree.right[node]];
    pathLengths[index] = (leftSum + rightSum) / tree.rows[node];
    return pathLengths[index];
  };
  const rootIndexes = exported.trees.map((tree) => {
    const root = features.length;
    add(tree, 0, 0);
    return root;
  });
  return {
    featureCount: exported.featureCount,
    sampleCount: exported.sampleCount,
    rootIndexes: Uint32Array.from(rootIndexes),
    features: Uint16Array.from(features),
    rightIndexes: Uint32Array.from(rightIndexes),
    thresholds: Float32Array.from(thresholds),
    pathLengths: Float32Array.from(pathLengths),
  };
}

/** As it would stand in a model. */
export function networkForestOfScikit(exported: ScikitForest): NetworkForest {
  return {
    forest: forestOfScikit(exported),
    features: featureNames.slice(0, exported.featureCount),
    entity: "destination",
    windowSeconds: 300,
    alertScore: -0.1,
    minFlows: 1,
  };
}
