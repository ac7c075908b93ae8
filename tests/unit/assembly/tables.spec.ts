import {
  cachedNote,
  cachedScore,
  cacheHits,
  findScore,
  forgetScores,
  initialiseCache,
  keepScore,
} from "../../../assembly/detect/novelty/cache";
import { initialiseSignature, useSignature } from "../../../assembly/detect/novelty/signature";
import {
  countIncident,
  countOfDay,
  countSame,
  forgetSuppression,
  initialiseSuppression,
  isTold,
} from "../../../assembly/detect/novelty/suppression";
import {
  clearTable,
  entryCount,
  entryNote,
  entryOnce,
  findEntry,
  hasTable,
  knowsWord,
  useTable,
} from "../../../assembly/detect/novelty/table";
import { textLevel } from "../../../assembly/detect/novelty/textScore";
import {
  clearKeyTable,
  countEvent,
  findSlot,
  KeyTable,
  sizeKeyTable,
  takeSlot,
} from "../../../assembly/detect/windows/keyTable";
import { clearRates, countRate, searchRate, sizeRateTable } from "../../../assembly/detect/windows/rateTable";
import { hashPair } from "../../../assembly/runtime/hash";
import { reserve } from "../../../assembly/runtime/memory";
import { put, separateMemory, textEndPtr, textPtr } from "./support";

separateMemory();
initialiseCache();
initialiseSuppression();
/** Keys this far apart share a set: 1,024 sets, and the lowest bit of a key (always 1) chooses none. */
const SETS: u64 = 2048;

describe("news", () => {
  it("is counted until an hour after the first", () => {
    forgetSuppression();
    for (let i: u32 = 1; i <= 300; i++) expect<u32>(countSame(77, 1000 + i)).toBe(i);
    expect<u32>(countSame(77, 1001 + 3600)).toBe(301, "the hour runs from the first");
    expect<u32>(countSame(77, 1001 + 3601)).toBe(1, "and then it starts again");
    expect<u32>(countSame(77, 1001 + 3602)).toBe(2);
  });

  it("of an incident is counted until ten quiet seconds have passed", () => {
    forgetSuppression();
    for (let i: u32 = 1; i <= 300; i++) expect<u32>(countIncident(77, 1000 + 10 * i)).toBe(i);
    expect<u32>(countIncident(77, 4000 - 60)).toBe(301, "a late one belongs to it and ends nothing");
    expect<u32>(countIncident(77, 4010)).toBe(302);
    expect<u32>(countIncident(77, 4021)).toBe(1, "eleven seconds");
  });

  it("is counted until a day after the first where it is told by the day", () => {
    forgetSuppression();
    expect<u32>(countOfDay(77, 1000)).toBe(1);
    expect<u32>(countOfDay(77, 1000 + 86400)).toBe(2);
    expect<u32>(countOfDay(77, 1001 + 86400)).toBe(1);
  });

  it("is told a few times, then every hundredth time", () => {
    let told = 0;
    for (let i: u32 = 1; i <= 1000; i++) if (isTold(i, 3)) told++;
    expect<i32>(told).toBe(13);
    for (let i: u32 = 1; i <= 3; i++) expect<bool>(isTold(i, 3)).toBe(true);
    expect<bool>(isTold(4, 3)).toBe(false);
    expect<bool>(isTold(2, 1)).toBe(false);
    expect<bool>(isTold(200, 3)).toBe(true);
    told = 0;
    for (let i: u32 = 1001; i <= 5000; i++) if (isTold(i, 3)) told++;
    expect<i32>(told).toBe(4, "beyond a thousand every thousandth");
  });

  it("keeps pieces of news apart", () => {
    forgetSuppression();
    expect<u32>(countSame(5, 100)).toBe(1);
    expect<u32>(countSame(5, 100)).toBe(2);
    expect<u32>(countSame(5 + SETS, 100)).toBe(1, "the same set");
    expect<u32>(countSame(6, 100)).toBe(1);
  });

  it("starts again when the clock was set back", () => {
    forgetSuppression();
    expect<u32>(countSame(9, 5000)).toBe(1);
    expect<u32>(countSame(9, 4940)).toBe(2, "a minute is lateness");
    expect<u32>(countSame(9, 4939)).toBe(1);
  });

  it("lets the oldest give way where a set is full, so nothing new is ever missed", () => {
    forgetSuppression();
    for (let i: u64 = 0; i < 100; i++) expect<u32>(countSame(3 + i * SETS, 100 + <i64>i)).toBe(1);
    expect<u32>(countSame(3 + 99 * SETS, 300)).toBe(2, "the newest four are known");
    expect<u32>(countSame(3 + 96 * SETS, 300)).toBe(2);
    expect<u32>(countSame(3 + 95 * SETS, 300)).toBe(1, "the one before was forgotten");
  });
});

describe("the cache", () => {
  it("finds what it was given", () => {
    forgetScores();
    expect<bool>(findScore(41)).toBe(false);
    keepScore(41, 0.25, 9);
    const hits = cacheHits;
    expect<bool>(findScore(41)).toBe(true);
    expect<f64>(cachedScore).toBe(0.25);
    expect<u64>(cachedNote).toBe(9);
    expect<bool>(findScore(41 + SETS)).toBe(false, "another form of the same set");
    expect<u64>(cacheHits - hits).toBe(1);
    forgetScores();
    expect<bool>(findScore(41)).toBe(false);
  });

  it("drops the one used longest ago", () => {
    forgetScores();
    for (let i: u64 = 1; i <= 4; i++) keepScore(i * SETS + 7, <f64>i, 0);
    expect<bool>(findScore(1 * SETS + 7)).toBe(true, "now used last");
    expect<f64>(cachedScore).toBe(1);
    keepScore(5 * SETS + 7, 5, 0);
    expect<bool>(findScore(2 * SETS + 7)).toBe(false, "gave way");
    for (let i: u64 = 1; i <= 5; i++) {
      if (i == 2) continue;
      expect<bool>(findScore(i * SETS + 7)).toBe(true, i.toString());
      expect<f64>(cachedScore).toBe(<f64>i);
    }
  });
});

// A table of eight slots at hand: key, count, once and shape.
const slotsPtr = reserve(8 * 16);

function entry(slot: usize, key: u64, count: u32, last: u32): void {
  store<u64>(slotsPtr + slot * 16, key);
  store<u32>(slotsPtr + slot * 16, count, 8);
  store<u32>(slotsPtr + slot * 16, last, 12);
}

describe("the table", () => {
  it("knows nothing without slots", () => {
    clearTable();
    expect<bool>(hasTable()).toBe(false);
    expect<usize>(findEntry(1)).toBe(0);
    useTable(slotsPtr, 0);
    expect<bool>(hasTable()).toBe(false);
    expect<bool>(knowsWord(1)).toBe(false);
  });

  it("probes from the key's low bits on, around the end, up to the first empty slot", () => {
    memory.fill(slotsPtr, 0, 8 * 16);
    entry(6, 0x16, 10, 0);
    entry(7, 0x26, 20, 0);
    entry(0, 0x36, 30, 0);
    entry(1, 0x07, 40, 0);
    entry(3, 0x56, 50, 0); // behind a gap: nobody put it there by the rule
    useTable(slotsPtr, 8);
    expect<u32>(entryCount(findEntry(0x16))).toBe(10);
    expect<u32>(entryCount(findEntry(0x26))).toBe(20);
    expect<u32>(entryCount(findEntry(0x36))).toBe(30, "around the end");
    expect<u32>(entryCount(findEntry(0x07))).toBe(40);
    expect<usize>(findEntry(0x46)).toBe(0);
    expect<usize>(findEntry(0x56)).toBe(0, "a gap ends the probe");
    expect<usize>(findEntry(0x02)).toBe(0, "an empty slot");
  });

  it("ends even where no slot is empty", () => {
    for (let slot: usize = 0; slot < 8; slot++) entry(slot, 0x100 + slot, 1, 0);
    useTable(slotsPtr, 8);
    expect<usize>(findEntry(0x900)).toBe(0);
    expect<usize>(findEntry(0x107)).toBe(slotsPtr + 7 * 16);
  });

  it("packs seen-once and the usual shape into one word", () => {
    memory.fill(slotsPtr, 0, 8 * 16);
    const word = hashPair(17, 12345);
    entry(<usize>(word & 7), word, u32.MAX_VALUE, 0x03fffffe);
    useTable(slotsPtr, 8);
    expect<bool>(knowsWord(12345)).toBe(true);
    expect<bool>(knowsWord(12346)).toBe(false);
    const ptr = findEntry(word);
    expect<u32>(entryCount(ptr)).toBe(u32.MAX_VALUE);
    expect<u32>(entryOnce(ptr)).toBe(0xfffffe);
    expect<u32>(entryNote(ptr)).toBe(3);
  });
});

const WINDOW: u32 = 359_052_480;
const keys = changetype<KeyTable>(memory.data(40, 8));

/** Counts under so many keys in both tables of windows. */
function count(newKeys: u64): void {
  for (let i: u64 = 1; i <= newKeys; i++) {
    const key = hashPair(3, i);
    countEvent(keys, takeSlot(keys, key, WINDOW), WINDOW, WINDOW);
    const ratePtr = searchRate(key, WINDOW, true);
    if (ratePtr != 0) countRate(ratePtr, WINDOW, 1);
  }
}

/** How many of these keys have a slot in either. */
function counted(newKeys: u64): i32 {
  let found = 0;
  for (let i: u64 = 1; i <= newKeys; i++) {
    const key = hashPair(3, i);
    if (findSlot(keys, key, WINDOW) != 0) found++;
    if (searchRate(key, WINDOW, false) != 0) found++;
  }
  return found;
}

describe("the tables of windows", () => {
  it("hold nothing once they were cleared, however many slots they have and however many were used", () => {
    const sizes: u32[] = [16, 64, 16_384, 32_768];
    for (let i = 0; i < sizes.length; i++) {
      expect<bool>(sizeKeyTable(keys, sizes[i]) && sizeRateTable(sizes[i])).toBe(true);
      const used: u64[] = [1, 7, 5000];
      for (let j = 0; j < used.length; j++) {
        count(used[j]);
        expect<i32>(counted(used[j])).toBeGreaterThan(1);
        clearKeyTable(keys);
        clearRates();
        expect<i32>(counted(used[j])).toBe(0, sizes[i].toString() + " slots, " + used[j].toString() + " keys");
      }
    }
  });

  it("hold nothing of another size", () => {
    const sizes: u32[] = [16_384, 16, 16_384, 64, 32_768, 16_384];
    for (let i = 0; i < sizes.length; i++) {
      expect<bool>(sizeKeyTable(keys, sizes[i]) && sizeRateTable(sizes[i])).toBe(true);
      clearRates();
      expect<i32>(counted(5000)).toBe(0, sizes[i].toString() + " slots");
      count(5000);
    }
  });

  it("begin to count anew in a slot that was cleared", () => {
    count(300);
    clearKeyTable(keys);
    const slotPtr = takeSlot(keys, hashPair(3, 7), WINDOW);
    expect<u32>(load<u32>(slotPtr, 12)).toBe(0, "its total");
    countEvent(keys, slotPtr, WINDOW, WINDOW);
    expect<u32>(load<u32>(slotPtr, 12)).toBe(1);
  });
});

describe("a signature", () => {
  it("has no level where nothing stands in it, whatever was there before", () => {
    expect<bool>(initialiseSignature()).toBe(true);
    put("T5 gone");
    useSignature(textPtr, textEndPtr);
    expect<i32>(textLevel()).toBe(5);
    put("M");
    useSignature(textPtr, textEndPtr);
    expect<i32>(textLevel()).toBe(0);
  });
});
