/** The forest alone, for comparison with the host's. */
export {
  alertPathSum,
  forestEntity,
  forestFeatureId,
  forestWindowSeconds,
  loadForest,
  pathSumOf,
  scoreForest,
} from "../../../assembly/forest";
export { free, malloc, reserve } from "../../../assembly/memory";
