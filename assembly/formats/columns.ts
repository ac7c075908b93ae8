/**
 * Lines whose fields are known by their place alone. A layout has a letter for each column (fieldOfColumn in
 * fields/named.ts says what they stand for; of Y and Z what stands behind a slash; v is the query of the path p).
 * Columns may be quoted; `-` is an empty one. Lines of W3C's extended format may say what their columns are in a
 * `#Fields:` line before (fieldsLine.ts).
 */
import { readHost } from "../event/address";
import { LEVEL_NONE, NO_TIME, setBody, setFormat, setLevel, setTime, sourceEndPtr, sourcePtr } from "../event/event";
import { dateAt } from "../fields/date";
import { levelWord } from "../fields/level";
import {
  ANY_SERVER,
  enterFields,
  fieldOfColumn,
  hasFieldRequest,
  isClients,
  isStatusField,
  isTarget,
  NO_SERVER,
  noteField,
  setFieldRequest,
} from "../fields/named";
import { timeEndPtr } from "../fields/time";
import {
  equalsText,
  findByte,
  findRarely,
  hexValue,
  isDigit,
  matchByte,
  readDigits,
  startsWith,
} from "../runtime/bytes";
import {
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DIGIT_4,
  DOT,
  GREATER,
  LOWER_C,
  LOWER_D,
  LOWER_F,
  LOWER_H,
  LOWER_N,
  LOWER_Q,
  LOWER_S,
  LOWER_T,
  LOWER_W,
  NUMBER_SIGN,
  OPEN_BRACKET,
  OPEN_PAREN,
  QUOTE,
  SLASH,
  SPACE,
  TAB,
  UPPER_A,
  UPPER_D,
  UPPER_P,
  UPPER_S,
  UPPER_T,
  UPPER_Y,
  UPPER_Z,
} from "../runtime/characters";
import { noteDecided } from "../runtime/decided";
import { bytesOf, firstByte, Text } from "../runtime/text";
import { fieldAt, findFieldsLine, knownColumns, knownSeparator, knowsFieldsLines, noteFieldsLine } from "./fieldsLine";

export const FORMAT_COLUMNS: Text = "columns";

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

function isDash(index: i32): bool {
  const ptr = columnPtr(index);
  return columnEndPtr(index) - ptr == 1 && load<u8>(ptr) == DASH;
}

/** Whether a column is the target alone. */
let hasTarget: bool = false;

function begin(): void {
  enterFields();
  setFormat(FORMAT_COLUMNS);
  hasTarget = false;
}

/** Takes in the columns from `first` on. */
function take(first: i32, layout: Text): bool {
  begin();
  const letters = min<i32>(<i32>bytesOf(layout), columns - first);
  for (let i = 0; i < letters; i++) {
    const letter = <u32>load<u8>(firstByte(layout) + <usize>i);
    if (letter == DASH) continue;
    // of a request that was none there are dashes in the quotes
    if (letter == LOWER_Q && load<u8>(columnPtr(first + i)) == DASH) continue;
    takeColumn(fieldOfColumn(letter), first + i, letter == UPPER_Z || letter == UPPER_Y);
  }
  return finish();
}

function takeColumn(field: u32, index: i32, isBehindSlash: bool): void {
  let ptr = columnPtr(index);
  const endPtr = columnEndPtr(index);
  if (isBehindSlash) ptr = min<usize>(findRarely(ptr, endPtr, SLASH) + 1, endPtr);
  if (endPtr - ptr == 1 && load<u8>(ptr) == DASH) return;
  if (isTarget(field)) hasTarget = true;
  noteField(field, ptr, endPtr, true, false);
}

function finish(): bool {
  // a proxy's column is the URL that its client asked for, whoever serves it
  if (hasFieldRequest(false)) setFieldRequest(hasTarget ? NO_SERVER : ANY_SERVER);
  return true;
}

/** Two and four bytes as little-endian numbers. */
const SPACE_SLASH: u16 = 0x2f20;
const MILLISECONDS: u16 = 0x736d; // "ms"
const TLS: u32 = 0x20736c74; // "tls "

/** W3C's extended format: `"W3SV"`, as names of IIS' sites begin. */
const W3SV: u32 = 0x56533357;
const DIGIT_OF_W3SV: u32 = 0x0000ff00;

/** Behind a date at datePtr that begins the line; `ptr` is at what follows it. */
export function parseDatedColumns(datePtr: usize, ptr: usize, endPtr: usize): bool {
  if (knowsFieldsLines && parseKnown(datePtr, endPtr)) return true;
  const c = <u32>load<u8>(ptr);
  if (c == SPACE) {
    if (load<u8>(datePtr + 10) == DOT) return parseSquid(ptr, endPtr);
    if (load<u8>(ptr, 1) == QUOTE) return parseChi(ptr + 1, endPtr);
    const word = load<u64>(ptr, 1);
    if (((<u32>word ^ W3SV) & ~DIGIT_OF_W3SV) == 0) noteDecided(ptr + 1, ptr + 5);
    // an IPv4 address has a dot among its first bytes, an IPv6 one a colon behind one group or another
    if (matchByte(word & 0xffffffff, DOT) != 0 || <u32>word == W3SV) return parseIis(ptr + 1, endPtr);
    if (load<u8>(ptr, 5) == COLON && hexValue(<u32>load<u8>(ptr, 1)) < 16) return parseIis(ptr + 1, endPtr);
    return load<u8>(datePtr, 26) == UPPER_Z && parseClassicBalancer(ptr + 1, endPtr);
  }
  if (c == COMMA) return parseCsvlog(ptr, endPtr) || parseTuple();
  if (c == TAB) return parseCloudFront(ptr + 1, endPtr);
  return load<u8>(ptr + 1) == SPACE && load<u8>(ptr + 2) == QUOTE && parseQuotedRequest(ptr + 2, endPtr);
}

/** As the last `#Fields:` line of the same source says. */
function parseKnown(ptr: usize, endPtr: usize): bool {
  if (!findFieldsLine()) return false;
  // CloudFront's line has blanks, and tabs below it
  split(ptr, endPtr, findRarely(ptr, endPtr, TAB) < endPtr ? TAB : knownSeparator);
  if (columns != knownColumns || !fitsKnown()) return false;
  begin();
  for (let i = 0; i < columns; i++) takeColumn(fieldAt(i), i, false);
  return finish();
}

/** Whether client and status are what they should be: other lines may have as many words. */
function fitsKnown(): bool {
  let fits = false;
  for (let i = 0; i < columns; i++) {
    const field = fieldAt(i);
    if (isDash(i) || !(isClients(field) || isStatusField(field))) continue;
    if (!(isClients(field) ? isHost(i) : isNumber(i))) return false;
    fits = true;
  }
  return fits;
}

/** Go's chi: "request" from client - status … */
function parseChi(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns > 5 && isHost(2) && isDash(3) && isNumber(4) && take(0, "q-c-s");
}

/** Classic ELB: name client backend three times two statuses received sent "request" "agent" cipher protocol. */
function parseClassicBalancer(ptr: usize, endPtr: usize): bool {
  // the protocol: a dash or TLSv1.2
  const c = <u32>load<u8>(endPtr - 2);
  if (c != SPACE && c != DOT) return false;
  split(ptr, endPtr, SPACE);
  return columns > 12 && isHost(1) && isNumber(9) && take(0, "-c----s--bqa");
}

/** Azure's flow tuples: source destination ports protocol direction decision state, packets and bytes both ways. */
function parseTuple(): bool {
  return columns > 6 && isHost(0) && isHost(1) && isNumber(2) && isNumber(3) && take(0, "SD-P--o--f-w");
}

/** CloudFront: edge bytes client method host path status referrer agent query … */
function parseCloudFront(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, TAB);
  return columns > 17 && isHost(2) && isNumber(6) && take(0, "-bcm-psrav");
}

/** Squid's own: elapsed client RESULT/STATUS bytes method url user HIERARCHY/PEER type. */
function parseSquid(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns > 7 && isNumber(0) && isHost(1) && isNumber(3) && take(1, "SYtmp-Z");
}

/** PostgreSQL's csvlog: `,"USER","DATABASE",PID,"HOST:PORT",…,LEVEL,CODE,"MESSAGE",…`; what is none stays split. */
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
 * IIS: [s-sitename] [s-computername] [s-ip] cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip [cs-version]
 * cs(User-Agent) [cs(Cookie)] [cs(Referer)] [cs-host] sc-status sc-substatus sc-win32-status …; its error log: c-ip
 * c-port s-ip s-port version method uri status …
 */
function parseIis(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  if (columns < 8) return false;
  if (isNumber(1)) return isHost(0) && isHost(2) && take(0, "c----mps");
  let first = 0;
  while (<u32>load<u8>(columnPtr(first)) - UPPER_A > 25 || load<u8>(columnPtr(first + 1)) != SLASH) {
    if (++first > 3) return false;
  }
  if (!isHost(first + 5)) return false;
  let status = first + 6;
  while (!isStatus(status)) if (++status + 2 >= columns) return false;
  take(first, startsWith(columnPtr(first + 6), endPtr, "HTTP/") ? "mpv--c-a" : "mpv--ca");
  takeColumn(fieldOfColumn(LOWER_S), status, false);
  if (columns == status + 4) takeColumn(fieldOfColumn(LOWER_D), status + 3, false);
  return true;
}

/** Three digits before two more numbers. */
function isStatus(index: i32): bool {
  const ptr = columnPtr(index);
  const isThree = columnEndPtr(index) - ptr == 3 && readDigits(ptr, ptr + 3, 3) >= 100;
  return isThree && isNumber(index + 1) && isNumber(index + 2);
}

/** Envoy's and Istio's default, Django's and PHP-FPM's: a date and `"METHOD TARGET PROTOCOL" STATUS …` */
export function parseQuotedRequest(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  if (columns < 2 || !isNumber(1)) return false;
  if (columns < 4) return take(0, "qsb");
  return take(0, isNumber(3) ? "qs--bd-ca" : "qs-----bd-ca------c");
}

/** Columns without a date before them; ptr is where the line begins, or (not isBare) what is behind its header. */
// @ts-ignore: decorator
@inline
export function parseColumns(ptr: usize, endPtr: usize, isBare: bool): bool {
  if (load<u8>(ptr, 1) <= COMMA) return parseNumbered(ptr, endPtr) || isFilterlog(ptr, endPtr);
  return isBare ? parseBareColumns(ptr, endPtr) : isFilterlog(ptr, endPtr);
}

export function parseBareColumns(ptr: usize, endPtr: usize): bool {
  if (load<u8>(ptr) == NUMBER_SIGN) return noteFieldsLine(ptr, endPtr);
  // "GET /", "POST /"
  if (load<u16>(ptr, 3) == SPACE_SLASH || load<u16>(ptr, 4) == SPACE_SLASH) return parseMorgan(ptr, endPtr);
  if (load<u16>(endPtr - 2) == MILLISECONDS) return parseMorganShort(ptr, endPtr);
  if (load<u8>(ptr) == LOWER_T) return parseNetworkBalancer(ptr, endPtr);
  return (load<u8>(ptr) == LOWER_H || load<u8>(ptr) == LOWER_W) && parseBalancer(ptr, endPtr);
}

/** Morgan's dev and tiny: method target status milliseconds `ms` - bytes, and … status bytes - milliseconds `ms`. */
function parseMorgan(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  if (columns != 7 || !isNumber(2)) return false;
  if (load<u16>(columnPtr(4)) == MILLISECONDS) return take(0, "mpsd--b");
  return load<u16>(columnPtr(6)) == MILLISECONDS && take(0, "mpsb-d");
}

/** Its short: client user method target protocol status bytes - milliseconds `ms`. */
function parseMorganShort(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns == 10 && isHost(0) && isNumber(5) && take(0, "c-mp-sb-d");
}

/** AWS's network load balancer: tls version time name listener client target … received sent … */
function parseNetworkBalancer(ptr: usize, endPtr: usize): bool {
  if (load<u32>(ptr) != TLS || ptr + 20 > endPtr || load<u8>(ptr, 18) != UPPER_T) return false;
  split(ptr, endPtr, SPACE);
  return columns > 10 && isHost(5) && take(2, "T--c");
}

/** "1,2026/11/21 …" and "2 123456789012 eni-…" */
function parseNumbered(ptr: usize, endPtr: usize): bool {
  if (load<u8>(ptr, 1) == COMMA) {
    const c = <u32>load<u8>(ptr, 6);
    return (c == SLASH || c == DASH) && parsePanOs(ptr, endPtr);
  }
  return load<u8>(ptr, 1) == SPACE && isDigit(<u32>load<u8>(ptr)) && parseVpcFlow(ptr, endPtr);
}

/** PAN-OS: the future, received, serial, type, subtype, version, generated, and then by its type. */
function parsePanOs(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, COMMA);
  if (columns < 14) return false;
  noteDecided(columnPtr(3), columnEndPtr(3));
  const layout = layoutOfPanOs(columnPtr(3), columnEndPtr(3));
  return layout != 0 && columns > <i32>bytesOf(layout) && take(6, layout);
}

function layoutOfPanOs(ptr: usize, endPtr: usize): Text {
  if (equalsText(ptr, endPtr, "TRAFFIC")) return "TSD----------------P----otfw--e";
  if (equalsText(ptr, endPtr, "THREAT")) return "TSD----------------P----o---l";
  if (equalsText(ptr, endPtr, "SYSTEM")) return "T------l";
  if (equalsText(ptr, endPtr, "CONFIG")) return "Tc";
  if (equalsText(ptr, endPtr, "USERID") || equalsText(ptr, endPtr, "AUTHENTICATION")) return "T-c";
  if (equalsText(ptr, endPtr, "HIPMATCH")) return "T----c";
  return equalsText(ptr, endPtr, "GLOBALPROTECT") ? "T--------cc" : 0;
}

/**
 * AWS: version account interface source destination ports protocol packets bytes start end action status; from the
 * third version on more stands before and between them.
 */
function parseVpcFlow(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  const first = columns == 14 ? 3 : 7;
  if (columns != 14 && columns != 21) return false;
  if (!(isHost(first) && isHost(first + 1)) && !isDash(first)) return false;
  return take(first, columns == 14 ? "SDnP--t-To" : "SDnP---t--To");
}

/** "filterlo" */
const FILTERLOG: u64 = 0x6f6c7265746c6966;

/**
 * What pfSense's filterlog writes behind its header: rule, sub-rule, anchor, tracker, interface, reason, action,
 * direction, version, and then by the version.
 */
// @ts-ignore: decorator
@inline
function isFilterlog(ptr: usize, endPtr: usize): bool {
  const bytes = sourceEndPtr - sourcePtr;
  if (bytes == 7) return (load<u64>(sourcePtr) & SEVEN_BYTES) == RT_FLOW && parseSession(ptr, endPtr);
  return bytes == 9 && load<u64>(sourcePtr) == FILTERLOG && parseFilterlog(ptr, endPtr);
}

/** "RT_FLOW", as Juniper's SRX calls what it says of sessions. */
const RT_FLOW: u64 = 0x574f4c465f5452;
const SEVEN_BYTES: u64 = 0xffffffffffffff;

/** `… SOURCE/PORT->DESTINATION/PORT …`, and of a session that closed packets and bytes from and to: N(N) N(N). */
function parseSession(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  let ends = 0;
  while (ends < columns && !isSession(columnPtr(ends), columnEndPtr(ends))) ends++;
  if (ends == columns) return false;
  begin();
  const arrowPtr = arrowAt(columnPtr(ends), columnEndPtr(ends));
  takeEnd(fieldOfColumn(UPPER_S), fieldOfColumn(LOWER_N), columnPtr(ends), arrowPtr);
  takeEnd(fieldOfColumn(UPPER_D), fieldOfColumn(UPPER_P), arrowPtr + 2, columnEndPtr(ends));
  if (load<u16>(ptr, CLOSED_BYTES) != CLOSED && load<u16>(ptr, CLOSED_TEXT_BYTES) != CLOSED_TEXT) return true;
  let field = LOWER_F;
  for (let i = ends + 1; i < columns; i++) {
    const parenPtr = findRarely(columnPtr(i), columnEndPtr(i), OPEN_PAREN);
    if (!isNumber(i) || !isDigit(<u32>load<u8>(parenPtr, 1)) || parenPtr + 2 >= columnEndPtr(i)) continue;
    noteField(fieldOfColumn(field), parenPtr + 1, columnEndPtr(i) - 1, true, false);
    if (field == LOWER_W) break;
    field = LOWER_W;
  }
  return true;
}

/** In "RT_FLOW_SESSION_CLOSE" where CLOSE begins, and in "session closed", which follows structured data. */
const CLOSED_BYTES: usize = 16;
const CLOSED: u16 = 0x4c43; // "CL"
const CLOSED_TEXT_BYTES: usize = 8;
const CLOSED_TEXT: u16 = 0x6c63; // "cl"

/** Where `->` stands. */
function arrowAt(ptr: usize, endPtr: usize): usize {
  return findRarely(ptr, endPtr, GREATER) - 1;
}

function isSession(ptr: usize, endPtr: usize): bool {
  const arrowPtr = arrowAt(ptr, endPtr);
  return arrowPtr > ptr && load<u8>(arrowPtr) == DASH && readHost(ptr, findRarely(ptr, arrowPtr, SLASH));
}

/** ADDRESS/PORT */
function takeEnd(host: u32, port: u32, ptr: usize, endPtr: usize): void {
  const slashPtr = findRarely(ptr, endPtr, SLASH);
  noteField(host, ptr, slashPtr, true, false);
  if (slashPtr + 1 < endPtr) noteField(port, slashPtr + 1, endPtr, true, false);
}

function parseFilterlog(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, COMMA);
  if (columns < 17) return false;
  const isIpv4 = load<u8>(columnPtr(8)) == DIGIT_4;
  return isHost(isIpv4 ? 18 : 15) && take(6, isIpv4 ? "o----------tSDnP" : "o-------tSDnP");
}

/** AWS's application load balancer: type time name client target three times status … bytes request agent. */
function parseBalancer(ptr: usize, endPtr: usize): bool {
  const spacePtr = ptr + 2 < endPtr ? findRarely(ptr + 2, min<usize>(ptr + 6, endPtr), SPACE) : endPtr;
  if (spacePtr + 12 > endPtr || load<u8>(spacePtr + 11) != UPPER_T || load<u8>(spacePtr + 5) != DASH) return false;
  split(ptr, endPtr, SPACE);
  return columns > 13 && isHost(3) && take(1, "T-c----s--bqa");
}

/** S3's access log behind its date: client requester id operation key "request" status error bytes … */
export function parseStorage(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns > 12 && (isHost(0) || isDash(0)) && isNumber(6) && take(0, "c----qs-b---ra");
}

/** Uvicorn behind its level: client - "request" status. */
export function parseUvicorn(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns > 3 && isHost(0) && load<u8>(columnPtr(2) - 1) == QUOTE && isNumber(3) && take(0, "c-qs");
}

/** CoreDNS behind its level: client - number "question" … */
export function parseDnsQuery(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  return columns > 4 && isHost(0) && isDash(1) && isNumber(2) && load<u8>(columnPtr(3) - 1) == QUOTE && take(0, "c");
}

/** uWSGI: `[pid: …] CLIENT () {…} [DATE] METHOD TARGET => generated BYTES bytes in N msecs (PROTOCOL STATUS) …` */
export function parseUwsgi(ptr: usize, endPtr: usize): bool {
  const clientPtr = findRarely(ptr, endPtr, CLOSE_BRACKET) + 2;
  const datePtr = findRarely(clientPtr, endPtr, OPEN_BRACKET) + 1;
  const seconds = dateAt(datePtr, endPtr);
  if (seconds == NO_TIME) return false;
  split(timeEndPtr + 2, endPtr, SPACE);
  if (columns < 11 || !isNumber(10) || !take(0, "mp--b--d--s")) return false;
  setTime(seconds);
  noteField(fieldOfColumn(LOWER_C), clientPtr, findRarely(clientPtr, endPtr, SPACE), true, false);
  return true;
}

/** Gin behind its name: date - clock | status | latency | client | method "target". */
export function parseGin(ptr: usize, endPtr: usize): bool {
  split(ptr, endPtr, SPACE);
  if (columns <= 11 || !isNumber(4) || !isHost(8)) return false;
  const seconds = dateAt(ptr, endPtr);
  if (seconds != NO_TIME) setTime(seconds);
  return take(4, "s---c-mp");
}
