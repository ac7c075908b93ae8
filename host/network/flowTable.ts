/**
 * The flows of one window, summed per destination (or source, or pair) in a table that never grows past its bound.
 * When the slots a newcomer may use are taken, it contests the lightest of them: the newcomer's weight wears that one
 * down and replaces it once nothing is left (Misra and Gries, https://doi.org/10.1016/0167-6423(82)90012-0, with
 * weights). A flood of small newcomers wears down small ones only; a heavy one gets in with its first flow.
 */

import type { FeatureName } from "../model/networkFeatures.js";
import { receivedFactor } from "./directions.js";
import { addNumber, addText, distinctCount, sketchWords } from "./distinct.js";
import type { Flow } from "./flow.js";
import { hashText } from "./hash.js";

/** As the product's limit on keys; about 6 MB. A power of two. */
export const slotsMaxDefault = 16_384;
/** Slots a key may be in, from its hash on; at a load of 80 % one key in a thousand finds them all taken. */
const probes = 16;
const slotsAtFirst = 16;
const growth = 2;
/** A flow weighs its bytes and a smallest frame, so that a scan of empty flows counts too. */
const flowWeightBytes = 64;
/** Peers and ports whose weights are kept; of more, newcomers wear the lightest down as in the table. */
export const talkersKept = 6;
const talkersShown = 3;
/** A talker's flows count, and the roots of their bytes: neither a scan nor one large transfer is lost in the rest. */
const talkerFlowWeight = 16;
/** One that failed counts as much as one of some 3 kB: who fails is who is to be named. */
const talkerFailedWeight = 64;
/** And who tries a port that nobody did in this window. */
const talkerPortWeight = 64;
/** Bytes, flows, bytes out, failed, duration, tagged. */
export const sumsPerSlot = 6;

export interface EntityWindow {
  /** What the window is about; a pair is `source destination`. */
  key: string;
  values: Record<FeatureName, number>;
  tagged: boolean;
  /** Looked up while the table is there, for windows that are told. */
  talkers?(): Talkers;
  /** Likewise, for a summary. */
  sums?(): WindowSums;
}

/** All that is kept of a window, so that parts of it can be merged. */
export interface WindowSums {
  /** In the order of `sumsPerSlot`. */
  sums: ArrayLike<number>;
  weight: number;
  ports: Uint32Array;
  peers: Uint32Array;
  talkers: [name: string, weight: number][];
  portFlows: [port: number, flows: number][];
  talkerWeight: number;
}

/** The heaviest three of a window, heaviest first. */
export interface Talkers {
  peers: string[];
  ports: number[];
  /** The peer that has more than half of the window's weight. */
  mainPeer: string | undefined;
}

export class FlowTable {
  /** Flows of those that lost a contest: they are judged only by what came after it, or not at all. */
  displacedFlows = 0;
  private slots: Slots;

  /** `slotsExpected` spares the table from growing. */
  constructor(
    private readonly slotsMax: number = slotsMaxDefault,
    slotsExpected = 0,
  ) {
    this.slots = takeSlots(Math.min(Math.max(slotsAtFirst, slotsExpected), slotsMax));
  }

  /** What it holds in memory. */
  get slotCount(): number {
    return this.slots.count;
  }

  add(key: string, peer: string, flow: Flow): void {
    const slot = this.slotOf(key, flow.bytes + flowWeightBytes);
    if (slot < 0) this.displacedFlows++;
    else this.slots.add(slot, peer, flow);
  }

  /** Part of a window that was summed elsewhere. */
  merge(key: string, sums: WindowSums): void {
    const slot = this.slotOf(key, sums.weight);
    if (slot < 0) this.displacedFlows += sums.sums[1];
    else this.slots.merge(slot, sums);
  }

  /** What was counted as sent, and was not. */
  withdraw(key: string, bytesOut: number): void {
    const slot = this.slots.probe(hashText(key), key);
    if (this.slots.keys[slot] === key) this.slots.withdraw(slot, bytesOut);
  }

  *entities(): Generator<EntityWindow> {
    for (let slot = 0; slot < this.slots.count; slot++) {
      const key = this.slots.keys[slot];
      if (key !== undefined) yield { key, ...this.slots.read(slot) };
    }
  }

  /** The key's slot, made where there is room; -1 where it lost. Adds to the weight of what it finds. */
  private slotOf(key: string, weight: number): number {
    const hash = hashText(key);
    for (;;) {
      const { keys, weights } = this.slots;
      const first = this.slots.probe(hash, key);
      if (keys[first] === key) {
        weights[first] += weight;
        return first;
      }
      if (keys[first] === undefined) {
        keys[first] = key;
        weights[first] = weight;
        return first;
      }
      if (this.slots.count >= this.slotsMax) return this.contest(key, weight, first);
      this.grow();
    }
  }

  private contest(key: string, weight: number, lightest: number): number {
    const { keys, weights } = this.slots;
    weights[lightest] -= weight;
    if (weights[lightest] >= 0) return -1;
    this.displacedFlows += this.slots.flowsOf(lightest);
    this.slots.clear(lightest);
    keys[lightest] = key;
    weights[lightest] = weight;
    return lightest;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = takeSlots(Math.min(old.count * growth, this.slotsMax));
    for (let slot = 0; slot < old.count; slot++) {
      const key = old.keys[slot];
      if (key === undefined) continue;
      const to = this.slots.probe(hashText(key), key);
      if (this.slots.keys[to] === undefined) this.slots.copy(old, slot, to);
      else this.displacedFlows += old.flowsOf(slot);
    }
    keepSlots(old);
  }

  /** Leaves its memory to the next table; nobody may look at its windows any more. */
  recycle(): void {
    keepSlots(this.slots);
    this.slots = new Slots(0);
  }
}

/** What went out then only asked for the rest and acknowledged it. */
function isMostlyReceived({ bytes, bytesOut }: Flow): boolean {
  return bytesOut * receivedFactor < bytes;
}

/** Memory of tables that are done with: new ones come by the window, and garbage of that size is collected late. */
const spare: Slots[] = [];
const spareMax = 16;

function takeSlots(count: number): Slots {
  const index = spare.findIndex((slots) => slots.count === count);
  return index < 0 ? new Slots(count) : spare.splice(index, 1)[0];
}

function keepSlots(slots: Slots): void {
  if (spare.length >= spareMax) spare.shift();
  slots.clearAll();
  spare.push(slots);
}

class Slots {
  readonly keys: (string | undefined)[];
  readonly weights: Float64Array;
  private readonly sums: Float64Array;
  private readonly ports: Uint32Array;
  private readonly peers: Uint32Array;
  private readonly peerNames: (string | undefined)[];
  private readonly peerWeights: Float32Array;
  private readonly talkerWeights: Float64Array;
  private readonly portNumbers: Int32Array;
  private readonly portFlows: Float32Array;

  constructor(readonly count: number) {
    this.keys = new Array(count).fill(undefined);
    this.weights = new Float64Array(count);
    this.sums = new Float64Array(count * sumsPerSlot);
    this.ports = new Uint32Array(count * sketchWords);
    this.peers = new Uint32Array(count * sketchWords);
    this.peerNames = new Array(count * talkersKept).fill(undefined);
    this.peerWeights = new Float32Array(count * talkersKept);
    this.talkerWeights = new Float64Array(count);
    this.portNumbers = new Int32Array(count * talkersKept);
    this.portFlows = new Float32Array(count * talkersKept);
  }

  /** The key's slot, else an empty one, else the lightest of those it may be in. */
  probe(hash: number, key: string): number {
    let lightest = -1;
    for (let i = 0; i < probes; i++) {
      const slot = (hash + i) & (this.count - 1);
      if (this.keys[slot] === undefined || this.keys[slot] === key) return slot;
      if (lightest < 0 || this.weights[slot] < this.weights[lightest]) lightest = slot;
    }
    return lightest;
  }

  add(slot: number, peer: string, flow: Flow): void {
    const at = slot * sumsPerSlot;
    this.sums[at] += flow.bytes;
    if (!flow.continues) this.sums[at + 1] += 1;
    this.sums[at + 2] += isMostlyReceived(flow) ? 0 : flow.bytesOut;
    this.sums[at + 3] += flow.failed ? 1 : 0;
    this.sums[at + 4] += flow.durationSeconds;
    if (flow.tagged) this.sums[at + 5] = 1;
    let weight = (flow.failed ? talkerFailedWeight : talkerFlowWeight) + Math.floor(Math.sqrt(flow.bytes));
    if (flow.port >= 0) {
      if (addNumber(this.ports, slot * sketchWords, flow.port)) weight += talkerPortWeight;
      keep(this.portNumbers, this.portFlows, slot, flow.port, 1);
    }
    addText(this.peers, slot * sketchWords, peer);
    this.talkerWeights[slot] += weight;
    keep(this.peerNames, this.peerWeights, slot, peer, weight);
  }

  withdraw(slot: number, bytesOut: number): void {
    const at = slot * sumsPerSlot + 2;
    this.sums[at] = Math.max(this.sums[at] - bytesOut, 0);
  }

  read(slot: number): Omit<EntityWindow, "key"> {
    const at = slot * sumsPerSlot;
    const [bytes, flows, bytesOut, failed, durationSeconds, tagged] = this.sums.subarray(at, at + sumsPerSlot);
    const ports = distinctCount(this.ports, slot * sketchWords);
    const peers = distinctCount(this.peers, slot * sketchWords);
    return {
      values: { bytes, flows, ports, peers, bytesOut, failed, durationSeconds },
      tagged: tagged > 0,
      talkers: () => this.talkers(slot, this.talkerWeights[slot] / 2),
      sums: () => this.sumsOf(slot),
    };
  }

  merge(slot: number, { sums, ports, peers, talkers, portFlows, talkerWeight }: WindowSums): void {
    const at = slot * sumsPerSlot;
    for (let i = 0; i < sumsPerSlot; i++) this.sums[at + i] += sums[i];
    for (let i = 0; i < sketchWords; i++) {
      this.ports[slot * sketchWords + i] |= ports[i];
      this.peers[slot * sketchWords + i] |= peers[i];
    }
    for (const [name, weight] of talkers) keep(this.peerNames, this.peerWeights, slot, name, weight);
    for (const [port, flows] of portFlows) keep(this.portNumbers, this.portFlows, slot, port, flows);
    this.talkerWeights[slot] += talkerWeight;
  }

  private sumsOf(slot: number): WindowSums {
    const words = (sketches: Uint32Array) => sketches.subarray(slot * sketchWords, (slot + 1) * sketchWords);
    return {
      sums: this.sums.subarray(slot * sumsPerSlot, (slot + 1) * sumsPerSlot),
      weight: this.weights[slot],
      ports: words(this.ports),
      peers: words(this.peers),
      talkers: heaviest(this.peerNames, this.peerWeights, slot).map(({ name, weight }) => [name!, weight]),
      portFlows: heaviest(this.portNumbers, this.portFlows, slot).map(({ name, weight }) => [name, weight]),
      talkerWeight: this.talkerWeights[slot],
    };
  }

  private talkers(slot: number, halfWeight: number): Talkers {
    const peers = heaviest(this.peerNames, this.peerWeights, slot);
    const ports = heaviest(this.portNumbers, this.portFlows, slot);
    return {
      peers: peers.slice(0, talkersShown).map(({ name }) => name!),
      ports: ports.slice(0, talkersShown).map(({ name }) => name),
      mainPeer: peers.length > 0 && peers[0].weight > halfWeight ? peers[0].name : undefined,
    };
  }

  flowsOf(slot: number): number {
    return this.sums[slot * sumsPerSlot + 1];
  }

  clear(slot: number): void {
    this.sums.fill(0, slot * sumsPerSlot, (slot + 1) * sumsPerSlot);
    this.ports.fill(0, slot * sketchWords, (slot + 1) * sketchWords);
    this.peers.fill(0, slot * sketchWords, (slot + 1) * sketchWords);
    this.talkerWeights[slot] = 0;
    this.peerNames.fill(undefined, slot * talkersKept, (slot + 1) * talkersKept);
    this.peerWeights.fill(0, slot * talkersKept, (slot + 1) * talkersKept);
    this.portFlows.fill(0, slot * talkersKept, (slot + 1) * talkersKept);
  }

  clearAll(): void {
    this.keys.fill(undefined);
    this.peerNames.fill(undefined);
    const { weights, sums, ports, peers, talkerWeights, peerWeights, portFlows } = this;
    for (const numbers of [weights, sums, ports, peers, talkerWeights, peerWeights, portFlows]) numbers.fill(0);
  }

  copy(from: Slots, slot: number, to: number): void {
    this.keys[to] = from.keys[slot];
    this.weights[to] = from.weights[slot];
    copyRow(from.sums, slot, this.sums, to, sumsPerSlot);
    copyRow(from.ports, slot, this.ports, to, sketchWords);
    copyRow(from.peers, slot, this.peers, to, sketchWords);
    this.talkerWeights[to] = from.talkerWeights[slot];
    for (let i = 0; i < talkersKept; i++) {
      this.peerNames[to * talkersKept + i] = from.peerNames[slot * talkersKept + i];
    }
    copyRow(from.peerWeights, slot, this.peerWeights, to, talkersKept);
    copyRow(from.portNumbers, slot, this.portNumbers, to, talkersKept);
    copyRow(from.portFlows, slot, this.portFlows, to, talkersKept);
  }
}

/** Adds to the weight of `name` among the few kept for a slot, or wears the lightest of them down (Misra and Gries). */
function keep<T>(names: { [index: number]: T }, weights: Float32Array, slot: number, name: T, weight: number): void {
  const from = slot * talkersKept;
  let lightest = from;
  for (let i = from; i < from + talkersKept; i++) {
    if (weights[i] > 0 && names[i] === name) {
      weights[i] += weight;
      return;
    }
    if (weights[i] < weights[lightest]) lightest = i;
  }
  weights[lightest] -= weight;
  if (weights[lightest] >= 0) return;
  names[lightest] = name;
  weights[lightest] = weight;
}

function heaviest<T extends string | number | undefined>(
  names: { [index: number]: T },
  weights: Float32Array,
  slot: number,
): { name: T; weight: number }[] {
  return Array.from({ length: talkersKept }, (_, i) => slot * talkersKept + i)
    .map((i) => ({ name: names[i], weight: weights[i] }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.name! < b.name! ? -1 : 1));
}

function copyRow<A extends Float64Array | Float32Array | Uint32Array | Int32Array>(
  from: A,
  fromRow: number,
  to: A,
  toRow: number,
  width: number,
) {
  to.set(from.subarray(fromRow * width, (fromRow + 1) * width), toRow * width);
}
