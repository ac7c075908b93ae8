/**
 * Novelty of a text. A template that was learnt is never news, however rare; its score keeps the order of how rare it
 * is. One never seen is as improbable as a new template of its source is (Good-Turing), times as new pairs of tokens
 * are after the tokens they follow: a source that brings new templates all the time must bring new pairs too. How bad
 * its program says that it is counts as well.
 */

import { detectNovelty } from "../../config/settings";
import { LEVEL_ERROR, LEVEL_INFO, LEVEL_NONE } from "../../event/event";
import { DIGIT_0 } from "../../runtime/characters";
import { hashPair } from "../../runtime/hash";
import {
  featuresPtr,
  GROUP_OFFSET,
  KIND_OFFSET,
  TEMPLATE,
  TOKEN_END,
  TOKEN_SPACE,
  TOKEN_START,
  VALUE_OFFSET,
} from "./features";
import { oddProbability, takeLeast } from "./score";
import { signatureEndPtr, signaturePtr } from "./signature";
import { entryCount, escapeProbability, findEntry, isTrusted, seekEntry } from "./table";
import { pairGroup, TOKEN_BYTES, tokenCount, tokensPtr } from "./textFeatures";

/** A source that brings a new template more often than this says nothing by one. */
const OPEN_PROBABILITY: f64 = 0.2;

/** What a text's score is multiplied by where it is an error that its source never had. */
const ERROR_WORTH: f64 = 2;

/** True where what was learnt of the line's source says whether the text is new; else its distance does. */
export let isSourceTelling: bool = false;
/** Whether the text is odd beyond doubt, so that not all of its pairs were looked at. */
export let isOddForCertain: bool = false;

/** Whether the text's source is one that was never met. */
// @ts-ignore: decorator
@inline
export function isSourceNew(): bool {
  return findEntry(load<u64>(featuresPtr, GROUP_OFFSET)) == 0;
}

/** Whether the text is one that its source, which was met, never had. */
let isUnmet: bool = false;

/** For another signature: a request has no such text. */
export function forgetUnmet(): void {
  isUnmet = false;
}

/** The level of the signature at hand, a text's; LEVEL_NONE of one in which nothing stands. */
// @ts-ignore: decorator
@inline
export function textLevel(): i32 {
  return signatureEndPtr == signaturePtr + 1 ? LEVEL_NONE : <i32>load<u8>(signaturePtr, 1) - <i32>DIGIT_0;
}

/**
 * A score in thresholds, by the level as well: an error that its source never had is told however common new texts are
 * there, and what is said for information is never as odd as that.
 */
export function weighLevel(score: f64): f64 {
  if (!isUnmet || score <= 0) return score;
  const level = textLevel();
  if (level >= LEVEL_ERROR) return ERROR_WORTH * Math.max(1, score);
  return score > 1 && level != LEVEL_NONE && level <= LEVEL_INFO ? Math.sqrt(score) : score;
}

/**
 * Takes the template as the least probable feature, unless it was left out (suppressed) or its source never met.
 * `telling`: what was found before it was left out. `roughly`: how odd it is need not be known, only whether.
 */
export function findLeastOfText(telling: bool, roughly: bool): void {
  isSourceTelling = telling;
  isOddForCertain = false;
  isUnmet = false;
  if (load<u32>(featuresPtr, KIND_OFFSET) != TEMPLATE) return;
  const group = load<u64>(featuresPtr, GROUP_OFFSET);
  const groupEntry = findEntry(group);
  if (groupEntry == 0) return;
  let valueEntry = findEntry(hashPair(group, load<u64>(featuresPtr, VALUE_OFFSET)));
  if (valueEntry != 0 && !isTrusted(valueEntry)) valueEntry = 0;
  isUnmet = valueEntry == 0;
  let probability = escapeProbability(groupEntry);
  isSourceTelling = valueEntry != 0 || (detectNovelty && probability <= OPEN_PROBABILITY);
  if (valueEntry != 0) probability = <f64>entryCount(valueEntry) / (<f64>entryCount(groupEntry) + 1);
  else probability *= newPairs(roughly && detectNovelty ? oddProbability / probability : 0);
  takeLeast(featuresPtr, probability, groupEntry, valueEntry);
}

// Pairs of this text that were looked at: what is hard to read says the same again and again.
const MET_PAIRS: u64 = 64;
const metPairsPtr = memory.data(64 * 16, 8);
const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

// @ts-ignore: decorator
@inline
function isMetPair(before: u64, token: u64): bool {
  const slotPtr = metPairsPtr + <usize>((((before * MULTIPLIER) ^ token) * MULTIPLIER) >> 58) * 16;
  if (load<u64>(slotPtr) == before && load<u64>(slotPtr, 8) == token) return true;
  store<u64>(slotPtr, before);
  store<u64>(slotPtr, token, 8);
  return false;
}

/**
 * The probability of the three least probable new pairs; of a token never met, or one that is always new, none. A pair
 * that comes twice counts once: when it comes again it is among the three, or no less probable than they are. Once it
 * is below `enough` nothing more is looked at.
 */
function newPairs(enough: f64): f64 {
  let first: f64 = 1;
  let second: f64 = 1;
  let third: f64 = 1;
  let firstKey: u64 = 0;
  let secondKey: u64 = 0;
  let thirdKey: u64 = 0;
  let previous: u64 = TOKEN_START;
  memory.fill(metPairsPtr, 0, <usize>MET_PAIRS * 16);
  const endPtr = tokensPtr + <usize>tokenCount * TOKEN_BYTES;
  for (let at = tokensPtr; at <= endPtr; at += TOKEN_BYTES) {
    const token = at == endPtr ? TOKEN_END : load<u64>(at);
    if (token == TOKEN_SPACE) continue;
    const before = previous;
    previous = token;
    if (isMetPair(before, token)) continue;
    const group = pairGroup(before);
    const key = hashPair(group, token);
    // most pairs are known, and then their group needs no look
    const groupEntry = seekEntry(key) != 0 ? <usize>0 : findEntry(group);
    if (groupEntry == 0) continue;
    const probability = escapeProbability(groupEntry);
    if (probability >= third || key == firstKey || key == secondKey || key == thirdKey) continue;
    const isSecond = probability < second;
    third = isSecond ? second : probability;
    thirdKey = isSecond ? secondKey : key;
    if (isSecond) {
      const isFirst = probability < first;
      second = isFirst ? first : probability;
      secondKey = isFirst ? firstKey : key;
      first = isFirst ? probability : first;
      firstKey = isFirst ? key : firstKey;
    }
    isOddForCertain = first * second * third < enough;
    if (isOddForCertain) break;
  }
  return first * second * third;
}
