/** What the filter read in one line and made of it, each field under its name and texts decoded. */
import type { EventRows } from "./eventRow.js";
import { levelNames } from "./layout.js";

export interface EventDetails {
  format: string;
  level: (typeof levelNames)[number];
  status: number | null;
  bytes: number | null;
  timeSeconds: number | null;
  isRequest: boolean;
  /** True where the record itself says that it is an error. */
  markedError: boolean;
  isError: boolean;
  /** The keyword that reached its count, and how often its key had it within the window. */
  keyword: string | null;
  keywordCount: number;
  /** Of the key's windows. */
  errors: WindowDetails;
  requests: WindowDetails;
  /** The two ends of a network flow. */
  sender: string | null;
  destination: string | null;
  destinationPort: number | null;
  message: string | null;
  body: string | null;
  key: string | null;
  source: string | null;
  method: string | null;
  target: string | null;
  /** What traffic to one endpoint is counted by. */
  endpoint: string | null;
  signature: string | null;
  member: string | null;
  /** The largest score of all detectors. */
  score: number;
  /** Of an event that is not tagged, the reason of its least probable feature. */
  leastReason: string | null;
  noveltyScore: number;
  outlierScore: number;
  leastProbability: number | null;
  nearestCluster: number;
  nearestDistance: number;
  nearestRadius: number;
  /** The network flow it describes; `decision` is the forest's on a window of this flow alone. */
  flow: {
    bytes: number;
    bytesOut: number;
    durationSeconds: number;
    failed: boolean;
    decision: number | null;
  } | null;
}

export interface WindowDetails {
  count: number;
  threshold: number;
}

/** The fields of a row under their names, texts decoded. */
export function detailsOf(row: EventRows): EventDetails {
  const text = (field: Parameters<EventRows["text"]>[0]) => row.text(field) || null;
  const decision = row.number("flowDecision");
  return {
    format: row.text("formatBytes"),
    level: levelNames[row.number("level")],
    status: row.number("status") || null,
    bytes: row.number("bytes") < 0 ? null : row.number("bytes"),
    timeSeconds: row.timeSeconds() ?? null,
    isRequest: row.has("request"),
    markedError: row.has("marked"),
    isError: row.has("error"),
    keyword: text("keywordBytes"),
    keywordCount: row.number("keywordCount"),
    errors: { count: row.number("errorsCount"), threshold: row.number("errorsThreshold") },
    requests: { count: row.number("requestsCount"), threshold: row.number("requestsThreshold") },
    sender: text("senderBytes"),
    destination: text("destinationBytes"),
    destinationPort: row.number("destinationPort") < 0 ? null : row.number("destinationPort"),
    message: text("messageBytes"),
    body: text("bodyBytes"),
    key: text("keyBytes"),
    source: text("sourceBytes"),
    method: text("methodBytes"),
    target: text("targetBytes"),
    endpoint: text("endpointBytes") ?? text("targetBytes"),
    signature: text("signatureBytes"),
    member: text("memberBytes"),
    score: row.number("score"),
    leastReason: text("reasonBytes"),
    noveltyScore: row.number("noveltyScore"),
    outlierScore: row.number("outlierScore"),
    leastProbability: row.has("least") ? row.number("leastProbability") : null,
    nearestCluster: row.number("nearestCluster"),
    nearestDistance: row.number("nearestDistance"),
    nearestRadius: row.number("nearestRadius"),
    flow: row.has("flow")
      ? {
          bytes: row.number("flowBytes"),
          bytesOut: row.number("flowBytesOut"),
          durationSeconds: row.number("flowSeconds"),
          failed: row.has("failed"),
          decision: Number.isNaN(decision) ? null : decision,
        }
      : null,
  };
}
