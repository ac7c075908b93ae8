/**
 * The windows and keywords alone, over events that come apart into fields already (the error-anomaly API): the same
 * `watch` that judges a record. Each stream has an instance of its own, with tables of the size it asks for.
 *
 *   in, per event, on a multiple of 8:  0 i64 Unix seconds   8 u32 1 = error   12 u16 key bytes   14 u16 endpoint bytes
 *                                      16 u32 message bytes  20 u32 0   24 key, endpoint, message
 *   out, 32 bytes each:  0 u8 state   1 u8 event   2 u8 type   3 u8 0   4 u32 count   8 f64 score   16 f64 threshold
 *                       24 u32 keyword + 1, 0 = none   28 u32 0
 */
import { loadConfiguration } from "../config/settings";
import { KEYWORDS, keywordCount, ruleOf, state, transition } from "../detect/windows/rules";
import {
  applyConfiguration,
  initialiseWatch,
  watch,
  watchApart,
  watchKeyword,
  watchRule,
  watchScore,
} from "../detect/windows/watch";
import {
  clearEvent,
  initialiseEvent,
  MESSAGE_BYTES_MAX,
  markError,
  setMessage,
  setTarget,
  setTime,
} from "../event/event";
import { setClient } from "../fields/client";
import { TYPE_NONE, watchType } from "../verdict/detectors";

const ROW_HEADER_BYTES: usize = 24;
const RESULT_BYTES: usize = 32;

let seed: u64 = 0;

/** `config` and `keywords`: sections of a model, or no bytes for the built-in ones. False where one is refused. */
export function oddline_stream_start(
  streamSeed: u64,
  keys: u32,
  configPtr: usize,
  configBytes: u32,
  keywordsPtr: usize,
  keywordsBytes: u32,
): bool {
  seed = streamSeed;
  watchApart(keys);
  if (!initialiseEvent() || (configBytes > 0 && !loadConfiguration(configPtr, configBytes))) return false;
  if (!initialiseWatch()) return false;
  if (keywordsBytes > 0) applyConfiguration(keywordsPtr, keywordsBytes);
  return true;
}

/** Judges rows that fill [rowsPtr, +rowsBytes) exactly; returns how many, or -1 where they do not. */
export function oddline_stream(rowsPtr: usize, rowsBytes: u32, resultsPtr: usize): i32 {
  const endPtr = rowsPtr + rowsBytes;
  let count = 0;
  for (let ptr = rowsPtr; ptr < endPtr; count++) {
    if (endPtr - ptr < ROW_HEADER_BYTES) return -1;
    const keyPtr = ptr + ROW_HEADER_BYTES;
    const endpointPtr = keyPtr + load<u16>(ptr, 12);
    const messagePtr = endpointPtr + load<u16>(ptr, 14);
    const messageBytes = <usize>load<u32>(ptr, 16);
    if (messagePtr > endPtr || messageBytes > endPtr - messagePtr) return -1;
    clearEvent();
    setTime(load<i64>(ptr));
    if (load<u32>(ptr, 8) != 0) markError();
    if (endpointPtr > keyPtr) setClient(keyPtr, endpointPtr);
    if (messagePtr > endpointPtr) setTarget(endpointPtr, messagePtr);
    setMessage(messagePtr, messagePtr + min(messageBytes, MESSAGE_BYTES_MAX));
    watch(seed, load<i64>(ptr), 0);
    writeResult(resultsPtr + RESULT_BYTES * <usize>count);
    ptr += (messagePtr - ptr + messageBytes + 7) & ~7;
  }
  return count;
}

function writeResult(ptr: usize): void {
  const isOdd = watchScore > 0;
  const isKeyword = isOdd && watchRule == KEYWORDS;
  let count: u32 = isKeyword ? keywordCount : 0;
  let threshold: f64 = 0;
  if (isOdd && !isKeyword) {
    const rule = ruleOf(watchRule);
    count = rule.count;
    threshold = rule.threshold;
  }
  store<u32>(ptr, state | (transition << 8) | ((isOdd ? watchType() : TYPE_NONE) << 16));
  store<u32>(ptr, count, 4);
  store<f64>(ptr, watchScore, 8);
  store<f64>(ptr, threshold, 16);
  store<u64>(ptr, isKeyword ? watchKeyword + 1 : 0, 24);
}
