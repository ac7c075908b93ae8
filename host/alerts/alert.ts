/** What a receiver is told of an anomalous window, and of its end. */
import { alertText, reasonOf, secondsTime, type Verdict } from "../network/judge.js";

export type Severity = "low" | "medium" | "high";

export interface Alert {
  /** The same subject has the same key. */
  key: string;
  /** `destination`, `source` or both, as the log names them. */
  subject: Record<string, string>;
  windowStart: string;
  windowSeconds: number;
  bytes: number;
  flows: number;
  score: number;
  reason: string;
  severity: Severity;
  /** One sentence for a person. */
  text: string;
  /** Where its log lines are, if there is such a place. */
  link: string | undefined;
}

/** All that changed at once goes out together. */
export interface Notification {
  status: "firing" | "resolved";
  alerts: Alert[];
}

/** Severity as everywhere in Oddline: from the score over its threshold. */
const severitySteps: [number, Severity][] = [
  [3, "high"],
  [1.5, "medium"],
];

export function alertOf(
  verdict: Verdict,
  windowSeconds: number,
  alertScore: number,
  link: (alert: Pick<Alert, "subject">, startMs: number) => string | undefined,
): Alert {
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
    link: link({ subject }, window.startMs),
  };
}

function severityOf(score: number, alertScore: number): Severity {
  // A threshold at or above 0 has no meaningful ratio.
  const ratio = alertScore < 0 ? score / alertScore : 1;
  return severitySteps.find(([step]) => ratio >= step)?.[1] ?? "low";
}
