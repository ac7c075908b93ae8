/**
 * `known:` entries and the event at hand: what each is held against, and what it keeps quiet. A request is its method,
 * its path and its status, "GET /health 500", never what else its line holds: anybody can write a user agent. All other
 * events are their message. An entry may ask for the target with its query, or for the whole line, instead.
 */

import {
  hasKnown,
  knownFits,
  knownMatch,
  knownNames,
  knownSilences,
  MATCH_LINE,
  MATCH_REQUEST,
  MATCH_REQUEST_ONLY,
  nextKnown,
  SILENCES_KEYWORD,
  SILENCES_NOVELTY,
} from "../config/settings";
import {
  bodyEndPtr,
  bodyPtr,
  format,
  isRequest,
  messageEndPtr,
  messagePtr,
  methodEndPtr,
  methodPtr,
  status,
  targetEndPtr,
  targetPtr,
  unescapeMessage,
} from "../event/event";
import { FORMAT_ACCESS } from "../formats/usualAccess";
import { FORMAT_WEB_ERROR } from "../formats/webError";
import { findByte } from "../runtime/bytes";
import { DIGIT_0, QUESTION_MARK, SPACE } from "../runtime/characters";
import { reserve } from "../runtime/memory";

/** Longer requests are known to nobody. */
const SUBJECT_BYTES_MAX: usize = 8192;

let subjectPtr: usize = 0;
let subjectEndPtr: usize = 0;

export function initialiseKnown(): bool {
  if (subjectPtr == 0) subjectPtr = reserve(SUBJECT_BYTES_MAX + 64);
  return subjectPtr != 0;
}

/** How much of what a request says is known. */
export const KNOWS_NOTHING: u32 = 0;
/** Its method, path and status, not its query. */
export const KNOWS_PATH: u32 = 1;
export const KNOWS_ALL: u32 = 2;

/** What entries that silence that detector know of the event at hand. */
export function known(detector: u32, seconds: i64): u32 {
  let knows = KNOWS_NOTHING;
  if (!hasKnown) return knows;
  for (let at = nextKnown(0, seconds); at != 0 && knows != KNOWS_ALL; at = nextKnown(at, seconds)) {
    if ((knownSilences(at) & detector) == 0 || !fits(at)) continue;
    const pathOnly = detector == SILENCES_NOVELTY && isRequest && isByPath(knownMatch(at));
    knows = max<u32>(knows, pathOnly ? KNOWS_PATH : KNOWS_ALL);
  }
  return knows;
}

/** Whether an entry that is held against the whole line silences novelty of what stands beside the request. */
export function isKnownLine(seconds: i64): bool {
  for (let at = nextKnown(0, seconds); at != 0; at = nextKnown(at, seconds)) {
    const silences = (knownSilences(at) & SILENCES_NOVELTY) != 0;
    if (silences && knownMatch(at) == MATCH_LINE && fits(at)) return true;
  }
  return false;
}

/** Whether an entry that fits silences this keyword: one that silences all, or whose pattern names it. */
export function isKnownKeyword(keyword: u32, seconds: i64): bool {
  if (!hasKnown) return false;
  for (let at = nextKnown(0, seconds); at != 0; at = nextKnown(at, seconds)) {
    const silences = (knownSilences(at) & SILENCES_KEYWORD) != 0 || knownNames(at, keyword);
    if (silences && fits(at)) return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function isByPath(match: u32): bool {
  return match == MATCH_REQUEST || match == MATCH_REQUEST_ONLY;
}

function fits(at: usize): bool {
  const match = knownMatch(at);
  if (match == MATCH_LINE) {
    unescapeMessage();
    return knownFits(at, messagePtr, messageEndPtr - messagePtr);
  }
  if (isRequest || format == FORMAT_ACCESS) {
    return writeSubject(isByPath(match)) && knownFits(at, subjectPtr, subjectEndPtr - subjectPtr);
  }
  if (match == MATCH_REQUEST_ONLY) return false;
  unescapeMessage();
  // What a web server's error log adds behind its message is the client's: a request, a referrer.
  const isCut = format == FORMAT_WEB_ERROR && bodyEndPtr > messagePtr && bodyEndPtr < messageEndPtr;
  return knownFits(at, messagePtr, (isCut ? bodyEndPtr : messageEndPtr) - messagePtr);
}

/** METHOD TARGET STATUS; a blank inside the target is written as %20, so that none can look like another request. */
function writeSubject(withoutQuery: bool): bool {
  const startPtr = isRequest ? targetPtr : bodyPtr;
  let endPtr = isRequest ? targetEndPtr : bodyEndPtr;
  if (withoutQuery) endPtr = findByte(startPtr, endPtr, QUESTION_MARK);
  const methodBytes = isRequest ? methodEndPtr - methodPtr : 0;
  if (methodBytes + 3 * (endPtr - startPtr) + 8 > SUBJECT_BYTES_MAX) return false;
  memory.copy(subjectPtr, methodPtr, methodBytes);
  let out = subjectPtr + methodBytes;
  if (methodBytes > 0) store<u8>(out++, SPACE);
  for (let ptr = startPtr; ptr < endPtr; ptr++) {
    const c = load<u8>(ptr);
    if (c == SPACE) {
      store<u32>(out, 0x303225); // %20
      out += 3;
    } else store<u8>(out++, c);
  }
  store<u8>(out++, SPACE);
  if (status != 0) {
    store<u8>(out, <u8>(DIGIT_0 + status / 100));
    store<u8>(out + 1, <u8>(DIGIT_0 + ((status / 10) % 10)));
    store<u8>(out + 2, <u8>(DIGIT_0 + (status % 10)));
    out += 3;
  }
  subjectEndPtr = out;
  return true;
}
