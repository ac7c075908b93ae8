/**
 * How a record was read, kept by the skeleton of the whole record: which format it has, where its time, source, client
 * and body stand, its level. A record of the same skeleton is read alike but for what digits decide, and that is read
 * anew here: the clock, and the client's address. Other digits that were looked at have to be the same (runtime/
 * decided.ts says which they are); where they are not, or say something else now, the record is read as the first was.
 * Identifiers are read as one sign where all of them stand in the body, of which event/skeleton.ts knows whether their
 * letters decided anything. Where they are of other lengths, what lies behind them is found as much further on.
 *
 * Kept are only lines, as `tail` makes records of them; of pairs and of JSON where their fields lie (fields/noted.ts),
 * which are taken in anew. In the text at basePtr, with all offsets from there:
 *
 *     2026-11-21T02:11:09.123 +0100 …          Nov 21 02:11:09 …          [Sat Nov 21 02:11:09.123 2026] …
 *     └─ date ──┘└ clock┘    └suffix┘           date └ clock┘
 */
import { profiles } from "../config/settings";
import {
  bodyEndPtr,
  bodyPtr,
  clockPtr,
  destinationEndPtr,
  destinationPtr,
  FORMAT_JSON,
  FORMAT_TEXT,
  format,
  hasNoNumbers,
  isLevelSet,
  isLineClear,
  isRequest,
  keepLineClear,
  keyEndPtr,
  keyPtr,
  level,
  messageEndPtr,
  messagePtr,
  messageScratchEndPtr,
  messageScratchPtr,
  NO_TIME,
  senderEndPtr,
  senderPtr,
  setBody,
  setFormat,
  setKey,
  setLevel,
  setLyingPairs,
  setLyingText,
  setMessage,
  setSource,
  setTime,
  skeletonPtr,
  sourceEndPtr,
  sourcePtr,
  timeSeconds,
} from "../event/event";
import {
  aliasRecord,
  claimRecord,
  coveredEnd,
  coveredKeyOf,
  coveredStart,
  hasCovered,
  hasIdentifiers,
  isBinary,
  isCovered,
  keepCovered,
  keeps,
  keyOf,
  RECORD_ENTRY_BYTES,
  recordEntry,
  recordSpansPtr,
  SKELETON_BYTES_MAX,
  Skeleton,
  useSkeleton,
} from "../event/skeleton";
import { LENGTHS_BYTES } from "../event/templates";
import {
  arePlacesAll,
  hasRuns,
  OFFSET_MAX,
  PLACE_BITS,
  PLACES_MASK,
  places,
  placesEnd,
  recallClient,
} from "../fields/clientPlaces";
import { clearRoom, escapedPtr, noteText, takeUnescaped } from "../fields/escaped";
import { findMessage, foundRank, takeMessage } from "../fields/members";
import {
  carryTime,
  enterFields,
  fieldCount,
  hasFieldRequest,
  messageRankOf,
  noteField,
  settleFields,
  shippedSeconds,
} from "../fields/named";
import {
  areNotedAll,
  clearNoted,
  fieldsDecide,
  HAS_ESCAPES,
  hasFields,
  IS_MESSAGE,
  IS_STAMP,
  IS_TEXT,
  isSourceOfFields,
  leaveNoted,
  NOTED_BYTES,
  notedEndPtr,
  notedPtr,
} from "../fields/noted";
import { pathsActive } from "../fields/paths";
import { quantityCount } from "../fields/quantities";
import { mayHoldDate } from "../fields/seekDate";
import { isTimeField, noteTimeAgain, stampAgain } from "../fields/stamp";
import {
  arrivalSeconds,
  DAY_SECONDS,
  forgetYears,
  fractionEnd,
  lacksYear,
  localZoneSeconds,
  secondsOfDay,
} from "../fields/time";
import { FORMAT_APPLICATION } from "../formats/application";
import { FORMAT_LOGFMT, isClientSought, takeQuoted } from "../formats/pairs";
import { awaitsEnds } from "../formats/pieces";
import { isOneLine, isWhole } from "../formats/plainText";
import { FORMAT_SYSLOG } from "../formats/rfc5424";
import { clearOrdinary, isAccessExpected, readAccessInJson } from "../formats/usualAccess";
import { FORMAT_WEB_ERROR } from "../formats/webError";
import { clearInner, expectInner, takeInner, wrappedEndPtr, wrappedPtr } from "../formats/wrapped";
import { findByte, hasDigit, isDigit, isHyphen, isLetter } from "../runtime/bytes";
import { BACKSLASH, COLON, LOWER_U, QUOTE } from "../runtime/characters";
import { decidedEndPtr, decidedPtr, forgetDecided } from "../runtime/decided";
import { unescape } from "../runtime/json";
import {
  envelopePtr,
  findEnvelope,
  group,
  isEnveloped,
  keepEnvelope,
  leaveEnvelope,
  lineEnd,
  lyingEndPtr,
  lyingPtr,
  mayBeginBare,
  takeEnvelope,
  takesAccess,
} from "./envelope";
import { bareEndPtr, isBare, isPlain, recallBrace, recallFound, TAIL_START, TAIL_START_BYTES } from "./finder";

/** An entry of event/skeleton.ts with more behind: 128 bytes, the fields, and what an ordinary text is. */
@unmanaged
class Reading extends Skeleton {
  /** The time is so many seconds more than the clock says. */
  dayStart: i64;
  /** The bytes before the clock, the last ones first, as far as they hold digits that decided. */
  date: u64;
  dateBefore: u64;
  dateFirst: u64;
  /** The same behind the clock and its fraction, up to suffixEnd. */
  suffix: u64;
  format: u32;
  clock: u16;
  suffixEnd: u16;
  message: u16;
  messageEnd: u16;
  body: u16;
  bodyEnd: u16;
  source: u16;
  sourceEnd: u16;
  level: u8;
  /** Of the words for the date so many count. */
  dateWords: u8;
  /** Bits that do not belong to the suffix. */
  suffixShift: u8;
  /** How many fields were noted. */
  noted: u8;
  marks: u16;
  /** How many of them said something. */
  fields: u16;
  /** Of its identifiers, sixteen bits each. */
  lengths: u64;
  moreLengths: u64;
  lastLengths: u64;
}

const LENGTHS_OFFSET: usize = 104;
/** Fields as fields/noted.ts has them: what each stands for, where it begins, its length and what it is. */
const NOTED_OFFSET: usize = 128;
const NOTED_ENTRY_BYTES: usize = 8;
const KIND_SHIFT: u32 = 12;
/** Its score and what the cache notes with it; the last word of its source, and the bytes of that which may differ. */
const SCORE_OFFSET: usize = 208;
const NOTE_OFFSET: usize = 216;
const SOURCE_OFFSET: usize = 224;
const SOURCE_MASK_OFFSET: usize = 232;

const HAS_TIME: u16 = 1;
const LACKS_YEAR: u16 = 2;
/** The clock is HHMMSS. */
const IS_SHORT: u16 = 4;
/** The text stands in the record with escapes. */
const IS_ESCAPED: u16 = 8;
/** The fields are those of pairs, or of JSON whose message is the event's; the text says another level than they do. */
const HAS_PAIRS: u16 = 16;
const HAS_MEMBERS: u16 = 32;
const TELLS_LEVEL: u16 = 64;
/** The fields say whose it is. */
const HAS_KEY: u16 = 128;
/** What is read again lies before all escapes, or among them, which are quotes and backslashes. */
const IS_LYING: u16 = 256;
/** No keyword was found in the first of its kind. */
const LACKS_KEYWORD: u16 = 512;
/** How long its identifiers are may decide where its time is, or it does not lie in the record as it is. */
const IS_FIXED: u16 = 1024;
/** No keyword is in any record of its skeleton, found with its identifiers; one may be, whose digits decide. */
const NEVER_HAS_KEYWORD: u16 = 2048;
const MAY_HAVE_KEYWORD: u16 = 4096;
/** The text is ordinary, whatever digits it has, as one of its source and level. It was looked whether. */
const IS_ORDINARY: u16 = 8192;
const IS_WEIGHED: u16 = 16384;

const CLOCK_BYTES: usize = 8;
const SHORT_CLOCK_BYTES: usize = 6;
const WORD_BYTES: usize = 8;
const DATE_WORDS_MAX: usize = 3;
/** No year is shorter. */
const YEAR_SECONDS: u64 = 365 * 86400;

/** The quote behind a text and the byte behind that belong to its skeleton: a record that goes on is another one. */
const QUOTE_BYTES: usize = 2;
const TEXT_BYTES_MAX: usize = SKELETON_BYTES_MAX - QUOTE_BYTES;

/** Whether nothing is known of the record at hand that would do, so that it is to be kept. */
export let isMissed: bool = false;
/** Its skeletons: with its identifiers, 0 where nobody asked, and without them, 0 where it has none. */
let plainKey: u64 = 0;
let coveredKey: u64 = 0;
let isHopeless: bool = false;
/** Where the record at hand ends. */
let recordEndPtr: usize = 0;
/** Where those identifiers stand, from the first to the last. */
let coveredFrom: usize = 0;
let coveredTo: usize = 0;
/** An entry that was kept without what the detectors found out of its text, which they left with the body's. */
let keptPtr: usize = 0;
let keptBodyPtr: usize = 0;
let keptBodyKey: u64 = 0;
/** Whether the record at hand was recalled, and whether what is the same of all that have no fields still stands. */
export let isRecalled: bool = false;
let isClear: bool = false;
/** Marks of the record that the one at hand is like; 0: it is like none. */
let recalledMarks: u32 = 0;
/** Records in which a keyword was looked for though none was in the first of their kind; one in so many tells more. */
let lookedFor: u32 = 0;
const LOOKED_FOR_MASK: u32 = 7;

// Lines of some sources are hardly ever alike, and looking for them costs: how often the last ones of each were looked
// for in vain, by the first four bytes with digits made alike.
const patiencePtr = memory.data(768, 8);
const EACH_BYTE: u32 = 0x01010101;
const START_MULTIPLIER: u32 = 0x9e3779b1;
const VAIN_MAX: u32 = 240;
/** What could not be kept weighs as much as so many misses, what never can as so many, and a request as so many. */
const VAIN_UNKEPT: u32 = 2;
const VAIN_FORMAT: u32 = 15;
const VAIN_REQUEST: u32 = 64;
const VAIN_FOUND: u32 = 4;
/** Of requests alone. */
const VAIN_ALWAYS: u32 = 255;
/** Of a source of such lines one in so many is looked for. */
const PROBE_MASK: u32 = 31;
const PROBE_REQUESTS_MASK: u32 = 255;
let probes: u32 = 0;
let vainPtr: usize = 0;
// Whether most of them are found only without their identifiers, which then is tried first: a number that rises and
// falls, and lies COVERS bytes behind.
const COVERS: usize = 256;
/** And so far behind, whether they are known by templates. */
const TEMPLATES: usize = 512;
const COVERS_FIRST: u32 = 16;
const COVERS_MAX: u32 = 31;
/** Of those found so, one in so many is kept with its identifiers as well: they may be ever the same. */
const ALIAS_MASK: u32 = 3;

/**
 * Whether the record is an access line as most are, which is read at once (formats/usualAccess.ts); `mayBeBare`: and
 * may have nothing else in it.
 */
// @ts-ignore: decorator
@inline
export function recallAccess(ptr: usize, endPtr: usize, mayBeBare: bool): bool {
  clearOrdinary();
  if (!mayBeBare || !isAccessExpected || load<u64>(ptr) != TAIL_START || pathsActive) return false;
  if (!isLineClear) {
    recallFound(true);
    breakRecall();
  }
  if (!readAccessInJson(ptr + TAIL_START_BYTES, endPtr)) return false;
  keepLineClear();
  recallBrace(endPtr - 1);
  return true;
}

/** Whether the record is read by what is known of its skeleton; false leaves all as it was. */
export function recallRecord(ptr: usize, endPtr: usize): bool {
  isMissed = false;
  isHopeless = false;
  if (keptPtr != 0) completeKept();
  if (isEnveloped) leaveEnvelope();
  if (!keeps || pathsActive) return false;
  recordEndPtr = endPtr;
  let textPtr = ptr + TAIL_START_BYTES;
  let textEndPtr = endPtr - QUOTE_BYTES;
  const isBegunBare = load<u64>(ptr) == TAIL_START;
  if (!isBegunBare || mayBeginBare) {
    if (findEnvelope(ptr, endPtr)) {
      textPtr = lyingPtr;
      textEndPtr = lineEnd(lyingPtr, lyingEndPtr);
      if (isAccessExpected && takesAccess(textEndPtr)) {
        breakRecall();
        recallBrace(recordEndPtr - 1);
        return true;
      }
    } else if (!isBegunBare) {
      isMissed = true;
      vainPtr = 0;
      return false;
    }
  }
  if (textEndPtr - textPtr >= TEXT_BYTES_MAX) return false;
  vainPtr = patienceAt(textPtr);
  const vain = <u32>load<u8>(vainPtr);
  if (vain >= VAIN_MAX && (++probes & (vain == VAIN_ALWAYS ? PROBE_REQUESTS_MASK : PROBE_MASK)) != 0) return false;
  const covers = <u32>load<u8>(vainPtr, COVERS);
  const entryPtr =
    covers < COVERS_FIRST ? findPlain(textPtr, textEndPtr, covers) : findCovered(textPtr, textEndPtr, covers);
  if (entryPtr == 0 || !recall(changetype<Reading>(entryPtr), textPtr)) {
    isMissed = !isHopeless;
    return false;
  }
  isRecalled = true;
  recallBrace(recordEndPtr - 1);
  if (isEnveloped && timeSeconds == NO_TIME && shippedSeconds != NO_TIME) setTime(shippedSeconds);
  if (vain != 0) store<u8>(vainPtr, vain > VAIN_FOUND ? vain - VAIN_FOUND : 0);
  return true;
}

/** Where it is kept how often texts that begin as the one at ptr does were looked for in vain. */
// @ts-ignore: decorator
@inline
function patienceAt(ptr: usize): usize {
  const start = load<u32>(ptr);
  return patiencePtr + (((start & ~(((start >> 4) & EACH_BYTE) * 15)) * START_MULTIPLIER) >> 24);
}

/** The key with identifiers of the text that is at hand, and of what stands around it. */
// @ts-ignore: decorator
@inline
function plainKeyOf(ptr: usize, endPtr: usize): u64 {
  return keyOf(ptr, endPtr + QUOTE_BYTES) ^ group;
}

/** The entry of a record with this text; 0 where there is none. */
// @ts-ignore: decorator
@inline
function findPlain(ptr: usize, endPtr: usize, covers: u32): usize {
  plainKey = plainKeyOf(ptr, endPtr);
  const entryPtr = recordEntry(plainKey);
  if (load<u64>(entryPtr) != plainKey) return findAlike(ptr, endPtr, covers);
  coveredKey = 0;
  knownPtr = entryPtr;
  if (covers != 0) store<u8>(vainPtr, covers - 1, COVERS);
  return entryPtr;
}

function findAlike(ptr: usize, endPtr: usize, covers: u32): usize {
  cover(ptr, endPtr);
  const entryPtr = coveredKey == 0 ? <usize>0 : entryOf(coveredKey);
  if (entryPtr == 0) return 0;
  keepCovered(ptr, endPtr + QUOTE_BYTES);
  store<u8>(vainPtr, covers + 2, COVERS);
  const fittingPtr = fit(entryPtr);
  if ((++probes & ALIAS_MASK) != 0 || fittingPtr != entryPtr) return fittingPtr;
  knownPtr = aliasRecord(plainKey, coveredKey);
  return knownPtr;
}

/** The same where most records of its source have identifiers. */
function findCovered(ptr: usize, endPtr: usize, covers: u32): usize {
  plainKey = 0;
  cover(ptr, endPtr);
  if (coveredKey != 0) {
    const entryPtr = entryOf(coveredKey);
    if (entryPtr != 0) {
      keepCovered(ptr, endPtr + QUOTE_BYTES);
      store<u8>(vainPtr, min(covers + 1, COVERS_MAX), COVERS);
      return fit(entryPtr);
    }
    plainKey = plainKeyOf(ptr, endPtr);
  }
  store<u8>(vainPtr, covers - 1, COVERS);
  knownPtr = entryOf(plainKey);
  return knownPtr;
}

/** The entry that was found, by which the record at hand is read as it is or moved. */
let knownPtr: usize = 0;
const movedPtr = memory.data(240, 8);

/** An entry that was found without identifiers as it stands for the record at hand; 0 where nobody knows. */
// @ts-ignore: decorator
@inline
function fit(entryPtr: usize): usize {
  knownPtr = entryPtr;
  const reading = changetype<Reading>(entryPtr);
  const isSame =
    reading.lengths == load<u64>(recordSpansPtr) &&
    reading.moreLengths == load<u64>(recordSpansPtr, 8) &&
    reading.lastLengths == load<u64>(recordSpansPtr, 16);
  return isSame ? entryPtr : move(reading);
}

/** What parsers look for only within so many bytes of a message is found wherever identifiers may push it to. */
const MESSAGE_BYTES_MAX: usize = 512;

/** Copies the entry with all places moved as far as the identifiers before them are longer now. */
function move(reading: Reading): usize {
  const marks = reading.marks;
  memory.copy(movedPtr, changetype<usize>(reading), RECORD_ENTRY_BYTES);
  const moved = changetype<Reading>(movedPtr);
  isCut = (marks & IS_FIXED) != 0;
  let body = reading.body;
  if ((marks & (HAS_PAIRS | HAS_MEMBERS)) != 0) {
    // of pairs and members whose places are those in the record
    if ((marks & (IS_ESCAPED | IS_LYING)) == IS_ESCAPED) return 0;
    let message: u16 = 0;
    const endPtr = movedPtr + NOTED_OFFSET + <usize>reading.noted * NOTED_ENTRY_BYTES;
    for (let at = movedPtr + NOTED_OFFSET; at < endPtr; at += NOTED_ENTRY_BYTES) {
      const from = load<u16>(at, 4);
      const bits = <u32>load<u16>(at, 6);
      const bytes = bits & ((1 << KIND_SHIFT) - 1);
      const movedFrom = movedTo(from);
      store<u16>(at, movedFrom, 4);
      store<u16>(at, <u16>(bits - bytes) | (movedTo(from + <u16>bytes) - movedFrom), 6);
      if (bits >> KIND_SHIFT == IS_MESSAGE) message = from;
    }
    if ((marks & HAS_PAIRS) != 0) {
      moved.message = movedTo(reading.message);
      moved.messageEnd = movedTo(reading.messageEnd);
    } else {
      // counted from the message
      body += message;
      const movedMessage = movedTo(message);
      moved.messageEnd = movedTo(message + reading.messageEnd) - movedMessage;
      moved.body = movedTo(body) - movedMessage;
      moved.bodyEnd = movedTo(message + reading.bodyEnd) - movedMessage;
    }
  } else {
    // all identifiers stand in the body, and what comes before it stays where it is
    isCut = isCut || reading.clock > body || reading.suffixEnd > body || reading.sourceEnd > body;
    const more = movedTo(u16.MAX_VALUE) - u16.MAX_VALUE;
    moved.messageEnd += more;
    moved.bodyEnd += more;
  }
  if ((reading.reading & PLACES_MASK) != 0) {
    if ((marks & IS_ESCAPED) != 0) return 0;
    movePlaces(moved, body);
  }
  const isLong = max(reading.messageEnd - reading.message, moved.messageEnd - moved.message) > MESSAGE_BYTES_MAX;
  return isCut || isLong ? 0 : movedPtr;
}

/** The addresses of a body that began at `body`. */
function movePlaces(moved: Reading, body: u16): void {
  const movedBody = movedTo(body);
  for (let shift: u64 = 0; (moved.reading & PLACES_MASK) >> shift != 0; shift += PLACE_BITS) {
    const offset = <usize>(moved.reading >> shift) & OFFSET_MAX;
    const movedOffset = <usize>(movedTo(body + <u16>offset) - movedBody);
    if (movedOffset > OFFSET_MAX) isCut = true;
    moved.reading += (<u64>movedOffset - <u64>offset) << shift;
  }
}

/** Whether something that was moved lies in an identifier, or cannot be moved. */
let isCut: bool = false;

/** Where in the record at hand stands what stood at `place` in the one that was kept. */
function movedTo(place: u16): u16 {
  let more: u16 = 0;
  for (let at: usize = 0; at < LENGTHS_BYTES; at += 2) {
    const bytes = load<u16>(recordSpansPtr + at);
    const start = load<u16>(recordSpansPtr + at, LENGTHS_BYTES) - more;
    if (bytes == 0 || place <= start) break;
    const keptBytes = load<u16>(knownPtr + at, LENGTHS_OFFSET);
    if (place < start + keptBytes) isCut = true;
    more += bytes - keptBytes;
  }
  return place + more;
}

/** Makes the key without identifiers; the plain one where there are none. */
function cover(ptr: usize, endPtr: usize): void {
  coveredKey = coveredKeyOf(ptr, endPtr + QUOTE_BYTES, vainPtr + TEMPLATES) ^ group;
  isHopeless = isBinary();
  coveredFrom = coveredStart();
  coveredTo = coveredEnd();
  if (isCovered()) return;
  plainKey = coveredKey;
  coveredKey = 0;
}

// @ts-ignore: decorator
@inline
function entryOf(key: u64): usize {
  const entryPtr = recordEntry(key);
  return load<u64>(entryPtr) == key ? entryPtr : 0;
}

/** Whether no keyword stood in the record that the one at hand is like. */
// @ts-ignore: decorator
@inline
export function isWithoutKeyword(): bool {
  return (recalledMarks & LACKS_KEYWORD) != 0;
}

/** Whether none can stand in the record at hand, as it differs in digits alone, and no keyword has any that it has. */
// @ts-ignore: decorator
@inline
export function neverHasKeyword(): bool {
  return (recalledMarks & NEVER_HAS_KEYWORD) != 0;
}

/** No keyword is in the record that was kept last, if it is at hand. */
// @ts-ignore: decorator
@inline
export function keepWithoutKeyword(): void {
  if (keptPtr != 0) changetype<Reading>(keptPtr).marks |= LACKS_KEYWORD;
}

/**
 * Whether it is to be found out if a record like the one at hand, in which none is, may have one: of those that come
 * once or twice it would cost more than it saves.
 */
// @ts-ignore: decorator
@inline
export function mayKeepNeverHasKeyword(): bool {
  if (recalledMarks == 0 || (recalledMarks & MAY_HAVE_KEYWORD) != 0 || coveredKey != 0) return false;
  return (++lookedFor & LOOKED_FOR_MASK) == 0;
}

/** In a member digits may be part of an escape, and stand for anything. */
export function keepNeverHasKeyword(never: bool): void {
  const isKnown = never && (recalledMarks & HAS_MEMBERS) == 0;
  changetype<Reading>(knownPtr).marks |= isKnown ? NEVER_HAS_KEYWORD : MAY_HAVE_KEYWORD;
}

/** Whether the text at hand is ordinary, as that of every record of its skeleton. */
// @ts-ignore: decorator
@inline
export function isTextOrdinary(): bool {
  return (recalledMarks & IS_ORDINARY) != 0 && quantityCount == 0 && isOfSource();
}

// @ts-ignore: decorator
@inline
function isOfSource(): bool {
  if (level != <i32>changetype<Reading>(knownPtr).level) return false;
  const mask = load<u64>(knownPtr, SOURCE_MASK_OFFSET);
  if (mask == 0) return true;
  const word = sourceEndPtr == 0 ? 0 : load<u64>(sourceEndPtr - WORD_BYTES);
  return ((word ^ load<u64>(knownPtr, SOURCE_OFFSET)) & mask) == 0;
}

/** Then its score. */
// @ts-ignore: decorator
@inline
export function ordinaryScore(): f64 {
  return load<f64>(knownPtr, SCORE_OFFSET);
}

/** And what the cache notes with it. */
// @ts-ignore: decorator
@inline
export function ordinaryNote(): u64 {
  return load<u64>(knownPtr, NOTE_OFFSET);
}

/** Whether the text at hand, which is ordinary, may be kept as such. */
// @ts-ignore: decorator
@inline
export function mayKeepOrdinary(): bool {
  return isRecalled && (recalledMarks & IS_WEIGHED) == 0;
}

/** Keeps that, unless its source may be any other in another record, or it is judged by profiles. */
export function keepOrdinary(score: f64, note: u64): void {
  const reading = changetype<Reading>(knownPtr);
  const bytes = sourceEndPtr - sourcePtr;
  reading.marks |= IS_WEIGHED;
  if (profiles > 0 || level != <i32>reading.level) return;
  if (bytes > 0 && reading.lengths != 0 && mayTouchIdentifier(sourcePtr, sourceEndPtr)) return;
  if (bytes > WORD_BYTES && hasDigit(sourcePtr, sourceEndPtr - WORD_BYTES)) return;
  if (hasDigit(sourcePtr, sourceEndPtr)) {
    const mask = u64.MAX_VALUE << (8 * <u64>(WORD_BYTES - min(bytes, WORD_BYTES)));
    store<u64>(knownPtr, load<u64>(sourceEndPtr - WORD_BYTES), SOURCE_OFFSET);
    store<u64>(knownPtr, mask, SOURCE_MASK_OFFSET);
  }
  reading.marks |= IS_ORDINARY;
  store<f64>(knownPtr, score, SCORE_OFFSET);
  store<u64>(knownPtr, note, NOTE_OFFSET);
}

/** Whether an identifier may be in [ptr, endPtr), or reach into it: of that the letters may be others as well. */
function mayTouchIdentifier(ptr: usize, endPtr: usize): bool {
  if (isJoined(<u32>load<u8>(ptr - 1)) || isJoined(<u32>load<u8>(endPtr))) return true;
  for (; ptr < endPtr; ptr++) if (isDigit(<u32>load<u8>(ptr)) && isLetter(<u32>load<u8>(ptr, 1))) return true;
  return false;
}

function isJoined(c: u32): bool {
  return isLetter(c) || isDigit(c) || isHyphen(c);
}

/** Not every record of its skeleton would say as little as the one at hand: how that was read is not kept. */
export function dropKept(): void {
  if (keptPtr != 0) store<u64>(keptPtr, 0);
  keptPtr = 0;
}

/** What the detectors found out of a text goes with its record as well. */
function completeKept(): void {
  if (load<u64>(keptBodyPtr) == keptBodyKey) {
    const reading = changetype<Reading>(keptPtr);
    reading.tokens = changetype<Skeleton>(keptBodyPtr).tokens;
    reading.digits = changetype<Skeleton>(keptBodyPtr).digits;
  }
  keptPtr = 0;
}

// @ts-ignore: decorator
@inline
function recall(reading: Reading, basePtr: usize): bool {
  if ((reading.marks & (IS_ESCAPED | IS_LYING)) == IS_ESCAPED) {
    unescape(basePtr, recordEndPtr, messageScratchPtr, messageScratchEndPtr());
    basePtr = messageScratchPtr;
  }
  recalledMarks = reading.marks;
  if (reading.noted != 0) return recallNoted(reading, basePtr);
  let seconds = NO_TIME;
  if ((reading.marks & HAS_TIME) != 0) {
    seconds = recallTime(reading, basePtr + reading.clock);
    if (seconds == NO_TIME) return false;
  }
  if (isEnveloped) {
    isClear = false;
    if (!takeEnvelope()) return false;
    if (seconds != NO_TIME) setTime(seconds);
    return recallText(reading, basePtr);
  }
  if (!isClear) {
    recallFound(true);
    isClear = true;
  } else setKey(0, 0);
  setTime(seconds);
  return recallText(reading, basePtr);
}

/** All of a text but its time; false where its client is another. */
// @ts-ignore: decorator
@inline
function recallText(reading: Reading, basePtr: usize): bool {
  if ((reading.reading & PLACES_MASK) != 0 && !recallClient(reading.reading, basePtr + reading.body)) return false;
  const ptr = basePtr + reading.message;
  const endPtr = basePtr + reading.messageEnd;
  if ((reading.marks & IS_LYING) != 0) {
    setLyingText(ptr, endPtr, reading.body - reading.message, reading.bodyEnd - reading.message);
  } else {
    setMessage(ptr, endPtr);
    setBody(basePtr + reading.body, basePtr + reading.bodyEnd);
  }
  setFormat(reading.format);
  // what the text does not say, what stands around it may
  if (!isEnveloped || reading.sourceEnd != 0) setSource(basePtr + reading.source, basePtr + reading.sourceEnd);
  if (!isEnveloped || (reading.marks & TELLS_LEVEL) != 0) setLevel(reading.level);
  useSkeleton(knownPtr);
  return true;
}

/** A record with fields, which are taken in again. */
function recallNoted(reading: Reading, basePtr: usize): bool {
  isClear = false;
  if (!isEnveloped) recallFound(true);
  else if (!takeEnvelope()) return false;
  clearInner();
  const marks = reading.marks;
  if ((marks & (HAS_PAIRS | HAS_MEMBERS)) != 0) {
    setMessage(basePtr + reading.message, basePtr + reading.messageEnd);
    if ((marks & IS_LYING) != 0) setLyingPairs(messagePtr, messageEndPtr);
    enterFields();
    expectInner();
  }
  if (!takeNoted(reading, basePtr)) return false;
  if ((marks & (HAS_PAIRS | HAS_MEMBERS)) == 0) return recallStamped(reading, basePtr);
  settleFields();
  const hasKey = keyEndPtr > keyPtr;
  if (fieldCount != reading.fields || hasKey != ((marks & HAS_KEY) != 0)) return false;
  if (hasFieldRequest(foundRank > 0)) return false;
  if ((marks & HAS_PAIRS) != 0 && senderEndPtr > senderPtr && destinationEndPtr > destinationPtr) return false;
  if (foundRank > 0) {
    if (!takeInner()) return false;
    if ((marks & HAS_MEMBERS) != 0) setMessage(wrappedPtr, wrappedEndPtr);
    else setBody(wrappedPtr, wrappedEndPtr);
  }
  if ((marks & HAS_MEMBERS) != 0) setBody(messagePtr + reading.body, messagePtr + reading.bodyEnd);
  if (!hasKey && !recallClient(reading.reading, (marks & HAS_PAIRS) != 0 ? messagePtr : bodyPtr)) return false;
  setFormat(reading.format);
  if ((marks & TELLS_LEVEL) != 0) setLevel(reading.level);
  useSkeleton(knownPtr);
  return true;
}

/** One behind a container runtime's time, which the text may set aside for its own. */
function recallStamped(reading: Reading, basePtr: usize): bool {
  if ((reading.marks & HAS_TIME) != 0) {
    const seconds = recallTime(reading, basePtr + reading.clock);
    if (seconds == NO_TIME) return false;
    setTime(seconds);
  }
  return recallText(reading, basePtr);
}

function takeNoted(reading: Reading, basePtr: usize): bool {
  const isJson = (reading.marks & HAS_MEMBERS) != 0;
  if (isJson) clearRoom();
  let at = changetype<usize>(reading) + NOTED_OFFSET;
  const endPtr = at + <usize>reading.noted * NOTED_ENTRY_BYTES;
  // the entry may be one that was moved: what is noted of a time is kept with the one that was known
  const known = knownPtr - changetype<usize>(reading);
  for (; at < endPtr; at += NOTED_ENTRY_BYTES) {
    const field = load<u32>(at);
    const ptr = basePtr + load<u16>(at, 4);
    const bits = <u32>load<u16>(at, 6);
    const valueEndPtr = ptr + (bits & ((1 << KIND_SHIFT) - 1));
    const kind = bits >> KIND_SHIFT;
    if (kind >= HAS_ESCAPES) {
      if (isJson) takeUnescaped(field, 0, ptr, valueEndPtr);
      else if (kind == (IS_MESSAGE | HAS_ESCAPES)) takeMessage(ptr, valueEndPtr + 1, messageRankOf(field));
      else takeQuoted(field, ptr, valueEndPtr + 1);
    } else if (kind == IS_MESSAGE) findMessage(ptr, valueEndPtr, messageRankOf(field));
    else if (kind == IS_STAMP) {
      const seconds = stampAgain(known + at, field, ptr, valueEndPtr);
      if (seconds == NO_TIME || awaitsEnds) return false;
      carryTime(seconds);
    } else if (isTimeField(field)) {
      noteTimeAgain(known + at, field, ptr, valueEndPtr);
    } else if (isJson && kind == IS_TEXT) noteText(field, ptr, valueEndPtr);
    else noteField(field, ptr, valueEndPtr, kind == IS_TEXT, false);
  }
  return true;
}

/** NO_TIME where the day is another, or the clock says no time. */
// @ts-ignore: decorator
@inline
function recallTime(reading: Reading, ptr: usize): i64 {
  const words = <u32>reading.dateWords;
  if (words > 0 && load<u64>(ptr - WORD_BYTES) != reading.date) return NO_TIME;
  if (words > 1 && load<u64>(ptr - 2 * WORD_BYTES) != reading.dateBefore) return NO_TIME;
  if (words > 2 && load<u64>(ptr - 3 * WORD_BYTES) != reading.dateFirst) return NO_TIME;
  const clock = secondsOfDay(ptr, (reading.marks & IS_SHORT) != 0);
  if (clock < 0) return NO_TIME;
  const suffixEnd = <usize>reading.suffixEnd;
  if (suffixEnd != 0) {
    const suffixPtr = ptr - reading.clock + suffixEnd - WORD_BYTES;
    if (load<u64>(suffixPtr) >> <u64>reading.suffixShift != reading.suffix) return NO_TIME;
  }
  const seconds = reading.dayStart + clock;
  const isLate = (reading.marks & LACKS_YEAR) != 0 && <u64>(arrivalSeconds + DAY_SECONDS - seconds) >= YEAR_SECONDS;
  return isLate ? NO_TIME : seconds;
}

/** The record is going to be read as if it were the first of its kind. */
// @ts-ignore: decorator
@inline
export function breakRecall(): void {
  isRecalled = false;
  recalledMarks = 0;
  isClear = false;
  if (keptPtr != 0) completeKept();
}

// @ts-ignore: decorator
@inline
export function forgetRecall(): void {
  isRecalled = false;
  recalledMarks = 0;
  isClear = false;
  if (!isMissed) {
    leaveNoted();
    return;
  }
  forgetDecided();
  forgetYears();
  clearNoted();
}

/** Keeps how the record was read, where nothing decided it that would not be read anew. */
// @ts-ignore: decorator
@inline
export function keepReading(ptr: usize, endPtr: usize): void {
  if (isMissed) keepMissed(ptr, endPtr);
}

function keepMissed(ptr: usize, endPtr: usize): void {
  let textPtr = ptr + TAIL_START_BYTES;
  let textEndPtr = endPtr - QUOTE_BYTES;
  let lineEndPtr = bareEndPtr;
  if (isEnveloped) {
    textPtr = lyingPtr;
    textEndPtr = lineEnd(lyingPtr, lyingEndPtr);
    lineEndPtr -= (lyingEndPtr - textEndPtr) >> 1;
    if (textEndPtr - textPtr >= TEXT_BYTES_MAX) return;
    if (envelopePtr == 0) {
      // it was not looked for by what it is
      vainPtr = patienceAt(textPtr);
      plainKey = 0;
      if (!isRequest) cover(textPtr, textEndPtr);
      if (isHopeless) return;
    }
  } else if (vainPtr == 0) return;
  const mayBeKept = (isBare || isEnveloped) && (hasFields ? isFieldFormat() : isKeptFormat()) && !isRequest;
  const isTextPlain = isEnveloped ? !hasCodePoint(textPtr, textEndPtr) : isPlain;
  const isKept =
    mayBeKept &&
    isTextPlain &&
    areNotedAll &&
    (hasFields ? keepFields(textPtr, textEndPtr, lineEndPtr) : keepText(textPtr, textEndPtr, lineEndPtr));
  // of a request no more is kept than that
  if (isEnveloped && (isKept || isRequest)) keepEnvelope(ptr, endPtr);
  const vain = <u32>load<u8>(vainPtr);
  if (isRequest) store<u8>(vainPtr, <u8>min(vain + VAIN_REQUEST, VAIN_ALWAYS));
  else if (vain < VAIN_MAX) store<u8>(vainPtr, <u8>(vain + (isKept ? 1 : mayBeKept ? VAIN_UNKEPT : VAIN_FORMAT)));
}

/** Formats that make nothing of digits but time, client and level. */
function isKeptFormat(): bool {
  return format == FORMAT_TEXT || format == FORMAT_SYSLOG || format == FORMAT_APPLICATION || format == FORMAT_WEB_ERROR;
}

/** `lineEndPtr`: where the text ends that was unescaped, less what ends its line. */
function keepText(textPtr: usize, textEndPtr: usize, lineEndPtr: usize): bool {
  const basePtr = messageScratchPtr;
  if (messageEndPtr != lineEndPtr || skeletonPtr == 0 || !hasNoNumbers()) return false;
  const body = changetype<Skeleton>(skeletonPtr);
  if (!isWhole(body.reading) || !isWithin(messagePtr, messageEndPtr) || !isWithin(bodyPtr, bodyEndPtr)) return false;
  const hasSource = sourceEndPtr > sourcePtr && !(isEnveloped && isSourceOfFields());
  if (hasSource && !isWithin(sourcePtr, sourceEndPtr)) return false;
  const isStamped = notedEndPtr > notedPtr;
  const hasTime = timeSeconds != NO_TIME && !((isStamped || isEnveloped) && decidedPtr >= decidedEndPtr);
  if (hasTime ? !findDecided() : decidedPtr < decidedEndPtr) return false;
  const escapes = textEndPtr - textPtr - (messageEndPtr - basePtr);
  const reading = claim(textPtr, textEndPtr, areInBody(escapes));
  if (escapes > 0) reading.marks |= IS_ESCAPED;
  reading.reading = body.reading;
  keepPlaces(reading, basePtr);
  if (escapes > 0) {
    let usedPtr = max(sourceEndPtr, bodyPtr + placesEnd(body.reading));
    if (hasTime) usedPtr = max(usedPtr, max(decidedEndPtr, suffixPtr));
    if (isLying(textPtr, textEndPtr, usedPtr - basePtr)) {
      reading.marks |= IS_LYING;
      reading.messageEnd = <u16>(textEndPtr - textPtr);
    }
  }
  if (hasSource) {
    reading.source = <u16>(sourcePtr - basePtr);
    reading.sourceEnd = <u16>(sourceEndPtr - basePtr);
  }
  reading.level = <u8>level;
  if (isLevelSet) reading.marks |= TELLS_LEVEL;
  // bytes before the clock are compared where they are when it is recalled
  const isApart = (reading.marks & (IS_ESCAPED | IS_LYING)) != IS_ESCAPED;
  if (hasTime) keepTime(reading, isApart ? textPtr - basePtr : 0);
  if (isStamped) keepNoted(reading, basePtr);
  return true;
}

/** Whether the text at hand has no escapes but of quotes and backslashes, and none in its first bytes. */
function isLying(ptr: usize, endPtr: usize, clearBytes: usize): bool {
  const clearEndPtr = ptr + clearBytes;
  for (ptr = findByte(ptr, endPtr, BACKSLASH); ptr < endPtr; ptr = findByte(ptr + 2, endPtr, BACKSLASH)) {
    const c = <u32>load<u8>(ptr, 1);
    if (ptr < clearEndPtr || (c != QUOTE && c != BACKSLASH)) return false;
  }
  return true;
}

// A place in the text as it lies, the same unescaped, the next escape, and where the text ends.
let walkedPtr: usize = 0;
let plainPtr: usize = 0;
let escapePtr: usize = 0;
let walkEndPtr: usize = 0;

/** Whether all escapes so far were those of quotes and backslashes. */
let isSimple: bool = false;

function startLying(ptr: usize, endPtr: usize): void {
  walkedPtr = ptr;
  plainPtr = messageScratchPtr;
  walkEndPtr = endPtr;
  isSimple = true;
  escapePtr = findByte(walkedPtr, walkEndPtr, BACKSLASH);
}

/** Where in the record the byte at ptr of the unescaped text stands; none is asked for that lies before another. */
function lyingAt(ptr: usize): usize {
  while (escapePtr < walkEndPtr && ptr - plainPtr > escapePtr - walkedPtr) {
    const c = <u32>load<u8>(escapePtr, 1);
    if (c != QUOTE && c != BACKSLASH) isSimple = false;
    plainPtr += escapePtr - walkedPtr + 1;
    walkedPtr = escapePtr + 2;
    escapePtr = findByte(walkedPtr, walkEndPtr, BACKSLASH);
  }
  return walkedPtr + (ptr - plainPtr);
}

/** An empty entry; without the record's identifiers where which letters these have decided nothing. */
function claim(ptr: usize, endPtr: usize, isAlike: bool): Reading {
  if (!isAlike && plainKey == 0) plainKey = plainKeyOf(ptr, endPtr);
  const reading = changetype<Reading>(claimRecord(isAlike ? coveredKey : plainKey));
  const body = changetype<Skeleton>(skeletonPtr);
  reading.tokens = body.tokens;
  reading.digits = body.digits;
  memory.copy(changetype<usize>(reading) + LENGTHS_OFFSET, recordSpansPtr, LENGTHS_BYTES);
  if (timeSeconds == NO_TIME && format != FORMAT_LOGFMT && mayHoldDate(messagePtr, messageEndPtr))
    reading.marks = IS_FIXED;
  keptPtr = changetype<usize>(reading);
  keptBodyPtr = skeletonPtr;
  keptBodyKey = body.key;
  return reading;
}

/** Where message and body stand, from basePtr on. */
function keepPlaces(reading: Reading, basePtr: usize): void {
  reading.format = <u32>format;
  reading.message = <u16>(messagePtr - basePtr);
  reading.messageEnd = <u16>(messageEndPtr - basePtr);
  reading.body = <u16>(bodyPtr - basePtr);
  reading.bodyEnd = <u16>(bodyEndPtr - basePtr);
}

/** Notes fields of pairs as they lie in the record; false where one has an escape, and then nothing is moved. */
function moveNoted(ptr: usize, endPtr: usize): bool {
  startLying(ptr, endPtr);
  for (let at = notedPtr; at < notedEndPtr; at += NOTED_BYTES) {
    const valuePtr = <usize>load<u32>(at, 4);
    const bytes = <usize>load<u32>(at, 8) - valuePtr;
    const startPtr = lyingAt(valuePtr);
    if (lyingAt(valuePtr + bytes) - startPtr != bytes) return false;
  }
  lyingAt(messageEndPtr);
  if (!isSimple) return false;
  startLying(ptr, endPtr);
  lyingMessagePtr = lyingAt(messagePtr);
  for (let at = notedPtr; at < notedEndPtr; at += NOTED_BYTES) {
    const valuePtr = <usize>load<u32>(at, 4);
    const startPtr = <u32>lyingAt(valuePtr);
    store<u32>(at, load<u32>(at, 8) - <u32>valuePtr + startPtr, 8);
    store<u32>(at, startPtr, 4);
  }
  return true;
}

/** The addresses that were met as they lie in the record. */
function lyingPlaces(ptr: usize, endPtr: usize): u64 {
  startLying(ptr, endPtr);
  let known = places;
  for (let shift: u64 = 0; (places & PLACES_MASK) >> shift != 0; shift += PLACE_BITS) {
    const offset = <usize>(places >> shift) & OFFSET_MAX;
    known += (<u64>(lyingAt(messagePtr + offset) - lyingMessagePtr - offset)) << shift;
  }
  return known;
}

/** Where the message was then. */
let lyingMessagePtr: usize = 0;

function keepNoted(reading: Reading, basePtr: usize): void {
  let at = changetype<usize>(reading) + NOTED_OFFSET;
  for (let from = notedPtr; from < notedEndPtr; from += NOTED_BYTES) {
    const ptr = <usize>load<u32>(from, 4);
    store<u32>(at, load<u32>(from));
    store<u16>(at, <u16>(ptr - basePtr), 4);
    store<u16>(at, <u16>((<usize>load<u32>(from, 8) - ptr) | ((<usize>load<u32>(from, 12)) << KIND_SHIFT)), 6);
    at += NOTED_ENTRY_BYTES;
    reading.noted++;
  }
}

/** Formats whose fields lie in the line as they are. */
function isFieldFormat(): bool {
  return format == FORMAT_LOGFMT || format == FORMAT_JSON;
}

function keepFields(textPtr: usize, textEndPtr: usize, lineEndPtr: usize): bool {
  if (skeletonPtr == 0 || notedEndPtr == notedPtr || !fieldsDecide()) return false;
  const body = changetype<Skeleton>(skeletonPtr);
  const isJson = format == FORMAT_JSON;
  // an object is read in the record itself
  const isInRecord = isJson && escapedPtr == textPtr;
  if (isInRecord) lineEndPtr = textEndPtr;
  const escapes = isInRecord ? 0 : textEndPtr - textPtr - (lineEndPtr - messageScratchPtr);
  const basePtr = isInRecord ? textPtr : messageScratchPtr;
  // in pairs of which no field says whose they are the client is looked for where the first search met addresses
  const isSought = !isJson && isClientSought;
  const hasPlaces = isSought && hasRuns;
  const hasKey = keyEndPtr > keyPtr && !isSought;
  const isFound = foundRank > 0;
  if (isJson) {
    if (!isFound || messagePtr != wrappedPtr || messageEndPtr != wrappedEndPtr) return false;
    if (!(hasKey ? isOneLine(body.reading) : isWhole(body.reading))) return false;
    if (bodyPtr < messagePtr || bodyEndPtr > messageEndPtr) return false;
  } else {
    if (messageEndPtr != lineEndPtr || messagePtr < basePtr || !isOneLine(body.reading)) return false;
    if (isFound ? bodyPtr != wrappedPtr || bodyEndPtr != wrappedEndPtr : bodyPtr != messagePtr) return false;
    if (hasPlaces && !arePlacesAll) return false;
  }
  // what fields hold is read anew
  const isAlike = !hasPlaces && coveredKey != 0 && (hasIdentifiers || !hasCovered(bodyPtr, bodyEndPtr));
  for (let at = notedPtr; at < notedEndPtr; at += NOTED_BYTES) {
    const valuePtr = <usize>load<u32>(at, 4);
    const valueEndPtr = <usize>load<u32>(at, 8);
    if (valuePtr < basePtr || valueEndPtr > lineEndPtr) return false;
    if (load<u32>(at, 12) >= HAS_ESCAPES && hasCodePoint(valuePtr, valueEndPtr)) return false;
  }
  const isMoved = !isJson && escapes > 0 && isFound && moveNoted(textPtr, textEndPtr);
  const known = !hasPlaces ? 0 : isMoved ? lyingPlaces(textPtr, textEndPtr) : places;
  const reading = claim(textPtr, textEndPtr, isAlike);
  reading.marks |= (isJson ? HAS_MEMBERS : HAS_PAIRS) | (escapes > 0 ? IS_ESCAPED : 0) | (hasKey ? HAS_KEY : 0);
  // a message that an error's text was written behind does not lie in the record
  if (isJson && (messagePtr < basePtr || messageEndPtr > lineEndPtr)) reading.marks |= IS_FIXED;
  reading.reading = isJson && !hasKey ? body.reading : known;
  keepPlaces(reading, isJson ? messagePtr : basePtr);
  reading.fields = <u16>fieldCount;
  reading.level = <u8>level;
  if (isLevelSet) reading.marks |= TELLS_LEVEL;
  if (isMoved) {
    reading.marks |= IS_LYING;
    reading.message = <u16>(lyingMessagePtr - textPtr);
    reading.messageEnd = <u16>(textEndPtr - textPtr);
  }
  keepNoted(reading, isMoved ? textPtr : basePtr);
  return true;
}

/** Whether a character may be written as its number, whose digits decide which it is. */
function hasCodePoint(ptr: usize, endPtr: usize): bool {
  for (ptr = findByte(ptr, endPtr, BACKSLASH); ptr < endPtr; ptr = findByte(ptr + 1, endPtr, BACKSLASH)) {
    if (load<u8>(ptr, 1) == LOWER_U) return true;
  }
  return false;
}

/**
 * Whether all identifiers stand in the body, and not at its very beginning, where letters may decide its format; and
 * whether which letters they have decided nothing in the body either.
 */
function areInBody(escapes: usize): bool {
  const from = bodyPtr - messageScratchPtr + escapes + 2;
  return (
    coveredKey != 0 &&
    hasIdentifiers &&
    coveredFrom >= from &&
    (bodyEndPtr == messageEndPtr || coveredTo <= bodyEndPtr - messageScratchPtr)
  );
}

function isWithin(ptr: usize, endPtr: usize): bool {
  return ptr >= messageScratchPtr && ptr <= endPtr && endPtr <= messageEndPtr;
}

let suffixPtr: usize = 0;

/** Whether all digits that decided belong to the time, and can be compared. */
function findDecided(): bool {
  if (clockPtr == 0 || !isWithin(decidedPtr, decidedEndPtr)) return false;
  if (decidedPtr + DATE_WORDS_MAX * WORD_BYTES < clockPtr || decidedPtr > clockPtr) return false;
  const isShort = load<u8>(clockPtr + 2) != COLON;
  const clockEndPtr = clockPtr + (isShort ? SHORT_CLOCK_BYTES : CLOCK_BYTES);
  suffixPtr = fractionEnd(clockEndPtr, messageEndPtr);
  if (decidedEndPtr > suffixPtr + WORD_BYTES) return false;
  if (decidedEndPtr > clockEndPtr && decidedEndPtr <= suffixPtr) return false;
  const clock = secondsOfDay(clockPtr, isShort);
  if (clock < 0) return false;
  // without a year it is the arrival's, by this clock's zone
  return !lacksYear || (timeSeconds - clock + localZoneSeconds) % DAY_SECONDS == 0;
}

/** `apart`: so far from the message are the bytes that it has in the record. */
function keepTime(reading: Reading, apart: usize): void {
  const ptr = clockPtr + apart;
  const isShort = load<u8>(clockPtr + 2) != COLON;
  reading.marks |= HAS_TIME | (lacksYear ? LACKS_YEAR : 0) | (isShort ? IS_SHORT : 0);
  reading.clock = <u16>(clockPtr - messageScratchPtr);
  reading.dayStart = timeSeconds - secondsOfDay(clockPtr, isShort);
  reading.dateWords = <u8>((clockPtr - decidedPtr + WORD_BYTES - 1) / WORD_BYTES);
  reading.date = load<u64>(ptr - WORD_BYTES);
  reading.dateBefore = load<u64>(ptr - 2 * WORD_BYTES);
  reading.dateFirst = load<u64>(ptr - 3 * WORD_BYTES);
  if (decidedEndPtr <= suffixPtr) return;
  reading.suffixEnd = <u16>(decidedEndPtr - messageScratchPtr);
  reading.suffixShift = <u8>(8 * (WORD_BYTES - (decidedEndPtr - suffixPtr)));
  reading.suffix = load<u64>(decidedEndPtr - WORD_BYTES) >> <u64>reading.suffixShift;
}
