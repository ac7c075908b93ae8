/**
 * How a record was read, kept by the skeleton of the whole record: which format it has, where its time, source, client
 * and body stand, its level. A record of the same skeleton is read alike but for what digits decide, and that is read
 * anew here: the clock, and the client's address. Other digits that were looked at have to be the same (runtime/
 * decided.ts says which they are); where they are not, or say something else now, the record is read as the first was.
 * Identifiers are read as one sign where all of them stand in the body, of which event/skeleton.ts knows whether their
 * letters decided anything.
 *
 * Kept are only texts, as `tail` makes records of them. In the text at basePtr, with all offsets from there:
 *
 *     2026-11-21T02:11:09.123 +0100 …          Nov 21 02:11:09 …          [Sat Nov 21 02:11:09.123 2026] …
 *     └─ date ──┘└ clock┘    └suffix┘           date └ clock┘
 */
import {
  agentEndPtr,
  agentPtr,
  bodyEndPtr,
  bodyPtr,
  bytes,
  clockPtr,
  destinationEndPtr,
  destinationPort,
  destinationPtr,
  durationMilliseconds,
  FORMAT_TEXT,
  format,
  isRequest,
  level,
  markedError,
  messageEndPtr,
  messagePtr,
  messageScratchEndPtr,
  messageScratchPtr,
  NO_TIME,
  referrerEndPtr,
  referrerPtr,
  senderEndPtr,
  senderPtr,
  setBody,
  setFormat,
  setKey,
  setLevel,
  setMessage,
  setSource,
  setTime,
  skeletonPtr,
  sourceEndPtr,
  sourcePtr,
  status,
  targetEndPtr,
  targetPtr,
  timeSeconds,
} from "../event/event";
import {
  aliasRecord,
  claimRecord,
  coveredEnd,
  coveredKeyOf,
  coveredStart,
  hasIdentifiers,
  isCovered,
  keeps,
  keyOf,
  recordEntry,
  SKELETON_BYTES_MAX,
  Skeleton,
  useSkeleton,
} from "../event/skeleton";
import { recallClient } from "../fields/clientPlaces";
import { foundEndPtr } from "../fields/members";
import { pathsActive } from "../fields/paths";
import { arrivalSeconds, DAY_SECONDS, forgetYears, lacksYear, localZoneSeconds, secondsOfDay } from "../fields/time";
import { FORMAT_APPLICATION } from "../formats/application";
import { isWhole } from "../formats/plainText";
import { FORMAT_SYSLOG } from "../formats/rfc5424";
import { FORMAT_WEB_ERROR } from "../formats/webError";
import { digitsEnd } from "../runtime/bytes";
import { COLON, COMMA, DOT } from "../runtime/characters";
import { decidedEndPtr, decidedPtr, forgetDecided } from "../runtime/decided";
import { unescape } from "../runtime/json";
import { isBare, isPlain, recallBrace, recallFound, TAIL_START, TAIL_START_BYTES } from "./finder";

/** An entry of event/skeleton.ts with more behind: 96 bytes. */
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
  marks: u8;
}

const HAS_TIME: u8 = 1;
const LACKS_YEAR: u8 = 2;
/** The clock is HHMMSS. */
const IS_SHORT: u8 = 4;
/** The text stands in the record with escapes. */
const IS_ESCAPED: u8 = 8;

const CLOCK_BYTES: usize = 8;
const SHORT_CLOCK_BYTES: usize = 6;
const WORD_BYTES: usize = 8;
const DATE_WORDS_MAX: usize = 3;
/** No year is shorter. */
const YEAR_SECONDS: u64 = 365 * 86400;

/** Bytes of a record around its message. */
const AROUND_BYTES: usize = TAIL_START_BYTES + 2;
const LINE_BYTES_MAX: usize = SKELETON_BYTES_MAX - 2;

/** Whether nothing is known of the record at hand that would do, so that it is to be kept. */
let isMissed: bool = false;
/** Its skeletons: with its identifiers, 0 where nobody asked, and without them, 0 where it has none. */
let plainKey: u64 = 0;
let coveredKey: u64 = 0;
/** Where those identifiers stand, from the first to the last. */
let coveredFrom: usize = 0;
let coveredTo: usize = 0;
/** An entry that was kept without what the detectors found out of its text, which they left with the body's. */
let keptPtr: usize = 0;
let keptBodyPtr: usize = 0;
let keptBodyKey: u64 = 0;
/** Whether the record before was recalled: what is the same of all of them stands. */
export let isRecalled: bool = false;

// Lines of some sources are hardly ever alike, and looking for them costs: how often the last ones of each were looked
// for in vain, by the first four bytes with digits made alike.
const patiencePtr = memory.data(512, 8);
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
const COVERS_FIRST: u32 = 16;
const COVERS_MAX: u32 = 31;
/** Of those found so, one in so many is kept with its identifiers as well: they may be ever the same. */
const ALIAS_MASK: u32 = 3;

/** Whether the record is read by what is known of its skeleton; false leaves all as it was. */
export function recallRecord(ptr: usize, endPtr: usize): bool {
  isMissed = false;
  if (keptPtr != 0) completeKept();
  const bytes = endPtr - ptr;
  if (load<u64>(ptr) != TAIL_START || bytes - AROUND_BYTES >= LINE_BYTES_MAX || !keeps || pathsActive) return false;
  const start = load<u32>(ptr, TAIL_START_BYTES);
  vainPtr = patiencePtr + (((start & ~(((start >> 4) & EACH_BYTE) * 15)) * START_MULTIPLIER) >> 24);
  const vain = <u32>load<u8>(vainPtr);
  if (vain >= VAIN_MAX && (++probes & (vain == VAIN_ALWAYS ? PROBE_REQUESTS_MASK : PROBE_MASK)) != 0) return false;
  const covers = <u32>load<u8>(vainPtr, COVERS);
  const entryPtr =
    covers < COVERS_FIRST ? findPlain(ptr + TAIL_START_BYTES, endPtr, covers) : findCovered(ptr, endPtr, covers);
  if (entryPtr == 0 || !recall(changetype<Reading>(entryPtr), ptr + TAIL_START_BYTES, endPtr)) {
    isMissed = true;
    return false;
  }
  recallBrace(endPtr - 1);
  if (vain != 0) store<u8>(vainPtr, vain > VAIN_FOUND ? vain - VAIN_FOUND : 0);
  return true;
}

/** The entry of a record whose text begins at ptr; 0 where there is none. */
// @ts-ignore: decorator
@inline
function findPlain(ptr: usize, endPtr: usize, covers: u32): usize {
  plainKey = keyOf(ptr, endPtr);
  const entryPtr = recordEntry(plainKey);
  if (load<u64>(entryPtr) != plainKey) return findAlike(ptr, endPtr, covers);
  coveredKey = 0;
  if (covers != 0) store<u8>(vainPtr, covers - 1, COVERS);
  return entryPtr;
}

function findAlike(ptr: usize, endPtr: usize, covers: u32): usize {
  cover(ptr, endPtr);
  const entryPtr = coveredKey == 0 ? <usize>0 : entryOf(coveredKey);
  if (entryPtr == 0) return 0;
  store<u8>(vainPtr, covers + 2, COVERS);
  if ((++probes & ALIAS_MASK) != 0) return entryPtr;
  return aliasRecord(plainKey, coveredKey);
}

/** The same where most records of its source have identifiers. */
function findCovered(ptr: usize, endPtr: usize, covers: u32): usize {
  ptr += TAIL_START_BYTES;
  plainKey = 0;
  cover(ptr, endPtr);
  if (coveredKey != 0) {
    const entryPtr = entryOf(coveredKey);
    if (entryPtr != 0) {
      store<u8>(vainPtr, min(covers + 1, COVERS_MAX), COVERS);
      return entryPtr;
    }
    plainKey = keyOf(ptr, endPtr);
  }
  store<u8>(vainPtr, covers - 1, COVERS);
  return entryOf(plainKey);
}

/** Makes the key without identifiers; the plain one where there are none. */
function cover(ptr: usize, endPtr: usize): void {
  coveredKey = coveredKeyOf(ptr, endPtr);
  coveredFrom = coveredStart();
  coveredTo = coveredEnd();
  if (isCovered()) return;
  plainKey = coveredKey;
  coveredKey = 0;
}

function entryOf(key: u64): usize {
  const entryPtr = recordEntry(key);
  return load<u64>(entryPtr) == key ? entryPtr : 0;
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
function recall(reading: Reading, basePtr: usize, endPtr: usize): bool {
  if ((reading.marks & IS_ESCAPED) != 0) {
    unescape(basePtr, endPtr, messageScratchPtr, messageScratchEndPtr());
    basePtr = messageScratchPtr;
  }
  let seconds = NO_TIME;
  if ((reading.marks & HAS_TIME) != 0) {
    seconds = recallTime(reading, basePtr + reading.clock);
    if (seconds == NO_TIME) return false;
  }
  if (!isRecalled) {
    recallFound();
    isRecalled = true;
  } else setKey(0, 0);
  const textPtr = basePtr + reading.body;
  if (!recallClient(reading.reading, textPtr)) return false;
  setTime(seconds);
  setMessage(basePtr + reading.message, basePtr + reading.messageEnd);
  setBody(textPtr, basePtr + reading.bodyEnd);
  setSource(basePtr + reading.source, basePtr + reading.sourceEnd);
  setFormat(reading.format);
  setLevel(reading.level);
  useSkeleton(changetype<usize>(reading));
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
}

// @ts-ignore: decorator
@inline
export function forgetRecall(): void {
  isRecalled = false;
  if (!isMissed) return;
  forgetDecided();
  forgetYears();
}

/** Keeps how the record was read, where nothing decided it that would not be read anew. */
// @ts-ignore: decorator
@inline
export function keepReading(ptr: usize, endPtr: usize): void {
  if (isMissed) keepMissed(ptr, endPtr);
}

function keepMissed(ptr: usize, endPtr: usize): void {
  const mayBeKept = isBare && isKeptFormat() && !isRequest;
  const isKept = mayBeKept && isPlain && hasNoNumbers() && keep(ptr, endPtr);
  const vain = <u32>load<u8>(vainPtr);
  if (isRequest) store<u8>(vainPtr, <u8>min(vain + VAIN_REQUEST, VAIN_ALWAYS));
  else if (vain < VAIN_MAX) store<u8>(vainPtr, <u8>(vain + (isKept ? 1 : mayBeKept ? VAIN_UNKEPT : VAIN_FORMAT)));
}

/** Formats that make nothing of digits but time, client and level. */
function isKeptFormat(): bool {
  return format == FORMAT_TEXT || format == FORMAT_SYSLOG || format == FORMAT_APPLICATION || format == FORMAT_WEB_ERROR;
}

function hasNoNumbers(): bool {
  return (
    !markedError &&
    status == 0 &&
    bytes < 0 &&
    durationMilliseconds < 0 &&
    destinationPort < 0 &&
    senderEndPtr == senderPtr &&
    destinationEndPtr == destinationPtr &&
    targetEndPtr == targetPtr &&
    agentEndPtr == agentPtr &&
    referrerEndPtr == referrerPtr
  );
}

function keep(ptr: usize, endPtr: usize): bool {
  const basePtr = messageScratchPtr;
  if (messageEndPtr != foundEndPtr || skeletonPtr == 0) return false;
  const body = changetype<Skeleton>(skeletonPtr);
  if (!isWhole(body.reading) || !isWithin(messagePtr, messageEndPtr) || !isWithin(bodyPtr, bodyEndPtr)) return false;
  const hasSource = sourceEndPtr > sourcePtr;
  if (hasSource && !isWithin(sourcePtr, sourceEndPtr)) return false;
  if (!findDecided()) return false;
  const escapes = endPtr - ptr - AROUND_BYTES - (messageEndPtr - basePtr);
  const withoutLetters = coveredKey != 0 && areInBody(escapes);
  if (!withoutLetters && plainKey == 0) plainKey = keyOf(ptr + TAIL_START_BYTES, endPtr);
  const reading = changetype<Reading>(claimRecord(withoutLetters ? coveredKey : plainKey));
  reading.marks = escapes > 0 ? IS_ESCAPED : 0;
  reading.reading = body.reading;
  reading.tokens = body.tokens;
  reading.digits = body.digits;
  reading.format = <u32>format;
  reading.message = <u16>(messagePtr - basePtr);
  reading.messageEnd = <u16>(messageEndPtr - basePtr);
  reading.body = <u16>(bodyPtr - basePtr);
  reading.bodyEnd = <u16>(bodyEndPtr - basePtr);
  if (hasSource) {
    reading.source = <u16>(sourcePtr - basePtr);
    reading.sourceEnd = <u16>(sourceEndPtr - basePtr);
  }
  reading.level = <u8>level;
  // bytes before the clock are compared where they are when it is recalled
  if (timeSeconds != NO_TIME) keepTime(reading, escapes > 0 ? 0 : ptr + TAIL_START_BYTES - basePtr);
  keptPtr = changetype<usize>(reading);
  keptBodyPtr = skeletonPtr;
  keptBodyKey = body.key;
  return true;
}

/**
 * Whether all identifiers stand in the body, and not at its very beginning, where letters may decide its format; and
 * whether which letters they have decided nothing in the body either.
 */
function areInBody(escapes: usize): bool {
  const from = bodyPtr - messageScratchPtr + escapes + 2;
  return (
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
  if (timeSeconds == NO_TIME) return decidedPtr >= decidedEndPtr;
  if (clockPtr == 0 || !isWithin(decidedPtr, decidedEndPtr)) return false;
  if (decidedPtr + DATE_WORDS_MAX * WORD_BYTES < clockPtr || decidedPtr > clockPtr) return false;
  const isShort = load<u8>(clockPtr + 2) != COLON;
  const clockEndPtr = clockPtr + (isShort ? SHORT_CLOCK_BYTES : CLOCK_BYTES);
  suffixPtr = fractionEnd(clockEndPtr);
  if (decidedEndPtr > suffixPtr + WORD_BYTES) return false;
  if (decidedEndPtr > clockEndPtr && decidedEndPtr <= suffixPtr) return false;
  const clock = secondsOfDay(clockPtr, isShort);
  if (clock < 0) return false;
  // without a year it is the arrival's, by this clock's zone
  return !lacksYear || (timeSeconds - clock + localZoneSeconds) % DAY_SECONDS == 0;
}

/** Which digits the fraction has nobody asks. */
function fractionEnd(ptr: usize): usize {
  const c = <u32>load<u8>(ptr);
  if (c != DOT && c != COMMA && c != COLON) return ptr;
  const at = digitsEnd(ptr + 1, messageEndPtr);
  return at > ptr + 1 ? at : ptr;
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
