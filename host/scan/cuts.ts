/** What could not be looked at as asked, in words; nothing in the ordinary case. */

import { grouped } from "../io/numbers.js";
import { noiseLabel } from "../math/dbscan.js";
import type { Scan } from "./scan.js";

export function cutsOf(scan: Scan): string[] {
  return [pointsCut(scan), linesCut(scan)].filter((cut) => cut !== undefined);
}

function pointsCut({ embedded, clusters, weights }: Scan): string | undefined {
  const { clustered, labels, weightNearby } = clusters;
  if (clustered.length === embedded.count) return undefined;
  const linesNoise = weights.reduce(
    (sum, weight, at) => sum + (labels[at] === noiseLabel && Number.isNaN(weightNearby[at]) ? weight : 0),
    0,
  );
  return (
    `${grouped(embedded.count)} distinct points: ${grouped(clustered.length)} of them, the most frequent and a fair sample, ` +
    `were clustered. The other ${grouped(embedded.count - clustered.length)} were only compared with the resulting ` +
    `patterns, not with each other, so the ${grouped(linesNoise)} lines of theirs among the anomalies may form patterns ` +
    "of their own. Scan fewer lines at once, or raise --points-max (time grows with its square)"
  );
}

function linesCut({ embedder, tally }: Scan): string | undefined {
  if (embedder.linesNotKept === 0) return undefined;
  const share = ((100 * embedder.linesNotKept) / tally.lines).toFixed(1);
  return (
    `${grouped(embedder.linesNotKept)} lines (${share} %) were not scored: the limit on distinct signatures was reached; ` +
    "scan fewer lines at once, or raise --forms-max"
  );
}
