/** Reading alone, nothing judged, for tests/figures/formatCost.test.ts. */
import { beginRecord, readRecord } from "../../../../assembly/abi/readRecord";
import { initialiseParts } from "../../../../assembly/event/accessParts";
import { initialiseEvent } from "../../../../assembly/event/event";
import { initialiseSkeletons } from "../../../../assembly/event/skeleton";
import { initialiseByteClasses } from "../../../../assembly/fields/byteClass";
import { initialisePlaces } from "../../../../assembly/fields/clientPlaces";
import { initialiseClientWords } from "../../../../assembly/fields/clientWords";
import { initialiseConfigured } from "../../../../assembly/fields/configured";
import { initialiseLevels } from "../../../../assembly/fields/level";
import { initialiseFields } from "../../../../assembly/fields/named";

export { reserve } from "../../../../assembly/runtime/memory";

export function begin(seconds: i64): bool {
  beginRecord(0, 0, seconds, false);
  return (
    initialiseEvent() &&
    initialiseSkeletons() &&
    initialiseParts() &&
    initialiseByteClasses() &&
    initialiseClientWords() &&
    initialisePlaces() &&
    initialiseLevels() &&
    initialiseFields() &&
    initialiseConfigured()
  );
}

export function read(ptr: usize, bytes: u32): bool {
  return readRecord(ptr, ptr + <usize>bytes);
}
