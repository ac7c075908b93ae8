/** What a receiver learns of an anomalous window, and of its end: plain data, whatever found the anomaly. */

export type Severity = "low" | "medium" | "high";

export interface Alert {
  /** The same subject has the same key. */
  key: string;
  /** `destination`, `source` or both, as the log names them. */
  subject: Record<string, string>;
  /** What kind of trouble, in a word or two. */
  kind?: string;
  /** The source that most of it comes from, where the subject is its destination. */
  culprit?: string;
  /** ISO 8601, to the second. */
  windowStart: string;
  windowSeconds: number;
  bytes: number;
  /** The part of `bytes` that went to the destination. */
  bytesOut?: number;
  flows: number;
  /** Of the number that `reason` names: how large it usually is at most. */
  usual?: number;
  /** With whom, and on which ports: the heaviest three. */
  peers?: string[];
  ports?: number[];
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
