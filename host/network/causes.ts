/** Of what a run would tell, what it does tell: one alert a cause, the strongest first where there are too many. */
import { exitCode, OddlineError } from "../io/errors.js";
import { sourceOf, type Verdict } from "./windowScorer.js";

export interface Limits {
  /** Alerts at most; undefined is all. */
  top: number | undefined;
  /** Share of the windows beyond which a run's alerts are not believed. */
  maxAlertShare: number;
}

export const maxAlertShareDefault = 0.1;
/** A few alerts are believed, however few windows there were. */
export const believedMax = 10;

export interface Chosen {
  told: Verdict[];
  /** Left out by `top`. */
  held: number;
}

export function choose(verdicts: readonly Verdict[], { top }: Pick<Limits, "top">): Chosen {
  const causes = byCause(verdicts.filter(({ anomalous }) => anomalous));
  if (top === undefined || causes.length <= top) return { told: causes, held: 0 };
  const kept = new Set([...causes].sort((a, b) => a.score - b.score).slice(0, top));
  return { told: causes.filter((verdict) => kept.has(verdict)), held: causes.length - top };
}

/** The same source in the same window and kind is one cause, however many destinations it had. */
function byCause(verdicts: readonly Verdict[]): Verdict[] {
  const causes = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const { window, kind, entity } = verdict;
    const source = kind === "unusual" ? undefined : sourceOf(verdict);
    const name = `${window.startMs} ${source === undefined ? `${entity} ${window.key}` : `${kind} ${source}`}`;
    const first = causes.get(name);
    const alike = first ? (first.alike ?? 0) + 1 : undefined;
    causes.set(name, { ...(first && first.score <= verdict.score ? first : verdict), alike });
  }
  return [...causes.values()];
}

export function isTooMany(
  anomalous: number,
  windows: number,
  { maxAlertShare }: Pick<Limits, "maxAlertShare">,
): boolean {
  return anomalous > Math.max(believedMax, maxAlertShare * windows);
}

export function tooManyAlerts(subject: string, anomalous: number, windows: number, limits: Limits): OddlineError {
  return new OddlineError("NETWORK_TOO_MANY_ALERTS", {
    subject,
    expected: `alerts on at most ${limits.maxAlertShare} of the windows`,
    found: `${anomalous} of ${windows}; none was sent`,
    remedy: "learn from traffic of this network, give a lower --threshold, or a larger --max-alert-share",
    exit: exitCode.refused,
  });
}
