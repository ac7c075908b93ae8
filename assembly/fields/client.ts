/**
 * The client's address in free text. Every run of digits, hexadecimal letters, dots and colons that is an address is
 * ranked by the words around it; paths, host names, versions, networks and the machine's own addresses have no rank.
 * No key is better than a wrong one: without a word of its own an address counts only where the line names an action.
 */
import { addressHasPort, addressHigh, addressLow, readHost } from "../event/address";
import { keyEndPtr, keyPtr, setKey, setKeyAddress } from "../event/event";
import { isPrivate } from "../event/sender";
import {
  digitsEnd,
  exactly,
  findByte,
  firstMatch,
  hexValue,
  isDigit,
  isLetter,
  matchEither,
  startsWith,
} from "../runtime/bytes";
import {
  AMPERSAND,
  AT,
  CLOSE_BRACKET,
  CLOSE_PAREN,
  COLON,
  COMMA,
  DASH,
  DOT,
  EQUALS,
  GREATER,
  LOWER_O,
  LOWER_T,
  NUMBER_SIGN,
  OPEN_BRACKET,
  OPEN_PAREN,
  QUESTION_MARK,
  QUOTE,
  SLASH,
  SPACE,
  UPPER_K,
  UPPER_R,
} from "../runtime/characters";
import { bytesOf, Text } from "../runtime/text";
import { isNameByte, isOpener, isRunByte, isWordByte } from "./byteClass";
import {
  chooseNone,
  choosePlace,
  clearPlaces,
  isUnicast,
  noteRest,
  noteRun,
  noteSearch,
  noteWord,
  readPlace,
} from "./clientPlaces";
import {
  clientWord,
  mayBeAction,
  WORD_ACTION,
  WORD_ADDRESS,
  WORD_CHOSEN,
  WORD_CLIENT,
  WORD_OTHER,
  WORD_RELAY,
  WORD_SENDER,
  WORD_TRANSPORT,
  WORD_VERSION,
} from "./clientWords";

/** Longer texts are searched in their beginning; clients stand early. */
export const SEARCH_BYTES_MAX: usize = 2048;
/** No address with a port is longer; a longer run is none. */
const RUN_BYTES_MAX: usize = 64;
const WORD_BYTES_MAX: usize = 64;
/** Quotes, brackets and spaces that may stand between a word and its address. */
const OPENERS_MAX: i32 = 8;

const RECEIVER: u32 = 0x3d6f7420; // " to="
const BRACES: u32 = 0x7b7d; // "}{"
const BRACKETS: u32 = 0x5b5d; // "]["
const COLON_DASH: u16 = 0x2d3a; // ":-"

const RANK_NONE: i32 = 0;
/** No word of its own. */
const RANK_BARE: i32 = 2;
/** Behind a name and an `@`. */
const RANK_AT: i32 = 4;
/** In brackets behind a host's name. */
const RANK_BRACKET: i32 = 6;
/** Behind `ip`, `address`, … */
const RANK_NAMED: i32 = 8;
/** Before an arrow or a `to`. */
const RANK_SENDER: i32 = 10;
/** The value of a field that says so. */
const RANK_FIELD: i32 = 12;
/** Behind a word that says so. */
const RANK_CLIENT: i32 = 14;
/** Added where ` port N` follows. */
const RANK_PORT: i32 = 1;

/** Sets the key to what a field names as the client: an address in canonical form, else the name as it stands. */
export function setClient(ptr: usize, endPtr: usize): void {
  // most are IPv4 in canonical form already
  if (findByte(ptr, endPtr, COLON) < endPtr && readHost(ptr, endPtr)) setKeyAddress(addressHigh, addressLow);
  else setKey(ptr, endPtr);
}

/**
 * Of a list of proxies' (X-Forwarded-For) the last address that is no private one: what stands before it anybody may
 * have written. Of private ones alone the first. A list in quotes ends with them.
 */
export function setListedClient(ptr: usize, endPtr: usize): void {
  let found = false;
  while (ptr < endPtr) {
    const elementPtr = ptr;
    while (ptr < endPtr && !endsElement(<u32>load<u8>(ptr))) ptr++;
    if (readHost(elementPtr, ptr)) {
      if (!found || !isPrivate(addressHigh, addressLow)) setKeyAddress(addressHigh, addressLow);
      found = true;
      if (load<u8>(ptr) != COMMA) return;
    }
    ptr++;
  }
}

// @ts-ignore: decorator
@inline
function endsElement(c: u32): bool {
  return c == SPACE || c == COMMA || c == QUOTE;
}

/** The same where the event has no key yet; before fromPtr stands no address. */
export function findClientOnce(ptr: usize, endPtr: usize, fromPtr: usize = ptr): void {
  if (keyEndPtr == keyPtr) findClient(ptr, endPtr, fromPtr);
}

let textPtr: usize = 0;
let textEndPtr: usize = 0;

/** Sets the event's key to the address in [ptr, endPtr) that is most likely the client's, if any is. */
export function findClient(ptr: usize, endPtr: usize, fromPtr: usize = ptr): void {
  if (endPtr - ptr > SEARCH_BYTES_MAX) endPtr = ptr + SEARCH_BYTES_MAX;
  textPtr = ptr;
  textEndPtr = endPtr;
  clearPlaces();
  let best = RANK_NONE;
  let bestHigh: u64 = 0;
  let bestLow: u64 = 0;
  let at = fromPtr;
  while (at < endPtr) {
    const word = load<u64>(at);
    const marks = exactly(matchEither(word, DOT, COLON), word);
    if (marks == 0) {
      at += 8;
      continue;
    }
    at += firstMatch(marks);
    if (at >= endPtr) break;
    if (!mayJoin(at)) {
      at++;
      continue;
    }
    const rank = rankOfRun(at);
    at = runEndPtr;
    // of several in prose the last: what a stranger may choose (a user's name) stands before it
    if (rank > best || (rank == best && (rank >= RANK_CLIENT || (rank & RANK_PORT) != 0))) {
      best = rank;
      bestHigh = addressHigh;
      bestLow = addressLow;
      choosePlace();
    }
  }
  if (best == RANK_NONE || (best < RANK_SENDER && !mentionsAction(ptr, endPtr))) return chooseNone();
  setKeyAddress(bestHigh, bestLow);
}

/** A dot between digits, or a colon beside a colon or between hexadecimal digits: every address has one of them. */
// @ts-ignore: decorator
@inline
function mayJoin(at: usize): bool {
  if (at + 1 >= textEndPtr) return false;
  const next = <u32>load<u8>(at + 1);
  const previous: u32 = at > textPtr ? <u32>load<u8>(at - 1) : 0;
  if (load<u8>(at) == DOT) return isDigit(previous) && isDigit(next);
  return next == COLON || (hexValue(previous) < 16 && hexValue(next) < 16);
}

let runEndPtr: usize = 0;

/** Rank of the address in the run around `at`; leaves the address in address.ts and the run's end. */
function rankOfRun(at: usize): i32 {
  let startPtr = at;
  while (startPtr > textPtr && isRunByte(<u32>load<u8>(startPtr - 1))) startPtr--;
  let dots = 0;
  let colons = 0;
  let doubled = false;
  let endPtr = startPtr;
  while (endPtr < textEndPtr) {
    const c = <u32>load<u8>(endPtr);
    if (!isRunByte(c)) break;
    if (c == DOT) dots++;
    else if (c == COLON) {
      colons++;
      if (endPtr > startPtr && load<u8>(endPtr - 1) == COLON) doubled = true;
    }
    endPtr++;
  }
  runEndPtr = endPtr;
  if (dots < 3 && colons < 7 && !doubled) return RANK_NONE;
  noteRun(startPtr, endPtr);
  if (endPtr - startPtr > RUN_BYTES_MAX) return RANK_NONE;
  // what ends a sentence or a label is no part of the address
  const lastPtr = endPtr;
  while (endPtr > startPtr) {
    const c = <u32>load<u8>(endPtr - 1);
    if (c != DOT && (c != COLON || (endPtr - 2 >= startPtr && load<u8>(endPtr - 2) == COLON))) break;
    endPtr--;
  }
  if (lastPtr < textEndPtr && joinsWord(lastPtr) && !isTransport(startPtr, lastPtr)) return RANK_NONE;
  const clean = startPtr == textPtr || !isWordByte(<u32>load<u8>(startPtr - 1));
  if (!clean || !readPlace(startPtr, endPtr, textPtr)) {
    // "ip:1.2.3.4", "remote:1.2.3.4": a label of hexadecimal letters, or the colon of another one
    let colonPtr = startPtr;
    while (colonPtr < endPtr && load<u8>(colonPtr) != COLON) colonPtr++;
    if (colonPtr >= endPtr || !readPlace(colonPtr + 1, endPtr, textPtr)) return RANK_NONE;
    startPtr = colonPtr + 1;
  }
  if (!isUnicast(startPtr, endPtr)) return RANK_NONE;
  const rank = rankBetween(startPtr, lastPtr);
  return rank == RANK_NONE || !portFollows(endPtr) ? rank : rank | RANK_PORT;
}

function portFollows(ptr: usize): bool {
  return startsWith(ptr, textEndPtr, " port ");
}

/** Whether the run goes on as a word (1.2.3.4th, 1.2.3.4-rc1, 1.2.3.4.example) or as a network (10.0.0.0/8) or path. */
function joinsWord(ptr: usize): bool {
  const c = <u32>load<u8>(ptr);
  if (isWordByte(c)) return true;
  if (c != DASH && c != SLASH) return false;
  ptr++;
  if (c == DASH) return ptr < textEndPtr && isWordByte(<u32>load<u8>(ptr));
  // a slash is well only before another address, as in 1.2.3.4/1.2.3.4
  const at = digitsEnd(ptr, textEndPtr);
  return at == ptr || at >= textEndPtr || load<u8>(at) != DOT;
}

let wordPtr: usize = 0;

/** WORD bits of the word that ends at ptr; leaves its start in wordPtr. */
function wordBefore(ptr: usize): u32 {
  wordPtr = ptr;
  const limitPtr = ptr - textPtr > WORD_BYTES_MAX ? ptr - WORD_BYTES_MAX : textPtr;
  while (wordPtr > limitPtr) {
    if (!isNameByte(<u32>load<u8>(wordPtr - 1))) break;
    wordPtr--;
  }
  noteWord(wordPtr, ptr);
  return clientWord(wordPtr, ptr);
}

/** UDP/ADDRESS/PORT, and the same with more parts before, as in IPV4/UDP/… or /ip4/ADDRESS/tcp/… */
function isTransport(startPtr: usize, endPtr: usize): bool {
  if (load<u8>(endPtr) != SLASH || startPtr - 1 < textPtr || load<u8>(startPtr - 1) != SLASH) return false;
  return (wordBefore(startPtr - 1) & WORD_TRANSPORT) != 0;
}

/** Rank by what stands before startPtr and behind endPtr. */
function rankBetween(startPtr: usize, endPtr: usize): i32 {
  let ptr = startPtr;
  if (startPtr == textPtr && addressHasPort && startsWith(endPtr, textEndPtr, " - ")) return RANK_CLIENT;
  const previous: u32 = ptr > textPtr ? <u32>load<u8>(ptr - 1) : SPACE;
  // a node among the parts of its name: }{ADDRESS}, ][ADDRESS][
  if (ptr - 2 >= textPtr) {
    const signs = <u32>load<u16>(ptr - 2);
    if (signs == BRACES || (signs == BRACKETS && <u32>load<u16>(endPtr) == BRACKETS)) return RANK_NONE;
  }
  if (previous == DASH) return ptr - 2 >= textPtr && isWordByte(<u32>load<u8>(ptr - 2)) ? RANK_NONE : RANK_BARE;
  if (previous == SLASH) {
    ptr = beforeSlash(ptr - 1);
    if (ptr == 0) return RANK_NONE;
    // OpenVPN: NAME/ADDRESS:PORT
    if (ptr == textPtr && addressHasPort && load<u8>(endPtr) == SPACE) return RANK_CLIENT;
  } else if (previous == CLOSE_BRACKET) {
    // [AF_INET]ADDRESS
    const bits = wordBefore(ptr - 1);
    if ((bits & WORD_TRANSPORT) == 0 || wordPtr <= textPtr || load<u8>(wordPtr - 1) != OPEN_BRACKET) return RANK_BARE;
    ptr = wordPtr - 1;
  }
  let openers = 0;
  let bracketed = false;
  let isField = false;
  let isLabelled = false;
  for (; openers < OPENERS_MAX && ptr > textPtr; openers++) {
    const c = <u32>load<u8>(ptr - 1);
    if (c == OPEN_BRACKET || c == OPEN_PAREN) {
      // ([ADDRESS]) is what the other side calls itself
      if (c == OPEN_PAREN && bracketed && load<u8>(ptr) == OPEN_BRACKET) return RANK_BARE;
      bracketed = true;
    } else if (c == EQUALS) isField = true;
    else if (c == COLON) isLabelled = true;
    else if (c == AT) return RANK_AT;
    else if (c == GREATER) return ptr - 2 >= textPtr && isShaft(<u32>load<u8>(ptr - 2)) ? RANK_NONE : RANK_BARE;
    else if (!isOpener(c)) break;
    ptr--;
  }
  // IBM MQ's lists of what it is: "Version :- 9.1.0.0"
  if (ptr - 2 >= textPtr && load<u16>(ptr - 2) == COLON_DASH) return RANK_NONE;
  const bits = wordBefore(ptr);
  if (bits & WORD_CLIENT || (bits & WORD_SENDER && isField))
    return isField ? fieldRank(wordPtr) : isLease(wordPtr) ? RANK_NONE : RANK_CLIENT;
  if (bits & (WORD_OTHER | WORD_VERSION)) {
    // Go's server: "http: panic serving ADDRESS"
    if (endsWith(wordPtr, "panic ")) return RANK_CLIENT;
    return (bits & WORD_RELAY) == 0 || isReceiver(wordPtr) ? RANK_NONE : isField ? fieldRank(wordPtr) : RANK_CLIENT;
  }
  if (bits & WORD_CHOSEN && (isField || isLabelled)) return RANK_NONE;
  if (bits & (WORD_ADDRESS | WORD_SENDER)) return rankByNext(wordPtr, isSender(endPtr) ? RANK_SENDER : RANK_NAMED);
  if (isSender(endPtr) || isAsker(endPtr)) return RANK_SENDER;
  if (bracketed) return wordPtr < ptr ? rankByNext(wordPtr, RANK_BRACKET) : RANK_BRACKET;
  if (!isDnsServer(endPtr)) return RANK_BARE;
  // BIND's client @0x7f4e446fd6e8 ADDRESS#53
  return endsWith(wordPtr, "client @") ? RANK_CLIENT : RANK_NONE;
}

/** Whether a word with which a DHCP server answers stands before the word at ptr. */
function isLease(ptr: usize): bool {
  const c = <u32>load<u8>(ptr - 2);
  if (c == UPPER_K) return endsWith(ptr, "DHCPACK ") || endsWith(ptr, "DHCPNAK ");
  return c == UPPER_R && endsWith(ptr, "DHCPOFFER ");
}

/** Whether the text before ptr ends so. */
function endsWith(ptr: usize, word: Text): bool {
  const bytes = bytesOf(word);
  return ptr - textPtr >= bytes && startsWith(ptr - bytes, ptr, word);
}

/** BIND's ADDRESS#PORT with the port that name servers listen on: "#53". */
function isDnsServer(ptr: usize): bool {
  if (load<u8>(ptr) != NUMBER_SIGN) return false;
  noteRest(); // the number decides
  if (ptr + 3 > textEndPtr || (load<u32>(ptr) & 0xffffff) != 0x333523) return false;
  return ptr + 3 == textEndPtr || !isDigit(<u32>load<u8>(ptr + 3));
}

/** A field's name may begin anywhere but behind another one's equals sign, and in the query of a URL. */
function fieldRank(ptr: usize): i32 {
  if (ptr == textPtr) return RANK_FIELD;
  const c = <u32>load<u8>(ptr - 1);
  return c != EQUALS && c != QUESTION_MARK && c != AMPERSAND ? RANK_FIELD : RANK_NONE;
}

/** Whether a mail's receiver stands before ptr: `to=`. */
function isReceiver(ptr: usize): bool {
  for (let at = findByte(textPtr, ptr, EQUALS); at < ptr; at = findByte(at + 1, ptr, EQUALS)) {
    if (at - 3 >= textPtr && load<u32>(at - 3) == RECEIVER) return true;
  }
  return false;
}

/** Before an arrow's head: `-`, `=`, or the space before a `>` that stands alone. */
// @ts-ignore: decorator
@inline
function isShaft(c: u32): bool {
  return c == DASH || c == EQUALS || c == SPACE;
}

/**
 * What the slash at ptr belongs to: 0 for a path or a URL, else where the words before the address end. `/ADDRESS` and
 * `NAME/ADDRESS:PORT` are sockets as Java prints them; a name without a port is a path or a product's version.
 */
function beforeSlash(ptr: usize): usize {
  const c: u32 = ptr > textPtr ? <u32>load<u8>(ptr - 1) : SPACE;
  if (c == SLASH || c == CLOSE_PAREN) return 0;
  if (!isNameByte(c)) return ptr;
  let bits = wordBefore(ptr);
  if ((bits & WORD_TRANSPORT) == 0) return addressHasPort ? wordPtr : 0;
  while ((bits & WORD_TRANSPORT) != 0 && wordPtr > textPtr && load<u8>(wordPtr - 1) == SLASH) {
    ptr = wordPtr - 1;
    bits = wordBefore(ptr);
  }
  return wordPtr < ptr && (bits & WORD_TRANSPORT) == 0 ? ptr : wordPtr;
}

/** A word that only names or introduces the address: what stands before it decides, if it says anything. */
function rankByNext(ptr: usize, rank: i32): i32 {
  for (let i = 0; i < OPENERS_MAX && ptr > textPtr && isOpener(<u32>load<u8>(ptr - 1)); i++) ptr--;
  const bits = wordBefore(ptr);
  if (bits & (WORD_CLIENT | WORD_SENDER)) return RANK_CLIENT;
  if ((bits & (WORD_OTHER | WORD_VERSION)) == 0) return rank;
  // Postfix: the client's name "does not resolve to address"
  if (endsWith(wordPtr, "resolve ")) return RANK_CLIENT;
  return (bits & WORD_RELAY) == 0 || isReceiver(wordPtr) ? RANK_NONE : RANK_CLIENT;
}

/** Whether an arrow, or `to` and a digit or slash, follows. */
function isSender(ptr: usize): bool {
  while (ptr < textEndPtr && load<u8>(ptr) == SPACE) ptr++;
  if (ptr + 4 > textEndPtr) return false;
  const first = <u32>load<u8>(ptr);
  const second = <u32>load<u8>(ptr + 1);
  if (first == NUMBER_SIGN) return isDigit(second) && !isDnsServer(ptr);
  if (second == GREATER && (first == DASH || first == EQUALS)) return true;
  if (first == GREATER) return second == SPACE;
  if (first != LOWER_T || second != LOWER_O || load<u8>(ptr + 2) != SPACE) return false;
  const c = <u32>load<u8>(ptr + 3);
  return isDigit(c) || c == SLASH;
}

/** Unbound's ADDRESS NAME. TYPE IN */
function isAsker(ptr: usize): bool {
  if (load<u8>(ptr) != SPACE) return false;
  const nameEndPtr = findByte(ptr + 1, textEndPtr, SPACE);
  const typeEndPtr = findByte(nameEndPtr + 1, textEndPtr, SPACE);
  return load<u8>(nameEndPtr - 1) == DOT && startsWith(typeEndPtr, textEndPtr, " IN");
}

/** Whether any word of the text names an action: looked for only where an address has no better reason. */
function mentionsAction(ptr: usize, endPtr: usize): bool {
  while (ptr < endPtr) {
    if (!isLetter(<u32>load<u8>(ptr))) {
      ptr++;
      continue;
    }
    const startPtr = ptr++;
    while (ptr < endPtr && isLetter(<u32>load<u8>(ptr))) ptr++;
    if (mayBeAction(startPtr) && (clientWord(startPtr, ptr) & WORD_ACTION) != 0) {
      noteSearch(startPtr, ptr);
      return true;
    }
  }
  noteSearch(endPtr, endPtr);
  return false;
}
