/**
 * What is known of a destination (or a source, or a pair) in one window. The order is part of the packed forest: the
 * filter fills the same seven numbers.
 */
export const featureNames = ["bytes", "flows", "ports", "peers", "bytesOut", "failed", "durationSeconds"] as const;
export type FeatureName = (typeof featureNames)[number];

export const entities = ["destination", "source", "pair"] as const;
export type Entity = (typeof entities)[number];

/** As `--features` names them and as a reason says them. */
export const featureLabels: Record<FeatureName, string> = {
  bytes: "bytes",
  flows: "flows",
  ports: "distinct ports",
  peers: "distinct peers",
  bytesOut: "bytes sent to it",
  failed: "failed connections",
  durationSeconds: "seconds connected",
};

/** Of these a model knows what is usual for a destination; the order is that of its rows (usualFlows.ts). */
export const usualNames = ["bytesOut", "flows", "ports", "peers", "failed"] as const;
export type UsualName = (typeof usualNames)[number];
