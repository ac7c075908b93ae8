/**
 * Novelty of a request, in nats: structure, what its places hold that was never there, and content (content.ts), what
 * its target is made of. A value that was met is no surprise; one that was not is as unlikely as a new value is in its
 * group, and half of what it is elsewhere on the site: (n₁ + ½ P above) / (n + 1). Of a place (path, query, one
 * parameter …) the largest surprise counts; the largest place in full, of three more what is beyond FREE.
 */

import { logarithm } from "../../runtime/exponential";
import { hashBytes, hashPair, hashPairRarely } from "../../runtime/hash";
import { foreignEndPtr, foreignPtr, measureContent, unmet, unmetInPath } from "./content";
import {
  CHILD,
  CONTENT,
  FEATURE_BYTES,
  featureCount,
  featuresPtr,
  fieldEnd,
  GROUP_OFFSET,
  groupAbove,
  KIND_OFFSET,
  levelsOf,
  MALFORMED_SHAPE,
  METHOD,
  NAME_SPECIAL,
  nameHash,
  OUTCOME,
  PARAMETER_NAME,
  PATH_CONTENT,
  PLACES_GROUP,
  placeOfKind,
  SUCCESS,
  VALUE,
  VALUE_OFFSET,
  VALUE_SPECIAL,
  worthOf,
  writeContentFeature,
} from "./features";
import { setLeast } from "./score";
import { FIELD_END, NAME_START, REQUEST_SIGNATURE, signaturePtr } from "./signature";
import { entryCount, entryOnce, findEntry, isTrusted } from "./table";

/** No surprise is larger, in nats. */
const CAP: f64 = 12;
const JOIN: f64 = 0.3;
const FREE: f64 = 3;
/** A group that brings new values in more than this share of its lines is open: there a new one is no news. */
export const OPEN: f64 = 0.2;
/** A smaller group may be open by chance. */
const SMALL: f64 = 20;

/** The four places with the largest surprises, the largest first. */
@unmanaged
class Place {
  key: u64;
  surprise: f64;
  probability: f64;
  featurePtr: usize;
  groupEntry: usize;
  valueEntry: usize;
}

const TOP_PLACES: u32 = 4;
const PLACE_BYTES: usize = 40;
const topPtr = memory.data(4 * 40, 8);

// @ts-ignore: decorator
@inline
function topPlace(index: u32): Place {
  return changetype<Place>(topPtr + <usize>index * PLACE_BYTES);
}

// Groups in which a value was not met, from the most specific, as entries of the table.
const unmetPtr = memory.data(3 * 4);

// @ts-ignore: decorator
@inline
function unmetEntry(index: i32): usize {
  return <usize>load<u32>(unmetPtr + ((<usize>index) << 2));
}

/** The child that its directory never had; 0 for none. */
export let newChildPtr: usize = 0;

/** What says most of all features, content aside; 0 for none. */
export function topFeaturePtr(): usize {
  return topPlace(0).featurePtr;
}

/** Scores the request at hand; features whose kind was set to 0 (suppressed) are passed over. */
export function scoreRequest(): void {
  memory.fill(topPtr, 0, <usize>TOP_PLACES * PLACE_BYTES);
  newChildPtr = 0;
  const endPtr = featuresPtr + <usize>featureCount * FEATURE_BYTES;
  for (let ptr = featuresPtr; ptr < endPtr; ptr += FEATURE_BYTES) {
    const kind = load<u32>(ptr, KIND_OFFSET);
    if (kind == 0) continue;
    const group = load<u64>(ptr, GROUP_OFFSET);
    const valueEntry = findEntry(hashPair(group, load<u64>(ptr, VALUE_OFFSET)));
    if (valueEntry != 0 && isTrusted(valueEntry)) continue;
    let groupEntry = findEntry(group);
    if (groupEntry == 0 && kind == MALFORMED_SHAPE) {
      // where no request line was ever malformed, one that is counts as a method never seen
      groupEntry = findEntry(hashPairRarely(METHOD, 0));
    }
    const isNewPlace = groupEntry == 0;
    // Where the most specific group was never met, its name or its path is the news, but for the signs of a value
    // where the path is none.
    if (isNewPlace && (kind != VALUE_SPECIAL || newChildPtr != 0)) continue;
    const probability = isNewPlace ? newSignProbability(ptr) : newProbability(ptr, kind, groupEntry);
    if (probability >= 1) continue;
    if (kind == CHILD) newChildPtr = ptr;
    takePlace(ptr, kind, probability, groupEntry, valueEntry);
  }
  addUp();
}

function newProbability(ptr: usize, kind: u32, groupEntry: usize): f64 {
  if (kind == OUTCOME && load<u64>(ptr, VALUE_OFFSET) != SUCCESS) return 1;
  store<u32>(unmetPtr, <u32>groupEntry);
  let first = 0;
  let last = 0;
  const levels = levelsOf(kind);
  for (let level: u32 = 1; level < levels; level++) {
    const group = groupAbove(ptr, level);
    const entry = findEntry(group);
    if (entry == 0) continue;
    const valueEntry = findEntry(hashPair(group, load<u64>(ptr, VALUE_OFFSET)));
    if (valueEntry != 0 && isTrusted(valueEntry)) break;
    store<u32>(unmetPtr + ((<usize>++last) << 2), <u32>entry);
  }
  if (kind == CHILD || kind == PARAMETER_NAME) {
    // a small open directory is replaced by all directories together, any other one stands for itself
    if (entryCount(groupEntry) < SMALL && escape(groupEntry, 0.5) > OPEN && last > 0) first = 1;
    else last = 0;
  }
  // a small open group may be open by chance: the one above it decides
  let decisive = first;
  while (decisive < last && isOpen(unmetEntry(decisive)) && entryCount(unmetEntry(decisive)) < SMALL) decisive++;
  if (isOpen(unmetEntry(decisive))) return 1;
  let probability = escape(unmetEntry(last), 0.5);
  for (let i = last - 1; i >= first; i--) {
    const entry = unmetEntry(i);
    if (!isOpen(entry)) probability = escape(entry, 0.5 * probability);
  }
  return probability;
}

/**
 * That a parameter which its path never had brings a sign which no parameter ever had, on a path that is no news, met
 * or one of those that a directory always has new ones of: every place of a parameter was new once, so they are what is
 * counted. Its nats are worth as much as those of signs in names.
 */
function newSignProbability(ptr: usize): f64 {
  const group = groupAbove(ptr, 2);
  const valueEntry = findEntry(hashPair(group, load<u64>(ptr, VALUE_OFFSET)));
  const places = findEntry(PLACES_GROUP);
  if (places == 0 || (valueEntry != 0 && isTrusted(valueEntry))) return 1;
  const signs = findEntry(group);
  const once = signs == 0 ? 0 : entryOnce(signs);
  return Math.min(1, (<f64>once + 0.5) / (<f64>entryCount(places) + 1));
}

function isOpen(entry: usize): bool {
  return escape(entry, 0.5) > OPEN;
}

/** Good–Turing's probability of a new value, where half a value is `half`. */
function escape(entry: usize, half: f64): f64 {
  return (<f64>entryOnce(entry) + half) / (<f64>entryCount(entry) + 1);
}

/** Keeps the surprise where it is its place's largest and that one of the four largest. */
function takePlace(ptr: usize, kind: u32, probability: f64, groupEntry: usize, valueEntry: usize): void {
  const surprise = worthOf(groupEntry == 0 ? NAME_SPECIAL : kind) * Math.min(CAP, -logarithm(probability));
  const number = placeOfKind(kind);
  const key = number == VALUE ? nameHash(ptr) | 8 : <u64>number;
  let at: u32 = 0;
  while (at < TOP_PLACES - 1 && topPlace(at).key != key) at++;
  if (surprise <= topPlace(at).surprise) return;
  while (at > 0 && surprise > topPlace(at - 1).surprise) {
    memory.copy(changetype<usize>(topPlace(at)), changetype<usize>(topPlace(at - 1)), PLACE_BYTES);
    at--;
  }
  const place = topPlace(at);
  place.key = key;
  place.surprise = surprise;
  place.probability = probability;
  place.featurePtr = ptr;
  place.groupEntry = groupEntry;
  place.valueEntry = valueEntry;
}

function addUp(): void {
  const top = topPlace(0);
  let surprise = top.surprise;
  for (let i: u32 = 1; i < TOP_PLACES; i++) surprise += JOIN * Math.max(0, topPlace(i).surprise - FREE);
  let targetPtr = signaturePtr + 1;
  const isRequest = load<u8>(signaturePtr) == REQUEST_SIGNATURE;
  if (isRequest) targetPtr = fieldEnd(fieldEnd(targetPtr, FIELD_END) + 1, FIELD_END) + 1;
  const content = measureContent(targetPtr);
  const probability = top.featurePtr == 0 ? 1 : top.probability;
  if (content <= top.surprise) {
    return setLeast(surprise + content, top.featurePtr, probability, top.groupEntry, top.valueEntry);
  }
  const isOfPath = isRequest && unmetInPath * 2 > unmet;
  const path = hashBytes(targetPtr, fieldEnd(targetPtr, NAME_START) - targetPtr, 0);
  const ptr = writeContentFeature(isOfPath ? PATH_CONTENT : CONTENT, path, foreignPtr, foreignEndPtr);
  setLeast(surprise + content, ptr, probability, 0, 0);
}
