/** One line on standard error every so often, so that an operator sees the filter is alive and what it does. */

import { countsEverySeconds } from "../config/settings";
import { cacheHits } from "../detect/novelty/cache";
import { mutedEvents } from "../detect/novelty/suppression";
import { lateEvents } from "../detect/windows/rules";
import {
  TYPE_ERROR_RATE,
  TYPE_KEYWORD,
  TYPE_NETWORK,
  TYPE_NOVELTY,
  TYPE_OUTLIER,
  TYPE_TRAFFIC,
} from "../detect/windows/watch";
import { FixedArray } from "../runtime/fixedArray";
import { beginLine, endLine } from "../runtime/log";
import { putHex32, putInteger, putText } from "../runtime/output";
import { eventsTagged, taggedOf } from "../verdict/judge";
import { hasModel, modelVersion } from "./modelFile";

const COUNTS: i32 = 11;
/** Each count as the line before told it: a line tells what came since. */
const told = changetype<FixedArray<u64>>(memory.data(COUNTS * sizeof<u64>()));
/** Where `put` is in them. */
let place: i32 = 0;

let recordsSeen: u64 = 0;
let lastLine: i64 = 0;
let started: bool = false;

export function countRecords(records: i32): void {
  recordsSeen += <u64>records;
}

/** The line, where it is time for it and records came since the one before. */
export function tellCounts(now: i64): void {
  if (!started || now < lastLine) {
    started = true;
    lastLine = now;
    return;
  }
  if (countsEverySeconds == 0 || now - lastLine < <i64>countsEverySeconds * 1000) return;
  const records = recordsSeen - 1; // the one at hand is yet to be judged
  if (records == unchecked(told[0])) return;
  beginLine();
  putText("counts seconds=");
  putInteger((now - lastLine) / 1000);
  lastLine = now;
  place = 0;
  put(" records=", records);
  put(" tagged=", eventsTagged);
  put(" keyword=", taggedOf(TYPE_KEYWORD));
  put(" error_rate=", taggedOf(TYPE_ERROR_RATE));
  put(" traffic=", taggedOf(TYPE_TRAFFIC));
  put(" novelty=", taggedOf(TYPE_NOVELTY));
  put(" outlier=", taggedOf(TYPE_OUTLIER));
  put(" network=", taggedOf(TYPE_NETWORK));
  put(" cache_hits=", cacheHits);
  put(" muted=", mutedEvents);
  put(" late=", lateEvents);
  putText(" model=");
  if (hasModel) putHex32(modelVersion);
  else putText("none");
  endLine();
}

function put(name: string, count: u64): void {
  putText(name);
  putInteger(<i64>(count - unchecked(told[place])));
  told[place] = count;
  place++;
}
