/** Turns verdicts on windows of network traffic into alerts. */
import type { Alert } from "../alerts/alert.js";
import { sourceOf, type Verdict } from "./windowScorer.js";
import { alertText, reasonOf, secondsTime } from "./wording.js";

export interface NetworkAlertSettings {
  windowSeconds: number;
  /** Where the log lines of a subject's window are. */
  linkOf(subject: Alert["subject"], startMs: number): string | undefined;
}

export function alertsOf(verdicts: readonly Verdict[], settings: NetworkAlertSettings): Alert[] {
  return verdicts.map((verdict) => alertOf(verdict, settings));
}

function alertOf(verdict: Verdict, { windowSeconds, linkOf }: NetworkAlertSettings): Alert {
  const { window, entity, score, kind, severity, usual, talkers } = verdict;
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
    kind: kind ?? "unusual",
    culprit: entity === "destination" ? sourceOf(verdict) : undefined,
    windowStart: secondsTime(window.startMs),
    windowSeconds,
    bytes: window.values.bytes,
    bytesOut: window.values.bytesOut,
    flows: window.values.flows,
    usual,
    peers: entity === "pair" ? undefined : talkers?.peers,
    ports: talkers?.ports,
    score: Number(score.toFixed(4)),
    reason: reasonOf(verdict),
    severity,
    text: alertText(verdict),
    link: linkOf(subject, window.startMs),
  };
}
