/** Turns verdicts on windows of network traffic into alerts. */
import type { Alert, Severity } from "../alerts/alert.js";
import { alertText, reasonOf, secondsTime, type Verdict } from "./windowScorer.js";

/** Severity as everywhere in Oddline: from the score over its threshold. */
const severitySteps: [number, Severity][] = [
  [3, "high"],
  [1.5, "medium"],
];

export interface NetworkAlertSettings {
  windowSeconds: number;
  alertScore: number;
  /** Where the log lines of a subject's window are. */
  linkOf(subject: Alert["subject"], startMs: number): string | undefined;
}

/** Those of the verdicts that are anomalous, as alerts. */
export function alertsOf(verdicts: readonly Verdict[], settings: NetworkAlertSettings): Alert[] {
  return verdicts.filter(({ anomalous }) => anomalous).map((verdict) => alertOf(verdict, settings));
}

function alertOf(verdict: Verdict, { windowSeconds, alertScore, linkOf }: NetworkAlertSettings): Alert {
  const { window, entity, score } = verdict;
  const [first, second] = window.key.split(" ");
  const subject: Record<string, string> =
    entity === "destination"
      ? { destination: first }
      : entity === "source"
        ? { source: first }
        : { source: first, destination: second };
  return {
    key: `${entity} ${window.key}`,
    subject,
    windowStart: secondsTime(window.startMs),
    windowSeconds,
    bytes: window.values.bytes,
    flows: window.values.flows,
    score: Number(score.toFixed(4)),
    reason: reasonOf(verdict),
    severity: severityOf(score, alertScore),
    text: alertText(verdict),
    link: linkOf(subject, window.startMs),
  };
}

function severityOf(score: number, alertScore: number): Severity {
  // A threshold at or above 0 has no meaningful ratio.
  const ratio = alertScore < 0 ? score / alertScore : 1;
  return severitySteps.find(([step]) => ratio >= step)?.[1] ?? "low";
}
