/** Lines as the filter understands them: every parsed field, every detector. */
import type { Engine } from "./engine.js";
import { detailsOf, type EventDetails, type WindowDetails } from "./eventDetails.js";
import { type Quieting, unreadVerdict, verdictSentence } from "./verdictSentence.js";

export interface Explanation {
  format: string;
  time: string | null;
  key: string | null;
  endpoint: string | null;
  level: string | null;
  status: number | null;
  bytes: number | null;
  isError: boolean;
  message: string | null;
  flow: { source: string; destination: string; bytes: number } | null;
  template: string | null;
  detectors: Record<string, Record<string, unknown> | null>;
  /** One sentence: why it is tagged, or what came nearest to a tag. */
  verdict: string;
}

/** What keeps a line quiet that is not tagged, if anything does. */
export type Quiets = (line: Uint8Array) => Quieting | undefined;

/** One line, which may have newlines in it. */
export function explainLine(engine: Engine, line: string, seconds: bigint, quiets?: Quiets): Explanation {
  const bytes = Buffer.from(line, "utf8");
  const details = engine.explain(bytes, seconds);
  return details ? explanationOf(details, bytes, quiets) : unread;
}

/** A line each, in order. Lines are judged one after another, so windows count as they do in a log. */
export function* explainLines(
  engine: Engine,
  lines: Uint8Array,
  seconds: bigint,
  quiets?: Quiets,
): Generator<Explanation> {
  let start = 0;
  for (const rows of engine.rows(lines, { flags: 0, seconds })) {
    for (const row of rows) {
      const newline = lines.indexOf(0x0a, start);
      const end = newline < 0 ? lines.length : newline;
      yield row.has("read") ? explanationOf(detailsOf(row), lines.subarray(start, end), quiets) : unread;
      start = end + 1;
    }
  }
}

/** Of a line that is longer than the filter reads. */
const unread: Explanation = {
  format: "text",
  time: null,
  key: null,
  endpoint: null,
  level: null,
  status: null,
  bytes: null,
  isError: false,
  message: null,
  flow: null,
  template: null,
  detectors: { keyword: null, error_rate: null, traffic: null, novelty: null, outlier: null, network: null },
  verdict: unreadVerdict,
};

function explanationOf(details: EventDetails, line: Uint8Array, quiets?: Quiets): Explanation {
  const { key, endpoint, flow, sender, destination, timeSeconds } = details;
  return {
    format: details.format,
    time: timeSeconds === null ? null : rfc3339(timeSeconds),
    key,
    endpoint: endpoint === null ? null : endpoint.split("?", 1)[0],
    level: details.level,
    status: details.status,
    bytes: details.bytes,
    isError: details.isError,
    message: details.body,
    flow: flow === null ? null : { source: sender!, destination: destination!, bytes: flow.bytes },
    template: readableTemplate(details),
    detectors: detectorsOf(details),
    verdict: verdictSentence(details, details.member ? undefined : quiets?.(line)),
  };
}

const yearZeroSeconds = Date.parse("0000-01-01T00:00:00Z") / 1000;
const year10000Seconds = Date.parse("+010000-01-01T00:00:00Z") / 1000;

/** Null outside the years that RFC 3339 can write. */
function rfc3339(seconds: number): string | null {
  return seconds < yearZeroSeconds || seconds >= year10000Seconds ? null : new Date(seconds * 1000).toISOString();
}

function detectorsOf(details: EventDetails): Explanation["detectors"] {
  const anomaly = details.member ? (JSON.parse(`{${details.member}}`).anomaly as Record<string, unknown>) : null;
  const { keyword, key, outlierScore, flow } = details;
  return {
    keyword: keyword ? { ...verdictOf(anomaly, "keyword"), keyword, count: details.keywordCount } : null,
    error_rate: key && details.isError ? windowOf(details.errors) : null,
    traffic: key ? windowOf(details.requests) : null,
    novelty: { score: details.noveltyScore, p: details.leastProbability, reason: reasonOf(anomaly, "novelty") },
    outlier: details.nearestCluster >= 0 && outlierScore > 0 ? outlierOf(details, anomaly) : null,
    network: flow
      ? {
          source: details.sender,
          destination: details.destination,
          port: details.destinationPort,
          ...flow,
          reason: reasonOf(anomaly, "network"),
        }
      : null,
  };
}

function outlierOf(details: EventDetails, anomaly: Record<string, unknown> | null): Record<string, unknown> {
  return {
    score: details.outlierScore,
    cluster: details.nearestCluster,
    distance: details.nearestDistance,
    radius: details.nearestRadius,
    reason: reasonOf(anomaly, "outlier"),
  };
}

/** The window of the line's key, this line included. */
function windowOf({ count, threshold }: WindowDetails): Record<string, unknown> {
  return { score: count / threshold, count, threshold };
}

/** Score and reason where that detector's is the verdict: of the others only their own evidence is known. */
function verdictOf(anomaly: Record<string, unknown> | null, type: string): Record<string, unknown> {
  return { score: anomaly?.type === type ? anomaly.score : null, reason: reasonOf(anomaly, type) };
}

function reasonOf(anomaly: Record<string, unknown> | null, type: string): unknown {
  return anomaly?.type === type ? anomaly.reason : null;
}

/** The signature (assembly/detect/novelty/signature.ts) with its signs spelled out. */
function readableTemplate({ signature }: EventDetails): string | null {
  if (signature === null) return null;
  const body = signature[0] === "T" ? signature.slice(signature.indexOf("\u0001") + 1) : signature.slice(1);
  return body
    .replaceAll("\u0001", " ")
    .replaceAll("\u0002", " ")
    .replaceAll("\u0003", "=")
    .replace(/\u0004./g, "")
    .replaceAll("\u0005", "<9>")
    .replaceAll("\u0006", "<x>")
    .trim();
}
