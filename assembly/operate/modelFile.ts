/**
 * The model file, little-endian. Everything is checked here, in the order below, before anything trusts it.
 *
 *    0 ┌ magic        u64  "ODDLINE\0"
 *    8 │ format       u32  2, or 1 as it was before; a higher one is newer than this filter
 *   12 │ sections     u32  at most SECTIONS_MAX
 *   16 │ total        u32  bytes of the whole file
 *   20 │ version      u32  names the content; shown as eight hexadecimal digits
 *   24 │ checksum     u64  of all other bytes
 *   32 ├ section table: id u32, offset u32, bytes u32, zero u32    one row a section, ids rising
 *      └ sections, each 16-byte aligned
 *
 *   1 thresholds   136 bytes: surprise threshold f64 (of texts), outlier scale f64, newest event i64 (Unix seconds),
 *                  maximum age i64 (seconds, 0 none), lines learnt u64, flags u32 (bit 0: tag every event), zero u32,
 *                  surprise threshold of requests f64, then the scores that one ordinary line in 10,000 and in 100,000
 *                  reaches, f64 each: novelty of requests, of texts, outlier, novelty of a request by its path, by a
 *                  path that is not there. Format 1 ends at 48, with one threshold for both.
 *   2 features     slots u32 (a power of two, or 0), used u32, zero u64, then the table of detect/novelty/table.ts
 *   3 centroids    count u32, dimensions u32 (256), zero u64, then the rows of detect/outlier/nearest.ts
 *   4 provenance   JSON for people and for `refresh`; the filter does not read it
 *   5 configuration, 6 keywords: read by the files that own them
 *   7 forest       drawn in host/model/forestSection.ts
 *   8 tokens       vectors of words, drawn in tokenVectors.ts
 *   9 grams        drawn in detect/novelty/content.ts
 *   10 usual       how often what comes, drawn in detect/windows/usual.ts
 *   11 texts       what reasons quote of the past, drawn in detect/novelty/knownTexts.ts
 */

import { setModel } from "../config/model";
import { isValidConfigSection } from "../config/section";
import { forgetConfiguration, loadConfiguration } from "../config/settings";
import { useAgents } from "../detect/agents/detector";
import { isValidKeywordSection } from "../detect/keywords/section";
import { applyForest } from "../detect/network/flowWindows";
import { forgetForest, isValidForest, useForest } from "../detect/network/forest";
import { GRAMS_BYTES, useGrams } from "../detect/novelty/content";
import { isValidTexts, useTexts } from "../detect/novelty/knownTexts";
import { useRareScores } from "../detect/novelty/rareScores";
import { setSurpriseThresholds } from "../detect/novelty/score";
import { clearTable, ENTRY_BYTES, isValidTable, SLOTS_MAX, useTable } from "../detect/novelty/table";
import { DIMENSIONS } from "../detect/outlier/embedding";
import {
  CENTROID_BYTES,
  CENTROIDS_MAX,
  setOutlierScale,
  useCentroids,
  validCentroids,
} from "../detect/outlier/nearest";
import { useTokenVectors, validTokenVectors } from "../detect/outlier/tokenVectors";
import { useRanges } from "../detect/ranges/detector";
import { isValidUsual, useUsual } from "../detect/windows/usual";
import { applyConfiguration } from "../detect/windows/watch";
import { usePaths } from "../fields/paths";
import { finish, hashBytes, mix } from "../runtime/hash";

export const MODEL_BYTES_MAX: usize = 16777216;
export const MODEL_FORMAT: u32 = 2;
const MAGIC: u64 = 0x00454e494c44444f;
const HEADER_BYTES: usize = 32;
const SECTIONS_MAX: u32 = 64;
const THRESHOLDS_BYTES: usize = 136;
const THRESHOLDS_BYTES_BEFORE: usize = 48;
const REQUEST_THRESHOLD_OFFSET: usize = 48;
/** Of a surprise of format 1, which knew no softer evidence. */
const WORTH_BEFORE: f64 = 0.8;

/** Of the thresholds: five pairs of scores, missing from older models. */
const RARE_OFFSET: usize = 56;
const RARE_BYTES: usize = 80;

const SECTION_THRESHOLDS: u32 = 1;
const SECTION_FEATURES: u32 = 2;
const SECTION_CENTROIDS: u32 = 3;
const SECTION_CONFIGURATION: u32 = 5;
const SECTION_KEYWORDS: u32 = 6;
const SECTION_FOREST: u32 = 7;
const SECTION_TOKENS: u32 = 8;
const SECTION_GRAMS: u32 = 9;
const SECTION_USUAL: u32 = 10;
const SECTION_TEXTS: u32 = 11;

/** What a check found; the order is the order of the checks. */
export const MODEL_OK: i32 = 0;
export const MODEL_TOO_SHORT: i32 = 1;
export const MODEL_NO_MAGIC: i32 = 2;
export const MODEL_NEWER: i32 = 3;
export const MODEL_SIZE_DIFFERS: i32 = 4;
export const MODEL_DAMAGED: i32 = 5;
export const MODEL_SECTION_INVALID: i32 = 6;
export const MODEL_TOO_LARGE: i32 = 7;

export let newestEventSeconds: i64 = 0;
export let ageSecondsMax: i64 = 0;

let sectionPtr: usize = 0;
let sectionBytes: usize = 0;

function findSection(ptr: usize, id: u32): bool {
  const count = load<u32>(ptr, 12);
  for (let i: u32 = 0; i < count; i++) {
    const row = ptr + HEADER_BYTES + <usize>i * 16;
    if (load<u32>(row) == id) {
      sectionPtr = ptr + <usize>load<u32>(row, 4);
      sectionBytes = <usize>load<u32>(row, 8);
      return true;
    }
  }
  return false;
}

export function checksum(ptr: usize, bytes: usize): u64 {
  return finish(mix(hashBytes(ptr, 24, 0), hashBytes(ptr + HEADER_BYTES, bytes - HEADER_BYTES, 0)));
}

/** One of the MODEL constants. */
export function checkModel(ptr: usize, bytes: usize): i32 {
  if (bytes > MODEL_BYTES_MAX) return MODEL_TOO_LARGE;
  if (bytes < HEADER_BYTES) return MODEL_TOO_SHORT;
  if (load<u64>(ptr) != MAGIC) return MODEL_NO_MAGIC;
  if (load<u32>(ptr, 8) > MODEL_FORMAT) return MODEL_NEWER;
  if (load<u32>(ptr, 8) == 0) return MODEL_DAMAGED; // there never was a format 0
  if (<usize>load<u32>(ptr, 16) != bytes) return MODEL_SIZE_DIFFERS;
  if (load<u64>(ptr, 24) != checksum(ptr, bytes)) return MODEL_DAMAGED;
  return sectionsValid(ptr, bytes) ? MODEL_OK : MODEL_SECTION_INVALID;
}

function sectionsValid(ptr: usize, bytes: usize): bool {
  const count = load<u32>(ptr, 12);
  if (count > SECTIONS_MAX || HEADER_BYTES + <usize>count * 16 > bytes) return false;
  let previousId: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = ptr + HEADER_BYTES + <usize>i * 16;
    const id = load<u32>(row);
    const offset = <usize>load<u32>(row, 4);
    const size = <usize>load<u32>(row, 8);
    if (id <= previousId || (offset & 15) != 0 || offset < HEADER_BYTES || offset > bytes || size > bytes - offset)
      return false;
    previousId = id;
  }
  if (!findSection(ptr, SECTION_THRESHOLDS) || !thresholdsValid(ptr)) return false;
  if (findSection(ptr, SECTION_GRAMS) && sectionBytes != GRAMS_BYTES) return false;
  if (findSection(ptr, SECTION_CONFIGURATION) && !isValidConfigSection(sectionPtr, sectionBytes)) return false;
  if (findSection(ptr, SECTION_KEYWORDS) && !isValidKeywordSection(sectionPtr, <u32>sectionBytes)) return false;
  if (findSection(ptr, SECTION_FOREST) && !isValidForest(sectionPtr, sectionBytes)) return false;
  if (findSection(ptr, SECTION_TOKENS) && !validTokenVectors(sectionPtr, sectionBytes)) return false;
  if (findSection(ptr, SECTION_USUAL) && !isValidUsual(sectionPtr, sectionBytes)) return false;
  if (findSection(ptr, SECTION_TEXTS) && !isValidTexts(sectionPtr, sectionBytes)) return false;
  return featuresValid(ptr) && centroidsValid(ptr);
}

function thresholdsValid(ptr: usize): bool {
  if (sectionBytes != (isFormatBefore(ptr) ? THRESHOLDS_BYTES_BEFORE : THRESHOLDS_BYTES)) return false;
  if (!isWithin(load<f64>(sectionPtr), 100) || !isWithin(load<f64>(sectionPtr, 8), 1000)) return false;
  for (let at = REQUEST_THRESHOLD_OFFSET; at < sectionBytes; at += 8) {
    if (!isWithin(load<f64>(sectionPtr + at), 1e9)) return false;
  }
  return true;
}

function isWithin(value: f64, limit: f64): bool {
  return value > 0 && value < limit;
}

function isFormatBefore(ptr: usize): bool {
  return load<u32>(ptr, 8) < MODEL_FORMAT;
}

function featuresValid(ptr: usize): bool {
  if (!findSection(ptr, SECTION_FEATURES)) return true;
  if (sectionBytes < 16) return false;
  const slots = load<u32>(sectionPtr);
  if (slots == 0) return sectionBytes == 16;
  if (slots > SLOTS_MAX || sectionBytes != 16 + <usize>slots * ENTRY_BYTES) return false;
  return isValidTable(sectionPtr + 16, slots, load<u32>(sectionPtr, 4));
}

function centroidsValid(ptr: usize): bool {
  if (!findSection(ptr, SECTION_CENTROIDS)) return true;
  if (sectionBytes < 16) return false;
  const count = load<u32>(sectionPtr);
  if (count > CENTROIDS_MAX || load<u32>(sectionPtr, 4) != DIMENSIONS) return false;
  if (sectionBytes != 16 + <usize>count * CENTROID_BYTES) return false;
  return validCentroids(sectionPtr + 16, count);
}

/** Takes a checked model into use. */
export function useModel(ptr: usize): void {
  findSection(ptr, SECTION_THRESHOLDS);
  setSurpriseThresholds(
    load<f64>(sectionPtr),
    isFormatBefore(ptr) ? load<f64>(sectionPtr) * WORTH_BEFORE : load<f64>(sectionPtr, REQUEST_THRESHOLD_OFFSET),
  );
  setOutlierScale(load<f64>(sectionPtr, 8));
  useRareScores(sectionBytes == RARE_OFFSET + RARE_BYTES ? sectionPtr + RARE_OFFSET : 0);
  newestEventSeconds = load<i64>(sectionPtr, 16);
  ageSecondsMax = load<i64>(sectionPtr, 24);
  setModel(true, load<u32>(ptr, 20), (load<u32>(sectionPtr, 40) & 1) != 0);
  if (findSection(ptr, SECTION_FEATURES)) useTable(sectionPtr + 16, load<u32>(sectionPtr));
  else clearTable();
  useAgents();
  useRanges();
  if (findSection(ptr, SECTION_CENTROIDS)) useCentroids(sectionPtr + 16, load<u32>(sectionPtr));
  else useCentroids(0, 0);
  useTokenVectors(findSection(ptr, SECTION_TOKENS) ? sectionPtr : 0);
  useGrams(findSection(ptr, SECTION_GRAMS) ? sectionPtr : 0);
  if (!findSection(ptr, SECTION_CONFIGURATION) || !loadConfiguration(sectionPtr, sectionBytes)) forgetConfiguration();
  usePaths();
  useUsual(findSection(ptr, SECTION_USUAL) ? sectionPtr : 0);
  useTexts(findSection(ptr, SECTION_TEXTS) ? sectionPtr : 0);
  const own = findSection(ptr, SECTION_KEYWORDS);
  applyConfiguration(own ? sectionPtr : 0, own ? sectionBytes : 0);
  if (findSection(ptr, SECTION_FOREST)) useForest(sectionPtr);
  else forgetForest();
  applyForest();
}

export function forgetModel(): void {
  setModel(false, 0, false);
  clearTable();
  useAgents();
  useRanges();
  useCentroids(0, 0);
  useTokenVectors(0);
  useGrams(0);
  useUsual(0);
  useTexts(0);
  forgetForest();
  forgetConfiguration();
  usePaths();
  applyConfiguration(0, 0);
}
