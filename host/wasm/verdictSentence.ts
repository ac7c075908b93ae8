/**
 * One sentence for a person on what became of an event: why it was tagged, what keeps it quiet, or what came nearest to
 * a tag and how far it was.
 */
import type { EventDetails } from "./eventDetails.js";

/** The `known:` entry that keeps an event quiet, and what it would be tagged for without it. */
export interface Quieting {
  pattern: string;
  reason: string;
  untilSeconds: number;
  tagged: string;
}

/** Of a line longer than the filter reads. */
export const unreadVerdict = "not judged: the line is longer than the filter reads";

export function verdictSentence(details: EventDetails, quieted?: Quieting): string {
  const { member, score } = details;
  if (member) return `tagged as ${taggedAs(member)}`;
  if (quieted) {
    const until = new Date((quieted.untilSeconds - 1) * 1000).toISOString().slice(0, 10);
    const entry = `${JSON.stringify(quieted.pattern)} (${quieted.reason})`;
    return `not tagged: known until ${until} by ${entry}; without it ${quieted.tagged}`;
  }
  const nearest = nearestOf(details);
  // Above 1 without a tag: it counts, but the configuration wants it left as it is.
  if (score > 1) {
    return `not tagged: mode is shadow, or the event came with a tag that is trusted; ${score.toFixed(2)} is above 1`;
  }
  if (!nearest) return "not tagged: nothing in it is unusual to any detector";
  return `not tagged: ${nearest.name} came nearest, at ${nearest.score.toFixed(2)} of its threshold: ${nearest.why}`;
}

/** "novelty, medium: new path …" */
export function taggedAs(member: string): string {
  const { type, severity, reason, event } = JSON.parse(`{${member}}`).anomaly;
  return type ? `${type}, ${severity}: ${reason}` : `${event}: ${reason}`;
}

interface Candidate {
  name: string;
  score: number;
  why: string;
}

/** Undefined where no detector gives it more than nothing. */
function nearestOf(details: EventDetails): Candidate | undefined {
  const { noveltyScore, outlierScore, key, isError, errors, requests, leastReason } = details;
  const candidates: Candidate[] = [
    { name: "novelty", score: noveltyScore, why: leastReason ?? "its least probable part" },
    {
      name: "outlier",
      score: outlierScore,
      why: `the nearest known pattern is ${details.nearestDistance.toFixed(2)} away`,
    },
  ];
  if (key) {
    const among = (count: number, what: string) => `${count} ${what} of ${key} within the window`;
    const { count } = errors;
    if (isError) candidates.push(rate("error rate", errors, among(count, count === 1 ? "error" : "errors")));
    candidates.push(rate("traffic", requests, among(requests.count, requests.count === 1 ? "request" : "requests")));
  }
  const best = candidates.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0 ? best : undefined;
}

function rate(name: string, { count, threshold }: { count: number; threshold: number }, seen: string): Candidate {
  const score = threshold > 0 ? count / threshold : 0;
  return { name, score, why: `${seen}, more than ${Number(threshold.toPrecision(3))} are tagged` };
}
