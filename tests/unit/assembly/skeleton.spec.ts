import { initialiseEvent, setBody, setSkeleton } from "../../../assembly/event/event";
import {
  bodySkeleton,
  coveredKeyOf,
  forgetSkeletons,
  initialiseSkeletons,
  isOfTemplate,
  keepCovered,
  recordSpansPtr,
  SKELETON_BYTES_MAX,
  Skeleton,
  seedSkeletons,
} from "../../../assembly/event/skeleton";
import { LENGTHS_BYTES } from "../../../assembly/event/templates";
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

/** What stands beside identifiers and may decide how far they go. */
const beside = ["", " ", "", "-", "_", ".", ":", "\\", "\\\\", "=", '\\":', "/", "@", "$", "12", "é", "a1"];
/** What is alike in the middle and at the end of each text, so that templates are guessed right. */
const ending = " and that was all there is to say of it";
const middle =
  " level=info caller=client.go:114 msg=the first of its kind was here and is here again until it is gone ";

function identifier(length: i32): string {
  let text = "";
  const signs = random(3) == 0 ? "0129abcfTZX-_" : "0129abcf";
  for (let left = random(9) == 0 ? 1 + random(24) : length; left > 0; left--)
    text += signs.charAt(random(signs.length));
  return text;
}

/** A text with other digits and other identifiers each time. */
function textOf(template: string[]): string {
  let text = "";
  for (let i = 0; i < template.length; i++) {
    const part = template[i];
    if (part.startsWith("~")) text += identifier(part.length);
    else
      for (let at = 0; at < part.length; at++) text += isDigit(part.charCodeAt(at)) ? `${random(10)}` : part.charAt(at);
  }
  return text;
}

/** As long as their identifiers mostly are. */
const lengths = ["~", "~~~~", "~~~~~~~~", "~~~~~~~~~~~~~~~~~~~~"];

function randomTemplate(): string[] {
  const template = ["ts=1", beside[random(beside.length)], lengths[random(lengths.length)], middle];
  for (let left = random(3); left > 0; left--) {
    template.push(beside[random(beside.length)]);
    template.push(lengths[random(lengths.length)]);
    template.push(beside[random(beside.length)]);
    template.push(random(4) == 0 ? pieces[random(pieces.length)] : " x ");
  }
  template.push(ending);
  return template;
}

const ROUNDS: i32 = 12;
const made = memory.data(16 * 64, 8);
const patiencePtr = memory.data(8, 8);

/** The lengths and places of identifiers at ptr; places mean something only of those that there are. */
function spansAt(ptr: usize): string {
  let spans = "";
  for (let at: usize = 0; at < LENGTHS_BYTES; at += 2) {
    const bytes = load<u16>(ptr + at);
    if (bytes != 0) spans += `${bytes} at ${load<u16>(ptr + at, LENGTHS_BYTES)}, `;
  }
  return spans;
}

describe("a text is compared with one before it", () => {
  beforeAll(() => {
    separateMemory();
    initialiseEvent();
    initialiseSkeletons();
  });

  it("only where its key and the places of its identifiers are those that hashing it would make", () => {
    seedSkeletons(7);
    let compared = 0;
    const texts: string[] = [];
    for (let i = 0; i < 600; i++) {
      const template = randomTemplate();
      for (let round = 0; round < ROUNDS; round++) {
        if (round >= texts.length) texts.push("");
        texts[round] = textOf(template);
        put(texts[round]);
        const ptr = made + ((<usize>round) << 6);
        store<u8>(patiencePtr, 0);
        store<u64>(ptr, coveredKeyOf(textPtr, textEndPtr, patiencePtr));
        memory.copy(ptr + 8, recordSpansPtr, 2 * LENGTHS_BYTES);
        if (isOfTemplate) compared++;
        keepCovered(textPtr, textEndPtr);
      }
      forgetSkeletons();
      for (let round = 0; round < ROUNDS; round++) {
        put(texts[round]);
        const ptr = made + ((<usize>round) << 6);
        expect<u64>(load<u64>(ptr)).toBe(coveredKeyOf(textPtr, textEndPtr, patiencePtr), texts[round]);
        expect<string>(spansAt(ptr + 8)).toBe(spansAt(recordSpansPtr), texts[round]);
      }
    }
    expect<i32>(compared).toBeGreaterThan(400);
  });
});
