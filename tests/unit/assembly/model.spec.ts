import { hasModel, modelVersion } from "../../../assembly/config/model";
import { requestThreshold, surpriseThreshold } from "../../../assembly/detect/novelty/score";
import { findEntry } from "../../../assembly/detect/novelty/table";
import { CENTROIDS_MAX, outlierScale } from "../../../assembly/detect/outlier/nearest";
import {
  checkModel,
  checksum,
  forgetModel,
  MODEL_BYTES_MAX,
  MODEL_DAMAGED,
  MODEL_FORMAT,
  MODEL_NEWER,
  MODEL_NO_MAGIC,
  MODEL_OK,
  MODEL_SECTION_INVALID,
  MODEL_SIZE_DIFFERS,
  MODEL_TOO_LARGE,
  MODEL_TOO_SHORT,
  newestEventSeconds,
  useModel,
} from "../../../assembly/operate/modelFile";
import { reserve } from "../../../assembly/runtime/memory";
import { separateMemory } from "./support";

separateMemory();
const ptr = reserve(1 << 20);

// The drawing of assembly/operate/modelFile.ts, added up by hand: header 32, three rows of 16, sections on multiples of
// 16.
const ROWS: usize = 32;
const THRESHOLDS: usize = 80;
const FEATURES: usize = 224;
const SLOTS: u32 = 16;
const CENTROIDS: usize = 496; // 224 + 16 + 16 * 16
const BYTES: usize = 816; //      496 + 16 + 304
const ROW_BYTES: usize = 304;

function row(index: usize, id: u32, offset: usize, bytes: usize): void {
  const at = ptr + ROWS + index * 16;
  store<u32>(at, id);
  store<u32>(at, <u32>offset, 4);
  store<u32>(at, <u32>bytes, 8);
}

function seal(bytes: usize = BYTES): void {
  store<u64>(ptr, checksum(ptr, bytes), 24);
}

/** A model with one group and one centroid. */
function build(): void {
  memory.fill(ptr, 0, BYTES + 64);
  store<u64>(ptr, 0x00454e494c44444f);
  store<u32>(ptr, MODEL_FORMAT, 8);
  store<u32>(ptr, 3, 12);
  store<u32>(ptr, <u32>BYTES, 16);
  store<u32>(ptr, 0x9f3c2a71, 20);
  row(0, 1, THRESHOLDS, 136);
  row(1, 2, FEATURES, 16 + <usize>SLOTS * 16);
  row(2, 3, CENTROIDS, 16 + ROW_BYTES);
  store<f64>(ptr + THRESHOLDS, 6.9);
  store<f64>(ptr + THRESHOLDS, 1.5, 8);
  store<i64>(ptr + THRESHOLDS, 1795227069, 16);
  for (let at: usize = 48; at < 136; at += 8) store<f64>(ptr + THRESHOLDS + at, 7.5);
  store<u32>(ptr + FEATURES, SLOTS);
  store<u32>(ptr + FEATURES, 1, 4);
  store<u64>(ptr + FEATURES + 16 + 5 * 16, 0x1235);
  store<u32>(ptr + FEATURES + 16 + 5 * 16, 40, 8);
  store<u32>(ptr + CENTROIDS, 1);
  store<u32>(ptr + CENTROIDS, 256, 4);
  const centroid = ptr + CENTROIDS + 16;
  store<i8>(centroid, -3, 32);
  store<i8>(centroid, 4, 32 + 255);
  store<f32>(centroid, 0.25, 288);
  store<u32>(centroid, 17, 292);
  store<u32>(centroid, 25, 296);
  seal();
}

/** The same with the vectors of two words instead of the centroid. */
function buildTokens(offset: usize): void {
  build();
  memory.fill(ptr + offset, 0, 16 + ROW_BYTES);
  row(2, 8, offset, 16 + 2 * 72);
  store<u32>(ptr + offset, 2);
  store<u32>(ptr + offset, 256, 4);
  store<u32>(ptr + offset, 64, 8);
  store<u64>(ptr + offset + 16, 7);
  store<u64>(ptr + offset + 16 + 72, 8);
  seal();
}

/** The result with one field changed and the checksum made to fit. */
function with32(offset: usize, value: u32): i32 {
  build();
  store<u32>(ptr + offset, value);
  seal();
  return checkModel(ptr, BYTES);
}

/** So many entries in a row from `first` on, each where its key points. */
function withEntries(count: u32, first: u32): i32 {
  build();
  memory.fill(ptr + FEATURES + 16, 0, <usize>SLOTS * 16);
  for (let i: u32 = 0; i < count; i++) {
    const slot = (first + i) & (SLOTS - 1);
    const at = ptr + FEATURES + 16 + <usize>slot * 16;
    store<u64>(at, 0x100 + slot);
    store<u32>(at, 1, 8);
  }
  store<u32>(ptr + FEATURES, count, 4);
  seal();
  return checkModel(ptr, BYTES);
}

function withF64(offset: usize, value: f64): i32 {
  build();
  store<f64>(ptr + offset, value);
  seal();
  return checkModel(ptr, BYTES);
}

function withRadius(value: f32): i32 {
  build();
  store<f32>(ptr + CENTROIDS + 16 + 288, value);
  seal();
  return checkModel(ptr, BYTES);
}

function invalid(result: i32, what: string): void {
  expect<i32>(result).toBe(MODEL_SECTION_INVALID, what);
}

describe("a model", () => {
  it("that is well is taken into use", () => {
    build();
    expect<i32>(checkModel(ptr, BYTES)).toBe(MODEL_OK);
    expect<bool>(hasModel).toBe(false, "checking uses nothing");
    useModel(ptr);
    expect<bool>(hasModel).toBe(true);
    expect<u32>(modelVersion).toBe(0x9f3c2a71);
    expect<f64>(surpriseThreshold).toBe(6.9);
    expect<f64>(requestThreshold).toBe(7.5);
    expect<f64>(outlierScale).toBe(1.5);
    expect<i64>(newestEventSeconds).toBe(1795227069);
    expect<usize>(findEntry(0x1235)).toBe(ptr + FEATURES + 16 + 5 * 16);
    forgetModel();
    expect<bool>(hasModel).toBe(false);
    expect<usize>(findEntry(0x1235)).toBe(0);
  });

  it("cut short anywhere is refused", () => {
    build();
    for (let bytes: usize = 0; bytes < BYTES; bytes++) {
      const result = checkModel(ptr, bytes);
      if (result != (bytes < 32 ? MODEL_TOO_SHORT : MODEL_SIZE_DIFFERS)) expect<i32>(result).toBe(-1, bytes.toString());
    }
    expect<i32>(checkModel(ptr, BYTES + 1)).toBe(MODEL_SIZE_DIFFERS);
    expect<i32>(checkModel(ptr, MODEL_BYTES_MAX + 1)).toBe(MODEL_TOO_LARGE);
  });

  it("with any bit flipped is refused, for the first reason in the stated order", () => {
    for (let at: usize = 0; at < BYTES; at++) {
      for (let bit: u32 = 0; bit < 8; bit++) {
        build();
        store<u8>(ptr + at, load<u8>(ptr + at) ^ <u8>((<u32>1) << bit));
        const isNewer = at >= 8 && at < 12 && load<u32>(ptr, 8) > MODEL_FORMAT;
        const expected =
          at < 8 ? MODEL_NO_MAGIC : isNewer ? MODEL_NEWER : at >= 16 && at < 20 ? MODEL_SIZE_DIFFERS : MODEL_DAMAGED;
        if (checkModel(ptr, BYTES) != expected) expect<i32>(checkModel(ptr, BYTES)).toBe(expected, at.toString());
      }
    }
  });

  it("of a newer format is told from a damaged one", () => {
    expect<i32>(with32(8, MODEL_FORMAT + 1)).toBe(MODEL_NEWER);
    expect<i32>(with32(8, u32.MAX_VALUE)).toBe(MODEL_NEWER);
    expect<i32>(with32(8, 0)).toBe(MODEL_DAMAGED, "format 0");
    expect<i32>(with32(16, <u32>BYTES - 1)).toBe(MODEL_SIZE_DIFFERS);
  });

  it("needs sections that lie within it, in order", () => {
    invalid(with32(12, 65), "too many sections");
    invalid(with32(12, u32.MAX_VALUE), "far too many sections");
    invalid(with32(12, 0), "no thresholds");
    invalid(with32(ROWS, 2), "two sections of one kind");
    invalid(with32(ROWS, 0), "no number");
    invalid(with32(ROWS, 9), "numbers that fall");
    invalid(with32(ROWS + 4, <u32>THRESHOLDS + 8), "not aligned");
    invalid(with32(ROWS + 4, 16), "within the header");
    invalid(with32(ROWS + 4, <u32>BYTES + 16), "behind the end");
    invalid(with32(ROWS + 4, 0xfffffff0), "far behind the end");
    invalid(with32(ROWS + 8, <u32>BYTES), "larger than the file");
    invalid(with32(ROWS + 8, u32.MAX_VALUE), "a size that wraps");
    invalid(with32(ROWS + 8, 47), "thresholds too short");
    invalid(with32(ROWS + 8, 64), "thresholds too long");
  });

  it("needs thresholds that are numbers", () => {
    const bad: f64[] = [0, -1, 100, NaN, Infinity, -Infinity];
    for (let i = 0; i < bad.length; i++) invalid(withF64(THRESHOLDS, bad[i]), bad[i].toString());
    const badScales: f64[] = [0, -1, 1000, NaN, Infinity];
    for (let i = 0; i < badScales.length; i++) invalid(withF64(THRESHOLDS + 8, badScales[i]), badScales[i].toString());
    expect<i32>(withF64(THRESHOLDS, 99.9)).toBe(MODEL_OK);
  });

  it("needs a table whose size fits", () => {
    invalid(with32(FEATURES, 15), "no power of two");
    invalid(with32(FEATURES, 8), "fewer slots than bytes");
    invalid(with32(FEATURES, 32), "more slots than bytes");
    invalid(with32(FEATURES, 0), "none, but bytes for some");
    invalid(with32(FEATURES, 0x80000000), "a size that wraps");
    invalid(with32(FEATURES, 1 << 28), "a size that wraps to nothing");
    invalid(with32(FEATURES + 4, 2), "fewer entries than stated");
    invalid(with32(FEATURES + 4, 0), "more entries than stated");
    invalid(with32(ROWS + 16 + 8, 15), "no room for the head");
  });

  it("needs a table in which every search ends, and finds what is there", () => {
    // three quarters of sixteen, all from their own places on: the fullest that is taken
    expect<i32>(withEntries(12, 0)).toBe(MODEL_OK);
    expect<i32>(withEntries(12, 9)).toBe(MODEL_OK, "over the end and on from the beginning");
    invalid(withEntries(13, 0), "too full");
    invalid(withEntries(15, 0), "one empty slot");
    invalid(withEntries(16, 0), "no empty slot: a search would not end");
    const entry = FEATURES + 16 + 5 * 16;
    invalid(with32(entry, 0x1234), "before its place, and not reached over the end");
    invalid(with32(entry, 0x1236), "in front of where its key points");
    invalid(with32(entry + 8, 0), "counted, but never seen");
    invalid(with32(entry + 12, 41), "more values seen once than there were");
    invalid(with32(entry + 12, 7 << 24), "no such note");
    expect<i32>(with32(entry + 12, (4 << 24) | 40)).toBe(MODEL_OK);
  });

  it("needs centroids that can be compared with", () => {
    invalid(with32(CENTROIDS, 0), "none, but bytes for one");
    invalid(with32(CENTROIDS, 2), "more than bytes");
    invalid(with32(CENTROIDS, CENTROIDS_MAX + 1), "too many");
    invalid(with32(CENTROIDS, u32.MAX_VALUE), "far too many");
    invalid(with32(CENTROIDS + 4, 128), "other dimensions");
    invalid(with32(CENTROIDS + 16 + 296, 26), "a norm that is not the sums'");
    invalid(with32(CENTROIDS + 16 + 32, 0), "sums that are not the norm's");
    const bad: f32[] = [0, -0.5, 2.001, NaN, Infinity];
    for (let i = 0; i < bad.length; i++) invalid(withRadius(bad[i]), bad[i].toString());
    expect<i32>(withRadius(2)).toBe(MODEL_OK);
    build();
    store<i8>(ptr + CENTROIDS + 16, 0, 32);
    store<i8>(ptr + CENTROIDS + 16, 0, 32 + 255);
    store<u32>(ptr + CENTROIDS + 16, 0, 296);
    seal();
    invalid(checkModel(ptr, BYTES), "no direction");
  });

  it("may have vectors of words, sorted and whole", () => {
    const tokens: usize = CENTROIDS; // in the place of the centroids
    buildTokens(tokens);
    expect<i32>(checkModel(ptr, BYTES)).toBe(MODEL_OK);
    const bad = [tokens, 1, tokens, 3, tokens, 0, tokens + 4, 0, tokens + 4, 513, tokens + 8, 65, tokens + 12, 1];
    for (let i = 0; i < bad.length; i += 2) {
      buildTokens(tokens);
      store<u32>(ptr + bad[i], <u32>bad[i + 1]);
      seal();
      invalid(checkModel(ptr, BYTES), bad[i].toString());
    }
    const hashes: u64[] = [7, 6, 0];
    for (let i = 0; i < hashes.length; i++) {
      buildTokens(tokens);
      store<u64>(ptr + tokens + 16 + 72, hashes[i]); // the first is 7
      seal();
      invalid(checkModel(ptr, BYTES), "hashes that do not rise");
    }
    buildTokens(tokens);
    row(2, 8, tokens, 16 + 2 * 72 - 1);
    seal();
    invalid(checkModel(ptr, BYTES), "cut short");
  });

  it("may lack a table and centroids", () => {
    build();
    store<u32>(ptr, 1, 12);
    seal();
    expect<i32>(checkModel(ptr, BYTES)).toBe(MODEL_OK);
    useModel(ptr);
    expect<usize>(findEntry(0x1235)).toBe(0);
    forgetModel();
  });
});
