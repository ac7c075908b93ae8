/**
 * What the configured fields say of the event at hand. The message, the status and the endpoint are asked for before a
 * record is understood; all others afterwards, because they go before anything that was read in the line. A field that
 * is not there, or that says nothing, leaves what was read without it.
 */

import {
  firstPath,
  PATHS_ENDPOINT,
  PATHS_FORWARDED,
  PATHS_KEY,
  PATHS_LEVEL,
  PATHS_MESSAGE,
  PATHS_SOURCE,
  PATHS_STATUS,
  proxies,
  proxiesPtr,
} from "../config/settings";
import { addressHigh, addressLow, readHost } from "../event/address";
import {
  keyEndPtr,
  keyPtr,
  LEVEL_NONE,
  setEndpoint,
  setKey,
  setKeyAddress,
  setLevel,
  setSource,
  setStatus,
  sourceEndPtr,
  sourcePtr,
} from "../event/event";
import { COMMA, OPEN_BRACKET, QUOTE } from "../runtime/characters";
import { skipSpace, unescape, unescapedEndPtr } from "../runtime/json";
import { reserve } from "../runtime/memory";
import { isTrusted, resolveForwarded } from "./forwarded";
import { copyMessage, takeMessage } from "./members";
import { LOG_RANK, readLevel, readStatus, setFieldTarget } from "./named";
import { findPath, valueEndPtr, valuePtr } from "./paths";

/** What is kept of one value; a list of proxies that is longer is not believed, because its end is what counts. */
const TARGET_BYTES_MAX: usize = 6144;
const LIST_BYTES_MAX: usize = 4096;
const TEXT_BYTES_MAX: usize = 512;

/** A configured message is taken as `log` is: as the line that was logged. */
const CONFIGURED_RANK: i32 = LOG_RANK + 1;

let targetScratchPtr: usize = 0;
let endpointScratchPtr: usize = 0;
let listScratchPtr: usize = 0;
let keyScratchPtr: usize = 0;
let sourceScratchPtr: usize = 0;
let smallScratchPtr: usize = 0;

export function initialiseConfigured(): bool {
  if (targetScratchPtr != 0) return true;
  const ptr = reserve(2 * TARGET_BYTES_MAX + LIST_BYTES_MAX + 3 * TEXT_BYTES_MAX);
  if (ptr == 0) return false;
  endpointScratchPtr = ptr + TARGET_BYTES_MAX;
  listScratchPtr = endpointScratchPtr + TARGET_BYTES_MAX;
  keyScratchPtr = listScratchPtr + LIST_BYTES_MAX;
  sourceScratchPtr = keyScratchPtr + TEXT_BYTES_MAX;
  smallScratchPtr = sourceScratchPtr + TEXT_BYTES_MAX;
  targetScratchPtr = ptr;
  return true;
}

let textEndPtr: usize = 0;

/** The value found last as text at targetPtr, cut at bytesMax; false where its escapes are none. */
function readText(targetPtr: usize, bytesMax: usize): bool {
  textEndPtr = targetPtr;
  if (load<u8>(valuePtr) == QUOTE) {
    if (unescape(valuePtr + 1, valueEndPtr, targetPtr, targetPtr + bytesMax) == 0) return false;
    textEndPtr = unescapedEndPtr;
  } else {
    const bytes = min<usize>(valueEndPtr - valuePtr, bytesMax - 16);
    memory.copy(targetPtr, valuePtr, bytes);
    textEndPtr = targetPtr + bytes;
  }
  return textEndPtr > targetPtr;
}

/** False where the message cannot be read. */
export function takeEarlyPaths(): bool {
  if (findPath(PATHS_STATUS) && readText(smallScratchPtr, TEXT_BYTES_MAX)) {
    const status = readStatus(smallScratchPtr, textEndPtr);
    if (status != 0) setStatus(status);
  }
  if (findPath(PATHS_ENDPOINT) && readText(targetScratchPtr, TARGET_BYTES_MAX)) {
    setFieldTarget(targetScratchPtr, textEndPtr);
  }
  if (!findPath(PATHS_MESSAGE)) return true;
  if (load<u8>(valuePtr) == QUOTE) return takeMessage(valuePtr + 1, valueEndPtr, CONFIGURED_RANK) != 0;
  copyMessage(valuePtr, valueEndPtr, CONFIGURED_RANK);
  return true;
}

/** A configured key that is no address: a user, a tenant. Of such a key a large share of all events is no surprise. */
export let keyIsName: bool = false;

export function takeLatePaths(): void {
  if (findPath(PATHS_LEVEL) && readText(smallScratchPtr, TEXT_BYTES_MAX)) {
    const level = readLevel(smallScratchPtr, textEndPtr);
    if (level != LEVEL_NONE) setLevel(level);
  }
  if (findPath(PATHS_STATUS) && readText(smallScratchPtr, TEXT_BYTES_MAX)) {
    const status = readStatus(smallScratchPtr, textEndPtr);
    if (status != 0) setStatus(status);
  }
  if (findPath(PATHS_ENDPOINT) && readText(endpointScratchPtr, TARGET_BYTES_MAX)) {
    setEndpoint(endpointScratchPtr, textEndPtr);
  }
  keyIsName = false;
  if (findPath(PATHS_KEY) && readText(keyScratchPtr, TEXT_BYTES_MAX)) {
    if (readHost(keyScratchPtr, textEndPtr)) setKeyAddress(addressHigh, addressLow);
    else {
      setKey(keyScratchPtr, textEndPtr);
      keyIsName = true;
    }
  }
  if (proxies > 0) takeForwarded();
}

/** What profiles are chosen by: the configured field, else a field `source`, else what the line names as its source. */
export let profileSourcePtr: usize = 0;
export let profileSourceEndPtr: usize = 0;

export function takeSource(): void {
  if (findPath(PATHS_SOURCE) && readText(sourceScratchPtr, TEXT_BYTES_MAX)) {
    profileSourcePtr = sourceScratchPtr;
    profileSourceEndPtr = textEndPtr;
    // templates are learnt by source: that of a field nobody configured is none
    if (firstPath(PATHS_SOURCE) != 0) setSource(sourceScratchPtr, textEndPtr);
  } else {
    profileSourcePtr = sourcePtr;
    profileSourceEndPtr = sourceEndPtr;
  }
}

/**
 * Behind a trusted proxy the client is whom the list names. Where the event names no peer at all, the list's end was
 * written by whoever spoke to the application: in that case it is read as a trusted peer's.
 */
function takeForwarded(): void {
  if (!findPath(PATHS_FORWARDED)) return;
  if (keyEndPtr > keyPtr) {
    if (!readHost(keyPtr, keyEndPtr) || !isTrusted(addressHigh, addressLow, proxiesPtr, proxies)) return;
  }
  if (!readList() || !resolveForwarded(listScratchPtr, textEndPtr, proxiesPtr, proxies)) return;
  setKeyAddress(addressHigh, addressLow);
}

/** A text, or an array of texts as some servers log a header that came several times. */
function readList(): bool {
  if (valueEndPtr - valuePtr > LIST_BYTES_MAX - 64) return false;
  if (load<u8>(valuePtr) != OPEN_BRACKET) return readText(listScratchPtr, LIST_BYTES_MAX);
  const limitPtr = listScratchPtr + LIST_BYTES_MAX;
  let out = listScratchPtr;
  let ptr = skipSpace(valuePtr + 1, valueEndPtr);
  while (ptr < valueEndPtr && load<u8>(ptr) == QUOTE) {
    if (out > listScratchPtr) store<u8>(out++, COMMA);
    const quotePtr = unescape(ptr + 1, valueEndPtr, out, limitPtr);
    if (quotePtr == 0) return false;
    out = unescapedEndPtr;
    ptr = skipSpace(quotePtr + 1, valueEndPtr);
    if (ptr < valueEndPtr && load<u8>(ptr) == COMMA) ptr = skipSpace(ptr + 1, valueEndPtr);
  }
  textEndPtr = out;
  return out > listScratchPtr && ptr + 1 == valueEndPtr;
}
