/**
 * Thresholds such that a stated share of ordinary lines would be tagged: every learnt line is judged as if it had been
 * left out, novelty and outlier together. No data is held back, lines that recur weigh as often as they came.
 */
import {
  type RareScores,
  type RequestNews,
  rareScoresUnknown,
  rareShares,
  type Thresholds,
} from "../model/thresholdsSection.js";

export interface LeftOutLine {
  /** Lines with this signature. */
  weight: number;
  isRequest: boolean;
  /** Of a request: what says most of it. */
  news?: RequestNews;
  /** In nats: of a text the largest, of a request all that is odd about it. */
  surprise: number;
  /** Distance over radius of the nearest centroid; 0 where novelty would have decided. */
  outlier: number;
  /** Who brought to a public place what nobody vouches for; 0 for lines that others vouch for. */
  owner: number;
  /** Of a text, when its first line came and from what source, where that is known. */
  first?: { seconds: number; source: string };
}

export interface Calibration {
  surprise: number;
  requestSurprise: number;
  outlierScale: number;
  rare: Thresholds["rare"];
  /**
   * Share of the learnt lines, each left out in turn, that these thresholds tag. What one sender brought with nobody to
   * vouch for it counts little here too: an attack in the log is no reason to refuse the model that tells of it.
   */
  leftOutShare: number;
  /** The same without what the filter would not have told: further news of a source within one incident. */
  toldShare: number;
  /** leftOutShare with every line counted as often as it came. */
  oddShare: number;
  /** False where there were too few lines and the defaults stand. */
  fitted: boolean;
}

/** Of the stated share the part that is hardly ever met. */
const hardlyEver = 4;

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
  requestSurprise: number;
  outlierScale: number;
}

export function sensitivities(lines: LeftOutLine[]): Sensitivity[] {
  const { thresholdsAt } = calibrator(lines);
  return sensitivityShares.map((share) => {
    const { surprise, requestSurprise, outlierScale } = thresholdsAt(share);
    return { share, surprise, requestSurprise, outlierScale };
  });
}

export function calibrate(lines: LeftOutLine[], statedShare: number): Calibration {
  return calibrator(lines).calibrationAt(statedShare);
}

/** How many lines one counts for, behind those that this was asked of before. */
type Weigh = (line: LeftOutLine) => number;
type NewWeigh = () => Weigh;
const each: Weigh = ({ weight }) => weight;

/**
 * Sorts once; the thresholds of any share are then read off. Requests and texts have a threshold each, and each gets
 * the stated share of its own lines.
 */
function calibrator(lines: LeftOutLine[]) {
  const [requests, texts] = [true, false].map((is) => lines.filter(({ isRequest }) => isRequest === is));
  const [total, requestLines, textLines] = [lines, requests, texts].map((some) => weightOf(some, each));
  const ofRequests = descending(requests, (line) => line.surprise);
  const surprises = descending(texts, (line) => line.surprise);
  const outliers = descending(texts, (line) => line.outlier);
  const fitted = total >= linesToCalibrate;
  const thresholdsAt = (statedShare: number) => {
    const weigh = ownedAtMost(statedShare * total);
    const least = fitted ? surpriseMin : defaultSurprise;
    const requestSurpriseAt = (share: number) => exceededBy(ofRequests, share * requestLines, weigh);
    // What is likelier than the stated share is no news, unless ordinary requests hardly ever say as much.
    const likely = Math.min(-Math.log(statedShare), requestSurpriseAt(statedShare / hardlyEver));
    const requestSurprise = Math.max(least, likely, requestSurpriseAt(statedShare));
    // Of texts it is never above the stated share itself: where many learnt lines are of a kind that came once, one
    // never seen is still news, and incidents keep it to few tags.
    const surpriseAt = (share: number) =>
      Math.max(least, Math.min(exceededBy(surprises, share * textLines, weigh), -Math.log(statedShare)));
    const fit = fitted
      ? fitShare(texts, textLines, surpriseAt, outliers, statedShare, weigh)
      : { surprise: surpriseAt(statedShare), outlierScale: Math.max(1, exceededBy(outliers, 0, weigh)) };
    return { ...fit, requestSurprise };
  };
  const calibrationAt = (statedShare: number): Calibration => {
    const thresholds = thresholdsAt(statedShare);
    const { requestSurprise, surprise, outlierScale } = thresholds;
    const weigh = ownedAtMost(statedShare * total);
    // Of few lines nothing can be read off.
    const ratios = (threshold: number): RareScores => ({
      medium: rareScoresUnknown.medium * threshold,
      high: rareScoresUnknown.high * threshold,
    });
    const rareOfRequests = (news: RequestNews) => {
      const sorted = { ...ofRequests, lines: ofRequests.lines.filter((line) => line.news === news) };
      const tail = tailOf(sorted, requestLines, excessOfNats);
      // Where ordinary requests say so little that the threshold is not read off them, no more can be.
      const isTelling = !tail.isThin && requestSurprise > surpriseMin;
      return rareScores(tail, requestSurprise, fitted ? (isTelling ? nothing : atTheirWord) : ratios(requestSurprise));
    };
    const ofOutliers = tailOf(outliers, textLines, 0);
    return {
      ...thresholds,
      rare: {
        request: rareOfRequests("request"),
        path: rareOfRequests("path"),
        missingPath: rareOfRequests("missingPath"),
        text: rareScores(tailOf(surprises, textLines, excessOfNats), surprise, fitted ? atTheirWord : ratios(surprise)),
        outlier: rareScores(ofOutliers, outlierScale, fitted && !ofOutliers.isThin ? nothing : ratios(outlierScale)),
      },
      leftOutShare: shareAbove(lines, total, thresholds, weigh),
      toldShare: shareTold(lines, total, thresholds, weigh),
      oddShare: shareAbove(lines, total, thresholds, () => each),
      fitted,
    };
  };
  return { thresholdsAt, calibrationAt };
}

/**
 * Of what nobody vouches for, each sender counts once: what many send is ordinary, what one sends again and again is
 * not. So attacks in the past make no attack ordinary, and probes that come from a new address each day are.
 */
const eachSenderOnce: NewWeigh = () => {
  const counted = new Set<number>();
  return ({ owner, weight }) => {
    if (owner === 0) return weight;
    if (counted.has(owner)) return 0;
    counted.add(owner);
    return 1;
  };
};

/** The tail is made of the largest scores: this share of all lines, and so many at least. */
const tailShare = 0.0005;
const tailLinesMin = 10;

interface Tail {
  /** The score that such a share of the lines exceeds. */
  at: (share: number) => number;
  isThin: boolean;
}

/**
 * The largest scores as they came, and beyond them an exponential tail: by how much they exceed what is just below them
 * on average, by so much more the scores of a third as many lines do (1/e). A thin tail says nothing of that.
 */
function tailOf(sorted: Ranked, lines: number, excessWhereThin: number): Tail {
  const base = exceededBy(sorted, Math.max(tailShare * lines, tailLinesMin) - 1, eachSenderOnce);
  const weigh = eachSenderOnce();
  let [weight, excess] = [0, 0];
  for (const line of sorted.lines) {
    const value = sorted.scoreOf(line);
    if (value < base) break;
    const counted = weigh(line);
    weight += counted;
    excess += counted * (value - base);
  }
  if (weight === 0) return { at: () => 0, isThin: true };
  const isThin = weight < tailLinesMin;
  const mean = isThin ? excessWhereThin : excess / weight;
  const beyond = (score: number, times: number) => score + mean * Math.log(Math.max(1, times));
  const at = (share: number) =>
    Math.max(
      isThin ? 0 : beyond(base, weight / lines / share),
      beyond(exceededBy(sorted, share * lines, eachSenderOnce), 1 / (share * lines)),
    );
  return { at, isThin };
}

/** Taken at their word, nats say that one line in n has ln n of them: so each factor of e adds one. */
const excessOfNats = 1;
const atTheirWord: RareScores = { medium: -Math.log(rareShares.medium), high: -Math.log(rareShares.high) };
const nothing: RareScores = { medium: 0, high: 0 };

/** The scores that one line in 10,000 and in 100,000 reaches, in thresholds; neither is below the threshold. */
function rareScores(tail: Tail, threshold: number, least: RareScores): RareScores {
  const at = (grade: keyof RareScores) => Math.max(least[grade], tail.at(rareShares[grade])) / threshold;
  const medium = Math.max(1, at("medium"));
  return { medium, high: Math.max(medium, at("high")) };
}

/**
 * Whoever floods the log with oddities of his own would set the threshold by them: a scanner with three lines in ten
 * ended at no line tagged, its own included. Of the lines that may be tagged, those that one sender brought with nobody
 * to vouch for them are at most a quarter, or one line.
 */
function ownedAtMost(linesAllowed: number): NewWeigh {
  const most = Math.min(Math.max(1, linesAllowed / 4), linesAllowed / 2);
  return () => {
    const counted = new Map<number, number>();
    return ({ owner, weight }) => {
      if (owner === 0) return weight;
      const before = counted.get(owner) ?? 0;
      const more = Math.min(weight, most - before);
      counted.set(owner, before + more);
      return more;
    };
  };
}

/** The thresholds of texts. */
function fitShare(
  lines: LeftOutLine[],
  total: number,
  surpriseAt: (share: number) => number,
  outliers: Ranked,
  statedShare: number,
  weigh: NewWeigh,
): TextThresholds {
  const at = (share: number) => ({
    surprise: surpriseAt(share),
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
  return best;
}

/** Lines whose value is above 0, the largest first. */
interface Ranked {
  lines: LeftOutLine[];
  scoreOf: (line: LeftOutLine) => number;
}

function descending(lines: LeftOutLine[], scoreOf: Ranked["scoreOf"]): Ranked {
  const above = lines.filter((line) => scoreOf(line) > 0);
  return { lines: above.sort((a, b) => scoreOf(b) - scoreOf(a)), scoreOf };
}

/** The smallest number that at most `weight` of the lines exceed. */
function exceededBy(sorted: Ranked, weight: number, newWeigh: NewWeigh): number {
  const weigh = newWeigh();
  let sum = 0;
  for (const line of sorted.lines) {
    sum += weigh(line);
    if (sum > weight) return sorted.scoreOf(line);
  }
  return 0;
}

type TextThresholds = Pick<Calibration, "surprise" | "outlierScale">;
type AllThresholds = TextThresholds & Partial<Pick<Calibration, "requestSurprise">>;

function shareAbove(lines: LeftOutLine[], total: number, thresholds: AllThresholds, newWeigh: NewWeigh): number {
  return total === 0 ? 0 : weightOf(lines.filter(isAbove(thresholds)), newWeigh()) / total;
}

const weightOf = (lines: LeftOutLine[], weigh: Weigh) => lines.reduce((sum, line) => sum + weigh(line), 0);

function isAbove({ surprise, outlierScale, requestSurprise = surprise }: AllThresholds) {
  return (line: LeftOutLine) =>
    line.surprise > (line.isRequest ? requestSurprise : surprise) || line.outlier > outlierScale;
}

function shareTold(lines: LeftOutLine[], total: number, thresholds: AllThresholds, newWeigh: NewWeigh): number {
  if (total === 0) return 0;
  const above = lines.filter(isAbove(thresholds));
  const weigh = newWeigh();
  const untold = untoldOf(above);
  // of the lines of one signature only the first is placed in time
  const told = (line: LeftOutLine) => Math.max(0, weigh(line) - (untold.has(line) ? 1 : 0));
  return weightOf(above, told) / total;
}

/** As the filter counts an incident (assembly/detect/novelty/suppression.ts). */
const firstTags = 3;
const taggedEach = 100;
const quietSeconds = 10;

/** Those whose first line is neither among the first three of its source's incident nor a hundredth. */
function untoldOf(lines: LeftOutLine[]): Set<LeftOutLine> {
  const untold = new Set<LeftOutLine>();
  const incidents = new Map<string, { seconds: number; number: number }>();
  const placed = lines.flatMap((line) => {
    const { first } = line;
    return first ? [{ line, ...first }] : [];
  });
  for (const { line, seconds, source } of placed.sort((a, b) => a.seconds - b.seconds)) {
    const before = incidents.get(source);
    const number = before && seconds - before.seconds <= quietSeconds ? before.number + 1 : 1;
    incidents.set(source, { seconds, number });
    if (number > firstTags && number % taggedEach > 0) untold.add(line);
  }
  return untold;
}
