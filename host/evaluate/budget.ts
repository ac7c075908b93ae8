/**
 * Fits the sensitivity to a budget of tagged events an hour: the largest share of ordinary lines, of those whose
 * thresholds the model keeps, with which a replay stays within it. Refresh with that share and the same lines gives
 * exactly the thresholds that were replayed.
 */

import { OddlineError } from "../io/errors.js";
import type { Sensitivity } from "../learn/calibrate.js";
import { encodeModel, type Sections, section } from "../model/modelFile.js";
import { decodeThresholds, encodeThresholds } from "../model/thresholdsSection.js";
import type { Engine } from "../wasm/engine.js";
import type { ReplayResult } from "./replay.js";

export interface Fit {
  share: number;
  surprise: number;
  outlierScale: number;
  result: ReplayResult;
}

export function sensitivitiesOf(sections: Sections, subject: string): Sensitivity[] {
  const provenance = sections.get(section.provenance);
  const known = provenance && (JSON.parse(Buffer.from(provenance).toString("utf8")).sensitivities as Sensitivity[]);
  if (known?.length) return known;
  throw new OddlineError("SENSITIVITY_UNKNOWN", {
    subject,
    expected: "a model with thresholds for other shares",
    found: provenance ? "a model of an earlier version" : "a model that learnt nothing",
    remedy: "learn one with oddline refresh, then fit the budget",
  });
}

/** The model with the thresholds of another share. */
export function withSensitivity(engine: Engine, sections: Sections, sensitivity: Sensitivity) {
  const { surprise, outlierScale, requestSurprise = surprise } = sensitivity;
  const thresholds = decodeThresholds(sections.get(section.thresholds)!);
  const changed = new Map(sections);
  changed.set(section.thresholds, encodeThresholds({ ...thresholds, surprise, requestSurprise, outlierScale }));
  return encodeModel(engine, changed);
}

/** `run` replays with one sensitivity; more of it never tags less, so halving finds the last that fits. */
export async function fitBudget(
  known: Sensitivity[],
  eventsPerHour: number,
  run: (sensitivity: Sensitivity) => Promise<ReplayResult>,
): Promise<Fit> {
  const ascending = known.toSorted((a, b) => a.share - b.share);
  let best: Fit | undefined;
  let strictest: ReplayResult | undefined;
  for (let low = 0, high = ascending.length - 1; low <= high; ) {
    const middle = (low + high) >> 1;
    const result = await run(ascending[middle]);
    if (result.hoursCovered === 0) throw timeless();
    if (result.tagged / result.hoursCovered <= eventsPerHour) {
      best = { ...ascending[middle], result };
      low = middle + 1;
    } else {
      strictest = result;
      high = middle - 1;
    }
  }
  if (best) return best;
  const types = Object.entries(strictest!.types).map(([type, count]) => `${type} ${count}`);
  throw new OddlineError("BUDGET_UNREACHABLE", {
    subject: "--budget",
    expected: `a sensitivity that tags at most ${eventsPerHour} events an hour`,
    found: `${(strictest!.tagged / strictest!.hoursCovered).toFixed(1)} an hour at a share of ${ascending[0].share} (${types.join(", ")})`,
    remedy: "adjust the settings of keywords and windows, learn from newer logs, or allow more events",
  });
}

function timeless(): OddlineError {
  return new OddlineError("NO_EVENT_TIMES", {
    subject: "--budget",
    expected: "lines with a time",
    found: "none",
    remedy: "replay a log whose lines have times; without them, events per hour cannot be counted",
  });
}
