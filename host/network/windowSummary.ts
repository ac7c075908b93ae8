/**
 * Windows of a block of flows as lines of JSON, to be merged with those of other blocks: `network --summarize` writes
 * them, `--train` and `--score` take them in place of logs. What two blocks have of one window adds up.
 *
 *   {"oddline":"network windows","version":1,"windowSeconds":300,"entity":"destination"}
 *   {"own":START,"key":…,"sums":[bytes,flows,bytes out,failed,seconds,tagged],"weight":…,"ports":[bits],"peers":[bits],
 *    "talkers":[[name,weight]…],"portFlows":[[port,flows]…],"talkerWeight":…,"beacon":{…}}
 *   {"source":START,…} in between: windows of sources beside those of destinations
 *   {"end":time of the newest flow}
 *
 * Times are milliseconds. Windows of each side are in order of time, so that files are merged without being held.
 */
import { exitCode, OddlineError } from "../io/errors.js";
import type { Entity } from "../model/networkFeatures.js";
import type { Beacon } from "./beacons.js";
import { sketchBits, sketchWords } from "./distinct.js";
import { sumsPerSlot, talkersKept, type WindowSums } from "./flowTable.js";

export const sides = ["own", "source"] as const;
/** Windows of what was asked for, or of sources beside them. */
export type Side = (typeof sides)[number];

export interface SummedWindow {
  side: Side;
  startMs: number;
  key: string;
  sums: WindowSums;
  beacon?: Beacon;
}

export interface SummaryHead {
  windowSeconds: number;
  entity: Entity;
}

const kind = "network windows";
const version = 1;
const headStart = `{"oddline":"${kind}"`;

export function isSummary(firstLine: string): boolean {
  return firstLine.startsWith(headStart);
}

export function headLine({ windowSeconds, entity }: SummaryHead): string {
  return `${JSON.stringify({ oddline: kind, version, windowSeconds, entity })}\n`;
}

export function windowLine({ side, startMs, key, sums, beacon }: SummedWindow): string {
  const { sums: numbers, weight, ports, peers, talkers, portFlows, talkerWeight } = sums;
  const sketches = { ports: bitsOf(ports), peers: bitsOf(peers) };
  const all = {
    [side]: startMs,
    key,
    sums: Array.from(numbers),
    weight,
    ...sketches,
    talkers,
    portFlows,
    talkerWeight,
    beacon,
  };
  return `${JSON.stringify(all)}\n`;
}

export function endLine(newestMs: number): string {
  return `${JSON.stringify({ end: newestMs })}\n`;
}

/** What a line says; `need` throws where it was not written here. */
export function readHead(line: string, subject: string): SummaryHead {
  const need = needing(subject, 1);
  const { version: found, windowSeconds, entity } = parsed(line, need);
  need(found === version, "a summary of this version");
  return { windowSeconds, entity };
}

/** The time of the newest flow, where the line is the last one. */
export function readLine(line: string, subject: string, number: number): SummedWindow | number {
  const need = needing(subject, number);
  const read = parsed(line, need);
  if (read.end !== undefined) {
    need(Number.isFinite(read.end), "the time of the newest flow");
    return read.end;
  }
  const side: Side = read.own === undefined ? "source" : "own";
  const startMs = read[side];
  need(Number.isSafeInteger(startMs) && typeof read.key === "string", "a window and its key");
  const isCount = (value: unknown) => typeof value === "number" && value >= 0 && Number.isFinite(value);
  need(Array.isArray(read.sums) && read.sums.length === sumsPerSlot && read.sums.every(isCount), "its sums");
  need(isCount(read.weight) && isCount(read.talkerWeight), "its weights");
  const arePairs = (pairs: unknown, type: "string" | "number") =>
    Array.isArray(pairs) &&
    pairs.length <= talkersKept &&
    pairs.every((pair) => Array.isArray(pair) && typeof pair[0] === type && isCount(pair[1]));
  need(arePairs(read.talkers, "string") && arePairs(read.portFlows, "number"), "its talkers and ports");
  const { key, weight, talkers, portFlows, talkerWeight, beacon } = read;
  const sketches = { ports: sketchOf(read.ports, need), peers: sketchOf(read.peers, need) };
  return {
    side,
    startMs,
    key,
    sums: { sums: read.sums, weight, ...sketches, talkers, portFlows, talkerWeight },
    beacon,
  };
}

type Need = (holds: boolean, expected: string) => void;

function needing(subject: string, number: number): Need {
  return (holds, expected) => {
    if (holds) return;
    throw new OddlineError("SUMMARY_INVALID", {
      subject: `${subject}:${number}`,
      expected,
      found: "another line",
      remedy: "make the summary again with oddline network --summarize",
      exit: exitCode.usage,
    });
  };
}

// biome-ignore lint/suspicious/noExplicitAny: every field is looked at before it is used
function parsed(line: string, need: Need): any {
  try {
    const value = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value;
  } catch {} // told below
  return need(false, "a line of a summary of windows");
}

function bitsOf(words: Uint32Array): number[] {
  const bits: number[] = [];
  words.forEach((word, i) => {
    for (let rest = word; rest !== 0; rest &= rest - 1) bits.push(32 * i + 31 - Math.clz32(rest & -rest));
  });
  return bits;
}

function sketchOf(bits: unknown, need: Need): Uint32Array {
  const words = new Uint32Array(sketchWords);
  need(Array.isArray(bits) && bits.length <= sketchBits, "a list of bits");
  for (const bit of bits as number[]) {
    need(Number.isInteger(bit) && bit >= 0 && bit < sketchBits, "a bit of a sketch");
    words[bit >> 5] |= 1 << (bit & 31);
  }
  return words;
}
