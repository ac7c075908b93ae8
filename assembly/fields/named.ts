/**
 * Fields that loggers and parsers upstream leave, under their usual names: ECS, Bunyan and pino, Serilog, GELF, zap,
 * logfmt, journald, Fluent Bit's own parsers, network logs. One table of names (assembly/runtime/nameTable.ts) serves
 * JSON members, nested ones under their joined names (http.response.status_code), and key=value pairs. Of several
 * fields that say the same the first is taken.
 */
import { addressHasPort, addressHigh, addressLow, readHost } from "../event/address";
import {
  bytes,
  clearSender,
  durationMilliseconds,
  fieldScratchEndPtr,
  fieldScratchPtr,
  keyEndPtr,
  keyPtr,
  LEVEL_DEBUG,
  LEVEL_ERROR,
  LEVEL_FATAL,
  LEVEL_INFO,
  LEVEL_NONE,
  LEVEL_TRACE,
  LEVEL_WARN,
  markError,
  NO_TIME,
  noteClock,
  setAgent,
  setBytes,
  setDestination,
  setDestinationPort,
  setDestinationText,
  setDuration,
  setKey,
  setKeyAddress,
  setLevel,
  setReferrer,
  setRequest,
  setSender,
  setSenderText,
  setSource,
  setStatus,
  setTime,
  sourceEndPtr,
  sourcePtr,
  status,
  timeSeconds,
} from "../event/event";
import { digitsEnd, equalsText, findByte, findRarely, isDigit, readDigits, startsWith } from "../runtime/bytes";
import {
  COLON,
  COMMA,
  DIGIT_0,
  DOT,
  LOWER_A,
  LOWER_M,
  LOWER_S,
  NEWLINE,
  QUESTION_MARK,
  SLASH,
  SPACE,
} from "../runtime/characters";
import { addNames, findName, NAME_START, nameHash, newNameTable } from "../runtime/nameTable";
import { setClient, setListedClient } from "./client";
import { isMetAddress, meetAddress } from "./clientPlaces";
import { dateAt, dateIsZoned, NO_ZONE, zoneOf } from "./date";
import {
  clearFlow,
  enterFlow,
  FLOW_ACTION,
  FLOW_BACKWARD,
  FLOW_FORWARD,
  FLOW_SECONDS,
  FLOW_SOURCE_PORT,
  FLOW_TOTAL,
  inEvent,
  inReply,
  noteFlow,
} from "./flow";
import { addFlowNames, FLOW_MASK, FLOW_SHIFT } from "./flowNames";
import { levelWord } from "./level";
import { setQuantities } from "./quantities";
import { requestTargetEnd } from "./request";
import { severityLevel } from "./severity";
import { localZoneSeconds, timeEndPtr } from "./time";

export const TIME: u32 = 1;
const LEVEL: u32 = 2;
const STATUS: u32 = 3;
const BYTES: u32 = 4;
/** One direction's bytes: the parts are added up. */
const BYTES_PART: u32 = 5;
const CLIENT: u32 = 6;
/** The same where it is an address; under such a name something else may stand. */
const CLIENT_ADDRESS: u32 = 7;
const SENDER: u32 = 8;
const DESTINATION: u32 = 9;
const DESTINATION_PORT: u32 = 10;
const METHOD: u32 = 11;
const TARGET: u32 = 12;
/** METHOD TARGET PROTOCOL in one. */
const REQUEST: u32 = 13;
const SOURCE: u32 = 14;
const ERROR_FLAG: u32 = 15;
const ERROR_TEXT: u32 = 16;
/** Vector's own mark: the time beside it is when Vector read the line. */
const SHIPPER: u32 = 17;
const AGENT: u32 = 18;
const REFERRER: u32 = 19;
/** Seconds where it has a fraction, else milliseconds, unless a unit is there; milliseconds in any case. */
const DURATION: u32 = 20;
const DURATION_MILLISECONDS: u32 = 21;
/** The zone of a time that says none. */
const ZONE: u32 = 22;
/** Says that numbers of levels are those of Windows. */
const WINDOWS: u32 = 23;
/** A sender, but in a record of Vector's whoever handed the line over. */
const SENDER_OR_RELAY: u32 = 24;
/** A level, but no number. */
const LEVEL_WORD: u32 = 25;
/** A level from 0 to 10. */
const LEVEL_OF_TEN: u32 = 26;
/** What belongs behind a target and a question mark. */
const QUERY: u32 = 27;
/** The file that the line was read from. */
const LOG_FILE: u32 = 28;
/** Says that numbers of levels are Nextcloud's. */
const NEXTCLOUD: u32 = 29;
/** An error's text where no other field has one: its first line. */
const STACK_TRACE: u32 = 30;
/** Syslog's PRI, a facility times eight and a severity; devices call the severity alone so, too. */
const PRIORITY: u32 = 31;
const KIND_MASK: u32 = 31;
/** An object under this name is entered, its members' names go on behind this one's (32), or begin anew (64). */
export const FIELD_ENTERED: u32 = 32;
export const FIELD_RENAMED: u32 = 64;
/** What is said of objects alone. */
export const OBJECT_MASK: u32 = FIELD_ENTERED | FIELD_RENAMED;
/** From here on the rank of a message: of several candidates the highest is taken; from FLOW_SHIFT on a flow's part. */
const RANK_SHIFT: u32 = 8;
const RANK_MASK: u32 = 15;
export const LOG_RANK: i32 = 8;

const BYTES_MAX: i64 = 1 << 53;
/** What is read of a request's target, and of every other field: together they fit the scratch. */
const TARGET_BYTES_MAX: usize = 6144;
const TEXT_FIELD_BYTES_MAX: usize = 512;

let table: usize = 0;

/** The request's parts and the error's text, as found in this event. */
export let fieldMethodPtr: usize = 0;
export let fieldMethodEndPtr: usize = 0;
export let fieldTargetPtr: usize = 0;
export let fieldTargetEndPtr: usize = 0;
/** Behind the target, where a field of its own has it. */
let queryPtr: usize = 0;
let queryEndPtr: usize = 0;
export let errorTextPtr: usize = 0;
export let errorTextEndPtr: usize = 0;
let isOfStackTrace: bool = false;
/** How many fields were taken in. */
export let fieldCount: i32 = 0;
/** Of the name of the file that the record says it was read from, 0 for none. */
export let logFileHash: u32 = 0;
/** Where text may be kept until the event is judged. */
export let fieldNextPtr: usize = 0;

export function initialiseFields(): bool {
  if (table != 0) return true;
  table = newNameTable();
  if (table == 0) return false;
  addNames(
    table,
    `timestamp time ts t datetime eventtime logtime asctime timelocal timeiso8601 starttime startutc
    sourcerealtimetimestamp realtimetimestamp eventtimestamp createdat date creationtime eventcreationtime timemillis
    instantepochsecond published unixtime idtime tdate edgestarttimestamp requestreceivedtimestamp timecreated devtime
    requesttimeepoch lastupdatetime syslogauditrecordisotimestamp startedat reqtimesec timereceivedns timereceived first
    timereported timegenerated systemtime msec timestampend lastswitched
    flowendmilliseconds timeunixnano`,
    TIME,
  );
  addNames(table, "tz timezone", ZONE);
  addNames(
    table,
    `level lvl l severity severitytext levelname loglevel priority logseverity severitylabel errorseverity
    syslogseverity syslogseveritytext`,
    LEVEL,
  );
  addNames(table, "pri", PRIORITY);
  addNames(table, "s label at", LEVEL_WORD);
  addNames(table, "sev", LEVEL_OF_TEN);
  addNames(table, "csuriquery urlquery requestquery querystring args", QUERY);
  addNames(table, "file filename filepath logfilepath", LOG_FILE);
  addNames(table, "eventid channel providername leveldisplayname", WINDOWS);
  addNames(table, "reqid", NEXTCLOUD);
  addNames(
    table,
    `status code statuscode httpstatus httpstatuscode httpcode responsestatus responsecode responsestatuscode
    httpresponsestatuscode httpresponsestatus downstreamstatus scstatus resstatuscode resstatus httprequeststatus
    edgeresponsestatus elbstatuscode httpresponse`,
    STATUS,
  );
  addNames(
    table,
    `bytes bytessent bodybytessent size responsesize responsebytes responselength networkbytes httpresponsebodybytes
    httpresponsebytes downstreamcontentsize scbytes totalbytes len edgeresponsebytes httprequestresponsesize`,
    BYTES,
  );
  addNames(
    table,
    `origbytes respbytes bytesin bytesout sentbyte rcvdbyte sentbytes rcvdbytes receivedbytes sourcebytes
    destinationbytes clientbytes serverbytes bytestoserver bytestoclient flowbytestoserver flowbytestoclient inbytes
    outbytes srcbytes dstbytes bytesreceived recvbytes bytesfromclient bytesfromserver initiatorbytes responderbytes`,
    BYTES_PART,
  );
  addNames(table, "remote remoteaddr", CLIENT);
  addNames(
    table,
    `client clientip clientaddr clientaddress clienthost remoteip remoteaddress remotehost remoteipaddress ip ipaddress
    ipaddr cip peer peeraddress peeraddr peerip userip rhost rip requestremoteip requestremoteaddr requestclientip
    reqremoteaddress httpclientip callerip sourceipaddress httprequestremoteip calleripaddress clientipaddress
    originaddress sourceips requestmetadatacallerip attrremote syslogauditrecordstation xrealip
    httprequestclientip downstreamremoteaddress cliip requestip`,
    CLIENT_ADDRESS,
  );
  addNames(
    table,
    `src srcip srcaddr srcipaddr source sourceaddress saddr ipsrc idorigh origh ipv4srcaddr ipv6srcaddr src4addr
    src6addr sourceipv4address sourceipv6address`,
    SENDER,
  );
  addNames(table, "sourceip", SENDER_OR_RELAY);
  addNames(
    table,
    `dst dstip dstaddr dstipaddr dest destip destaddr destination destinationip destinationaddress daddr ipdst idresph
    resph ipv4dstaddr ipv6dstaddr dst4addr dst6addr destinationipv4address destinationipv6address`,
    DESTINATION,
  );
  addNames(
    table,
    `dstport destport destinationport dport dpt idrespp respp portdst l4dstport destinationtransportport`,
    DESTINATION_PORT,
  );
  addNames(
    table,
    `method requestmethod httpmethod httprequestmethod reqmethod csmethod verb clientrequestmethod
    httprequestrequestmethod httphttpmethod`,
    METHOD,
  );
  addNames(
    table,
    `path uri url requesturi requesturl requestpath reqpath urlpath urloriginal requrl originalurl httpurl httptarget
    httprequesturi clientrequesturi httprequestrequesturl csuristem`,
    TARGET,
  );
  addNames(table, "request requestline", REQUEST);
  addNames(
    table,
    `useragent httpuseragent agent csuseragent cs(useragent) useragentoriginal clientrequestuseragent
    httprequestuseragent requestclientapplication requestuseragent`,
    AGENT,
  );
  addNames(
    table,
    `referer referrer httpreferer httpreferrer httprequestreferrer httprequestreferer csreferer cs(referer)
    clientrequestreferer requestreferer`,
    REFERRER,
  );
  addNames(table, "requesttime responsetime rt urt duration latency elapsed took", DURATION);
  addNames(table, "durationms latencyms elapsedms responsetimems timetaken", DURATION_MILLISECONDS);
  addNames(table, "ident program appname logger loggername loglogger syslogidentifier sourcecontext component", SOURCE);
  addNames(table, "iserror", ERROR_FLAG);
  addNames(table, "sourcetype", SHIPPER);
  addNames(table, "err error errormessage errmessage exception exceptionmessage errormsg cause x", ERROR_TEXT);
  addNames(
    table,
    "stacktrace stack errorstacktrace errorstack errstack exceptionstacktrace exceptionstack",
    STACK_TRACE,
  );
  addNames(
    table,
    `http httprequest httpresponse httpresponsebody request response req res client source destination url log err error
    exception level network flow remote useragent t instant responsestatus requestmetadata attr syslog
    syslogauditrecord`,
    FIELD_ENTERED,
  );
  addNames(
    table,
    `fields properties attributes context ctx data record message msg event jsonpayload protopayload connection
    logevent winlog eventdata netflow requestheaders reqheaders httprequestheaders mdc meta
    extra system #attributes timecreated time timestamp datetime conn`,
    FIELD_RENAMED,
  );
  addNames(table, "log", (<u32>LOG_RANK) << RANK_SHIFT);
  addNames(table, "message renderedmessage textpayload", 7 << RANK_SHIFT);
  addNames(table, "msg", 6 << RANK_SHIFT);
  addNames(table, "shortmessage", 5 << RANK_SHIFT);
  addNames(table, "m", 4 << RANK_SHIFT);
  addNames(table, "mt messagetemplate", 3 << RANK_SHIFT);
  addNames(table, "event text", 2 << RANK_SHIFT);
  addNames(table, "body", 1 << RANK_SHIFT);
  addFlowNames(table);
  return true;
}

let timeNoted: bool = false;
let levelNoted: bool = false;
let statusNoted: bool = false;
let isShipped: bool = false;
/** Whether the fields at hand are those of an object or pairs in the line that a shipper's record holds. */
let isInShipped: bool = false;
/** Where the key was read under a name that a shipper uses for the relay. */
let isRelayKey: bool = false;
/** How many fields were met that events of Windows have, whether one that says the zone was, and Nextcloud's. */
let companions: i32 = 0;
const WINDOWS_NAMES_MIN: i32 = 2;
const HAS_ZONE: i32 = 256;
const HAS_REQUEST: i32 = 512;
/** A level below ten, whose scale the fields around it say; -1 for none. */
let levelNumber: i32 = -1;
/** Whether the time noted last says its zone, and the zone that stands beside it. */
let timeIsZoned: bool = false;
let zoneSeconds: i32 = 0;
/** When the shipper read the line, NO_TIME where the record does not say so; clearFields sets it first. */
export let shippedSeconds: i64 = 0;
/** The time of the record around the text, its shipper's or its container runtime's; NO_TIME where it says none. */
export let carriedSeconds: i64 = 0;
let senderNoted: bool = false;
let destinationNoted: bool = false;

/** What an object inside says goes before what the one around it said, but for a flow whose ends are both known. */
export function enterFields(): void {
  const hasEnds = senderNoted && destinationNoted;
  enterFlow(hasEnds);
  senderNoted = hasEnds;
  destinationNoted = hasEnds;
  timeNoted = false;
  levelNoted = false;
  statusNoted = false;
  companions = 0;
  isInShipped = isShipped;
}

export function clearFields(): void {
  senderNoted = false;
  enterFields();
  clearFlow();
  setQuantities(0);
  fieldNextPtr = fieldScratchPtr;
  fieldMethodPtr = 0;
  fieldMethodEndPtr = 0;
  fieldTargetPtr = 0;
  queryPtr = 0;
  errorTextPtr = 0;
  errorTextEndPtr = 0;
  fieldCount = 0;
  isShipped = false;
  isInShipped = false;
  isRelayKey = false;
  shippedSeconds = NO_TIME;
  carriedSeconds = NO_TIME;
  logFileHash = 0;
}

/** What fields say of one another: the zone of a time, the scale of a level's number. */
// @ts-ignore: decorator
@inline
export function settleFields(): void {
  if (companions != 0) settle();
}

function settle(): void {
  if ((companions & HAS_ZONE) != 0 && timeNoted && !timeIsZoned) setTime(timeSeconds + localZoneSeconds - zoneSeconds);
  const isWindows = (companions & (HAS_ZONE - 1)) >= WINDOWS_NAMES_MIN;
  if (!levelNoted || levelNumber < 0) return;
  if (isWindows) setLevel(windowsLevel(levelNumber));
  else if ((companions & HAS_REQUEST) != 0 && levelNumber < 5) setLevel(LEVEL_DEBUG + levelNumber);
}

/** A shipper's time holds only where the line itself says none, and the relay that it read from is no client. */
export function setAsideShippers(): void {
  carriedSeconds = timeSeconds;
  if (!isShipped) return;
  if (isRelayKey && !destinationNoted) {
    setKey(0, 0);
    clearSender();
    senderNoted = false;
  }
  if (!timeNoted) return;
  shippedSeconds = timeSeconds;
  setTime(NO_TIME);
  timeNoted = false;
  fieldCount--;
}

/** A container runtime's time, which the text behind it may set aside for its own. */
export function carryTime(seconds: i64): void {
  setTime(seconds);
  carriedSeconds = seconds;
}

/** What a column stands for that has this letter in its format's layout (formats/columns.ts). */
export function fieldOfColumn(letter: u32): u32 {
  switch (letter) {
    case 0x61: // a
      return AGENT;
    case 0x62: // b
      return BYTES;
    case 0x63: // c
      return CLIENT_ADDRESS;
    case 0x64: // d
      return DURATION_MILLISECONDS;
    case 0x65: // e
      return FLOW_SECONDS << FLOW_SHIFT;
    case 0x66: // f
      return FLOW_FORWARD << FLOW_SHIFT;
    case 0x76: // v
      return QUERY;
    case 0x6c: // l
      return LEVEL;
    case 0x6d: // m
      return METHOD;
    case 0x6e: // n
      return FLOW_SOURCE_PORT << FLOW_SHIFT;
    case 0x6f: // o
      return FLOW_ACTION << FLOW_SHIFT;
    case 0x70: // p
      return TARGET;
    case 0x71: // q
      return REQUEST;
    case 0x72: // r
      return REFERRER;
    case 0x73: // s
    case 0x59: // Y
      return STATUS;
    case 0x74: // t
      return (FLOW_TOTAL << FLOW_SHIFT) | BYTES;
    case 0x77: // w
      return FLOW_BACKWARD << FLOW_SHIFT;
    case 0x44: // D
    case 0x5a: // Z
      return DESTINATION;
    case 0x50: // P
      return DESTINATION_PORT;
    case 0x53: // S
      return SENDER;
    default: // T
      return TIME;
  }
}

/** What a name stands for, 0 for a stranger. */
// @ts-ignore: decorator
@inline
export function fieldNamed(hash: u32): u32 {
  return findName(table, hash);
}

// @ts-ignore: decorator
@inline
export function messageRankOf(field: u32): i32 {
  return <i32>((field >> RANK_SHIFT) & RANK_MASK);
}

// @ts-ignore: decorator
@inline
export function hasKind(field: u32): bool {
  return (field & (KIND_MASK | FLOW_MASK)) != 0;
}

/** What is kept lies before fieldNextPtr. */
function keepField(endPtr: usize): void {
  if (kept) fieldNextPtr = endPtr;
}

/** An end of a flow, or another part of one. */
export function isFlowField(field: u32): bool {
  const kind = field & KIND_MASK;
  return kind == SENDER || kind == SENDER_OR_RELAY || kind == DESTINATION || (field & FLOW_MASK) != 0;
}

export function isClients(field: u32): bool {
  return (field & KIND_MASK) == CLIENT_ADDRESS;
}

/** A name under which a list may stand whose first value counts: of clients, or the values of a header. */
export function isListed(field: u32): bool {
  const kind = field & KIND_MASK;
  return kind == CLIENT_ADDRESS || kind == AGENT || kind == REFERRER;
}

export function isTarget(field: u32): bool {
  return (field & KIND_MASK) == TARGET;
}

export function isStatusField(field: u32): bool {
  return (field & KIND_MASK) == STATUS;
}

// @ts-ignore: decorator
@inline
export function isTime(field: u32): bool {
  return (field & KIND_MASK) == TIME;
}

/** Where the text of one more field ends at the latest if it is kept from fieldNextPtr on, or 0 for no room. */
export function fieldLimit(field: u32): usize {
  const kind = field & KIND_MASK;
  const isTargets = kind == TARGET || kind == REQUEST || kind == QUERY;
  const bytesMax = isTargets ? TARGET_BYTES_MAX : TEXT_FIELD_BYTES_MAX;
  const limitPtr = min<usize>(fieldNextPtr + bytesMax, fieldScratchEndPtr());
  return fieldNextPtr + 32 > limitPtr ? 0 : limitPtr;
}

/** Whether method and target were found, and a status, too, where there is a message that would be judged instead. */
export function hasFieldRequest(hasMessage: bool): bool {
  if (fieldMethodPtr == 0 || fieldTargetPtr == 0 || fieldTargetEndPtr == fieldTargetPtr) return false;
  const isMalformed = fieldMethodEndPtr == fieldMethodPtr;
  return status != 0 ? !isMalformed || !hasMessage : !isMalformed && !hasMessage;
}

/** Makes method and target the request's: the query belongs to the target, and the server's own name does not. */
export function setFieldRequest(servers: i32): void {
  if (queryPtr != 0) joinQuery();
  // without a client it is a call of the program's own, and whom it calls is the news
  if (servers != NO_SERVER && keyEndPtr > keyPtr) leaveOutServer(servers);
  setRequest(fieldMethodPtr, fieldMethodEndPtr, fieldTargetPtr, fieldTargetEndPtr);
}

/** Some write the query by itself, some both ways: `/cart?id=1` and `id=1`. As much is taken as there is room for. */
function joinQuery(): void {
  const bytes = fieldTargetEndPtr - fieldTargetPtr;
  const outPtr = fieldNextPtr;
  const limitPtr = fieldScratchEndPtr();
  if (outPtr + bytes >= limitPtr) return;
  if (load<u8>(queryPtr) == QUESTION_MARK) queryPtr++;
  const joinedPtr = outPtr + bytes + 1;
  let queryBytes = queryEndPtr - queryPtr;
  const markPtr = findRarely(fieldTargetPtr, fieldTargetEndPtr, QUESTION_MARK);
  if (markPtr + 1 + queryBytes == fieldTargetEndPtr) return;
  queryBytes = min<usize>(queryBytes, limitPtr - joinedPtr);
  memory.copy(outPtr, fieldTargetPtr, bytes);
  store<u8>(joinedPtr - 1, QUESTION_MARK);
  memory.copy(joinedPtr, queryPtr, queryBytes);
  fieldTargetPtr = outPtr;
  fieldTargetEndPtr = joinedPtr + queryBytes;
  fieldNextPtr = fieldTargetEndPtr;
}

/** Which servers a target does not keep. */
export const NO_SERVER: i32 = 0;
export const SECURE_SERVER: i32 = 1;
export const ANY_SERVER: i32 = 2;

/**
 * Of `https://SERVER/PATH`, as load balancers write it; what has no path stays as it is. Without the `s` it may be what
 * a client sent that looks for an open proxy, but in columns that always have it.
 */
function leaveOutServer(servers: i32): void {
  const ptr = fieldTargetPtr;
  const isSecure = load<u8>(ptr, 4) == LOWER_S;
  if (load<u32>(ptr) != HTTP || !(isSecure || servers == ANY_SERVER)) return;
  const signPtr = ptr + (isSecure ? 5 : 4);
  if ((load<u32>(signPtr) & THREE_BYTES) != COLON_SLASHES) return;
  const pathPtr = findRarely(signPtr + 3, fieldTargetEndPtr, SLASH);
  if (pathPtr < fieldTargetEndPtr) fieldTargetPtr = pathPtr;
}

const HTTP: u32 = 0x70747468; // "http"
const COLON_SLASHES: u32 = 0x2f2f3a;
const THREE_BYTES: u32 = 0xffffff;

/** The request's target as a configured field has it. */
export function setFieldTarget(ptr: usize, endPtr: usize): void {
  fieldTargetPtr = ptr;
  fieldTargetEndPtr = endPtr;
}

/** Writes the error's text behind a message that ends at ptr, after a colon; returns the new end. */
export function appendError(ptr: usize, limitPtr: usize): usize {
  const errorBytes = errorTextEndPtr - errorTextPtr;
  if (errorBytes == 0 || ptr + errorBytes + 2 > limitPtr) return ptr;
  store<u16>(ptr, 0x203a);
  memory.copy(ptr + 2, errorTextPtr, errorBytes);
  return ptr + 2 + errorBytes;
}

/** As long as this a "request time" is when, not how long: milliseconds since 1970, or a date. */
const DATE_BYTES_MIN: usize = 17;
const UNIX_MILLISECONDS_BYTES: usize = 13;

let kept: bool = false;

/** Takes in a field's value [ptr, endPtr): a text, or a number or literal; `atRoom` where it lies at fieldNextPtr. */
export function noteField(field: u32, ptr: usize, endPtr: usize, isText: bool, atRoom: bool): void {
  kept = atRoom;
  if (ptr == endPtr) return;
  if (field >> FLOW_SHIFT != 0) noteFlow(field >> FLOW_SHIFT, ptr, endPtr, isText);
  const kind = field & KIND_MASK;
  switch (kind) {
    case 0:
      return;
    case TIME:
      return noteTime(ptr, endPtr);
    case LEVEL:
      return noteLevel(ptr, endPtr);
    case STATUS:
      return noteStatus(ptr, endPtr);
    case BYTES:
    case BYTES_PART:
      return noteBytes(ptr, endPtr, kind == BYTES_PART);
    case DESTINATION_PORT:
      return notePort(ptr, endPtr);
    case DURATION:
      if (endPtr - ptr >= DATE_BYTES_MIN || isUnixMilliseconds(ptr, endPtr)) return noteTime(ptr, endPtr);
      return noteDuration(ptr, endPtr, 1, true);
    case DURATION_MILLISECONDS:
      return noteDuration(ptr, endPtr, 1, false);
    case ERROR_FLAG:
      if (!equalsText(ptr, endPtr, "true")) return;
      markError();
      fieldCount++;
      return;
    case SHIPPER:
      isShipped = true;
      return;
    case LEVEL_WORD:
      if (!isDigit(<u32>load<u8>(ptr))) noteLevel(ptr, endPtr);
      return;
    case PRIORITY:
      return notePriority(ptr, endPtr);
    case LEVEL_OF_TEN:
      return noteLevelOfTen(ptr, endPtr);
    case LOG_FILE:
      logFileHash = nameHash(NAME_START, ptr, endPtr);
      return;
    case ZONE:
      return noteZone(ptr, endPtr);
    case NEXTCLOUD:
      companions |= HAS_REQUEST;
      return;
    case WINDOWS:
      // a thousand of them are as good as two
      companions = (companions & ~(HAS_ZONE - 1)) | min<i32>((companions & (HAS_ZONE - 1)) + 1, WINDOWS_NAMES_MIN);
      return;
    default:
      if (isText) noteText(kind, ptr, endPtr);
  }
}

function isUnixMilliseconds(ptr: usize, endPtr: usize): bool {
  if (endPtr - ptr != UNIX_MILLISECONDS_BYTES || !isDigit(<u32>load<u8>(endPtr - 1))) return false;
  return readDigits(ptr, endPtr, 9) > 0;
}

function noteZone(ptr: usize, endPtr: usize): void {
  const zone = zoneOf(ptr, endPtr);
  if (zone == NO_ZONE) return;
  zoneSeconds = zone;
  companions |= HAS_ZONE;
}

/** The kinds whose text outlives the call, or is an address. */
function noteText(kind: u32, ptr: usize, endPtr: usize): void {
  switch (kind) {
    case METHOD:
      if (fieldMethodEndPtr > fieldMethodPtr) return;
      fieldMethodPtr = ptr;
      fieldMethodEndPtr = endPtr;
      break;
    case TARGET:
      // what Zeek calls `_path` is a protocol
      if (fieldTargetPtr != 0 && findByte(fieldTargetPtr, fieldTargetEndPtr, SLASH) < fieldTargetEndPtr) return;
      fieldTargetPtr = ptr;
      fieldTargetEndPtr = endPtr;
      break;
    case REQUEST:
      noteRequest(ptr, endPtr);
      break;
    case SOURCE:
      if (sourceEndPtr > sourcePtr) return;
      setSource(ptr, endPtr);
      break;
    case AGENT:
      setAgent(ptr, endPtr, 0);
      return keepField(endPtr); // that alone is no event
    case REFERRER:
      setReferrer(ptr, endPtr, 0);
      return keepField(endPtr);
    case QUERY:
      if (queryPtr != 0) return;
      queryPtr = ptr;
      queryEndPtr = endPtr;
      return keepField(endPtr);
    case ERROR_TEXT:
    case STACK_TRACE:
      if (errorTextPtr != 0 && (kind == STACK_TRACE || !isOfStackTrace)) return;
      isOfStackTrace = kind == STACK_TRACE;
      errorTextPtr = ptr;
      errorTextEndPtr = findByte(ptr, endPtr, NEWLINE);
      break;
    default:
      return noteAddress(kind, ptr, endPtr);
  }
  keepField(endPtr);
  fieldCount++;
}

function noteAddress(kind: u32, ptr: usize, endPtr: usize): void {
  if (kind == CLIENT) {
    if (keyEndPtr > keyPtr) return;
    if (findByte(ptr, endPtr, COMMA) < endPtr) setListedClient(ptr, endPtr);
    else setClient(ptr, endPtr);
    if (keyPtr == ptr) keepField(endPtr);
    fieldCount++;
    return;
  }
  // an address met before is written as it would be written anew
  const isMet = isMetAddress(ptr, endPtr);
  if (!isMet && !readEndpoint(ptr, endPtr)) {
    const isList = kind == CLIENT_ADDRESS && findByte(ptr, endPtr, COMMA) < endPtr;
    if (isList && keyEndPtr == keyPtr) setListedClient(ptr, endPtr);
    return;
  }
  if (kind == DESTINATION) {
    if (!destinationNoted) {
      if (isMet) setDestinationText(ptr, endPtr);
      else setDestination(addressHigh, addressLow);
    }
    destinationNoted = true;
  } else {
    if (kind != CLIENT_ADDRESS) {
      if (!senderNoted) {
        if (isMet) setSenderText(ptr, endPtr);
        else setSender(addressHigh, addressLow);
      }
      senderNoted = true;
    }
    if (keyEndPtr == keyPtr) {
      if (isMet) setKey(ptr, endPtr);
      else setKeyAddress(addressHigh, addressLow);
      isRelayKey = kind == SENDER_OR_RELAY;
    }
  }
  if (isMet) keepField(endPtr);
  else meetAddress(ptr, endPtr);
  fieldCount++;
}

/** An address as a host reads it, or with what firewalls put behind it: ADDRESS:PORT:INTERFACE. */
function readEndpoint(ptr: usize, endPtr: usize): bool {
  if (readHost(ptr, endPtr)) return true;
  for (let parts = 0; parts < 3; parts++) {
    do endPtr--;
    while (endPtr > ptr && load<u8>(endPtr) != COLON);
    if (endPtr <= ptr) return false;
    if (readHost(ptr, endPtr)) return addressHasPort;
  }
  return false;
}

/** What is no request line is the target of a request without a method. */
function noteRequest(ptr: usize, endPtr: usize): void {
  if (fieldTargetPtr != 0) return;
  const methodEndPtr = findByte(ptr, endPtr, SPACE);
  fieldTargetPtr = methodEndPtr < endPtr ? methodEndPtr + 1 : ptr;
  fieldTargetEndPtr = requestTargetEnd(fieldTargetPtr, endPtr);
  const isMalformed = fieldTargetEndPtr == fieldTargetPtr;
  if (isMalformed) {
    fieldTargetPtr = ptr;
    fieldTargetEndPtr = endPtr;
  }
  if (fieldMethodPtr != 0) return;
  fieldMethodPtr = ptr;
  fieldMethodEndPtr = isMalformed || methodEndPtr == endPtr ? ptr : methodEndPtr;
}

// @ts-ignore: decorator
@inline
export function isDuration(field: u32): bool {
  return (field & KIND_MASK) == DURATION;
}

/**
 * The first one that is a number counts. Without a unit behind it a number with a fraction is seconds where nobody
 * knows (`isUnsure`), any other so many milliseconds a unit.
 */
export function noteDuration(ptr: usize, endPtr: usize, milliseconds: f64, isUnsure: bool): void {
  if (durationMilliseconds >= 0) return;
  let value: f64 = 0;
  let scale: f64 = 0;
  const startPtr = ptr;
  while (ptr < endPtr) {
    const c = <u32>load<u8>(ptr);
    if (isDigit(c)) {
      value = value * 10 + <f64>(c - DIGIT_0);
      scale *= 10;
    } else if (c == DOT && scale == 0) scale = 1;
    else break;
    ptr++;
  }
  if (ptr == startPtr) return;
  const unit: u32 = ptr < endPtr ? <u32>load<u8>(ptr) : 0;
  if (unit == LOWER_M) milliseconds = 1;
  else if (unit == LOWER_S || (unit - LOWER_A > 25 && isUnsure && scale != 0)) milliseconds = 1000;
  setDuration((scale != 0 ? value / scale : value) * milliseconds);
}

/** A date in any shape of date.ts, or a count of seconds, milli-, micro- or nanoseconds, recognised by its length. */
export function noteTime(ptr: usize, endPtr: usize): void {
  if (timeNoted) return;
  const digits = digitsEnd(ptr, endPtr) - ptr;
  const ends = ptr + digits == endPtr || load<u8>(ptr + digits) == DOT;
  if (ends && (digits == 10 || digits == 13 || digits == 16 || digits == 19)) {
    noteClock(0);
    return takeTime(<i64>readDigits(ptr, endPtr, 9) * 10 + <i64>(load<u8>(ptr + 9) - DIGIT_0), true);
  }
  const seconds = dateAt(ptr, endPtr);
  if (timeEndPtr == ptr || seconds == NO_TIME) return;
  takeTime(seconds, dateIsZoned);
}

/** The same where it is known which time it is, and whether by a zone of its own. */
// @ts-ignore: decorator
@inline
export function takeTime(seconds: i64, isZoned: bool): void {
  if (timeNoted) return;
  setTime(seconds);
  timeNoted = true;
  timeIsZoned = isZoned;
  fieldCount++;
}

/** Whether the level is syslog's, a number or in a record of Vector's: one for every line of a program. */
export function isLevelOfSender(): bool {
  return levelNoted && (levelNumber >= 0 || (isShipped && !isInShipped));
}

/** A field's value as a level; LEVEL_NONE where it is none. */
export function readLevel(ptr: usize, endPtr: usize): i32 {
  const isNumber = isDigit(<u32>load<u8>(ptr)) && endPtr - ptr <= 2;
  return isNumber ? numberedLevel(readDigits(ptr, endPtr, <i32>(endPtr - ptr))) : levelWord(ptr, endPtr);
}

function noteLevel(ptr: usize, endPtr: usize): void {
  if (levelNoted) return;
  const found = readLevel(ptr, endPtr);
  if (found == LEVEL_NONE) return;
  const digit = <i32>load<u8>(ptr) - <i32>DIGIT_0;
  levelNumber = endPtr - ptr == 1 && digit < 10 ? digit : -1;
  keepLevel(found);
}

function notePriority(ptr: usize, endPtr: usize): void {
  const value = endPtr - ptr > 3 ? -1 : readDigits(ptr, endPtr, <i32>(endPtr - ptr));
  if (value < 8 || levelNoted) return noteLevel(ptr, endPtr);
  levelNumber = value & 7;
  keepLevel(severityLevel(levelNumber));
}

function keepLevel(value: i32): void {
  setLevel(value);
  levelNoted = true;
  fieldCount++;
}

/** CEF's and LEEF's: a word, or 0-3 low, 4-6 medium, 7-8 high, 9-10 very high. */
export function noteLevelOfTen(ptr: usize, endPtr: usize): void {
  const value = endPtr - ptr > 2 ? -1 : readDigits(ptr, endPtr, <i32>(endPtr - ptr));
  let found = value < 0 ? levelWord(ptr, endPtr) : value > 10 ? LEVEL_NONE : levelOfTen(value);
  if (startsWith(ptr, endPtr, "Very")) found = LEVEL_FATAL;
  if (found != LEVEL_NONE) keepLevel(found);
}

function levelOfTen(value: i32): i32 {
  if (value < 4) return LEVEL_INFO;
  if (value < 7) return LEVEL_WARN;
  return value < 9 ? LEVEL_ERROR : LEVEL_FATAL;
}

/** From 10 on Bunyan's and pino's (10 trace … 60 fatal), below 8 syslog's severities. */
function numberedLevel(value: i32): i32 {
  if (value < 0) return LEVEL_NONE;
  if (value < 10) return value < 8 ? severityLevel(value) : LEVEL_NONE;
  if (value < 20) return LEVEL_TRACE;
  if (value < 30) return LEVEL_DEBUG;
  if (value < 40) return LEVEL_INFO;
  if (value < 50) return LEVEL_WARN;
  return value < 60 ? LEVEL_ERROR : LEVEL_FATAL;
}

/** 0 always logged, 1 critical, 2 error, 3 warning, 4 information, 5 verbose. */
function windowsLevel(value: i32): i32 {
  if (value == 0 || value > 5) return LEVEL_INFO;
  return value == 5 ? LEVEL_DEBUG : LEVEL_FATAL + 1 - value;
}

/** A field's value as a status: three digits; 0 where it is none. */
export function readStatus(ptr: usize, endPtr: usize): i32 {
  const value = readDigits(ptr, endPtr, 3);
  return value < 100 || (ptr + 3 < endPtr && isDigit(<u32>load<u8>(ptr + 3))) ? 0 : value;
}

function noteStatus(ptr: usize, endPtr: usize): void {
  // what ECS calls event.code is an event's number
  const value = statusNoted || inEvent ? 0 : readStatus(ptr, endPtr);
  if (value == 0) return;
  setStatus(value);
  statusNoted = true;
  fieldCount++;
}

function noteBytes(ptr: usize, endPtr: usize, isPart: bool): void {
  if (bytes >= 0 && !isPart) return;
  let value: i64 = 0;
  for (let at = ptr; at < endPtr; at++) {
    const c = <u32>load<u8>(at);
    if (!isDigit(c) || value > BYTES_MAX) return;
    value = value * 10 + <i64>(c - DIGIT_0);
  }
  if (value > BYTES_MAX) return;
  setBytes(bytes > 0 ? bytes + value : value);
  fieldCount++;
}

function notePort(ptr: usize, endPtr: usize): void {
  if (endPtr - ptr > 5 || inReply()) return;
  const port = readDigits(ptr, endPtr, <i32>(endPtr - ptr));
  if (port < 0 || port > 65535) return;
  setDestinationPort(port);
  fieldCount++;
}
