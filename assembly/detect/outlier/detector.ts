/**
 * Outlier: a text that is unlike every pattern learnt, of a source that itself says nothing (textScore.ts): one never
 * met, or one that brings new texts all the time. Requests have groups enough, they are left to novelty.
 */
import { detectOutlier } from "../../config/settings";
import { putFixed, putInteger, putText } from "../../runtime/output";
import { putReportNumber } from "../novelty/detector";
import { signaturePtr, TEXT_SIGNATURE } from "../novelty/signature";
import { putMessage, putNearest } from "../novelty/textReason";
import { measureDistance, nearestCluster, nearestDistance, nearestRadius, outlierScale } from "./nearest";

/** The distance in thresholds; 0 where the detector is off, or novelty decides. The dear step is for the rest. */
export function measureOutlier(noveltyDecides: bool): f64 {
  if (!detectOutlier || load<u8>(signaturePtr) != TEXT_SIGNATURE || noveltyDecides || !measureDistance()) return 0;
  return nearestDistance / (nearestRadius * outlierScale);
}

export function putOutlierEvidence(): void {
  putText(',"cluster":');
  putInteger(nearestCluster);
  putText(',"distance":');
  putFixed(nearestDistance, 3);
}

export function putOutlierReason(): void {
  putMessage(true);
  if (!putNearest()) {
    putText("; the nearest known pattern is ");
    putFixed(nearestDistance, 2);
    putText(" away, its lines lie within ");
    putFixed(nearestRadius * outlierScale, 2);
  }
  putReportNumber();
}
