/**
 * Chooses how the matcher looks for a list of words: one or two groups, each with a block length and a window length,
 * and for each word the window by which it enters. Every candidate is run over a sample log; the cheapest stays.
 */
import { sampleLog } from "./keywordSample.js";

export interface WordToPlace {
  text: Buffer;
}

export interface WindowGroup {
  blockBytes: number;
  windowBytes: number;
  words: { of: WordToPlace; windowOffset: number }[];
}

const windowBytesMax = 64;
/** Interpreted instructions: a look at a two-byte block, at a hashed one, and a comparison after shift 0. */
const lookCosts: Record<number, number> = { 2: 5, 3: 8, 4: 8 };
const stopCost = 60;
/** Entering and leaving the loop, once a message. */
const groupCost = 60;
/** Words that share a window are compared one after the other. */
const sameWindowMax = 4;

/** Empty for no words; the shorter words first where two groups are cheaper than one. */
export function chooseWindows(words: readonly WordToPlace[]): WindowGroup[] {
  if (words.length === 0) return [];
  let best = cheapestGroup(words);
  let groups = [best.group];
  for (let longFrom = 3; longFrom <= 10; longFrom++) {
    const short = words.filter((word) => word.text.length < longFrom);
    const long = words.filter((word) => word.text.length >= longFrom);
    if (short.length === 0 || long.length === 0) continue;
    const [first, second] = [cheapestGroup(short), cheapestGroup(long)];
    const cost = first.cost + second.cost;
    if (cost < best.cost) {
      best = { group: first.group, cost };
      groups = [first.group, second.group];
    }
  }
  return groups;
}

function cheapestGroup(words: readonly WordToPlace[]): { group: WindowGroup; cost: number } {
  const shortest = words.reduce((least, word) => Math.min(least, word.text.length), windowBytesMax);
  let best: { group: WindowGroup; cost: number } | undefined;
  for (const blockBytes of [2, 3, 4]) {
    if (blockBytes > shortest) continue;
    const group = placeWords(words, blockBytes, shortest);
    const cost = costOf(group);
    if (!best || cost < best.cost) best = { group, cost };
  }
  if (!best) throw new Error("a word of fewer than two bytes");
  return best;
}

/** Each word enters by the window whose blocks are rarest in logs, unless too many words share it already. */
function placeWords(words: readonly WordToPlace[], blockBytes: number, windowBytes: number): WindowGroup {
  const sharing = new Map<string, number>();
  const placed = words.map((of) => {
    const folded = fold(of.text);
    let [windowOffset, least] = [0, Number.POSITIVE_INFINITY];
    for (let offset = 0; offset + windowBytes <= folded.length; offset++) {
      const crowding = Math.floor((sharing.get(folded.slice(offset, offset + windowBytes)) ?? 0) / sameWindowMax);
      let commonness = crowding * 1000;
      for (let at = offset; at + 2 <= offset + windowBytes; at++) {
        // The last pair is where the matcher stops to compare; the others only shorten its step.
        commonness += (pairFrequency.get(folded.slice(at, at + 2)) ?? 0) * (at + 2 === offset + windowBytes ? 8 : 1);
      }
      if (commonness < least) [windowOffset, least] = [offset, commonness];
    }
    const window = folded.slice(windowOffset, windowOffset + windowBytes);
    sharing.set(window, (sharing.get(window) ?? 0) + 1);
    return { of, windowOffset };
  });
  return { blockBytes, windowBytes, words: placed };
}

/** Instructions the group would take over the sample log. */
function costOf({ blockBytes, windowBytes, words }: WindowGroup): number {
  const farthest = windowBytes - blockBytes;
  const shifts = new Map<string, number>();
  for (const { of, windowOffset } of words) {
    const folded = fold(of.text);
    for (let at = 0; at <= farthest; at++) {
      const block = folded.slice(windowOffset + at, windowOffset + at + blockBytes);
      shifts.set(block, Math.min(shifts.get(block) ?? farthest + 1, farthest - at));
    }
  }
  let [looks, stops] = [0, 0];
  for (const line of sampleLines) {
    for (let at = farthest; at + blockBytes <= line.length; ) {
      const shift = shifts.get(line.slice(at, at + blockBytes)) ?? farthest + 1;
      looks++;
      if (shift === 0) stops++;
      at += shift || 1;
    }
  }
  return looks * lookCosts[blockBytes] + stops * stopCost + sampleLines.length * groupCost;
}

function fold(text: Buffer): string {
  return text.toString("latin1").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const sampleLines = sampleLog.map((line) => fold(Buffer.from(line, "utf8")));
const pairFrequency = new Map<string, number>();
for (const line of sampleLines) {
  for (let at = 0; at + 2 <= line.length; at++) {
    const pair = line.slice(at, at + 2);
    pairFrequency.set(pair, (pairFrequency.get(pair) ?? 0) + 1);
  }
}
