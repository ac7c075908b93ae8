/** What is known of the event at hand, filled by the record finder and the parsers. Addresses point into host bytes or
 * into `messageScratchPtr`; they hold until the next record. Zero or an empty range means "not known". */

import { BACKSLASH } from "../runtime/characters";
import { hashPairRarely } from "../runtime/hash";
import { unescape, unescapedEndPtr } from "../runtime/json";
import { reserve } from "../runtime/memory";
import { Text } from "../runtime/text";
import { HOST_TEXT_OFFSET, HostPart, RequestPart } from "./accessParts";
import { ADDRESS_BYTES_MAX, isIPv4, writeCanonicalAddress } from "./address";
import { hashKeyText } from "./hashes";

/** Longer messages are judged by this much of their beginning. */
export const MESSAGE_BYTES_MAX: usize = 131072;
const FIELD_BYTES_MAX: usize = 8192;
/** Messages inside messages (JSON in JSON) are kept to this length together. */
const INNER_BYTES_MAX: usize = 65536;
/** What is read before a message never changes. */
const BEFORE_BYTES: usize = 16;
const ADDRESS_ROOM_BYTES: usize = ADDRESS_BYTES_MAX + 9;

export const LEVEL_NONE: i32 = 0;
export const LEVEL_TRACE: i32 = 1;
export const LEVEL_DEBUG: i32 = 2;
export const LEVEL_INFO: i32 = 3;
export const LEVEL_WARN: i32 = 4;
export const LEVEL_ERROR: i32 = 5;
export const LEVEL_FATAL: i32 = 6;

/** A format is its name: the address of a string constant. Those that stand in a file of formats/ stand only there. */
export const FORMAT_TEXT: Text = "text";
export const FORMAT_FIELDS: Text = "fields";
export const FORMAT_JSON: Text = "json";

/** 2^63-1 says "no time in the line": every other value is a time in Unix seconds. */
export const NO_TIME: i64 = i64.MAX_VALUE;

export let messageScratchPtr: usize = 0;
export let fieldScratchPtr: usize = 0;
export let innerScratchPtr: usize = 0;

/** The whole message; in JSON it is escaped, but only in quotes around texts, until `unescapeMessage` was called. */
export let messagePtr: usize = 0;
export let messageEndPtr: usize = 0;
export let isMessageInJson: bool = false;
/** Whether the body has to be unescaped with it. */
let isTextInJson: bool = false;
/** The part of it that says something: header parsed off. */
export let bodyPtr: usize = 0;
export let bodyEndPtr: usize = 0;

export let format: usize = FORMAT_TEXT;
export let level: i32 = 0;
/** HTTP status as three digits, 0 where none was found. */
export let status: i32 = 0;
export let bytes: i64 = -1;
export let timeSeconds: i64 = NO_TIME;
/** Where a time has been set, the clock that it was read from; 0: from none. */
export let clockPtr: usize = 0;
let readClockPtr: usize = 0;

/** Whose event it is: the client's address in canonical form (see address.ts), or its name. */
export let keyPtr: usize = 0;
export let keyEndPtr: usize = 0;
/** Its halves where it is an IPv6 address that is no IPv4 one: windows are kept per network of these. */
export let keyIsIPv6: bool = false;
let keyHigh: u64 = 0;
let keyLow: u64 = 0;
let keyScratchPtr: usize = 0;
/** The two ends of a network flow, in canonical form, and the destination's port (-1 for none). */
export let senderPtr: usize = 0;
export let senderEndPtr: usize = 0;
export let destinationPtr: usize = 0;
export let destinationEndPtr: usize = 0;
export let destinationPort: i32 = -1;
/** True where the record itself says that it is an error. */
export let markedError: bool = false;
export let sourcePtr: usize = 0;
export let sourceEndPtr: usize = 0;
export let methodPtr: usize = 0;
export let methodEndPtr: usize = 0;
export let targetPtr: usize = 0;
export let targetEndPtr: usize = 0;
/** What requests to one endpoint are counted by where a configured field says it: the target else. */
export let endpointPtr: usize = 0;
export let endpointEndPtr: usize = 0;
/** What a request says of its sender, and where it came from. */
export let agentPtr: usize = 0;
export let agentEndPtr: usize = 0;
export let referrerPtr: usize = 0;
export let referrerEndPtr: usize = 0;
/** What the request took, -1 where it does not say. */
export let durationMilliseconds: f64 = -1;
/** What is kept of them and of the host that made the key (accessParts.ts), 0 for nothing. */
export let agentPart: usize = 0;
export let referrerPart: usize = 0;
export let hostPart: usize = 0;
/** Where the key's hash is kept, 0 before it is made; 0 for nowhere. */
let keyHashPtr: usize = 0;
/** True where `target` holds a request: the line is judged as one. */
export let isRequest: bool = false;
/** What is kept of the request and its status, 0 for nothing. */
export let requestPart: usize = 0;
/** The seed of this instance: nobody outside can make two hashes meet. */
export let requestSeed: u64 = 0;

/** What is kept of the body's skeleton (skeleton.ts), 0 while nobody has asked. */
export let skeletonPtr: usize = 0;

/** The shipper's tag of the events to come. */
export let tagPtr: usize = 0;
export let tagEndPtr: usize = 0;

export function setTag(ptr: usize, bytes: usize): void {
  tagPtr = ptr;
  tagEndPtr = ptr + bytes;
}

/** False where the host refuses the memory for it. */
export function initialiseEvent(): bool {
  if (messageScratchPtr != 0) return true;
  const bytes = MESSAGE_BYTES_MAX + FIELD_BYTES_MAX + INNER_BYTES_MAX + 128 + 3 * ADDRESS_ROOM_BYTES;
  let scratchPtr = reserve(BEFORE_BYTES + bytes);
  if (scratchPtr == 0) return false;
  scratchPtr += BEFORE_BYTES;
  keyScratchPtr = scratchPtr + MESSAGE_BYTES_MAX + FIELD_BYTES_MAX + 64;
  innerScratchPtr = keyScratchPtr + 3 * ADDRESS_ROOM_BYTES;
  fieldScratchPtr = scratchPtr + MESSAGE_BYTES_MAX + 32;
  messageScratchPtr = scratchPtr;
  return true;
}

export function messageScratchEndPtr(): usize {
  return messageScratchPtr + MESSAGE_BYTES_MAX;
}

export function fieldScratchEndPtr(): usize {
  return fieldScratchPtr + FIELD_BYTES_MAX;
}

export function innerScratchEndPtr(): usize {
  return innerScratchPtr + INNER_BYTES_MAX;
}

/** Whether the record before was an access line in JSON: all that such a line never says is still clear. */
export let isLineClear: bool = false;

// @ts-ignore: decorator
@inline
export function keepLineClear(): void {
  isLineClear = true;
}

export function clearEvent(): void {
  isLineClear = false;
  messagePtr = 0;
  messageEndPtr = 0;
  isMessageInJson = false;
  bodyPtr = 0;
  bodyEndPtr = 0;
  format = FORMAT_TEXT;
  level = LEVEL_NONE;
  status = 0;
  bytes = -1;
  timeSeconds = NO_TIME;
  keyPtr = 0;
  keyEndPtr = 0;
  keyIsIPv6 = false;
  senderPtr = 0;
  senderEndPtr = 0;
  destinationPtr = 0;
  destinationEndPtr = 0;
  destinationPort = -1;
  markedError = false;
  sourcePtr = 0;
  sourceEndPtr = 0;
  methodPtr = 0;
  methodEndPtr = 0;
  targetPtr = 0;
  targetEndPtr = 0;
  endpointPtr = 0;
  endpointEndPtr = 0;
  agentPtr = 0;
  agentEndPtr = 0;
  referrerPtr = 0;
  referrerEndPtr = 0;
  durationMilliseconds = -1;
  isRequest = false;
  skeletonPtr = 0;
}

/** Whether it says nothing in numbers, nor of two ends, and is no request of parts. */
export function hasNoNumbers(): bool {
  return (
    !markedError &&
    status == 0 &&
    bytes < 0 &&
    durationMilliseconds < 0 &&
    destinationPort < 0 &&
    senderEndPtr == senderPtr &&
    destinationEndPtr == destinationPtr &&
    targetEndPtr == targetPtr &&
    agentEndPtr == agentPtr &&
    referrerEndPtr == referrerPtr
  );
}

export function setMessage(ptr: usize, endPtr: usize): void {
  messagePtr = ptr;
  messageEndPtr = endPtr;
  isMessageInJson = false;
  bodyPtr = ptr;
  bodyEndPtr = endPtr;
}

/** A line whose format was told without unescaping it. */
export function setLine(ptr: usize, endPtr: usize, isInJson: bool, lineFormat: usize): void {
  messagePtr = ptr;
  messageEndPtr = endPtr;
  isMessageInJson = isInJson;
  isTextInJson = false;
  format = lineFormat;
}

/** A text that was not unescaped; its body counted from its beginning as if it had been. */
export function setLyingText(ptr: usize, endPtr: usize, body: usize, bodyEnd: usize): void {
  setLyingPairs(ptr, endPtr);
  bodyPtr = ptr + body;
  bodyEndPtr = ptr + bodyEnd;
  isTextInJson = true;
}

/** The same of a line whose body has no escapes. */
export function setLyingPairs(ptr: usize, endPtr: usize): void {
  messagePtr = ptr;
  messageEndPtr = endPtr;
  isMessageInJson = true;
  isTextInJson = false;
}

/** For whoever wants the message as it was logged, all of it. */
export function unescapeMessage(): void {
  if (!isMessageInJson) return;
  if (isTextInJson) {
    bodyPtr += messageScratchPtr - messagePtr;
    bodyEndPtr += messageScratchPtr - messagePtr;
  }
  // `\n` or `\r` may stand behind it
  let quotePtr = messageEndPtr;
  while (load<u8>(quotePtr) == BACKSLASH) quotePtr += 2;
  unescape(messagePtr, quotePtr + 1, messageScratchPtr, messageScratchEndPtr());
  isMessageInJson = false;
  messagePtr = messageScratchPtr;
  messageEndPtr = unescapedEndPtr - ((quotePtr - messageEndPtr) >> 1);
}

/** For whoever wants the body of a text. */
export function unescapeText(): void {
  if (isTextInJson) unescapeMessage();
}

export function setSkeleton(ptr: usize): void {
  skeletonPtr = ptr;
}

export function setBody(ptr: usize, endPtr: usize): void {
  bodyPtr = ptr;
  bodyEndPtr = endPtr;
}

export function setFormat(value: usize): void {
  format = value;
}

/** Whether a level was set since somebody forgot it. */
export let isLevelSet: bool = false;

export function setLevel(value: i32): void {
  level = value;
  isLevelSet = true;
}

export function forgetLevel(): void {
  isLevelSet = false;
}

export function setStatus(value: i32): void {
  status = value;
}

export function setBytes(value: i64): void {
  bytes = value;
}

/** The time that was read with the clock noted last, where there was one. */
export function setTime(seconds: i64): void {
  timeSeconds = seconds;
  clockPtr = readClockPtr;
  readClockPtr = 0;
}

/** Of a line whose event is not set yet. */
// @ts-ignore: decorator
@inline
export function setLineTime(seconds: i64): void {
  timeSeconds = seconds;
}

/** A clock was read at ptr; 0: the time to come is none of a clock. */
export function noteClock(ptr: usize): void {
  readClockPtr = ptr;
}

export function setKey(ptr: usize, endPtr: usize): void {
  keyPtr = ptr;
  keyEndPtr = endPtr;
  keyIsIPv6 = false;
  hostPart = 0;
  keyHashPtr = 0;
}

/** The key is an IPv4 address whose hash is kept at hashPtr. */
export function setMetKey(ptr: usize, endPtr: usize, hashPtr: usize): void {
  setKey(ptr, endPtr);
  keyHashPtr = hashPtr;
}

/** The key is that of a host that is kept. */
export function setHost(partPtr: usize): void {
  const part = changetype<HostPart>(partPtr);
  if (part.isAddress) setKeyAddress(part.high, part.low);
  else setKey(partPtr + HOST_TEXT_OFFSET, partPtr + HOST_TEXT_OFFSET + part.bytes);
  hostPart = partPtr;
}

/** The key is an address, given as the halves that address.ts reads. */
export function setKeyAddress(high: u64, low: u64): void {
  keyPtr = keyScratchPtr;
  keyEndPtr = writeCanonicalAddress(high, low, keyScratchPtr);
  keyIsIPv6 = !isIPv4(high, low);
  keyHigh = high;
  keyLow = low;
  hostPart = 0;
  keyHashPtr = 0;
}

/**
 * Hash of what the windows of this event are kept per: its key, of an IPv6 address the first `ipv6Prefix` bits, because
 * who has one address of a network has as many of them as he likes. Never 0: that is no key.
 */
// @ts-ignore: decorator
@inline
export function hashWindowKey(ipv6Prefix: u32, seed: u64): u64 {
  if (keyEndPtr == keyPtr) return 0;
  if ((hostPart | keyHashPtr) == 0 || seed != requestSeed) return hashKey(ipv6Prefix, seed);
  if (keyHashPtr != 0) {
    if (load<u64>(keyHashPtr) == 0) store<u64>(keyHashPtr, hashKey(ipv6Prefix, seed));
    return load<u64>(keyHashPtr);
  }
  const part = changetype<HostPart>(hostPart);
  if (part.prefix != ipv6Prefix + 1) {
    part.prefix = ipv6Prefix + 1;
    part.windowKey = hashKey(ipv6Prefix, seed);
  }
  return part.windowKey;
}

/** The same, called instead of copied: for what few records come by. */
export function hashWindowKeyRarely(ipv6Prefix: u32, seed: u64): u64 {
  return hashWindowKey(ipv6Prefix, seed);
}

function hashKey(ipv6Prefix: u32, seed: u64): u64 {
  if (keyIsIPv6 && ipv6Prefix < 128) return hashNetwork(ipv6Prefix, seed);
  return hashKeyText(keyPtr, keyEndPtr - keyPtr, seed) | 1;
}

function hashNetwork(ipv6Prefix: u32, seed: u64): u64 {
  const high = ipv6Prefix >= 64 ? keyHigh : keyHigh & ~(u64.MAX_VALUE >> <u64>ipv6Prefix);
  const low = ipv6Prefix > 64 ? keyLow & ~(u64.MAX_VALUE >> <u64>(ipv6Prefix - 64)) : 0;
  return hashPairRarely(hashPairRarely(seed, high), low) | 1;
}

export function setSender(high: u64, low: u64): void {
  senderPtr = keyScratchPtr + ADDRESS_ROOM_BYTES;
  senderEndPtr = writeCanonicalAddress(high, low, senderPtr);
}

/** One that is written in canonical form already. */
export function setSenderText(ptr: usize, endPtr: usize): void {
  senderPtr = ptr;
  senderEndPtr = endPtr;
}

export function clearSender(): void {
  senderEndPtr = senderPtr;
}

export function setDestination(high: u64, low: u64): void {
  destinationPtr = keyScratchPtr + 2 * ADDRESS_ROOM_BYTES;
  destinationEndPtr = writeCanonicalAddress(high, low, destinationPtr);
}

export function setDestinationText(ptr: usize, endPtr: usize): void {
  destinationPtr = ptr;
  destinationEndPtr = endPtr;
}

export function setDestinationPort(port: i32): void {
  destinationPort = port;
}

export function markError(): void {
  markedError = true;
}

/** A line that continues another: no text to judge, and no error of its own. */
export function saysNothing(): void {
  bodyEndPtr = bodyPtr;
  level = LEVEL_NONE;
  markedError = false;
}

/** The endpoint of an event that is no request itself: an error's. */
export function setTarget(ptr: usize, endPtr: usize): void {
  targetPtr = ptr;
  targetEndPtr = endPtr;
}

export function setEndpoint(ptr: usize, endPtr: usize): void {
  endpointPtr = ptr;
  endpointEndPtr = endPtr;
}

export function setSource(ptr: usize, endPtr: usize): void {
  sourcePtr = ptr;
  sourceEndPtr = endPtr;
}

export function setRequest(aMethodPtr: usize, aMethodEndPtr: usize, aTargetPtr: usize, aTargetEndPtr: usize): void {
  methodPtr = aMethodPtr;
  methodEndPtr = aMethodEndPtr;
  targetPtr = aTargetPtr;
  targetEndPtr = aTargetEndPtr;
  isRequest = true;
  requestPart = 0;
}

/** A request that is kept, between quotes at [ptr, endPtr). */
export function setRequestPart(partPtr: usize, ptr: usize, endPtr: usize): void {
  const part = changetype<RequestPart>(partPtr);
  bodyPtr = ptr;
  bodyEndPtr = endPtr;
  methodPtr = ptr;
  methodEndPtr = ptr + part.methodBytes;
  targetPtr = methodEndPtr + 1;
  targetEndPtr = targetPtr + part.targetBytes;
  status = part.status;
  isRequest = true;
  requestPart = partPtr;
}

export function setDuration(milliseconds: f64): void {
  durationMilliseconds = milliseconds;
}

export function setAgent(ptr: usize, endPtr: usize, partPtr: usize): void {
  agentPtr = ptr;
  agentEndPtr = endPtr;
  agentPart = partPtr;
}

export function setReferrer(ptr: usize, endPtr: usize, partPtr: usize): void {
  referrerPtr = ptr;
  referrerEndPtr = endPtr;
  referrerPart = partPtr;
}

export function setRequestSeed(value: u64): void {
  requestSeed = value;
}
