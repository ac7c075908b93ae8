import { initialiseEvent, setBody, setSkeleton } from "../../../assembly/event/event";
import {
  bodySkeleton,
  initialiseSkeletons,
  SKELETON_BYTES_MAX,
  Skeleton,
  seedSkeletons,
} from "../../../assembly/event/skeleton";
import { put, separateMemory, textEndPtr, textPtr } from "./support";

const pieces = [
  "0",
  "7",
  "a",
  "f",
  "G",
  "z",
  ":",
  ".",
  "-",
  "_",
  " ",
  "/",
  "@",
  "[",
  "`",
  "{",
  "é",
  "12",
  "1e5",
  "cafe",
];

let state: u32 = 1;
function random(below: i32): i32 {
  state = state * 1103515245 + 12345;
  return <i32>((state >> 8) % <u32>below);
}

function randomText(pieceCount: i32): string {
  let text = "";
  for (let i = 0; i < pieceCount; i++) text += pieces[random(pieces.length)];
  return text;
}

function isDigit(c: i32): bool {
  return c >= 0x30 && c <= 0x39;
}

function isLetter(c: i32): bool {
  return (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
}

function isAlphanumeric(c: i32): bool {
  return isDigit(c) || isLetter(c);
}

/** Whether a digit stands before a letter in a run. */
function isMixed(text: string, start: i32, end: i32): bool {
  for (let at = start + 1; at < end; at++)
    if (isDigit(text.charCodeAt(at - 1)) && isLetter(text.charCodeAt(at))) return true;
  return false;
}

/** A run so short that it may be a part of an address, beside a colon or a dot. */
function mayBeOfAddress(text: string, start: i32, end: i32): bool {
  const signs = (start > 0 ? text.charAt(start - 1) : " ") + (end < text.length ? text.charAt(end) : " ");
  return end - start < 5 && (signs.includes(":") || signs.includes("."));
}

function areHyphens(text: string, start: i32, end: i32): bool {
  for (let at = start; at < end; at++) if (text.charAt(at) != "-" && text.charAt(at) != "_") return false;
  return true;
}

/** The skeleton as a text: # for a digit, ? for what is in an identifier: a mixed run and those that hyphens join. */
function skeletonOf(text: string): string {
  const starts: i32[] = [];
  const ends: i32[] = [];
  for (let at = 0; at < text.length; at++) {
    if (!isAlphanumeric(text.charCodeAt(at))) continue;
    starts.push(at);
    while (at < text.length && isAlphanumeric(text.charCodeAt(at))) at++;
    ends.push(at);
  }
  let skeleton = "";
  let done = 0;
  for (let i = 0; i < starts.length; i++) {
    if (starts[i] < done || !isMixed(text, starts[i], ends[i]) || mayBeOfAddress(text, starts[i], ends[i])) continue;
    let first = i;
    while (
      first > 0 &&
      starts[first - 1] >= done &&
      areHyphens(text, ends[first - 1], starts[first]) &&
      !mayBeOfAddress(text, starts[first - 1], ends[first - 1])
    )
      first--;
    let last = i;
    while (
      last + 1 < starts.length &&
      areHyphens(text, ends[last], starts[last + 1]) &&
      !mayBeOfAddress(text, starts[last + 1], ends[last + 1])
    )
      last++;
    skeleton += withoutDigits(text.substring(done, starts[first])) + "?".repeat(ends[last] - starts[first]);
    done = ends[last];
  }
  return skeleton + withoutDigits(text.substring(done));
}

function withoutDigits(text: string): string {
  let made = "";
  for (let at = 0; at < text.length; at++) made += isDigit(text.charCodeAt(at)) ? "#" : text.charAt(at);
  return made;
}

function entryOf(text: string, offset: usize = 0, around: u8 = 0x22): usize {
  put(text, offset, around);
  setBody(textPtr, textEndPtr);
  setSkeleton(0);
  return bodySkeleton();
}

/** Whether the second text finds what was kept of the first. */
function meet(one: string, other: string): bool {
  seedSkeletons(5);
  changetype<Skeleton>(entryOf(one)).tokens = 4711;
  return changetype<Skeleton>(entryOf(other, <usize>random(8), <u8>random(256))).tokens == 4711;
}

describe("texts share what is kept", () => {
  beforeAll(() => {
    separateMemory();
    initialiseEvent();
    initialiseSkeletons();
  });

  it("where their digits and identifiers alone differ", () => {
    expect<bool>(meet("port 22 of 10.0.0.1", "port 80 of 99.9.9.9")).toBe(true);
    expect<bool>(meet("port 22", "port 222")).toBe(false, "another length");
    expect<bool>(meet("pod-7d4b9-x2z8k gone", "pod-00x00-1111a gone")).toBe(true);
    expect<bool>(meet("pod-7d4b9-xyz gone", "pod-00x00-abc gone")).toBe(true, "a part of letters");
    expect<bool>(meet("pod-7d4b9 gone", "web-00x00 gone")).toBe(true, "letters before it");
    expect<bool>(meet("pod-7d4b9 gone", "pod-00x000 gone")).toBe(false, "an identifier of another length");
    expect<bool>(meet("pod-7d4b9/xyz gone", "pod-00x00/abc gone")).toBe(false, "another word");
    expect<bool>(meet("fe80::1a", "fe80::2b")).toBe(false, "parts of addresses");
    expect<bool>(meet("kb31", "ab31")).toBe(false, "a word with a number");
  });

  it("as a slow reference has it", () => {
    let met = 0;
    for (let i = 0; i < 800; i++) {
      const one = randomText(1 + random(12));
      // another text of the same signs but for one, or one that is only alike by chance
      const at = random(one.length);
      const other = one.substring(0, at) + pieces[random(10)] + one.substring(at + 1);
      const same = skeletonOf(one) == skeletonOf(other);
      if (same) met++;
      expect<bool>(meet(one, other)).toBe(same, one + " and " + other);
    }
    expect<i32>(met).toBeGreaterThan(50);
  });

  it("up to a length", () => {
    const long = "x".repeat(<i32>SKELETON_BYTES_MAX);
    expect<usize>(entryOf(long)).not.toBe(0);
    expect<usize>(entryOf(long + "x")).toBe(0);
    expect<usize>(entryOf("")).toBe(0);
  });

  it("until others took the place", () => {
    seedSkeletons(5);
    for (let i = 0; i < 20000; i++) {
      const entryPtr = entryOf(randomText(9));
      changetype<Skeleton>(entryPtr).tokens = 4711;
      expect<bool>(bodySkeleton() == entryPtr).toBe(true);
    }
  });
});
