/** What is said of a verdict: as a sentence, as a reason in numbers, as JSON. */
import { type Entity, type FeatureName, featureLabels } from "../model/networkFeatures.js";
import type { Kind } from "./kinds.js";
import { sourceOf, type Verdict } from "./windowScorer.js";

/** Why, in plain numbers: `scan: 391 distinct ports, usually at most 2`. */
export function reasonOf(verdict: Verdict): string {
  const { kind, feature, isHigh, window } = verdict;
  if (!isNamed(kind)) {
    return `${isHigh ? "high" : "low"} ${labelOf(verdict)} (${shown(window.values[feature])}${usually(verdict)})`;
  }
  if (feature === "failed") return `${kind}: ${window.values.failed}${usually(verdict)}`;
  return `${kind}: ${evidence(verdict)}`;
}

/** What the forest alone finds has no name. */
function isNamed(kind: Kind | undefined): kind is Exclude<Kind, "unusual"> {
  return kind !== undefined && kind !== "unusual";
}

/** The number that gives a kind its name, and what else it took; bytes as a person says them, or all their digits. */
function evidence(verdict: Verdict, isRounded = false): string {
  const { feature, beacon, failsToo, window } = verdict;
  if (beacon) {
    return `${beacon.flows} connections, one every ${shown(beacon.seconds)} s of ${shown(beacon.bytes)} bytes`;
  }
  const value = window.values[feature];
  const much = isRounded ? amountOf(verdict.entity, feature, value) : `${shown(value)} ${labelOf(verdict)}`;
  const failed = failsToo ? `, ${window.values.failed} failed connections` : "";
  return `${much}${usually(verdict, isRounded)}${failed}`;
}

/** `179 MB sent to it`, `400 distinct ports` */
export function amountOf(entity: Entity, feature: FeatureName, value: number): string {
  const label = labelOf({ entity, feature });
  return isBytes(feature) ? label.replace("bytes", rounded(value)) : `${shown(value)} ${label}`;
}

function usually({ usual, isOfHour, feature }: Verdict, isRounded = false): string {
  if (usual === undefined) return "";
  const most = isRounded && isBytes(feature) ? rounded(usual) : shown(usual);
  return `, usually at most ${most}${isOfHour ? " at this hour" : ""}`;
}

/** Peers of a destination are sources, and of a source destinations. */
function labelOf({ entity, feature }: Pick<Verdict, "entity" | "feature">): string {
  if (feature === "peers" && entity !== "pair") return `distinct ${entity === "source" ? "destinations" : "sources"}`;
  return entity === "source" && feature === "bytesOut" ? "bytes sent" : featureLabels[feature];
}

function shown(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(1);
}

function isBytes(feature: FeatureName): boolean {
  return feature === "bytesOut" || feature === "bytes";
}

const byteUnits = ["bytes", "kB", "MB", "GB", "TB"];

/** `179 MB` */
function rounded(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), byteUnits.length - 1);
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${byteUnits[power]}`;
}

/** The alert as the operator knows it; addresses are the log's own text. */
export function alertText(verdict: Verdict): string {
  const { window, score, alike } = verdict;
  const others = alike ? `; and ${alike} more by the same` : "";
  const end = `(${window.values.bytes} bytes) - Anomaly Score: ${score.toFixed(4)}`;
  const what = `${heading(verdict)} ${end}${details(verdict)}${partners(verdict)}${others}${duration(verdict)}`;
  return `Possible network anomaly: ${what}`;
}

function duration({ lasting }: Verdict): string {
  return lasting ? `; the gravest of ${lasting.windows} windows until ${secondsTime(lasting.untilMs)}` : "";
}

/** When it began. */
export function beginOf({ window, lasting }: Verdict): string {
  return secondsTime(lasting?.sinceMs ?? window.startMs);
}

/** What, and who or to whom. */
function heading({ window, entity, kind, feature, isHigh }: Verdict): string {
  const traffic = feature === "bytes" ? `${isHigh ? "High" : "Low"} traffic` : "Unusual traffic";
  const what = isNamed(kind) ? kind.replace(/^./, (letter) => letter.toUpperCase()) : traffic;
  if (entity === "source") return `${what} from source IP ${window.key}`;
  if (entity === "pair") return `${what} from ${window.key.replace(" ", " to ")}`;
  return `${what} ${kind === "scan" || kind === "flood" ? "of" : "to"} destination IP ${window.key}`;
}

function details(verdict: Verdict): string {
  const { kind, feature, window } = verdict;
  if (isNamed(kind)) {
    if (feature !== "failed") return `; ${evidence(verdict, true)}`;
    return `; ${window.values.failed} of ${window.values.flows} failed${usually(verdict)}`;
  }
  return feature === "bytes" ? "" : `; ${reasonOf(verdict)}`;
}

/** With whom and on which ports, the heaviest three of each. */
function partners(verdict: Verdict): string {
  const { window, entity, kind, feature, talkers } = verdict;
  if (!talkers || talkers.peers.length === 0) return "";
  const list = talkers.ports.join(", ");
  const ports = list === "" ? "" : `${talkers.ports.length > 1 ? "ports" : "port"} ${list}`;
  const { peers } = window.values;
  const isCrowd = kind === "flood" && feature === "peers" && talkers.mainPeer === undefined;
  // of a crowd nobody stands out; of a pair both are named already
  if (entity === "pair" || isCrowd) return ports && `; ${ports}`;
  const more = peers > talkers.peers.length ? ` and ${peers - talkers.peers.length} more` : "";
  const isMain = entity === "destination" && talkers.mainPeer !== undefined && peers > 1;
  const who = isMain ? `mostly from ${talkers.mainPeer}, one of ${peers}` : `${talkers.peers.join(", ")}${more}`;
  return `; ${isMain ? "" : entity === "source" ? "to " : "from "}${who}${ports && `, ${ports}`}`;
}

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
