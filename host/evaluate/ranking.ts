/** Figures of a detector from the scores it gave to normal and anomalous lines (or groups of lines). */
export interface Figures {
  /** Area under the receiver operating characteristic: ties count half. */
  auc: number;
  averagePrecision: number;
  bestF1: number;
  /** Recall at the highest threshold that lets through at most this share of the normal ones. */
  recallAt: Record<"0.001" | "0.01" | "0.05", number>;
  /** What the threshold of the model does: scores above 1 are tagged. */
  default: { falsePositiveRate: number; recall: number };
  normal: number;
  anomalous: number;
}

export function figures(normal: Float64Array, anomalous: Float64Array): Figures {
  const above = (scores: Float64Array) => scores.reduce((sum, score) => sum + (score > 1 ? 1 : 0), 0) / scores.length;
  return {
    ...rankFigures(normal, anomalous),
    recallAt: {
      "0.001": recallAt(normal, anomalous, 0.001),
      "0.01": recallAt(normal, anomalous, 0.01),
      "0.05": recallAt(normal, anomalous, 0.05),
    },
    default: { falsePositiveRate: above(normal), recall: above(anomalous) },
    normal: normal.length,
    anomalous: anomalous.length,
  };
}

function recallAt(normal: Float64Array, anomalous: Float64Array, rate: number): number {
  const descending = Float64Array.from(normal).sort().reverse();
  const threshold = descending[Math.floor(rate * descending.length)];
  return anomalous.reduce((sum, score) => sum + (score > threshold ? 1 : 0), 0) / anomalous.length;
}

/** One pass from the highest score down; equal scores are one step. */
function rankFigures(
  normal: Float64Array,
  anomalous: Float64Array,
): Pick<Figures, "auc" | "averagePrecision" | "bestF1"> {
  const a = Float64Array.from(normal).sort();
  const b = Float64Array.from(anomalous).sort();
  let falsePositives = 0;
  let truePositives = 0;
  let area = 0;
  let averagePrecision = 0;
  let bestF1 = 0;
  let i = a.length - 1;
  let j = b.length - 1;
  while (i >= 0 || j >= 0) {
    const score = Math.max(i >= 0 ? a[i] : Number.NEGATIVE_INFINITY, j >= 0 ? b[j] : Number.NEGATIVE_INFINITY);
    let falseStep = 0;
    let trueStep = 0;
    for (; i >= 0 && a[i] === score; i--) falseStep++;
    for (; j >= 0 && b[j] === score; j--) trueStep++;
    area += falseStep * (truePositives + trueStep / 2);
    falsePositives += falseStep;
    truePositives += trueStep;
    const precision = truePositives / (truePositives + falsePositives);
    averagePrecision += (trueStep / b.length) * precision;
    bestF1 = Math.max(bestF1, (2 * truePositives) / (truePositives + falsePositives + b.length));
  }
  return { auc: area / (a.length * b.length), averagePrecision, bestF1 };
}
