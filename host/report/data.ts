/** What the report shows: the map's points with their lines, the anomalies, when they came, the parameters. */

import { grouped } from "../io/numbers.js";
import { redact } from "../io/redact.js";
import { ShownText } from "../io/terminal.js";
import { noiseLabel } from "../math/dbscan.js";
import { principalAxes } from "../math/principal.js";
import { furthest, reasonOf } from "../scan/anomaly.js";
import { cutsOf } from "../scan/cuts.js";
import { type Evidence, EvidenceReader } from "../scan/evidence.js";
import { linesOf, type Scan } from "../scan/scan.js";
import { Engine } from "../wasm/engine.js";

/** Enough to find neighbours by; the first two are the map. */
const axesCount = 12;
const anomaliesMax = 2000;
const textCharactersMax = 400;
/** Noise lines whose time is read; a report of more says so by showing fewer. */
const timesMax = 50_000;

export interface ReportAnomaly extends Evidence {
  text: string;
  line: number;
  count: number;
  distance: number | null;
  reason: string;
  point: number;
}

export interface ReportData {
  points: { text: string; line: number; count: number; cluster: number; at: number[] }[];
  anomalies: ReportAnomaly[];
  /** Unix seconds of anomalous lines that carry a time. */
  times: number[];
  parameters: [string, string][];
  cuts: string[];
}

export async function reportData(scan: Scan, { redact: hides }: { redact: boolean }): Promise<ReportData> {
  const { clusters, weights, firstLines, tally, embedder, options } = scan;
  const shown = (bytes: Uint8Array) => {
    const whole = new ShownText();
    // what turns the order of what is read is shown, not obeyed, as on a terminal
    const text = Buffer.concat([whole.next(bytes.subarray(0, textCharactersMax * 4)), whole.end()]).toString();
    return (hides ? redact(text) : text).slice(0, textCharactersMax);
  };
  const top = furthest(scan, anomaliesMax);
  const onMap = new Set(clusters.clustered);
  const listed = new Set(top);
  const texts = new Map<number, string>();
  const reader = new EvidenceReader(scan);
  const evidence = new Map<number, Evidence>();
  const times: number[] = [];
  const engine = new Engine();
  const now = BigInt(Math.floor(Date.now() / 1000));
  const wanted = (point: number, line: number) =>
    clusters.labels[point] === noiseLabel || (line === firstLines[point] && onMap.has(point));
  for await (const { point, lineNumber, bytes } of linesOf(scan, wanted)) {
    if (lineNumber === firstLines[point] && (onMap.has(point) || listed.has(point))) {
      texts.set(point, shown(bytes));
      if (listed.has(point)) evidence.set(point, reader.of(point, bytes));
    }
    if (clusters.labels[point] !== noiseLabel || times.length >= timesMax) continue;
    const seconds = engine.explain(bytes, now)?.timeSeconds;
    if (typeof seconds === "number") times.push(seconds);
  }
  const positions = project(scan);
  const rowOf = new Map([...clusters.clustered].map((point, row) => [point, row]));
  return {
    points: Array.from(clusters.clustered, (point, row) => ({
      text: texts.get(point) ?? "",
      line: firstLines[point],
      count: weights[point],
      cluster: clusters.labels[point],
      at: positions[row],
    })),
    anomalies: Array.from(top, (point) => ({
      text: texts.get(point) ?? "",
      line: firstLines[point],
      count: weights[point],
      distance: Number.isNaN(clusters.distances[point]) ? null : Number(clusters.distances[point].toFixed(3)),
      ...evidence.get(point)!,
      reason: reasonOf(scan, point),
      point: rowOf.get(point) ?? -1,
    })),
    times: times.sort((a, b) => a - b),
    parameters: [
      ["sources", scan.sources.map(({ name }) => (hides ? redact(name) : name)).join(", ")],
      ["lines", grouped(tally.lines)],
      ["patterns", grouped(clusters.clusterCount)],
      ["anomalous lines", grouped(scan.linesNoise)],
      ["eps", String(options.eps)],
      ["min samples", String(options.minSamples)],
      ["embedder", embedder.version],
      ["redacted", hides ? "yes" : "no"],
      ["made", new Date().toISOString().slice(0, 16).replace("T", " ")],
    ],
    cuts: cutsOf(scan),
  };
}

/** Along the principal axes, in thousandths. */
function project({ clusters }: Scan): number[][] {
  const { values, dims } = clusters.rows;
  const rows = clusters.clustered.length;
  const { mean, axes } = principalAxes(values, rows, dims, axesCount);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: axesCount }, (_, axis) => {
      let dot = 0;
      for (let dim = 0; dim < dims; dim++) dot += (values[row * dims + dim] - mean[dim]) * axes[axis * dims + dim];
      return Math.round(dot * 1000);
    }),
  );
}
