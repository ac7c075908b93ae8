/**
 * Both directions of one flow in two lines, as NetFlow's exporters write them: the second, with ends and ports swapped,
 * is the reply of the first. It counts to the same windows, as bytes that came in, and is no flow of its own. Where
 * ports say that the reply was written first, or alone, it counts where it stands, but what it brings is a download:
 * nothing that was sent away. From inside to outside it is that only of a service that was asked from outside before.
 * host/network/directions.ts does the same; here a table of marks forgets the flows that others' marks replace.
 */
import { destinationEndPtr, destinationPort, destinationPtr, senderEndPtr, senderPtr } from "../../event/event";
import { flowFailed, flowSourcePort, receiveFlow, turnFlow } from "../../fields/flow";
import { hashBytes, hashPair } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";
import { classOfEnd, INSIDE, OUTSIDE } from "./ends";

const MARKS: usize = 32768;
const SERVICE_PORTS: i32 = 1024;
/** From here on systems choose the ports of those who ask. */
const DYNAMIC_PORTS: i32 = 32768;

/** A mark of a flow, or of a service that was asked, stands where its hash says: the upper half, 0 for none. */
let marksPtr: usize = 0;

/** The ends of the flow at hand, as the request had them, and the port of its destination. */
export let fromPtr: usize = 0;
export let fromEndPtr: usize = 0;
export let toPtr: usize = 0;
export let toEndPtr: usize = 0;
export let toPort: i32 = -1;

export function initialiseDirections(): bool {
  if (marksPtr == 0) marksPtr = reserve(MARKS * 4);
  return marksPtr != 0;
}

export function forgetDirections(): void {
  memory.fill(marksPtr, 0, MARKS * 4);
}

/** Called once a flow. */
export function settleDirection(seed: u64): void {
  fromPtr = senderPtr;
  fromEndPtr = senderEndPtr;
  toPtr = destinationPtr;
  toEndPtr = destinationEndPtr;
  toPort = destinationPort;
  if (flowSourcePort < 0 || toPort < 0 || flowFailed) return;
  const from = hashBytes(fromPtr, fromEndPtr - fromPtr, seed ^ <u64>flowSourcePort);
  const to = hashBytes(toPtr, toEndPtr - toPtr, seed ^ <u64>toPort);
  const request = hashPair(to, from);
  const isRequest = isService(toPort, flowSourcePort);
  if (isNoted(request)) {
    // the request of a reply that was written first asks for nothing more
    if (isRequest) return;
    fromPtr = destinationPtr;
    fromEndPtr = destinationEndPtr;
    toPtr = senderPtr;
    toEndPtr = senderEndPtr;
    toPort = flowSourcePort;
    turnFlow();
    return;
  }
  note(hashPair(from, to));
  const fromClass = classOfEnd(fromPtr, fromEndPtr);
  const toClass = classOfEnd(toPtr, toEndPtr);
  if (isRequest && fromClass == OUTSIDE && toClass == INSIDE) note(to);
  if (!isService(flowSourcePort, toPort)) return;
  if (fromClass != INSIDE || toClass != OUTSIDE || isNoted(from)) receiveFlow();
}

/** Whether of two ports the first is that of a service, and the second that of one who asks it. */
function isService(port: i32, other: i32): bool {
  return port < SERVICE_PORTS ? other >= SERVICE_PORTS : port < DYNAMIC_PORTS && other >= DYNAMIC_PORTS;
}

function isNoted(hash: u64): bool {
  return load<u32>(markPtr(hash)) == markOf(hash);
}

function note(hash: u64): void {
  store<u32>(markPtr(hash), markOf(hash));
}

function markPtr(hash: u64): usize {
  return marksPtr + 4 * (<usize>hash & (MARKS - 1));
}

function markOf(hash: u64): u32 {
  return <u32>(hash >> 32) | 1;
}
