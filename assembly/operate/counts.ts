/** One line on standard error every so often, so that an operator sees the filter is alive and what it does. */

import { hasModel, modelVersion } from "../config/model";
import { countsEverySeconds } from "../config/settings";
import { cacheHits } from "../detect/novelty/cache";
import { suppressedEvents } from "../detect/novelty/suppression";
import { lateEvents } from "../detect/windows/rules";
import { SPACE } from "../runtime/characters";
import { FixedArray } from "../runtime/fixedArray";
import { beginLine, endLine } from "../runtime/log";
import { putByte, putHex32, putInteger, putText } from "../runtime/output";
import { Text } from "../runtime/text";
import { putTypeName, TYPES } from "../verdict/detectors";
import { eventsTagged, taggedOf } from "../verdict/judge";

/** Records, tagged, cache_hits, muted, late, and a count a type. */
const COUNTS: i32 = 4 + TYPES;
/** Each count as last logged: a line reports what came since. */
const logged = changetype<FixedArray<u64>>(memory.data(COUNTS * sizeof<u64>()));
/** Where `put` is in them. */
let place: i32 = 0;

let recordsSeen: u64 = 0;
let lastLine: i64 = 0;
let started: bool = false;

export function countRecords(records: i32): void {
  recordsSeen += <u64>records;
}

/** The line, where it is time for it and records came since the one before. */
export function logCounts(now: i64): void {
  if (!started || now < lastLine) {
    started = true;
    lastLine = now;
    return;
  }
  if (countsEverySeconds == 0 || now - lastLine < <i64>countsEverySeconds * 1000) return;
  const records = recordsSeen - 1; // the one at hand is yet to be judged
  if (records == unchecked(logged[0])) return;
  beginLine();
  putText("counts seconds=");
  putInteger((now - lastLine) / 1000);
  lastLine = now;
  place = 0;
  put(" records=", records);
  put(" tagged=", eventsTagged);
  for (let type = 1; type < TYPES; type++) {
    putByte(SPACE);
    putTypeName(type);
    put("=", taggedOf(type));
  }
  put(" cache_hits=", cacheHits);
  put(" muted=", suppressedEvents);
  put(" late=", lateEvents);
  putText(" model=");
  if (hasModel) putHex32(modelVersion);
  else putText("none");
  endLine();
}

function put(name: Text, count: u64): void {
  putText(name);
  putInteger(<i64>(count - unchecked(logged[place])));
  logged[place] = count;
  place++;
}
