/** The forest alone, for comparison with the host's. */
export {
  alertPathSum,
  forestEntity,
  forestFeatureId,
  forestWindowSeconds,
  loadForest,
  pathSumOf,
  scoreForest,
} from "../../../../assembly/detect/network/forest";
export { free, malloc, reserve } from "../../../../assembly/runtime/memory";
