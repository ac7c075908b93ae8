/** Of what a run would tell, what it does tell: one alert a cause, the strongest first where there are too many. */
import { exitCode, OddlineError } from "../io/errors.js";
import { byStart, sourceOf, type Verdict } from "./windowScorer.js";

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
  /** Of each cause its gravest window. */
  told: Verdict[];
  /** All windows of these causes that are told. */
  windows: Verdict[];
  /** Left out by `top`. */
  held: number;
}

/** A cause that pauses so long, or for one window, still is the same. */
const pauseMsMax = 600_000;

export function choose(verdicts: readonly Verdict[], windowSeconds: number, { top }: Pick<Limits, "top">): Chosen {
  const windows = byCause(verdicts.filter(({ anomalous }) => anomalous));
  const causes = lasting(windows, windowSeconds * 1000);
  if (top === undefined || causes.length <= top)
    return { told: causes.map(({ gravest }) => gravest), windows, held: 0 };
  const kept = new Set([...causes].sort((a, b) => a.gravest.score - b.gravest.score).slice(0, top));
  const told = causes.filter((cause) => kept.has(cause));
  return {
    told: told.map(({ gravest }) => gravest),
    windows: told.flatMap((cause) => cause.windows),
    held: causes.length - top,
  };
}

/** The same source in the same window and kind is one cause, however many destinations it had. */
function byCause(verdicts: readonly Verdict[]): Verdict[] {
  const sources = byStart(verdicts.filter(({ entity }) => entity === "source"));
  const causes = new Map<string, Verdict>();
  for (const verdict of verdicts) {
    const { startMs } = verdict.window;
    const name = `${startMs} ${causeOf(verdict, sources.get(startMs))}`;
    const first = causes.get(name);
    const alike = first ? (first.alike ?? 0) + 1 : undefined;
    causes.set(name, { ...(first && first.score <= verdict.score ? first : verdict), alike });
  }
  return [...causes.values()];
}

/** Who does what in this window; where nobody stands out, whose window it is. */
function causeOf(verdict: Verdict, sources: readonly Verdict[] = []): string {
  const { kind, entity, feature, talkers, window } = verdict;
  const source = sourceOf(verdict);
  const told = sources.find(({ window: { key }, feature: its }) => {
    return its === feature && (key === source || talkers?.peers.includes(key));
  });
  if (told) return `${told.kind} ${told.window.key}`;
  return kind === "unusual" || source === undefined ? `${entity} ${window.key}` : `${kind} ${source}`;
}

interface Cause {
  gravest: Verdict;
  windows: Verdict[];
}

/** What goes on from window to window is one cause. */
function lasting(verdicts: readonly Verdict[], windowMs: number): Cause[] {
  const causes: Cause[] = [];
  const open = new Map<string, Cause>();
  const pauseMs = Math.max(pauseMsMax, windowMs);
  for (const verdict of [...verdicts].sort((a, b) => a.window.startMs - b.window.startMs)) {
    const name = causeOf(verdict);
    const known = open.get(name);
    if (known && verdict.window.startMs <= lastOf(known).startMs + windowMs + pauseMs) {
      known.windows.push(verdict);
      if (verdict.score < known.gravest.score) known.gravest = verdict;
      continue;
    }
    const cause = { gravest: verdict, windows: [verdict] };
    open.set(name, cause);
    causes.push(cause);
  }
  for (const cause of causes) cause.gravest = withDuration(cause, windowMs);
  return causes;
}

function lastOf({ windows }: Cause) {
  return windows[windows.length - 1].window;
}

function withDuration(cause: Cause, windowMs: number): Verdict {
  const { gravest, windows } = cause;
  if (windows.length === 1) return gravest;
  const untilMs = lastOf(cause).startMs + windowMs;
  return { ...gravest, lasting: { sinceMs: windows[0].window.startMs, untilMs, windows: windows.length } };
}

export function isTooMany(
  anomalous: number,
  windows: number,
  { maxAlertShare }: Pick<Limits, "maxAlertShare">,
): boolean {
  return anomalous > Math.max(believedMax, maxAlertShare * windows);
}

/** `sent`: what becomes of the alerts. */
export function tooManyAlerts(
  subject: string,
  anomalous: number,
  windows: number,
  limits: Limits,
  sent: string,
): OddlineError {
  return new OddlineError("NETWORK_TOO_MANY_ALERTS", {
    subject,
    expected: `alerts on at most ${limits.maxAlertShare} of the windows`,
    found: `${anomalous} of ${windows}; ${sent}`,
    remedy: "learn from traffic of this network, give a lower --threshold, or a larger --max-alert-share",
    exit: exitCode.refused,
  });
}
