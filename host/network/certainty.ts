/** Whether a window that still runs will be anomalous whatever flows it still gets, as the filter asks it. */
import { type IsolationForest, leaf } from "../math/isolationForest.js";

/** Over the trees, the longest paths to leaves that larger numbers can still reach, summed. */
export function longestPathSum({ rootIndexes, ...forest }: IsolationForest, row: Float32Array): number {
  const { features, thresholds, rightIndexes, pathLengths } = forest;
  const longest = (node: number): number => {
    if (features[node] === leaf) return pathLengths[node];
    const right = longest(rightIndexes[node]);
    return row[features[node]] <= thresholds[node] ? Math.max(right, longest(node + 1)) : right;
  };
  return rootIndexes.reduce((sum, root) => sum + longest(root), 0);
}
