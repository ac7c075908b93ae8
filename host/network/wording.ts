/** What is said of a verdict: as a sentence, as a reason in numbers, as JSON. */
import { featureLabels } from "../model/networkFeatures.js";
import { sourceOf, type Verdict } from "./windowScorer.js";

/** Why, in numbers only: `scan: 391 distinct ports, usually at most 2`. */
export function reasonOf(verdict: Verdict): string {
  const { kind, feature, isHigh, usual, isOfHour, beacon, window } = verdict;
  const label = featureLabels[feature];
  const usually = usual === undefined ? "" : `, usually at most ${shown(usual)}${isOfHour ? " at this hour" : ""}`;
  if (beacon) {
    return `beacon: ${beacon.flows} connections, one every ${shown(beacon.seconds)} s of ${shown(beacon.bytes)} bytes`;
  }
  if (kind === undefined || kind === "unusual") {
    return `${isHigh ? "high" : "low"} ${label} (${shown(window.values[feature])}${usually})`;
  }
  return `${kind}: ${shown(window.values[feature])} ${labelFor(verdict, label)}${usually}`;
}

/** Of a source, what it talks to are destinations. */
function labelFor({ entity, feature }: Verdict, label: string): string {
  if (entity === "source" && feature === "peers") return "distinct destinations";
  return entity === "source" && feature === "bytesOut" ? "bytes sent" : label;
}

function shown(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(1);
}

/** The alert as the operator knows it; addresses are the log's own text. */
export function alertText(verdict: Verdict): string {
  const { window, entity, kind, feature, isHigh, score, alike } = verdict;
  const where = {
    destination: `to destination IP ${window.key}`,
    source: `from source IP ${window.key}`,
    pair: `from ${window.key.replace(" ", " to ")}`,
  }[entity];
  const traffic = feature === "bytes" ? `${isHigh ? "High" : "Low"} traffic` : upper(reasonOf(verdict));
  const what =
    kind === undefined || kind === "unusual" ? `${traffic} ${where}` : `${upper(reasonOf(verdict))}, ${where}`;
  const others = alike ? ` and ${alike} more of it alike` : "";
  const end = `(${window.values.bytes} bytes) - Anomaly Score: ${score.toFixed(4)}`;
  return `Possible network anomaly: ${what} ${end}${partners(verdict)}${others}`;
}

/** With whom and on which ports, the heaviest three of each. */
function partners({ window: { values }, entity, talkers }: Verdict): string {
  if (!talkers || talkers.peers.length === 0) return "";
  const more = values.peers > talkers.peers.length ? ` and ${values.peers - talkers.peers.length} more` : "";
  const peers = `${entity === "source" ? "to" : "from"} ${talkers.peers.join(", ")}${more}`;
  const ports =
    talkers.ports.length > 0 ? `, ${talkers.ports.length > 1 ? "ports" : "port"} ${talkers.ports.join(", ")}` : "";
  return entity === "pair" ? ports : `; ${peers}${ports}`;
}

const upper = (text: string) => text.replace(/^./, (letter) => letter.toUpperCase());

/** What `--json` prints; times to the second, the score to 6 decimals. What is told has more. */
export function jsonOf(verdict: Verdict) {
  const { window, entity, score, anomalous, kind, severity, usual, talkers } = verdict;
  const [first, second] = window.key.split(" ");
  const subject = entity === "destination" ? { destination: first } : { source: first };
  const told = {
    kind,
    severity,
    ...(entity === "destination" ? { source: sourceOf(verdict) } : {}),
    [entity === "source" ? "destinations" : "sources"]: entity === "pair" ? undefined : talkers?.peers,
    ports: talkers?.ports,
    bytesOut: window.values.bytesOut,
    peers: window.values.peers,
    usual,
    reason: reasonOf(verdict),
  };
  return {
    windowStart: secondsTime(window.startMs),
    ...subject,
    ...(entity === "pair" ? { destination: second } : {}),
    bytes: window.values.bytes,
    flows: window.values.flows,
    score: Number(score.toFixed(6)),
    anomalous,
    ...(anomalous ? told : {}),
  };
}

export function secondsTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}
