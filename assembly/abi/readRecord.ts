/**
 * One record read as an event: its fields found, its message parsed, its profile chosen by the shipper's tag and by its
 * source, and what is configured for that profile applied. Called once a record, before the verdict.
 */

import { profiles, selectProfile, sourceProfiles } from "../config/settings";
import { arrivesEarlier, setClockArrival } from "../detect/windows/clock";
import { NO_TIME, setTag, tagEndPtr, tagPtr } from "../event/event";
import { profileSourceEndPtr, profileSourcePtr, takeLatePaths, takeSource } from "../fields/configured";
import { pathsActive, pathsHash, usePaths } from "../fields/paths";
import { setArrival } from "../fields/time";
import { parseMessage } from "../formats/list";
import { closeEnvelope, isEnveloped, lineEnd, mayBeginBare, readEnveloped } from "../record/envelope";
import { bracePtr, findFields, isBare } from "../record/finder";
import { forgetRecall, isMissed, keepReading, recallAccess, recallRecord } from "../record/recall";
import { setArrivalSeconds } from "../verdict/options";

/** Longer ones pass untouched. */
export const RECORD_BYTES_MAX: u32 = 4194304;

/**
 * What the caller says of the records to come: the shipper's tag, whose bytes stay where they are, and the second they
 * arrive at (0: nobody knows). `ownTime`: the windows' clock goes by the lines alone.
 */
// @ts-ignore: decorator
@inline
export function beginRecord(ptr: usize, bytes: usize, seconds: i64, ownTime: bool): void {
  sameSeconds = NO_TIME;
  setTag(ptr, bytes);
  setArrival(seconds);
  setArrivalSeconds(seconds);
  setClockArrival(seconds > 0 && !ownTime ? seconds : NO_TIME, seconds);
}

/** When the records before arrived, where more of that second need no more than their tag; NO_TIME: they do. */
export let sameSeconds: i64 = NO_TIME;

export function keepSeconds(seconds: i64): void {
  sameSeconds = arrivesEarlier() ? NO_TIME : seconds;
}

/** False where the bytes are not one JSON object: such a record is handed back as it is. */
// @ts-ignore: decorator
@inline
export function readRecord(ptr: usize, endPtr: usize): bool {
  if (profiles > 0 && !sourceProfiles) chooseProfile(0, 0);
  // the record before may have begun as a bare one, and more stood around its line
  return recallAccess(ptr, endPtr, !(mayBeginBare && isEnveloped)) || readOther(ptr, endPtr);
}

function readOther(ptr: usize, endPtr: usize): bool {
  if (recallRecord(ptr, endPtr)) return true;
  forgetRecall();
  if (!readEnveloped(endPtr)) {
    if (!findFields(ptr, endPtr)) return false;
    // what ends a line within a bare record stands around it as well
    if (isMissed && (!isBare || lineEnd(ptr, bracePtr - 1) != bracePtr - 1)) closeEnvelope(ptr, endPtr);
  }
  parseMessage();
  if (pathsActive) return configure(ptr, endPtr);
  keepReading(ptr, endPtr);
  return true;
}

/** What is configured for this event; false where it cannot be read in that way. */
function configure(ptr: usize, endPtr: usize): bool {
  takeSource();
  if (sourceProfiles) {
    // Read as the record before was; where its source asks for other fields it is read again.
    const readBy = pathsHash;
    const changed = chooseProfile(profileSourcePtr, profileSourceEndPtr - profileSourcePtr);
    if (changed && pathsHash != readBy) {
      if (!findFields(ptr, endPtr)) return false;
      parseMessage();
      takeSource();
    }
  }
  takeLatePaths();
  return true;
}

function chooseProfile(ptr: usize, bytes: usize): bool {
  if (!selectProfile(tagPtr, tagEndPtr - tagPtr, ptr, bytes)) return false;
  usePaths();
  return true;
}
