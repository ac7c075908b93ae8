/**
 * Lines whose fields are known by their place alone. A layout has a letter for each column (fieldOfColumn in
 * fields/named.ts says what they stand for; of Y and Z what stands behind a slash; u is a path before its query).
 * Columns may be quoted; `-` is an empty one.
 */
import { readHost } from "../event/address";
import { LEVEL_NONE, NO_TIME, setBody, setFormat, setLevel, setRequest, setTime } from "../event/event";
import { dateAt } from "../fields/date";
import { levelWord } from "../fields/level";
import {
  enterFields,
  fieldMethodEndPtr,
  fieldMethodPtr,
  fieldOfColumn,
  fieldTargetEndPtr,
  fieldTargetPtr,
  hasFieldRequest,
  noteField,
} from "../fields/named";
import { findByte, isDigit, matchByte, startsWith } from "../runtime/bytes";
import {
  COMMA,
  DASH,
  DOT,
  LOWER_H,
  LOWER_P,
  LOWER_U,
  LOWER_W,
  QUESTION_MARK,
  QUOTE,
  SLASH,
  SPACE,
  UPPER_A,
  UPPER_T,
  UPPER_Y,
  UPPER_Z,
} from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { bytesOf, firstByte, Text } from "../runtime/text";
import { joinInner, wrappedEndPtr, wrappedPtr } from "./wrapped";

const FORMAT_COLUMNS: Text = "columns";

const COLUMNS_MAX: i32 = 48;
const COLUMN_BYTES: usize = 8;
const columnsPtr = memory.data(384, 8); // COLUMNS_MAX times where a column begins and ends

/** How many columns the last split found, the rest of the line being the last one where there are more. */
let columns: i32 = 0;

function split(ptr: usize, endPtr: usize, separator: u8): void {
  columns = 0;
  while (columns < COLUMNS_MAX && ptr <= endPtr) {
    // some pad what stands between blanks
    if (separator == SPACE) while (ptr < endPtr && load<u8>(ptr) == SPACE) ptr++;
    let startPtr = ptr;
    let columnEndPtr: usize;
    if (ptr < endPtr && load<u8>(ptr) == QUOTE) {
      startPtr = ptr + 1;
      columnEndPtr = closingQuote(startPtr, endPtr, separator);
      ptr = findByte(columnEndPtr, endPtr, separator) + 1;
    } else {
      columnEndPtr = findByte(ptr, endPtr, separator);
      ptr = columnEndPtr + 1;
    }
    const slotPtr = columnsPtr + <usize>columns * COLUMN_BYTES;
    store<u32>(slotPtr, <u32>startPtr);
    store<u32>(slotPtr, <u32>columnEndPtr, 4);
    columns++;
  }
}

/** The quote that a separator or the line's end follows. */
function closingQuote(ptr: usize, endPtr: usize, separator: u8): usize {
  while (true) {
    ptr = findByte(ptr, endPtr, QUOTE);
    if (ptr + 1 >= endPtr || load<u8>(ptr + 1) == separator) return min<usize>(ptr, endPtr);
    ptr++;
  }
}

function columnPtr(index: i32): usize {
  return index < columns ? <usize>load<u32>(columnsPtr + <usize>index * COLUMN_BYTES) : 0;
}

function columnEndPtr(index: i32): usize {
  return index < columns ? <usize>load<u32>(columnsPtr + <usize>index * COLUMN_BYTES, 4) : 0;
}

function isHost(index: i32): bool {
  return readHost(columnPtr(index), columnEndPtr(index));
}

function isNumber(index: i32): bool {
  return columnEndPtr(index) > columnPtr(index) && isDigit(<u32>load<u8>(columnPtr(index)));
}

/** Takes in the columns from `first` on. */
function take(first: i32, layout: Text): bool {
  enterFields();
  setFormat(FORMAT_COLUMNS);
  const letters = min<i32>(<i32>bytesOf(layout), columns - first);
  for (let i = 0; i < letters; i++) {
    const letter = <u32>load<u8>(firstByte(layout) + <usize>i);
    if (letter == DASH) continue;
    let ptr = columnPtr(first + i);
    const endPtr = columnEndPtr(first + i);
    if (letter == UPPER_Z || letter == UPPER_Y) ptr = min<usize>(findByte(ptr, endPtr, SLASH) + 1, endPtr);
    if (endPtr - ptr == 1 && load<u8>(ptr) == DASH) continue;
    if (letter == LOWER_U) {
      takeTarget(ptr, endPtr, columnPtr(first + ++i), columnEndPtr(first + i));
      continue;
    }
    noteField(fieldOfColumn(letter), ptr, endPtr, true, false);
  }
  if (hasFieldRequest(false)) setRequest(fieldMethodPtr, fieldMethodEndPtr, fieldTargetPtr, fieldTargetEndPtr);
  return true;
}

/** A path and its query in the column behind it are one target. */
function takeTarget(ptr: usize, endPtr: usize, queryPtr: usize, queryEndPtr: usize): void {
  const hasQuery = queryEndPtr - queryPtr != 1 || load<u8>(queryPtr) != DASH;
  if (hasQuery && joinInner(ptr, endPtr + 1, queryPtr, queryEndPtr)) {
    store<u8>(wrappedPtr + (endPtr - ptr), QUESTION_MARK);
    ptr = wrappedPtr;
    endPtr = wrappedEndPtr;
  }
  noteField(fieldOfColumn(LOWER_P), ptr, endPtr, true, false);
}

/** Behind a date at datePtr that begins the line; `ptr` is at what follows it. */
export function parseDatedColumns(datePtr: usize, ptr: usize, endPtr: usize): bool {
  const c = <u32>load<u8>(ptr);
  if (c == SPACE) {
    if (load<u8>(datePtr + 10) == DOT) return parseSquid(ptr, endPtr);
    // an address has a dot among its first bytes
    return matchByte(load<u64>(ptr, 1) & 0xffffffff, DOT) != 0 && parseIis(ptr + 1, endPtr);
  }
  if (c == COMMA) return parseCsvlog(ptr, endPtr);
  return load<u8>(ptr + 1) == SPACE && load<u8>(ptr + 2) == QUOTE && parseQuotedRequest(ptr + 2, endPtr);
}

/** Squid's own: elapsed client RESULT/STATUS bytes method url user HIERARCHY/PEER type. */
function parseSquid(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns > 7 && isNumber(0) && isHost(1) && isNumber(3) && take(1, "SYtmp-Z");
}

/** PostgreSQL's csvlog: `,"USER","DATABASE",PID,"HOST:PORT",…,LEVEL,CODE,"MESSAGE",…` */
function parseCsvlog(ptr: usize, endPtr: usize): bool {
  split(ptr + 1, endPtr, COMMA);
  if (columns < 13) return false;
  const level = levelWord(columnPtr(10), columnEndPtr(10));
  if (level == LEVEL_NONE) return false;
  take(0, "---c");
  setLevel(level);
  setBody(columnPtr(12), columnEndPtr(12));
  return true;
}

/**
 * IIS, by W3C's default: s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) [cs(Referer)]
 * sc-status …; its error log: c-ip c-port s-ip s-port version method uri status …
 */
function parseIis(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  if (columns < 8 || !isHost(0)) return false;
  if (isNumber(1)) return isHost(2) && take(0, "c----mps");
  if (<u32>load<u8>(columnPtr(1)) - UPPER_A > 25 || load<u8>(columnPtr(2)) != SLASH) return false;
  return take(0, columns > 12 ? "-mu---cars--d" : "-mu---cas--d");
}

/** Envoy's and Istio's default, and Django's: `] "METHOD TARGET PROTOCOL" STATUS …` */
function parseQuotedRequest(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  if (columns < 3 || !isNumber(1)) return false;
  if (columns == 3) return take(0, "qsb");
  return take(0, isNumber(3) ? "qs--bd-ca" : "qs-----bd-ca------c");
}

/** Columns without a date before them; ptr is where the line begins, or (not isBare) what is behind its header. */
// @ts-ignore: decorator
@inline
export function parseColumns(ptr: usize, endPtr: usize, isBare: bool): bool {
  if (load<u8>(ptr, 1) <= COMMA) return parseNumbered(ptr, endPtr);
  return isBare && (load<u8>(ptr) == LOWER_H || load<u8>(ptr) == LOWER_W) && parseBalancer(ptr, endPtr);
}

/** "1,2026/11/21 …" and "2 123456789012 eni-…" */
function parseNumbered(ptr: usize, endPtr: usize): bool {
  if (load<u8>(ptr, 1) == COMMA) return load<u8>(ptr, 6) == SLASH && parsePanOs(ptr, endPtr);
  return load<u8>(ptr, 1) == SPACE && isDigit(<u32>load<u8>(ptr)) && parseVpcFlow(ptr, endPtr);
}

/** PAN-OS: the future, received, serial, type, subtype, version, generated, and then by its type. */
function parsePanOs(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, COMMA);
  if (columns < 32) return false;
  noteDecided(columnPtr(3), columnEndPtr(3));
  if (startsWith(columnPtr(3), columnEndPtr(3), "TRAFFIC")) return take(6, "TSD----------------P----otfw--e");
  if (startsWith(columnPtr(3), columnEndPtr(3), "THREAT")) return take(6, "TSD----------------P----o---l");
  return false;
}

/** AWS: version account interface source destination ports protocol packets bytes start end action status. */
function parseVpcFlow(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns == 14 && isHost(3) && isHost(4) && isNumber(9) && take(3, "SDnP--t-To");
}

/** AWS's application load balancer: type time name client target three times status … bytes request agent. */
function parseBalancer(ptr: usize, endPtr: usize): bool {
  const spacePtr = ptr + 2 < endPtr ? findByte(ptr + 2, min<usize>(ptr + 6, endPtr), SPACE) : endPtr;
  if (spacePtr + 12 > endPtr || load<u8>(spacePtr + 11) != UPPER_T || load<u8>(spacePtr + 5) != DASH) return false;
  split(ptr, endPtr, SPACE);
  return columns > 13 && isHost(3) && take(1, "T-c----s--bqa");
}

/** S3's access log behind its date: client requester id operation key "request" status error bytes … */
export function parseStorage(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns > 12 && isHost(0) && isNumber(6) && take(0, "c----qs-b---ra");
}

/** Uvicorn behind its level: client - "request" status. */
export function parseUvicorn(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns > 3 && isHost(0) && load<u8>(columnPtr(2) - 1) == QUOTE && isNumber(3) && take(0, "c-qs");
}

/** Gin behind its name: date - clock | status | latency | client | method "target". */
export function parseGin(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  if (columns <= 11 || !isNumber(4) || !isHost(8)) return false;
  const seconds = dateAt(ptr, endPtr);
  if (seconds != NO_TIME) setTime(seconds);
  return take(4, "s---c-mp");
}
