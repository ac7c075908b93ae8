/** One line as the filter understands it: every parsed field, every detector. */
import type { Engine, EventDetails, WindowDetails } from "./engine.js";

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
  template: string | null;
  detectors: Record<string, Record<string, unknown> | null>;
}

export function explainLine(engine: Engine, line: string, seconds: bigint): Explanation {
  const details = engine.explain(Buffer.from(line, "utf8"), seconds);
  const anomaly = details?.member ? (JSON.parse(`{${details.member}}`).anomaly as Record<string, unknown>) : null;
  return {
    format: details?.format ?? "text",
    time: details?.timeSeconds == null ? null : new Date(details.timeSeconds * 1000).toISOString(),
    key: details?.key ?? null,
    endpoint: details?.endpoint ? details.endpoint.split("?")[0] : null,
    level: details?.level ?? null,
    status: details?.status ?? null,
    bytes: details?.bytes ?? null,
    isError: details?.isError ?? false,
    message: details?.body ?? null,
    template: details ? readableTemplate(details) : null,
    detectors: {
      keyword: details?.keyword
        ? { ...told(anomaly, "keyword"), keyword: details.keyword, count: details.keywordCount }
        : null,
      error_rate: details?.key && details.isError ? windowOf(details.errors) : null,
      traffic: details?.key ? windowOf(details.requests) : null,
      novelty: details
        ? { score: details.noveltyScore, p: details.leastProbability, reason: reasonOf(anomaly, "novelty") }
        : null,
      outlier:
        details && details.nearestCluster >= 0 && details.outlierScore > 0
          ? {
              score: details.outlierScore,
              cluster: details.nearestCluster,
              distance: details.nearestDistance,
              radius: details.nearestRadius,
              reason: reasonOf(anomaly, "outlier"),
            }
          : null,
      network: details?.flow
        ? {
            source: details.sender,
            destination: details.destination,
            port: details.destinationPort,
            ...details.flow,
            reason: reasonOf(anomaly, "network"),
          }
        : null,
    },
  };
}

/** Of this one line: a window that holds nothing else. */
function windowOf({ count, threshold }: WindowDetails): Record<string, unknown> {
  return { score: count / threshold, count, threshold };
}

/** Score and reason where that detector's is the verdict: of the others only their own evidence is known. */
function told(anomaly: Record<string, unknown> | null, type: string): Record<string, unknown> {
  return { score: anomaly?.type === type ? anomaly.score : null, reason: reasonOf(anomaly, type) };
}

function reasonOf(anomaly: Record<string, unknown> | null, type: string): unknown {
  return anomaly?.type === type ? anomaly.reason : null;
}

/** The form (assembly/detect/novelty/signature.ts) with its signs spelled out. */
function readableTemplate({ form }: EventDetails): string | null {
  if (form === null) return null;
  const body = form[0] === "T" ? form.slice(form.indexOf("\u0001") + 1) : form.slice(1);
  return body
    .replaceAll("\u0001", " ")
    .replaceAll("\u0002", " ")
    .replaceAll("\u0003", "=")
    .replace(/\u0004./g, "")
    .replaceAll("\u0005", "<9>")
    .replaceAll("\u0006", "<x>")
    .trim();
}
