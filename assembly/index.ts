/** What the outside sees of the filter: exports only. */

export { batchInvalid, batchTagged, oddline_batch, oddline_notice } from "./abi/batch";
export { oddline_explain } from "./abi/explain";
export { oddline_filter } from "./abi/fluentBit";
export {
  oddline_buffer,
  oddline_forget_model,
  oddline_model_room,
  oddline_start,
  oddline_use_model,
} from "./abi/hostSetup";
export { oddline_restore_state, oddline_save_state, oddline_state_room } from "./abi/hostState";
export {
  learntKeywords,
  learntKeywordsPtr,
  oddline_score_signature,
  oddline_signature_features,
  oddline_signatures,
  oddline_table_keys,
} from "./abi/learn";
export { batchBytes, batchLines, oddline_tag } from "./abi/lines";
export { oddline_keys, oddline_scores } from "./abi/numbers";
export { oddline_stream, oddline_stream_start } from "./abi/stream";
export { configuredSeed, hasConfiguredSeed, modelCheckSeconds, saveEverySeconds } from "./config/settings";
export { cacheHits } from "./detect/novelty/cache";
export { featureCount, featuresPtr } from "./detect/novelty/features";
export { suppressedEvents } from "./detect/novelty/suppression";
export { templateHash, tokenCount, tokensPtr } from "./detect/novelty/textFeatures";
export { sumsPtr, writeSums as embed } from "./detect/outlier/embedding";
export { measureDistance, nearestDistance, nearestRadius } from "./detect/outlier/nearest";
export { staleSeconds } from "./detect/windows/restored";
export { lateEvents } from "./detect/windows/rules";
export { restoredAlerts } from "./detect/windows/snapshot";
export { setLocalZone } from "./fields/time";
export { checksum } from "./operate/modelFile";
export { oddline_valid_lines } from "./record/validJson";
export { hashBytes, hashPair } from "./runtime/hash";
export { free, malloc } from "./runtime/memory";
export { outputEndPtr, outputPtr } from "./runtime/output";
export { score } from "./verdict/detectors";
export { eventsJudged, eventsTagged, taggedOf } from "./verdict/judge";
export { seed } from "./verdict/options";
