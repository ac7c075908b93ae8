/**
 * Chooses how the matcher looks for a list of words: one or two groups, each with its blocks and a window length, and
 * for each word the window by which it enters. Every candidate is run over a sample log; the cheapest stays.
 */
import { sampleLog } from "./keywordSample.js";

export interface WordToPlace {
  text: Buffer;
}

export interface WindowGroup {
  /** Of the block that is looked up at every step, 2 or 3, and of the one that decides where that stops, 0 = none. */
  blockBytes: number;
  secondBytes: number;
  windowBytes: number;
  words: PlacedWord[];
}

interface FoldedWord {
  of: WordToPlace;
  folded: Buffer;
}

interface PlacedWord extends FoldedWord {
  windowOffset: number;
}

interface Candidate {
  group: WindowGroup;
  cost: number;
}

const windowBytesMax = 64;
const secondBytesMax = 8;
/**
 * Interpreted instructions: a look at a block, one at a second block, a comparison, entering and leaving the loop. Of
 * four looks only the last is tested, so a stop wastes one and a half.
 */
const lookCosts: Record<number, number> = { 2: 5, 3: 6 };
const stopWaste = 1.5;
const secondCost = 11;
const compareCost = 60;
const groupCost = 60;
/** Words that share a window are compared one after the other. */
const sameWindowMax = 4;
const crowdingCost = 1000;
/** What the sample does not show may come all the same; a stop costs as much as so many bytes. */
const unseenFrequency = 0.1;
const stopLoss = 4;
/** A table of triples takes 2 MiB, a second table up to 256 KiB: not for a few words. */
const tripleWordsMin = 1000;
const secondWordsMin = 20;

/** Empty for no words; the shorter words first where two groups are cheaper than one. */
export function chooseWindows(words: readonly WordToPlace[]): WindowGroup[] {
  if (words.length === 0) return [];
  const texts = words.map((of) => ({ of, folded: fold(of.text) }));
  const one = cheapestGroup(texts, true);
  let best = { groups: [one.group], cost: one.cost };
  for (let longFrom = 3; longFrom <= 10; longFrom++) {
    const short = texts.filter(({ folded }) => folded.length < longFrom);
    const long = texts.filter(({ folded }) => folded.length >= longFrom);
    if (short.length === 0 || long.length === 0) continue;
    const [first, second] = [cheapestGroup(short, false), cheapestGroup(long, true)];
    const cost = first.cost + second.cost;
    if (cost < best.cost) best = { groups: [first.group, second.group], cost };
  }
  return best.groups;
}

function cheapestGroup(words: readonly FoldedWord[], mayTriple: boolean): Candidate {
  const windowBytes = words.reduce((least, { folded }) => Math.min(least, folded.length), windowBytesMax);
  const candidates: Candidate[] = [];
  for (const blockBytes of mayTriple && words.length >= tripleWordsMin ? [2, 3] : [2]) {
    if (blockBytes > windowBytes) continue;
    const placed = placeWords(words, blockBytes, windowBytes);
    fillBeginnings(blockShifts, placed, blockBytes, windowBytes);
    fillShifts(blockShifts, placed, blockBytes, windowBytes);
    const seconds = [0];
    if (words.length >= secondWordsMin) for (let bytes = 3; bytes <= secondBytesMax; bytes++) seconds.push(bytes);
    for (const secondBytes of seconds) {
      if (blockBytes === 3 && secondBytes === 0) continue;
      if (secondBytes !== 0 && (secondBytes <= blockBytes || secondBytes > windowBytes)) continue;
      const group = { blockBytes, secondBytes, windowBytes, words: placed };
      candidates.push({ group, cost: costOf(group) });
    }
  }
  return candidates.reduce((best, candidate) => (candidate.cost < best.cost ? candidate : best));
}

/**
 * Each word enters by the window that slows the matcher least: blocks that logs hardly have, or that other words have
 * brought already. The short words come first, as they have the least choice.
 */
function placeWords(words: readonly FoldedWord[], blockBytes: number, windowBytes: number): PlacedWord[] {
  const farthest = windowBytes - blockBytes;
  const shifts = blockShifts.fill(farthest + 1);
  const frequency = blockBytes === 2 ? pairFrequency : tripleFrequency;
  const sharing = new Map<string, number>();
  const offsets = new Map<FoldedWord, number>();
  for (const word of [...words].sort((a, b) => a.folded.length - b.folded.length)) {
    const text = word.folded.toString("latin1");
    const slots = slotsOf(word.folded, blockBytes);
    let [windowOffset, least] = [0, Number.POSITIVE_INFINITY];
    for (let offset = 0; offset + windowBytes <= text.length; offset++) {
      let cost = 0;
      for (let at = 0; at <= farthest && cost < least; at++) {
        const shift = farthest - at;
        const lowered = shifts[slots[offset + at]] - shift;
        if (lowered > 0) cost += (frequency[slots[offset + at]] + unseenFrequency) * (lowered + (shift ? 0 : stopLoss));
      }
      if (cost >= least) continue;
      const crowd = sharing.get(text.slice(offset, offset + windowBytes)) ?? 0;
      cost += Math.floor(crowd / sameWindowMax) * crowdingCost;
      if (cost < least) [windowOffset, least] = [offset, cost];
    }
    const window = text.slice(windowOffset, windowOffset + windowBytes);
    sharing.set(window, (sharing.get(window) ?? 0) + 1);
    offsets.set(word, windowOffset);
    lowerShifts(shifts, slots, windowOffset, farthest);
  }
  return words.map((word) => ({ ...word, windowOffset: offsets.get(word) as number }));
}

function slotsOf(folded: Buffer, blockBytes: number): number[] {
  return Array.from({ length: folded.length - blockBytes + 1 }, (_, at) => slotOf(folded, at, blockBytes));
}

function lowerShifts(shifts: Uint8Array, slots: readonly number[], windowOffset: number, farthest: number): void {
  for (let at = 0; at <= farthest; at++) {
    const slot = slots[windowOffset + at];
    if (shifts[slot] > farthest - at) shifts[slot] = farthest - at;
  }
}

const slotsMax = 1 << 19;
const blockShifts = new Uint8Array(slotsMax);
const secondShifts = new Uint8Array(slotsMax);

/** Instructions the group would take over the sample log; the shifts of its blocks are in `blockShifts`. */
function costOf(group: WindowGroup): number {
  const { blockBytes, secondBytes, windowBytes } = group;
  if (secondBytes) fillShifts(secondShifts.fill(windowBytes - secondBytes + 1), group.words, secondBytes, windowBytes);
  const [counts, bytes] = [{ looks: 0, seconds: 0, compared: 0 }, sampleBytes];
  for (const { start, end } of sampleRanges) {
    for (let windowEnd = start + windowBytes; windowEnd <= end; ) {
      counts.looks++;
      let shift = blockShifts[slotOf(bytes, windowEnd - blockBytes, blockBytes)];
      if (shift === 0 && secondBytes) {
        counts.seconds++;
        shift = secondShifts[slotOf(bytes, windowEnd - secondBytes, secondBytes)];
      }
      if (shift === 0) counts.compared++;
      windowEnd += shift || 1;
    }
  }
  const stops = secondBytes ? counts.seconds : counts.compared;
  const looks = counts.looks + stops * stopWaste;
  const perLine = groupCost * sampleRanges.length;
  return looks * lookCosts[blockBytes] + counts.seconds * secondCost + counts.compared * compareCost + perLine;
}

function fillShifts(shifts: Uint8Array, words: readonly PlacedWord[], blockBytes: number, windowBytes: number): void {
  const farthest = windowBytes - blockBytes;
  for (const { folded, windowOffset } of words) {
    for (let at = 0; at <= farthest; at++) {
      const slot = slotOf(folded, windowOffset + at, blockBytes);
      if (shifts[slot] > farthest - at) shifts[slot] = farthest - at;
    }
  }
}

/** What no window holds is left behind whole, unless it ends with what a window begins with. */
function fillBeginnings(
  shifts: Uint8Array,
  words: readonly PlacedWord[],
  blockBytes: number,
  windowBytes: number,
): void {
  shifts.fill(windowBytes);
  const lower = (bytes: number[], shift: number) => {
    const slot = slotOf(Buffer.from(bytes), 0, blockBytes);
    if (shifts[slot] > shift) shifts[slot] = shift;
  };
  const firsts = new Set(words.map(({ folded, windowOffset }) => folded[windowOffset]));
  if (blockBytes === 2) {
    for (const first of firsts) for (let a = 0; a < 256; a++) lower([a, first], windowBytes - 1);
    return;
  }
  const masked = Array.from({ length: 0x60 }, (_, a) => a).filter((a) => (a & 0x20) === 0);
  for (const first of new Set([...firsts].map((c) => c & 0x1f))) {
    for (const a of masked) for (const b of masked) lower([a, b, first], windowBytes - 1);
  }
  const pairs = new Set(words.map(({ folded, windowOffset }) => folded.readUInt16LE(windowOffset) & 0x1f5f));
  for (const pair of pairs) for (const a of masked) lower([a, pair & 0xff, pair >> 8], windowBytes - 2);
}

/** Pairs and triples as the matcher's tables tell them apart; longer blocks by a hash as wide as its own. */
function slotOf(bytes: Buffer, at: number, blockBytes: number): number {
  if (blockBytes === 2) return bytes[at] | (bytes[at + 1] << 8);
  if (blockBytes === 3) return (bytes[at] & 0x5f) | ((bytes[at + 1] & 0x5f) << 7) | ((bytes[at + 2] & 0x1f) << 14);
  let hash = 0;
  for (let i = 0; i < blockBytes; i++) hash = Math.imul(hash ^ bytes[at + i], 0x9e3779b1) ^ (hash >>> 15);
  return Math.imul(hash, 0x85ebca6b) >>> 14;
}

function fold(text: Buffer): Buffer {
  return Buffer.from(
    text.toString("latin1").replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
    "latin1",
  );
}

const sampleLines = sampleLog.map((line) => fold(Buffer.from(line, "utf8")));
const sampleBytes = Buffer.concat(sampleLines);
const sampleRanges: { start: number; end: number }[] = [];
const pairFrequency = new Uint32Array(slotsMax);
const tripleFrequency = new Uint32Array(slotsMax);
for (const line of sampleLines) {
  const start = sampleRanges.at(-1)?.end ?? 0;
  sampleRanges.push({ start, end: start + line.length });
  for (let at = 0; at + 2 <= line.length; at++) pairFrequency[slotOf(line, at, 2)]++;
  for (let at = 0; at + 3 <= line.length; at++) tripleFrequency[slotOf(line, at, 3)]++;
}
