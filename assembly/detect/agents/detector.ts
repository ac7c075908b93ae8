/**
 * User agents and referrers of requests: a program of a family never met, a scanner that says its name, characters that
 * no agent had, lookup expressions. Most were found ordinary a moment ago and cost a look into a table.
 */
import { hasModel } from "../../config/model";
import { detectNovelty } from "../../config/settings";
import { ORDINARY_AGENT, ORDINARY_REFERRER, TextPart } from "../../event/accessParts";
import {
  agentEndPtr,
  agentPart,
  agentPtr,
  isRequest,
  keyEndPtr,
  keyPtr,
  referrerEndPtr,
  referrerPart,
  referrerPtr,
  requestSeed,
} from "../../event/event";
import { isSpace } from "../../runtime/bytes";
import { CLOSE_PAREN, SEMICOLON } from "../../runtime/characters";
import { logarithm } from "../../runtime/exponential";
import { hashBytes, hashPairRarely } from "../../runtime/hash";
import { putGrouped, putText } from "../../runtime/output";
import { putQuoted, putSeen, putWitnesses } from "../novelty/reason";
import { count, countOfDay, countSame, countSuppressed } from "../novelty/suppression";
import { entryCount, entryOnce, findEntry, isTrusted } from "../novelty/table";
import {
  AGENT_CHARACTER,
  AGENTS,
  characters,
  family,
  familyPtr,
  hasLookup,
  REFERRER_CHARACTER,
  readAgent,
  readCharacters,
  scanner,
  scannerPtr,
} from "./marks";
import { forgetOrdinary, isOrdinary, keepOrdinary } from "./ordinary";

/** Above 1 the agent or the referrer of the event at hand is odd. */
export let agentScore: f64 = 0;

/** What is odd about it. */
const FAMILY: u64 = 1;
const CHARACTER: u64 = 2;
const SCANNER: u64 = 3;
const LOOKUP: u64 = 4;
let finding: u64 = 0;
let isOfReferrer: bool = false;
/** The agent or the referrer, and from where on it is shown. */
let textPtr: usize = 0;
let textEndPtr: usize = 0;
let shownPtr: usize = 0;

const CHARACTER_SCORE: f64 = 2;
const SCANNER_SCORE: f64 = 2;
const LOOKUP_SCORE: f64 = 4;
/** A family or a character is news where at most one ordinary request in a thousand would bring one: -ln 1/1000. */
const NEWS_NATS: f64 = 6.907755278982137;

const MONTH_SECONDS: i64 = 30 * 24 * 3600;
/** Sets a count apart from that of the day. */
const EACH_MONTH: u64 = 1 << 40;
/**
 * Of one family one a day is told and a few a month, of one scanner a few an hour from each client. Of families and
 * of scanners altogether, and of characters and lookups from one client, many an hour are.
 */
const FEW: u32 = 4;
const MANY: u32 = 20;

/** The group of agents in the model's table, 0 where none were learnt. */
let groupEntry: usize = 0;

/** Of the one that was weighed last: where it is kept, its key, what it was weighed for and found to be worth. */
let weighedPtr: usize = 0;
let weighedKey: u64 = 0;
let weighedFor: u64 = 0;
let weighedScore: f64 = 0;

/** A model was taken into use, or dropped. */
export function useAgents(): void {
  groupEntry = findEntry(AGENTS);
  weighedPtr = 0;
  forgetOrdinary();
}

export function judgeAgent(): void {
  agentScore = 0;
  if (!isRequest || !hasModel || !detectNovelty) return;
  if (agentEndPtr > agentPtr) look(agentPtr, agentEndPtr, agentPart, AGENT_CHARACTER, ORDINARY_AGENT);
  if (referrerEndPtr > referrerPtr && agentScore <= 1)
    look(referrerPtr, referrerEndPtr, referrerPart, REFERRER_CHARACTER, ORDINARY_REFERRER);
}

function look(ptr: usize, endPtr: usize, partPtr: usize, kind: u64, ordinary: u32): void {
  const part = changetype<TextPart>(partPtr);
  if (partPtr != 0 && (part.known & ordinary) != 0) return;
  const hash = partPtr == 0 ? hashBytes(ptr, endPtr - ptr, requestSeed) ^ <u64>ordinary : 0;
  if (partPtr == 0 && isOrdinary(hash)) return;
  const shown = shownPtr - textPtr;
  textPtr = shownPtr = ptr;
  textEndPtr = endPtr;
  // who sends many odd requests sends the same with each
  if (partPtr != 0 && partPtr == weighedPtr && part.key == weighedKey && kind == weighedFor) {
    shownPtr += shown;
    agentScore = weighedScore;
    return;
  }
  isOfReferrer = kind == REFERRER_CHARACTER;
  weigh(kind);
  if (agentScore <= 1) {
    agentScore = 0; // the same as when it is met again
    if (partPtr != 0) part.known |= ordinary;
    else keepOrdinary(hash);
  }
  weighedPtr = partPtr;
  weighedKey = partPtr == 0 ? 0 : part.key;
  weighedFor = kind;
  weighedScore = agentScore;
}

function weigh(kind: u64): void {
  if (isOfReferrer) readCharacters(textPtr, textEndPtr);
  else readAgent(textPtr, textEndPtr);
  if (hasLookup) return find(LOOKUP, LOOKUP_SCORE);
  if (groupEntry == 0) return;
  for (let left = nats(0.5) > NEWS_NATS ? characters : 0; left != 0; left &= left - 1) {
    if (!isKnown(kind | ctz(left))) return find(CHARACTER, CHARACTER_SCORE);
  }
  if (isOfReferrer) return;
  if (scanner != 0 && !isKnown(scanner)) {
    shownPtr = scannerPtr;
    return find(SCANNER, SCANNER_SCORE);
  }
  shownPtr = familyPtr;
  if (!isKnown(family)) find(FAMILY, nats(<f64>entryOnce(groupEntry) + 0.5) / NEWS_NATS);
}

/** How improbable what came that often is among all agents. */
function nats(times: f64): f64 {
  return -logarithm(times / (<f64>entryCount(groupEntry) + 1));
}

/** Of what the last question was about; 0 where nobody had it. */
let seenEntry: usize = 0;

function isKnown(value: u64): bool {
  seenEntry = findEntry(hashPairRarely(AGENTS, value));
  return seenEntry != 0 && isTrusted(seenEntry);
}

function find(what: u64, score: f64): void {
  finding = what;
  agentScore = score;
}

/** Takes what is odd back where it was told often enough; false where it is to be told. */
export function suppressAgent(seconds: i64): bool {
  const client = hashBytes(keyPtr, keyEndPtr - keyPtr, requestSeed ^ finding) | 1;
  const what = ((finding == FAMILY ? family : scanner) << 1) | 1;
  let isTold = false;
  if (finding == FAMILY) {
    isTold =
      countOfDay(what, seconds) == 1 &&
      count(what ^ EACH_MONTH, seconds, MONTH_SECONDS, false) <= FEW &&
      countSame(AGENTS | 1, seconds) <= MANY;
  } else if (finding == SCANNER) isTold = countSame(client, seconds) <= FEW && countSame(what, seconds) <= MANY;
  else isTold = countSame(client, seconds) <= MANY;
  if (isTold) return false;
  countSuppressed();
  agentScore = 0;
  return true;
}

/** Somebody knows of it. */
export function leaveOutAgent(): void {
  agentScore = 0;
}

export function putAgentReason(): void {
  putText(isOfReferrer ? "referrer " : "user agent ");
  putQuoted(shownPtr, finding == FAMILY || finding == SCANNER ? wordEnd() : textEndPtr);
  if (finding == LOOKUP) return putText(": a lookup expression");
  if (finding == SCANNER) return putText(": a scanner");
  putText(seenEntry == 0 ? ": no such " : ": such ");
  putText(finding == FAMILY ? "program in " : "characters in ");
  if (seenEntry != 0) putSeen(seenEntry);
  putGrouped(entryCount(groupEntry));
  putText(" requests");
  putWitnesses(seenEntry);
}

/** The program as it calls itself, with its version. */
function wordEnd(): usize {
  let ptr = shownPtr;
  while (ptr < textEndPtr) {
    const c = <u32>load<u8>(ptr);
    if (isSpace(c) || c == SEMICOLON || c == CLOSE_PAREN) break;
    ptr++;
  }
  return ptr;
}
