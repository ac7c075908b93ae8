/**
 * Outlier: a text that is unlike every pattern learnt, of a source that itself says nothing (textScore.ts): one never
 * met, or one that brings new texts all the time. Requests have groups enough, they are left to novelty.
 */
import { detectOutlier } from "../../config/settings";
import { putFixed, putInteger, putText } from "../../runtime/output";
import { putReportNumber } from "../novelty/detector";
import { signaturePtr, TEXT_SIGNATURE } from "../novelty/signature";
import { putMessage } from "../novelty/textReason";
import {
  beginMeasure,
  endMeasure,
  isFarForCertain,
  nearestCluster,
  nearestDistance,
  nearestRadius,
  outlierScale,
} from "./nearest";
import { hasTokenVectors } from "./tokenVectors";

/** Whether the text at hand is odd for certain, and how odd is not known yet. */
export let isUnmeasured: bool = false;
export const ODD_FOR_CERTAIN: f64 = 1.001;

/** For a new event, whose text may be known. */
// @ts-ignore: decorator
@inline
export function forgetMeasure(): void {
  isUnmeasured = false;
}

/**
 * The distance in thresholds; 0 where the detector is off, or novelty decides. The dear step is for the rest, and for
 * what is told: most of a flood of new texts never is. `exactly`: that step for all.
 */
export function measureOutlier(noveltyDecides: bool, exactly: bool): f64 {
  forgetMeasure();
  if (!detectOutlier || load<u8>(signaturePtr) != TEXT_SIGNATURE || noveltyDecides || !beginMeasure()) return 0;
  isUnmeasured = !exactly && !hasTokenVectors() && isFarForCertain();
  return isUnmeasured ? ODD_FOR_CERTAIN : measureExactly();
}

/** The same of a text that is sketched. */
export function measureExactly(): f64 {
  forgetMeasure();
  return endMeasure() ? nearestDistance / (nearestRadius * outlierScale) : 0;
}

export function putOutlierEvidence(): void {
  putText(',"cluster":');
  putInteger(nearestCluster);
  putText(',"distance":');
  putFixed(nearestDistance, 3);
}

export function putOutlierReason(): void {
  if (!putMessage(true)) putText("; none like it");
  putReportNumber();
}
