/** What learning asks: the signatures of lines, and what the model makes of signatures gathered before. */

import {
  AGENT_CHARACTER,
  characters,
  family,
  REFERRER_CHARACTER,
  readAgent,
  readCharacters,
  scanner,
} from "../detect/agents/marks";
import { findInRequest } from "../detect/keywords/accessLine";
import { findKeywords, KEYWORD_HITS_MAX, keywordHitAt, keywordHits } from "../detect/keywords/matcher";
import { listTableKeys } from "../detect/novelty/features";
import {
  SIGNATURE_BYTES_MAX,
  signatureEndPtr,
  signaturePtr,
  TEXT_SIGNATURE,
  useSignature,
} from "../detect/novelty/signature";
import { writeAllFeatures } from "../detect/novelty/writeFeatures";
import { writeSignature } from "../detect/novelty/writeSignature";
import { readNumber } from "../detect/ranges/detector";
import {
  ANY_QUANTITY,
  DURATION,
  fieldBeside,
  fieldOfNumber,
  fieldOfPath,
  fieldOfQuantity,
  findPath,
  isQuantity,
  parentEnd,
  pathEndPtr,
  pathPtr,
  SIZE,
} from "../detect/ranges/fields";
import { numberAt, numberCount } from "../detect/ranges/numbers";
import { textKind } from "../detect/windows/kinds";
import { forgetLogin, readLogin, readSignatureLogin } from "../detect/windows/logins";
import { learntSource, requestKind } from "../detect/windows/rates";
import { isError, readErrors } from "../detect/windows/watch";
import {
  agentEndPtr,
  agentPtr,
  bytes,
  destinationEndPtr,
  destinationPtr,
  durationMilliseconds,
  format,
  isRequest,
  keyEndPtr,
  keyPtr,
  LEVEL_NONE,
  level,
  messageEndPtr,
  messagePtr,
  referrerEndPtr,
  referrerPtr,
  status,
  timeSeconds,
  unescapeMessage,
} from "../event/event";
import { hashSender, networkHash, senderHash } from "../event/sender";
import { readFlow } from "../fields/flow";
import { quantityAt, quantityCount } from "../fields/quantities";
import { forgedKeys } from "../record/finder";
import { hashBytes } from "../runtime/hash";
import { hasSignature, scoreSignature } from "../verdict/signatureScore";
import { beginLines, endLines, findLine, LEARNT, passLine, readLine } from "./lines";

// One line as learning sees it:
//   0 ┌───────────┬─────────────┬──────────┬───────┬───────────┬────────────┬──────────┬────────────────────────┐
//     │ hash of   │ key and its │ time i64 │ flags │ signature │ source u64 │ kind u64 │ signature, padded to 8 │
//     │ it u64    │ network u32 │ Unix s   │ u32   │ bytes u32 │            │          │                        │
//     └───────────┴─────────────┴──────────┴───────┴───────────┴────────────┴──────────┴────────────────────────┘
//   key and network: hashes (event/sender.ts), 0 none; time: NO_TIME where the line has none;
//   flags: bit 0 the line came with an `anomaly` of its own, bit 1 it is an error, bits 2-4 its login (logins.ts),
//   bits 5-7 whether it has a level, a status, a flow; in the upper 24 the address of its format's name;
//   source and kind: what rates are learnt by (rates.ts); kind 0: that of this line is not counted;
//   signature bytes: in the upper half how many pairs follow it, 16 bytes each: what the line says beside it.
//     Pair: u64 hash, f64 number: a field and its value (detect/ranges/fields.ts), or NaN, and the hash is a family, a
//     scanner or a character of an agent (detect/agents/marks.ts).
const SIGNATURE_HEAD_BYTES: usize = 48;
const PAIR_BYTES: usize = 16;
const PAIRS_MAX: usize = 24;

/** Keywords of those lines, eight bytes each: the number of the line's record within this call, and the keyword's. */
const LEARNT_KEYWORDS_MAX: u32 = 4096;
export const learntKeywordsPtr: usize = memory.data(<i32>LEARNT_KEYWORDS_MAX * 8);
export let learntKeywords: u32 = 0;
let learntRecords: u32 = 0;

/** Writes what learning needs of each line; returns how many bytes of input were taken. */
export function oddline_signatures(
  inputPtr: usize,
  inputBytes: u32,
  outPtr: usize,
  outBytes: u32,
  scratchPtr: usize,
  scratchBytes: u32,
  flags: u32,
  seconds: i64,
): u32 {
  const outEndPtr = outPtr + <usize>outBytes;
  let out = outPtr;
  learntKeywords = 0;
  learntRecords = 0;
  beginLines(inputPtr, inputBytes, seconds, flags | LEARNT);
  while (
    learntKeywords + KEYWORD_HITS_MAX <= LEARNT_KEYWORDS_MAX &&
    out + SIGNATURE_HEAD_BYTES + SIGNATURE_BYTES_MAX + 8 + PAIRS_MAX * PAIR_BYTES <= outEndPtr &&
    findLine(scratchPtr, scratchPtr + <usize>scratchBytes)
  ) {
    if (readLine(scratchPtr)) out = writeLearnt(out);
    passLine();
  }
  return endLines(out - outPtr);
}

function writeLearnt(out: usize): usize {
  if (!hasSignature()) return out;
  noteKeywords();
  writeSignature();
  const signatureBytes = signatureEndPtr - signaturePtr;
  store<u64>(out, hashBytes(signaturePtr, signatureBytes, 0));
  hashSender(keyPtr, keyEndPtr);
  store<u32>(out, senderHash, 8);
  store<u32>(out, networkHash, 12);
  store<i64>(out, timeSeconds, 16);
  readErrors(0);
  forgetLogin();
  const isText = load<u8>(signaturePtr) == TEXT_SIGNATURE;
  const login = isText ? readSignatureLogin() : readLogin();
  const marks = (forgedKeys > 0 ? 1 : 0) | (isError ? 2 : 0) | (login << 2) | foundMarks();
  store<u32>(out, marks | ((<u32>format) << 8), 24);
  store<u64>(out, learntSource(), 32);
  store<u64>(out, isText ? textKind() : isRequest ? requestKind() : 0, 40);
  memory.copy(out + SIGNATURE_HEAD_BYTES, signaturePtr, signatureBytes);
  pairsPtr = pairsEndPtr = out + ((SIGNATURE_HEAD_BYTES + signatureBytes + 7) & ~(<usize>7));
  if (isRequest) {
    writeAgentPairs();
    writeRequestPairs();
  } else if (load<u8>(signaturePtr) == TEXT_SIGNATURE) {
    writeNumberPairs();
    if (destinationEndPtr == destinationPtr) writePairsBeside();
    writeQuantityPairs();
  }
  store<u32>(out, <u32>(signatureBytes | (((pairsEndPtr - pairsPtr) / PAIR_BYTES) << 16)), 28);
  return pairsEndPtr;
}

function foundMarks(): u32 {
  return (level != LEVEL_NONE ? 32 : 0) | (status > 0 ? 64 : 0) | (readFlow() ? 128 : 0);
}

let pairsPtr: usize = 0;
let pairsEndPtr: usize = 0;

function addPair(hash: u64, value: f64): void {
  if (pairsEndPtr - pairsPtr >= PAIRS_MAX * PAIR_BYTES) return;
  store<u64>(pairsEndPtr, hash);
  store<f64>(pairsEndPtr, value, 8);
  pairsEndPtr += PAIR_BYTES;
}

/** For the path, each directory above it is only one: its own, and the site. */
function writeRequestPairs(): void {
  findPath();
  for (let endPtr = pathEndPtr; ; endPtr = endPtr == pathEndPtr ? parentEnd(endPtr) : pathPtr) {
    if (bytes >= 0) addPair(fieldOfPath(SIZE, endPtr), <f64>bytes);
    if (durationMilliseconds >= 0) addPair(fieldOfPath(DURATION, endPtr), durationMilliseconds);
    if (endPtr == pathPtr) return;
  }
}

function writeNumberPairs(): void {
  for (let i = 0; i < numberCount; i++) {
    const number = numberAt(i);
    if (isQuantity(number)) addPair(fieldOfNumber(number), readNumber(number.ptr));
  }
}

function writePairsBeside(): void {
  for (let i = 0; i < 2; i++) {
    if (bytes >= 0) addPair(fieldBeside(SIZE, i == 1), <f64>bytes);
    if (durationMilliseconds >= 0) addPair(fieldBeside(DURATION, i == 1), durationMilliseconds);
  }
}

function writeQuantityPairs(): void {
  for (let i = 0; i < quantityCount; i++) {
    const quantity = quantityAt(i);
    if (i == 0) addPair(ANY_QUANTITY, quantity.value);
    addPair(fieldOfQuantity(quantity), quantity.value);
  }
}

function writeAgentPairs(): void {
  if (agentEndPtr > agentPtr) {
    readAgent(agentPtr, agentEndPtr);
    addPair(family, NaN);
    if (scanner != 0) addPair(scanner, NaN);
    addCharacters(AGENT_CHARACTER);
  }
  readCharacters(referrerPtr, referrerEndPtr);
  addCharacters(REFERRER_CHARACTER);
}

function addCharacters(kind: u64): void {
  for (let left = characters; left != 0; left &= left - 1) addPair(kind | ctz(left), NaN);
}

function noteKeywords(): void {
  if (isRequest) findInRequest();
  else {
    unescapeMessage();
    findKeywords(messagePtr, messageEndPtr - messagePtr);
  }
  for (let i = 0; i < keywordHits; i++) {
    const at = learntKeywordsPtr + <usize>learntKeywords * 8;
    learntKeywords++;
    store<u32>(at, learntRecords);
    store<u32>(at, keywordHitAt(i), 4);
  }
  learntRecords++;
}

/** Features of a signature made earlier, at `featuresPtr`; with `words` the WORD features of a text instead. */
export function oddline_signature_features(ptr: usize, signatureBytes: u32, words: bool): void {
  useSignature(ptr, ptr + min<usize>(<usize>signatureBytes, SIGNATURE_BYTES_MAX));
  writeAllFeatures(words);
}

/** The score of a signature made earlier. */
export function oddline_score_signature(ptr: usize, signatureBytes: u32): f64 {
  useSignature(ptr, ptr + min<usize>(<usize>signatureBytes, SIGNATURE_BYTES_MAX));
  return scoreSignature();
}

/** Replaces the features at hand by what learning counts. */
export function oddline_table_keys(): void {
  listTableKeys();
}
