/**
 * Both directions of one flow in two lines, as NetFlow's exporters write them: the second, with ends and ports swapped,
 * is the reply of the first. It counts to the same windows, as bytes that came in, and is no flow of its own. Ports
 * decide where the second goes to a service below 1024: then the reply was written first, and counted as it stood.
 * host/network/directions.ts does the same; here a table of marks forgets the flows that others' marks replace.
 */
import { destinationEndPtr, destinationPort, destinationPtr, senderEndPtr, senderPtr } from "../../event/event";
import { flowFailed, flowSourcePort, turnFlow } from "../../fields/flow";
import { hashBytes, hashPair } from "../../runtime/hash";
import { reserve } from "../../runtime/memory";

const MARKS: usize = 32768;
const SERVICE_PORTS: i32 = 1024;

/** A flow's mark stands where its hash says: the upper half, 0 where there is none. */
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
  const isRequest = toPort < SERVICE_PORTS && flowSourcePort >= SERVICE_PORTS;
  if (isRequest || load<u32>(markPtr(request)) != markOf(request)) {
    const own = hashPair(from, to);
    store<u32>(markPtr(own), markOf(own));
    return;
  }
  fromPtr = destinationPtr;
  fromEndPtr = destinationEndPtr;
  toPtr = senderPtr;
  toEndPtr = senderEndPtr;
  toPort = flowSourcePort;
  turnFlow();
}

function markPtr(hash: u64): usize {
  return marksPtr + 4 * (<usize>hash & (MARKS - 1));
}

function markOf(hash: u64): u32 {
  return <u32>(hash >> 32) | 1;
}
