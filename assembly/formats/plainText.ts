/**
 * What is read in a text whatever its header said: its client, and whether it is part of a stack trace. Of a text whose
 * skeleton was met (event/skeleton.ts) it is known where to look.
 */
import { bodyEndPtr, bodyPtr, keyEndPtr, keyPtr, saysNothing, setBody } from "../event/event";
import { bodySkeleton, hasIdentifiers, LETTERS_DECIDE, Skeleton } from "../event/skeleton";
import { findClientOnce } from "../fields/client";
import { arePlacesAll, places, recallClient } from "../fields/clientPlaces";
import { cutTrace, isContinuation } from "./trace";
import { isPiece } from "./wrapped";

// Above the places of addresses: what a skeleton's reading holds.
const IS_ONE_LINE: u64 = 1 << 62;
const IS_SEARCHED: u64 = 1 << 63;
const IS_READ: u64 = IS_ONE_LINE | IS_SEARCHED;

/** Whether a skeleton's reading says all that there is to say of such a text. */
// @ts-ignore: decorator
@inline
export function isWhole(reading: u64): bool {
  return (reading & IS_READ) == IS_READ;
}

/** The same of one whose client stands elsewhere; without the places of addresses. */
// @ts-ignore: decorator
@inline
export function isOneLine(reading: u64): bool {
  return (reading & IS_ONE_LINE) != 0;
}

/** `hasClient`: the client was looked for already. */
export function readPlainText(hasClient: bool): void {
  hasClient = hasClient || keyEndPtr > keyPtr;
  if (isPiece) {
    readPiece(hasClient);
    return;
  }
  const skeletonPtr = bodySkeleton();
  if (skeletonPtr == 0) {
    read(hasClient);
    return;
  }
  const skeleton = changetype<Skeleton>(skeletonPtr);
  const reading = skeleton.reading;
  if ((reading & IS_ONE_LINE) != 0) {
    if (hasClient) return;
    if ((reading & IS_SEARCHED) != 0 && recallClient(reading, bodyPtr)) return;
  }
  if (!read(hasClient)) return;
  if (hasClient) skeleton.reading = reading | IS_ONE_LINE;
  else if (arePlacesAll) skeleton.reading = places | IS_SEARCHED | IS_ONE_LINE;
  else if (hasIdentifiers) skeleton.reading = LETTERS_DECIDE;
}

/** A piece was cut anywhere: its text says nothing of what is usual, and how it was read is not kept. */
function readPiece(hasClient: bool): void {
  if (!hasClient) findClientOnce(bodyPtr, bodyEndPtr);
  setBody(bodyEndPtr, bodyEndPtr);
}

/** The same for the first of its kind; false where it is part of a trace, or has one. */
function read(hasClient: bool): bool {
  if (isContinuation()) {
    saysNothing();
    return false;
  }
  if (!hasClient) findClientOnce(bodyPtr, bodyEndPtr);
  const endPtr = bodyEndPtr;
  const ptr = bodyPtr;
  cutTrace();
  return bodyPtr == ptr && bodyEndPtr == endPtr;
}
