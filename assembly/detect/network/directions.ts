/**
 * Both directions of one flow in two lines, as NetFlow's exporters write them: the second, with ends and ports swapped,
 * is the reply of the first. It counts to the same windows, as bytes that came in, and is no flow of its own. Where
 * ports say that the reply was written first, or alone, it counts where it stands, but what it brings is a download:
 * nothing that was sent away. From inside to outside it is that only of a service that was asked from outside before.
 * What a request sent merely acknowledges a download where its reply brings far more: a reply that came first leaves
 * room for so much, one that comes later takes back what its request counted as sent.
 * host/network/directions.ts does the same; here a table of marks forgets the flows that others' marks replace.
 *
 *    0 u32 upper half of the hash, 0 = none   4 u32 window   8 f64 what the newest request sent, while it has no reply;
 *      below zero what the newest reply brought, less what the lines behind it need to acknowledge so much
 */
import { destinationEndPtr, destinationPort, destinationPtr, senderEndPtr, senderPtr } from "../../event/event";
import { flowBytes, flowBytesOut, flowFailed, flowSourcePort, receiveFlow, turnFlow } from "../../fields/flow";
import { hashBytes, hashPairRarely } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import { classOfEnd, INSIDE, OUTSIDE } from "./ends";

const MARKS: usize = 32768;
const SERVICE_PORTS: i32 = 1024;
/** From here on systems choose the ports of those who ask. */
const DYNAMIC_PORTS: i32 = 32768;

/** A flow that brought in so many times as many bytes as it sent sent nothing of its own. */
export const RECEIVED_FACTOR: f64 = 20;
const REPLY_FACTOR: f64 = RECEIVED_FACTOR - 1;
/** Replies are waited for in a log in which one of so many requests found its own. */
const REPLIED_EVERY: u32 = 1024;

const WINDOW: usize = 4;
const BALANCE: usize = 8;
const MARK_BYTES: usize = 16;

/** A mark of a flow, or of a service that was asked, stands where its hash says. */
let marksPtr: usize = 0;

/** The ends of the flow at hand, as the request had them, and the port of its destination. */
export let fromPtr: usize = 0;
export let fromEndPtr: usize = 0;
export let toPtr: usize = 0;
export let toEndPtr: usize = 0;
export let toPort: i32 = -1;
/** What the flow at hand sent, where its reply is still to come. */
export let awaitingBytes: f64 = 0;
/** What its request sent, and in which window; whether it did no more than acknowledge a download. */
export let answeredBytes: f64 = 0;
export let answeredWindow: u32 = 0;
export let answerIsDownload: bool = false;

/** So many requests more are looked at with their replies still to come. */
export let repliesDue: u32 = 0;

export function initialiseDirections(): bool {
  if (marksPtr == 0) marksPtr = reserve(MARKS * MARK_BYTES);
  return marksPtr != 0;
}

export function forgetDirections(): void {
  memory.fill(marksPtr, 0, MARKS * MARK_BYTES);
  repliesDue = 0;
}

/** Of a snapshot of a log in which they were. */
export function waitForReplies(): void {
  repliesDue = REPLIED_EVERY;
}

/** Called once a flow. */
export function settleDirection(seed: u64, window: u32): void {
  fromPtr = senderPtr;
  fromEndPtr = senderEndPtr;
  toPtr = destinationPtr;
  toEndPtr = destinationEndPtr;
  toPort = destinationPort;
  awaitingBytes = 0;
  answeredBytes = 0;
  if (flowSourcePort < 0 || toPort < 0 || flowFailed || flowBytesOut < flowBytes) return;
  const from = hashBytes(fromPtr, fromEndPtr - fromPtr, seed ^ <u64>flowSourcePort);
  const to = hashBytes(toPtr, toEndPtr - toPtr, seed ^ <u64>toPort);
  const isRequest = isService(toPort, flowSourcePort);
  const isReply = isService(flowSourcePort, toPort);
  const turnedPtr = find(hashPairRarely(to, from));
  if (turnedPtr != 0) {
    if (isRequest || isReply) waitForReplies();
    // the request of a reply that was written first asks for nothing more
    if (isRequest) {
      acknowledges(turnedPtr);
      return;
    }
    answer(turnedPtr);
    fromPtr = destinationPtr;
    fromEndPtr = destinationEndPtr;
    toPtr = senderPtr;
    toEndPtr = senderEndPtr;
    toPort = flowSourcePort;
    turnFlow();
    return;
  }
  const ptr = note(hashPairRarely(from, to));
  const fromClass = classOfEnd(fromPtr, fromEndPtr);
  const toClass = classOfEnd(toPtr, toEndPtr);
  if (isRequest && fromClass == OUTSIDE && toClass == INSIDE) note(to);
  if (!isReply) {
    if (acknowledges(ptr)) return;
    store<f64>(ptr, flowBytes, BALANCE);
    store<u32>(ptr, window, WINDOW);
    if (repliesDue == 0) return;
    repliesDue--;
    awaitingBytes = flowBytes;
    return;
  }
  answer(ptr);
  answeredBytes = 0;
  if (fromClass != INSIDE || toClass != OUTSIDE || find(from) != 0) receiveFlow();
}

/** Whether so many bytes do no more than acknowledge what was received; they use it up. */
function acknowledges(ptr: usize): bool {
  const balance = load<f64>(ptr, BALANCE) + REPLY_FACTOR * flowBytes;
  if (balance >= 0) return false;
  store<f64>(ptr, balance, BALANCE);
  receiveFlow();
  return true;
}

/** Of a reply: what the request before it sent, where there is one that had none. */
function answer(ptr: usize): void {
  answeredBytes = max(load<f64>(ptr, BALANCE), 0);
  answeredWindow = load<u32>(ptr, WINDOW);
  const balance = REPLY_FACTOR * answeredBytes - flowBytes;
  answerIsDownload = balance < 0;
  store<f64>(ptr, min(balance, 0), BALANCE);
}

/** Whether of two ports the first is that of a service, and the second that of one who asks it. */
function isService(port: i32, other: i32): bool {
  return port < SERVICE_PORTS ? other >= SERVICE_PORTS : port < DYNAMIC_PORTS && other >= DYNAMIC_PORTS;
}

/** The mark of that hash, or 0. */
function find(hash: u64): usize {
  const ptr = markPtr(hash);
  return load<u32>(ptr) == markOf(hash) ? ptr : 0;
}

/** The mark of that hash, made where there was none. */
function note(hash: u64): usize {
  const ptr = markPtr(hash);
  const mark = markOf(hash);
  if (load<u32>(ptr) != mark) store<f64>(ptr, 0, BALANCE);
  store<u32>(ptr, mark);
  return ptr;
}

function markPtr(hash: u64): usize {
  return marksPtr + MARK_BYTES * (<usize>hash & (MARKS - 1));
}

function markOf(hash: u64): u32 {
  return <u32>(hash >> 32) | 1;
}
