/** What the outside sees of the filter: exports only. */

export {
  batchBytes,
  batchLines,
  batchTagged,
  batchUnsound,
  oddline_batch,
  oddline_buffer,
  oddline_event_number,
  oddline_event_range,
  oddline_event_window,
  oddline_explain,
  oddline_flow_number,
  oddline_forget_model,
  oddline_form_features,
  oddline_forms,
  oddline_keys,
  oddline_model_room,
  oddline_notice,
  oddline_score_form,
  oddline_scores,
  oddline_start,
  oddline_table_keys,
  oddline_tag,
  oddline_use_model,
} from "./batch";
export { cacheHits } from "./cache";
export { configuredSeed, hasConfiguredSeed, modelCheckSeconds, saveEverySeconds } from "./config";
export { embed, sumsPtr } from "./embedding";
export { featureCount, featuresPtr, sourceHash, templateHash, tokenCount, tokensPtr } from "./features";
export { oddline_filter } from "./filter";
export { oddline_restore_state, oddline_save_state, oddline_state_room } from "./hostState";
export { hashBytes, hashPair } from "./hash";
export { free, malloc } from "./memory";
export { checksum } from "./model";
export { mutedEvents } from "./news";
export { leastProbability, leastPtr } from "./novelty";
export { measureDistance, nearestCluster, nearestDistance, nearestRadius } from "./outlier";
export { outputEndPtr, outputPtr } from "./output";
export { setLocalZone } from "./parse/time";
export { staleSeconds } from "./snapshot";
export { oddline_stream, oddline_stream_start } from "./stream";
export { oddline_sound_lines } from "./strictJson";
export { eventsJudged, eventsTagged, noveltyScore, outlierScore, score, seed, taggedOf, type } from "./verdict";
export { restoredAlerts } from "./windowSnapshot";
export { lateEvents } from "./windows";
