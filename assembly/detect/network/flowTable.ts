/**
 * The flows of each destination (or source, or pair) and window, summed in a table that never grows. A newcomer whose
 * slots are all taken replaces the lightest window that is over, settled ones first; where none is, it contests the
 * lightest one (Misra and Gries with weights, as host/network/flowTable.ts does): a flood wears down small ones only.
 *
 *    0 u64 hash of the ends and the window, 0 = free   8 u32 window   12 u32 marks   16 f64 weight
 *   24 f64 bytes   32 f64 bytes out   40 f64 seconds   48 u32 flows   52 u32 failed
 *   56 f64 bytes at which it is looked at again   64 u32 flows at which it is   68 f32 of bytes out: awaiting a reply
 *   72 ports   200 peers   328 end
 */
import { flowBytes, flowBytesOut, flowContinues, flowFailed, flowSeconds } from "../../fields/flow";
import { reserve } from "../../runtime/memory";
import { answeredBytes, answerIsDownload, awaitingBytes, RECEIVED_FACTOR } from "./directions";
import { addNumber, addText, distinctCount, SKETCH_BYTES } from "./distinct";

export const SLOTS: u32 = 16384;
/** Slots a key may be in, from its hash on. */
const PROBES: u32 = 16;
export const WINDOW: usize = 8;
export const MARKS: usize = 12;
const WEIGHT: usize = 16;
export const BYTES: usize = 24;
const BYTES_OUT: usize = 32;
const SECONDS: usize = 40;
const FLOWS_OFFSET: usize = 48;
const FAILED: usize = 52;
export const NEXT_BYTES: usize = 56;
export const NEXT_FLOWS: usize = 64;
/** Its request's reply may still show that so much merely acknowledged it. */
export const AWAITING: usize = 68;
const PORTS: usize = 72;
const PEERS: usize = PORTS + SKETCH_BYTES;
export const SLOT_BYTES: usize = PEERS + SKETCH_BYTES;

/** It was tagged; it has flows that no verdict took in; it may lack its first flows. */
export const REPORTED: u32 = 1;
export const DIRTY: u32 = 2;
export const PARTIAL: u32 = 4;

/** A flow weighs its bytes and a smallest frame, so that a scan of empty flows counts too. */
const FLOW_WEIGHT_BYTES: f64 = 64;
/** First looked at with its fourth flow or its first mebibyte: a flood of single flows is not looked at one by one. */
const FIRST_FLOWS: u32 = 4;
export const HEAVY_BYTES: f64 = 1048576;

/** Windows reported last: one that a flood displaced and that came back is not reported again. */
export const REPORTED_KEPT: u32 = 256;

export let slotsPtr: usize = 0;
export let reportedPtr: usize = 0;
export let reportedNext: u32 = 0;
/** The newest window of which flows were given up. */
export let displacedWindow: u32 = 0;
export let displaced: bool = false;
/** Flows that found no place, for the operator and the tests. */
export let displacedFlows: u64 = 0;
/** Whether the last `takeSlot` made the slot. */
export let slotIsNew: bool = false;

export function initialiseFlowTable(): bool {
  if (slotsPtr == 0) slotsPtr = reserve(<usize>SLOTS * SLOT_BYTES + REPORTED_KEPT * 8);
  reportedPtr = slotsPtr + <usize>SLOTS * SLOT_BYTES;
  return slotsPtr != 0;
}

export function clearFlowTable(): void {
  if (slotsPtr != 0) memory.fill(slotsPtr, 0, <usize>SLOTS * SLOT_BYTES + REPORTED_KEPT * 8);
  displacedFlows = 0;
  displaced = false;
}

// @ts-ignore: decorator
@inline
function slotAt(hash: u64, probe: u32): usize {
  return slotsPtr + <usize>((<u32>hash + probe) & (SLOTS - 1)) * SLOT_BYTES;
}

/** The slot of that hash, or 0. Slots are replaced, never freed: a free one ends the search. */
export function findSlot(hash: u64): usize {
  for (let i: u32 = 0; i < PROBES; i++) {
    const ptr = slotAt(hash, i);
    const found = load<u64>(ptr);
    if (found == hash) return ptr;
    if (found == 0) return 0;
  }
  return 0;
}

/** The slot for the flow at hand, found or made; 0 where it lost. Windows before `overBefore` are over. */
export function takeSlot(hash: u64, window: u32, overBefore: u32): usize {
  slotIsNew = false;
  const weight = flowBytes + FLOW_WEIGHT_BYTES;
  let lightest: usize = 0;
  let lightestOver: usize = 0;
  for (let i: u32 = 0; i < PROBES; i++) {
    const ptr = slotAt(hash, i);
    const found = load<u64>(ptr);
    if (found == hash) {
      store<f64>(ptr, load<f64>(ptr, WEIGHT) + weight, WEIGHT);
      return ptr;
    }
    if (found == 0) return makeSlot(ptr, hash, window, weight, overBefore);
    if (load<u32>(ptr, WINDOW) < overBefore) {
      if (lightestOver == 0 || goesBefore(ptr, lightestOver)) lightestOver = ptr;
    } else if (lightest == 0 || load<f64>(ptr, WEIGHT) < load<f64>(lightest, WEIGHT)) lightest = ptr;
  }
  if (lightestOver != 0) lightest = lightestOver;
  else {
    const left = load<f64>(lightest, WEIGHT) - weight;
    store<f64>(lightest, left, WEIGHT);
    if (left >= 0) {
      displacedFlows++;
      noteDisplaced(window);
      return 0;
    }
    displacedFlows += load<u32>(lightest, FLOWS_OFFSET);
  }
  noteDisplaced(load<u32>(lightest, WINDOW));
  memory.fill(lightest, 0, SLOT_BYTES);
  return makeSlot(lightest, hash, window, weight, overBefore);
}

/** Of two windows that are over: what is settled goes before what may still be reported, then the lighter one. */
function goesBefore(ptr: usize, otherPtr: usize): bool {
  const open = (load<u32>(ptr, MARKS) & (DIRTY | REPORTED)) == DIRTY;
  const otherOpen = (load<u32>(otherPtr, MARKS) & (DIRTY | REPORTED)) == DIRTY;
  return open == otherOpen ? load<f64>(ptr, WEIGHT) < load<f64>(otherPtr, WEIGHT) : otherOpen;
}

function noteDisplaced(window: u32): void {
  if (!displaced || window > displacedWindow) displacedWindow = window;
  displaced = true;
}

function makeSlot(ptr: usize, hash: u64, window: u32, weight: f64, overBefore: u32): usize {
  slotIsNew = true;
  store<u64>(ptr, hash);
  store<u32>(ptr, window, WINDOW);
  store<f64>(ptr, weight, WEIGHT);
  store<u32>(ptr, FIRST_FLOWS, NEXT_FLOWS);
  store<f64>(ptr, HEAVY_BYTES, NEXT_BYTES);
  // begun when it is over already: what came before may have been given up
  if (window < overBefore && displaced && window <= displacedWindow) store<u32>(ptr, PARTIAL, MARKS);
  return ptr;
}

export function markReported(ptr: usize): void {
  store<u32>(ptr, load<u32>(ptr, MARKS) | REPORTED, MARKS);
  store<u64>(reportedPtr + 8 * <usize>reportedNext, load<u64>(ptr));
  reportedNext = (reportedNext + 1) & (REPORTED_KEPT - 1);
}

export function wasReported(ptr: usize): bool {
  const hash = load<u64>(ptr);
  for (let i: u32 = 0; i < REPORTED_KEPT; i++) if (load<u64>(reportedPtr + 8 * <usize>i) == hash) return true;
  return false;
}

/** Sums the flow at hand up; `port` is its destination's, [peerPtr, peerEndPtr) the other end. */
export function addFlow(ptr: usize, port: i32, peerPtr: usize, peerEndPtr: usize): void {
  store<f64>(ptr, load<f64>(ptr, BYTES) + flowBytes, BYTES);
  // else what went out only asked for the rest and acknowledged it
  if (flowBytesOut * RECEIVED_FACTOR >= flowBytes) {
    store<f64>(ptr, load<f64>(ptr, BYTES_OUT) + flowBytesOut, BYTES_OUT);
  }
  store<f32>(ptr, load<f32>(ptr, AWAITING) + <f32>awaitingBytes, AWAITING);
  store<f64>(ptr, load<f64>(ptr, SECONDS) + flowSeconds, SECONDS);
  if (!flowContinues) store<u32>(ptr, load<u32>(ptr, FLOWS_OFFSET) + 1, FLOWS_OFFSET);
  if (flowFailed) store<u32>(ptr, load<u32>(ptr, FAILED) + 1, FAILED);
  if (port >= 0) addNumber(ptr + PORTS, <u32>port);
  addText(ptr + PEERS, peerPtr, peerEndPtr);
  store<u32>(ptr, load<u32>(ptr, MARKS) | DIRTY, MARKS);
}

/** The reply has come to what was counted as sent: it was, or it merely acknowledged what the reply brings. */
export function settleSent(ptr: usize): void {
  store<f32>(ptr, max(load<f32>(ptr, AWAITING) - <f32>answeredBytes, 0), AWAITING);
  if (answerIsDownload) store<f64>(ptr, max(load<f64>(ptr, BYTES_OUT) - answeredBytes, 0), BYTES_OUT);
}

export function slotFlows(ptr: usize): u32 {
  return load<u32>(ptr, FLOWS_OFFSET);
}

/** One of the seven numbers of host/model/networkFeatures.ts. */
export function slotValue(ptr: usize, feature: u8): f64 {
  switch (feature) {
    case 0:
      return load<f64>(ptr, BYTES);
    case 1:
      return <f64>load<u32>(ptr, FLOWS_OFFSET);
    case 2:
      return <f64>distinctCount(ptr + PORTS);
    case 3:
      return <f64>distinctCount(ptr + PEERS);
    case 4:
      return max(load<f64>(ptr, BYTES_OUT) - load<f32>(ptr, AWAITING), 0);
    case 5:
      return <f64>load<u32>(ptr, FAILED);
    default:
      return load<f64>(ptr, SECONDS);
  }
}

// A slot of a snapshot.

/** Sums that no addition could have made would keep their place for ever, or never be reported. */
export function isValidSlot(ptr: usize): bool {
  return (
    load<u64>(ptr) >> 63 == 1 &&
    load<u32>(ptr, MARKS) < 8 &&
    isSum(load<f32>(ptr, AWAITING)) &&
    isSum(load<f64>(ptr, WEIGHT)) &&
    isSum(load<f64>(ptr, BYTES)) &&
    isSum(load<f64>(ptr, BYTES_OUT)) &&
    isSum(load<f64>(ptr, SECONDS)) &&
    isSum(load<f64>(ptr, NEXT_BYTES))
  );
}

function isSum(value: f64): bool {
  return value >= 0 && isFinite(value);
}

/** Into a table that was cleared; what finds no place is lost. */
export function placeSlot(ptr: usize): void {
  const hash = load<u64>(ptr);
  for (let i: u32 = 0; i < PROBES; i++) {
    const placePtr = slotAt(hash, i);
    if (load<u64>(placePtr) != 0) continue;
    memory.copy(placePtr, ptr, SLOT_BYTES);
    return;
  }
}

export function restoreReported(ptr: usize, next: u32, someDisplaced: bool, newestDisplaced: u32): void {
  memory.copy(reportedPtr, ptr, <usize>REPORTED_KEPT * 8);
  reportedNext = next;
  displaced = someDisplaced;
  displacedWindow = newestDisplaced;
}
