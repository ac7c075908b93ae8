/**
 * Thresholds such that a stated share of ordinary lines would be tagged: every learnt line is judged as if it had been
 * left out, novelty and outlier together. No data is held back, lines that recur weigh as often as they came.
 */
export interface LeftOutLine {
  /** Lines with this signature. */
  weight: number;
  /** Largest surprise, -ln p. */
  surprise: number;
  /** Distance over radius of the nearest centroid; 0 where novelty would have decided. */
  outlier: number;
  /** Who brought to a public place what nobody vouches for; 0 for lines that others vouch for. */
  owner: number;
  isText: boolean;
}

export interface Calibration {
  surprise: number;
  outlierScale: number;
  /**
   * Share of the learnt lines, each left out in turn, that these thresholds tag; every line counts as often as it came.
   */
  leftOutShare: number;
  /** False where there were too few lines and the defaults stand. */
  fitted: boolean;
}

/** With fewer lines a share of one in a thousand cannot be read off them. */
export const linesToCalibrate = 2000;
export const defaultShare = 0.001;
const defaultSurprise = Math.log(1000);
/** A surprise of one in twenty is none, however regular the log. */
const surpriseMin = Math.log(20);

/** Shares whose thresholds a model keeps beside its own, so that replay can say what another share would tag. */
export const sensitivityShares = [
  ...[0.00001, 0.00002, 0.00003, 0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.003, 0.005],
  ...[0.01, 0.02, 0.03, 0.05, 0.1],
] as const;

export interface Sensitivity {
  share: number;
  surprise: number;
  outlierScale: number;
}

export function sensitivities(lines: LeftOutLine[]): Sensitivity[] {
  const thresholdsFor = calibrator(lines);
  return sensitivityShares.map((share) => {
    const { surprise, outlierScale } = thresholdsFor(share);
    return { share, surprise, outlierScale };
  });
}

export function calibrate(lines: LeftOutLine[], statedShare: number): Calibration {
  return calibrator(lines)(statedShare);
}

type Weigh = (line: LeftOutLine) => number;

/** Sorts once; the thresholds of any share are then read off. */
function calibrator(lines: LeftOutLine[]): (statedShare: number) => Calibration {
  const total = lines.reduce((sum, line) => sum + line.weight, 0);
  const requests = descending(lines, (line) => (line.isText ? 0 : line.surprise));
  const texts = descending(lines, (line) => (line.isText ? line.surprise : 0));
  const outliers = descending(lines, (line) => line.outlier);
  const owned = new Map<number, number>();
  for (const { owner, weight } of lines) if (owner !== 0) owned.set(owner, (owned.get(owner) ?? 0) + weight);
  return (statedShare) => {
    const most = ownedLinesMax(statedShare * total);
    const weigh: Weigh = ({ owner, weight }) => (owner === 0 ? weight : weight * Math.min(1, most / owned.get(owner)!));
    // Of texts it is never above the stated share itself: where many learnt lines are of a kind that came once, one
    // never seen is still news, and incidents keep it to few tags.
    const surpriseAt = (share: number) =>
      Math.max(
        exceededBy(requests, share * total, weigh),
        Math.min(exceededBy(texts, share * total, weigh), -Math.log(statedShare)),
      );
    return fitShare(lines, total, surpriseAt, outliers, statedShare, weigh);
  };
}

/**
 * Whoever floods the log with oddities of his own would set the threshold by them: a scanner with three lines in ten
 * ended at no line tagged, its own included. What one sender brought with nobody to vouch for it weighs at
 * most a quarter of the lines that may be tagged, or one line.
 */
function ownedLinesMax(linesAllowed: number): number {
  return Math.min(Math.max(1, linesAllowed / 4), linesAllowed / 2);
}

function fitShare(
  lines: LeftOutLine[],
  total: number,
  surpriseAt: (share: number) => number,
  outliers: Ranked[],
  statedShare: number,
  weigh: Weigh,
): Calibration {
  const leftOutShare = (thresholds: Thresholds) => shareAbove(lines, total, thresholds, (line) => line.weight);
  if (total < linesToCalibrate) {
    const surprise = Math.max(defaultSurprise, surpriseAt(statedShare));
    const thresholds = { surprise, outlierScale: Math.max(1, exceededBy(outliers, 0, weigh)) };
    return { ...thresholds, leftOutShare: leftOutShare(thresholds), fitted: false };
  }
  const at = (share: number) => ({
    surprise: Math.max(surpriseMin, surpriseAt(share)),
    // a radius is never drawn tighter than DBSCAN's own
    outlierScale: Math.max(1, exceededBy(outliers, share * total, weigh)),
  });
  // Both detectors get the same share; the largest for which their union stays within what was stated.
  let low = 0;
  let high = statedShare;
  let best = at(0);
  if (shareAbove(lines, total, at(high), weigh) <= statedShare) best = at(high);
  else {
    for (let step = 0; step < 40; step++) {
      const middle = (low + high) / 2;
      const candidate = at(middle);
      if (shareAbove(lines, total, candidate, weigh) <= statedShare) {
        low = middle;
        best = candidate;
      } else high = middle;
    }
  }
  return { ...best, leftOutShare: leftOutShare(best), fitted: true };
}

interface Ranked {
  value: number;
  line: LeftOutLine;
}

function descending(lines: LeftOutLine[], value: (line: LeftOutLine) => number): Ranked[] {
  return lines
    .map((line) => ({ value: value(line), line }))
    .filter((ranked) => ranked.value > 0)
    .sort((a, b) => b.value - a.value);
}

/** The smallest number that at most `weight` of the lines exceed. */
function exceededBy(sorted: Ranked[], weight: number, weigh: Weigh): number {
  let sum = 0;
  for (const { value, line } of sorted) {
    sum += weigh(line);
    if (sum > weight) return value;
  }
  return 0;
}

type Thresholds = Pick<Calibration, "surprise" | "outlierScale">;

function shareAbove(lines: LeftOutLine[], total: number, { surprise, outlierScale }: Thresholds, weigh: Weigh): number {
  if (total === 0) return 0;
  let above = 0;
  for (const line of lines) if (line.surprise > surprise || line.outlier > outlierScale) above += weigh(line);
  return above / total;
}
