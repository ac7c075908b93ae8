/**
 * The network flow that the event at hand describes, gathered while its fields are parsed, for the filter and for
 * `oddline network`. Nothing is cleared between events but the marks of what was noted. Names of fields: named.ts.
 */

import { destinationEndPtr, destinationPtr, NO_TIME, senderEndPtr, senderPtr } from "../event/event";
import { digitsEnd, equalsText, isDigit, readDigits, startsWith } from "../runtime/bytes";
import {
  CASE_BIT,
  COMMA,
  DASH,
  DIGIT_0,
  DOT,
  LOWER_A,
  LOWER_E,
  LOWER_N,
  OPEN_PAREN,
  PLUS,
  UNDERSCORE,
  UPPER_A,
  UPPER_N,
} from "../runtime/characters";
import { bytesOf, firstByte, Text } from "../runtime/text";
import { dateAt } from "./date";
import { timeEndPtr } from "./time";

// What a field says of a flow; numbers from 1, each also the bit of the mark that it was noted.
export const FLOW_TOTAL: u32 = 1;
export const FLOW_FORWARD: u32 = 2;
export const FLOW_BACKWARD: u32 = 3;
export const FLOW_SECONDS: u32 = 4;
export const FLOW_MILLISECONDS: u32 = 5;
export const FLOW_NANOSECONDS: u32 = 6;
export const FLOW_START: u32 = 7;
export const FLOW_END: u32 = 8;
/** Suricata's kind of event, its protocol, and the end it always names; Zeek's end of a connection. */
export const FLOW_EVENT_TYPE: u32 = 9;
export const FLOW_PROTOCOL: u32 = 10;
export const FLOW_SURICATA_END: u32 = 11;
export const FLOW_ZEEK_END: u32 = 12;
/** How it ended: of several fields that say so, the first in this order counts. */
export const FLOW_CONNECTION_STATE: u32 = 24;
export const FLOW_ACTION: u32 = 25;
export const FLOW_STATUS: u32 = 26;
export const FLOW_VERDICT: u32 = 27;
export const FLOW_RESULT: u32 = 28;
export const FLOW_OUTCOME: u32 = 29;
export const FLOW_STATE_OF_FLOW: u32 = 30;
export const FLOW_STATE: u32 = 31;
/** Zeek's label of a capture, and the tag of a filter before this one as Loki keeps it. */
export const FLOW_LABEL: u32 = 15;
export const FLOW_TAGGED: u32 = 16;
/** It matters where a line tells of one direction alone; and that conntrack's line has come to its reply. */
export const FLOW_SOURCE_PORT: u32 = 17;
const FLOW_REPLY: u32 = 18;
/** The Elastic Common Schema's `event` object, whose duration is in nanoseconds. */
export const FLOW_EVENT: u32 = 14;
/** What a packet filter's own prefix says. */
const FLOW_PACKET: u32 = 13;
const BROKEN: u32 = 1; // bit 0 of the marks: a byte count that is no number

/** More in one flow is a broken number: 1 EiB. */
const BYTES_MAX: f64 = 1152921504606846976;
/** Ten to a higher power is no exact 64-bit float, so neither would the quotient be. */
const EXACT_DIGITS_MAX: i32 = 22;

let marks: u32 = 0;
/** The record itself names both ends: what its message says is not looked at. */
let frozen: bool = false;
export let inEvent: bool = false;
let sourcePort: i32 = -1;
let total: f64 = 0;
let forward: f64 = 0;
let backward: f64 = 0;
let seconds: f64 = 0;
let milliseconds: f64 = 0;
let nanoseconds: f64 = 0;
let start: f64 = 0;
let end: f64 = 0;
let isFlowEvent: bool = false;
let isTcp: bool = false;
let outcome: u32 = 0;
let outcomeFailed: bool = false;
let isNew: bool = false;
let isDrop: bool = false;
let refused: bool = false;

/**
 * The flow, after `readFlow`: bytes both ways, the part that went to the destination, its seconds, and how it ended.
 */
export let flowBytes: f64 = 0;
export let flowBytesOut: f64 = 0;
export let flowSeconds: f64 = 0;
export let flowFailed: bool = false;
/** -1 where the line tells of both directions, or of no port. */
export let flowSourcePort: i32 = -1;
/** What the line tells of counts to a flow that came before. */
export let flowContinues: bool = false;

// @ts-ignore: decorator
@inline
export function clearFlow(): void {
  marks = 0;
  frozen = false;
}

export function enterEventObject(inside: bool): void {
  inEvent = inside;
}

/** An object or pairs inside what was read so far: they say it all unless both ends are known. */
export function enterFlow(hasEnds: bool): void {
  if (hasEnds) frozen = true;
  else marks = 0;
}

// @ts-ignore: decorator
@inline
function has(part: u32): bool {
  return (marks & (1 << part)) != 0;
}

/** Takes in one field's value; the first of each part counts. */
export function noteFlow(part: u32, ptr: usize, endPtr: usize, isText: bool): void {
  if (frozen || isUnset(ptr, endPtr) || (!isText && !isDigit(<u32>load<u8>(ptr)))) return;
  if (part >= FLOW_CONNECTION_STATE) return noteOutcome(part, ptr, endPtr);
  if (inEvent && part == FLOW_SECONDS) part = FLOW_NANOSECONDS;
  if (has(part)) return noteAgain(part, ptr, endPtr);
  if (part == FLOW_START || part == FLOW_END) return noteMoment(part, ptr, endPtr);
  if (part == FLOW_EVENT_TYPE) isFlowEvent = equalsText(ptr, endPtr, "flow") || equalsText(ptr, endPtr, "netflow");
  else if (part == FLOW_SOURCE_PORT) {
    sourcePort = endPtr - ptr > 5 ? -1 : readDigits(ptr, endPtr, <i32>(endPtr - ptr));
    if (sourcePort < 0) return;
  } else if (part == FLOW_PROTOCOL) isTcp = endPtr - ptr == 3 && (load<u32>(ptr) & 0xdfdfdf) == 0x504354;
  else if (part <= FLOW_NANOSECONDS) {
    const value = numberAt(ptr, endPtr);
    if (part <= FLOW_BACKWARD && !(value >= 0 && value <= BYTES_MAX)) marks |= BROKEN;
    if (value < 0) return;
    if (part == FLOW_TOTAL) total = value;
    else if (part == FLOW_FORWARD) forward = value;
    else if (part == FLOW_BACKWARD) backward = value;
    else if (part == FLOW_SECONDS) seconds = value;
    else if (part == FLOW_MILLISECONDS) milliseconds = value;
    else nanoseconds = value;
  } else if (part == FLOW_LABEL && !equalsText(ptr, endPtr, "Malicious")) return;
  marks |= 1 << part;
}

/** Whether what follows tells of the reply. */
export function inReply(): bool {
  return has(FLOW_REPLY);
}

/** conntrack and ulogd write the reply behind the flow, translated addresses and all, under the same names. */
function noteAgain(part: u32, ptr: usize, endPtr: usize): void {
  if (part == FLOW_SOURCE_PORT) marks |= 1 << FLOW_REPLY;
  if (part != FLOW_TOTAL || !has(FLOW_REPLY) || has(FLOW_BACKWARD)) return;
  const value = numberAt(ptr, endPtr);
  if (!(value >= 0 && value <= BYTES_MAX)) return;
  forward = total;
  backward = value;
  total += value;
  marks |= (1 << FLOW_FORWARD) | (1 << FLOW_BACKWARD);
}

/** As Zeek and others write what they do not know. */
function isUnset(ptr: usize, endPtr: usize): bool {
  if (ptr == endPtr) return true;
  const c = <u32>load<u8>(ptr);
  if (c == DASH) return endPtr - ptr == 1;
  if (c == OPEN_PAREN) return equalsText(ptr, endPtr, "(empty)");
  return (c == LOWER_N && equalsText(ptr, endPtr, "null")) || (c == UPPER_N && equalsText(ptr, endPtr, "N/A"));
}

/** Digits, a fraction and a positive exponent, as a JavaScript host reads them; -1 for anything else. */
export function numberAt(ptr: usize, endPtr: usize): f64 {
  let digits: u64 = 0;
  let count = 0;
  let power = 0;
  let fraction = false;
  const startPtr = ptr;
  for (; ptr < endPtr; ptr++) {
    const c = <u32>load<u8>(ptr);
    if (c == DOT && !fraction && count > 0) {
      fraction = true;
      continue;
    }
    if (!isDigit(c)) break;
    count++;
    // further digits do not fit; they count as zeros
    if (digits >= 900719925474099) {
      if (!fraction) power++;
      continue;
    }
    digits = digits * 10 + (c - DIGIT_0);
    if (fraction) power--;
  }
  if (count == 0 || !isDigit(<u32>load<u8>(ptr - 1)) || ptr == startPtr) return -1;
  if (ptr < endPtr) {
    if ((load<u8>(ptr) | CASE_BIT) != LOWER_E) return -1;
    ptr++;
    if (ptr < endPtr && load<u8>(ptr) == PLUS) ptr++;
    if (endPtr - ptr - 1 > 1) return -1;
    let exponent = 0;
    for (; ptr < endPtr; ptr++) {
      if (!isDigit(<u32>load<u8>(ptr))) return -1;
      exponent = exponent * 10 + <i32>(load<u8>(ptr) - DIGIT_0);
    }
    power += exponent;
  }
  return power < 0 ? <f64>digits / tenTo(-power) : <f64>digits * tenTo(power);
}

function tenTo(power: i32): f64 {
  let result: f64 = 1;
  for (let i = 0; i < power && i < 300; i++) result *= 10;
  return result;
}

/** A date with its fraction, in milliseconds, summed as the host sums it. */
function noteMoment(part: u32, ptr: usize, endPtr: usize): void {
  const whole = dateAt(ptr, endPtr);
  if (whole == NO_TIME || timeEndPtr == ptr) return;
  let value = <f64>whole * 1000;
  for (let at = ptr; at + 1 < timeEndPtr; at++) {
    const c = <u32>load<u8>(at);
    if ((c != DOT && c != COMMA) || !isDigit(<u32>load<u8>(at + 1))) continue;
    const fractionEndPtr = digitsEnd(at + 1, endPtr);
    const digits = <i32>(fractionEndPtr - at - 1);
    if (digits < EXACT_DIGITS_MAX) value += (numberAt(at + 1, fractionEndPtr) / tenTo(digits)) * 1000;
    break;
  }
  if (part == FLOW_START) start = value;
  else end = value;
  marks |= 1 << part;
}

function noteOutcome(part: u32, ptr: usize, endPtr: usize): void {
  const first = marks >> FLOW_CONNECTION_STATE == 0;
  if (has(part)) return;
  marks |= 1 << part;
  if (part == FLOW_ACTION) isDrop = equalsText(ptr, endPtr, "drop");
  if (part == FLOW_STATE || part == FLOW_STATE_OF_FLOW) isNew = equalsText(ptr, endPtr, "new");
  if (!first && part > outcome) return;
  outcome = part;
  outcomeFailed = isFailedState(ptr, endPtr) || beginsRefused(ptr, endPtr, WORDS);
}

/** Where a Zeek connection ended without ever being one (https://docs.zeek.org/en/master/logs/conn.html). */
export function isFailedState(ptr: usize, endPtr: usize): bool {
  const bytes = endPtr - ptr;
  if (bytes < 2 || bytes > 6) return false;
  if (bytes == 2) return equalsText(ptr, endPtr, "S0") || equalsText(ptr, endPtr, "SH");
  if (bytes == 3) return equalsText(ptr, endPtr, "REJ") || equalsText(ptr, endPtr, "SHR");
  return equalsText(ptr, endPtr, "RSTRH") || equalsText(ptr, endPtr, "RSTOS0");
}

/** Words for a refusal; a packet filter's prefix has the first eight of them alone. */
const PACKET_WORDS: i32 = 8;
const WORDS: i32 = 15;

function refusalWord(index: i32): Text {
  switch (index) {
    case 0:
      return "block";
    case 1:
      return "drop";
    case 2:
      return "reject";
    case 3:
      return "deny";
    case 4:
      return "denied";
    case 5:
      return "dropped";
    case 6:
      return "blocked";
    case 7:
      return "rejected";
    case 8:
      return "fail";
    case 9:
      return "failed";
    case 10:
      return "failure";
    case 11:
      return "reset";
    case 12:
      return "refused";
    case 13:
      return "timeout";
    default:
      return "teardown-failed";
  }
}

/** Whether one of the first `words` stands at ptr, in any case. */
function beginsRefused(ptr: usize, endPtr: usize, words: i32): bool {
  for (let i = 0; i < words; i++) if (isWord(ptr, endPtr, refusalWord(i))) return true;
  return false;
}

/** A lower-case word at ptr, in any case, that ends there. */
function isWord(ptr: usize, endPtr: usize, word: Text): bool {
  const bytes = bytesOf(word);
  if (ptr + bytes > endPtr) return false;
  const wordPtr = firstByte(word);
  for (let i: usize = 0; i < bytes; i++) {
    const c = <u32>load<u8>(ptr + i);
    if ((c - UPPER_A < 26 ? c | CASE_BIT : c) != <u32>load<u8>(wordPtr + i)) return false;
  }
  return ptr + bytes == endPtr || !isWordByte(<u32>load<u8>(ptr + bytes));
}

// @ts-ignore: decorator
@inline
function isWordByte(c: u32): bool {
  return (c | CASE_BIT) - LOWER_A < 26 || isDigit(c) || c == UNDERSCORE;
}

/** A packet filter's line: its own prefix, before IN=, says what became of the packet. */
export function notePacket(ptr: usize, endPtr: usize): void {
  if (frozen) return;
  let inPtr = ptr;
  while (inPtr < endPtr && !(startsWith(inPtr, endPtr, "IN=") && beginsWord(ptr, inPtr))) inPtr++;
  if (inPtr == endPtr) return;
  refused = false;
  for (let at = ptr; at < inPtr && !refused; at++) {
    refused = beginsWord(ptr, at) && isAlphabetic(at) && beginsRefused(at, inPtr, PACKET_WORDS);
  }
  marks |= 1 << FLOW_PACKET;
}

// @ts-ignore: decorator
@inline
function isAlphabetic(ptr: usize): bool {
  return (<u32>load<u8>(ptr) | CASE_BIT) - LOWER_A < 26;
}

// @ts-ignore: decorator
@inline
function beginsWord(startPtr: usize, ptr: usize): bool {
  return ptr == startPtr || !isWordByte(<u32>load<u8>(ptr - 1));
}

/** A row of Zeek's conn.log: its columns from the duration on; -1 for what is unset. */
export function setZeekFlow(duration: f64, sent: f64, received: f64, failed: bool): void {
  if (frozen) return;
  marks = (1 << FLOW_ZEEK_END) | (1 << FLOW_CONNECTION_STATE);
  outcome = FLOW_CONNECTION_STATE;
  outcomeFailed = failed;
  seconds = duration;
  if (duration >= 0) marks |= 1 << FLOW_SECONDS;
  forward = sent;
  if (sent >= 0) marks |= 1 << FLOW_FORWARD;
  backward = received;
  if (received >= 0) marks |= 1 << FLOW_BACKWARD;
}

// Why an event with parts of a flow describes no flow.
const FLAW_NONE: u32 = 0; // or of no flow at all
const FLAW_SOURCE: u32 = 1;
const FLAW_DESTINATION: u32 = 2;
const FLAW_BYTES: u32 = 3;
const FLAW_NUMBER: u32 = 4;

/** Where `readFlow` found none. */
export function flowFlaw(): u32 {
  const hasSource = senderEndPtr > senderPtr;
  const hasDestination = destinationEndPtr > destinationPtr;
  if (!hasSource && !hasDestination) return FLAW_NONE;
  if (!hasSource) return FLAW_SOURCE;
  if (!hasDestination) return FLAW_DESTINATION;
  if ((marks & BROKEN) != 0) return FLAW_NUMBER;
  return has(FLOW_EVENT_TYPE) && has(FLOW_SURICATA_END) && !isFlowEvent ? FLAW_NONE : FLAW_BYTES;
}

/** Whether what wrote the event says that it is odd. */
export function isTaggedFlow(): bool {
  return has(FLOW_LABEL) || has(FLOW_TAGGED);
}

/** Whether the event describes a flow between two addresses; sums it up in the fields above. */
export function readFlow(): bool {
  if (destinationEndPtr == destinationPtr || senderEndPtr == senderPtr || (marks & BROKEN) != 0) return false;
  const isSuricata = has(FLOW_EVENT_TYPE) && has(FLOW_SURICATA_END);
  if (isSuricata && !isFlowEvent) return false;
  const unsetIsZero = isSuricata || (has(FLOW_ZEEK_END) && has(FLOW_CONNECTION_STATE));
  if (!unsetIsZero && (marks & ((1 << FLOW_TOTAL) | (1 << FLOW_FORWARD) | (1 << FLOW_BACKWARD))) == 0) return false;
  const out = has(FLOW_FORWARD) ? forward : 0;
  const back = has(FLOW_BACKWARD) ? backward : 0;
  flowBytes = has(FLOW_TOTAL) ? total : out + back;
  flowBytesOut = has(FLOW_FORWARD) ? out : has(FLOW_BACKWARD) ? flowBytes - back : flowBytes;
  if (flowBytesOut > flowBytes) flowBytesOut = flowBytes;
  flowSeconds = 0;
  if (has(FLOW_SECONDS)) flowSeconds = seconds;
  else if (has(FLOW_MILLISECONDS)) flowSeconds = milliseconds / 1000;
  else if (has(FLOW_NANOSECONDS)) flowSeconds = nanoseconds / 1e9;
  else if (has(FLOW_START) && has(FLOW_END)) flowSeconds = max((end - start) / 1000, 0);
  flowSourcePort = has(FLOW_SOURCE_PORT) && back == 0 ? sourcePort : -1;
  flowContinues = false;
  flowFailed = marks >> FLOW_CONNECTION_STATE != 0 && outcomeFailed;
  if (has(FLOW_PACKET)) flowFailed = refused;
  if (isSuricata) {
    const stateNoted = has(FLOW_STATE) || has(FLOW_STATE_OF_FLOW);
    flowFailed = (stateNoted && isNew && has(FLOW_PROTOCOL) && isTcp) || (has(FLOW_ACTION) && isDrop);
  }
  return true;
}

/** The flow at hand is the reply of one that came before. */
export function turnFlow(): void {
  receiveFlow();
  flowContinues = true;
}

/** Nothing of it was sent away. */
export function receiveFlow(): void {
  flowBytesOut = 0;
}
