/**
 * Rounds of scoring on a server, each over the windows since the one before: judge, track, report. One round is a run;
 * `watch` keeps them coming, catches up after an outage, and outlives every error but a wrong configuration.
 */
import { setTimeout as sleepFor } from "node:timers/promises";
import type { Alert } from "../alerts/alert.js";
import type { Notifier } from "../alerts/notifier.js";
import { exitCode, messageInOneLine, OddlineError } from "../io/errors.js";
import type { NetworkForest } from "../model/forestSection.js";
import { believedMax, choose, isTooMany, type Limits, tooManyAlerts } from "./causes.js";
import { windowStart } from "./flowWindows.js";
import { type Learnt, selfFit } from "./learn.js";
import { hasLines, judgeLoki, type LokiRun, learnFromLoki, windowsOfLoki } from "./lokiRun.js";
import { alertsOf, type NetworkAlertSettings } from "./networkAlert.js";
import { type Verdict, WindowScorer } from "./windowScorer.js";

export interface RoundSettings {
  run: LokiRun;
  /** A forest that was learnt before. */
  forest: NetworkForest | undefined;
  selfFit: boolean;
  sinceSeconds: number;
  trainSinceSeconds: number;
  limits: Limits;
}

export interface Hooks {
  onVerdict(verdict: Verdict): Promise<void>;
  /** Of a cause that is told. */
  onTold(verdict: Verdict): Promise<void>;
  onResolved(alert: Alert): Promise<void>;
  onLearnt(learnt: Learnt): void;
  log(note: string): void;
}

export interface WatchSettings {
  everySeconds: number;
  /** How long lines may take to reach Loki. */
  delaySeconds: number;
  /** Windows older than this are not caught up with. */
  catchUpSeconds: number;
  /** How old a forest may be before it is learnt anew. */
  relearnSeconds: number;
}

/** Windows judged between two writes of the state while catching up. */
const windowsPerStep = 12;

export class Rounds {
  network: NetworkForest | undefined;
  private learntMs = 0;

  constructor(
    private readonly settings: RoundSettings,
    private readonly notifier: Notifier,
    private readonly alertSettings: NetworkAlertSettings,
    private readonly hooks: Hooks,
  ) {
    this.network = settings.forest;
  }

  /** The last `since` up to now, the window that is still open included. Returns how many windows there were. */
  async once(nowMs: number): Promise<number> {
    const fromMs = this.startOf(nowMs - this.settings.sinceSeconds * 1000);
    const count = await this.judgeAndReport(fromMs, nowMs);
    const errors = await this.notifier.send();
    if (errors.length > 0) throw errors[0];
    return count;
  }

  private staying = false;
  private hasNotedEmpty = false;

  /** Windows that ended by `now - delay` and were not scored yet, step by step. */
  async catchUp(nowMs: number, watching: WatchSettings): Promise<void> {
    this.staying = true;
    const { state } = this.notifier.file;
    const toMs = this.startOf(nowMs - watching.delaySeconds * 1000);
    const sinceMs = toMs - Math.max(this.settings.sinceSeconds * 1000, this.windowMs);
    if (state.scoredToMs === 0) state.scoredToMs = this.startOf(sinceMs);
    const oldestMs = this.startOf(toMs - watching.catchUpSeconds * 1000);
    if (state.scoredToMs < oldestMs) {
      this.hooks.log(`windows before ${new Date(oldestMs).toISOString()} are too old to catch up with`);
      state.scoredToMs = oldestMs;
    }
    if (!this.settings.forest && toMs - this.learntMs >= watching.relearnSeconds * 1000) this.network = undefined;
    while (state.scoredToMs < toMs) {
      // Self-fitted windows have one forest each.
      const stepMs = (this.settings.selfFit ? 1 : windowsPerStep) * this.windowMs;
      await this.judgeAndReport(state.scoredToMs, Math.min(toMs, state.scoredToMs + stepMs));
    }
  }

  private get windowMs(): number {
    return this.settings.run.settings.windowSeconds * 1000;
  }

  private startOf(timeMs: number): number {
    return windowStart(timeMs, this.windowMs);
  }

  private async judgeAndReport(fromMs: number, toMs: number): Promise<number> {
    const verdicts = this.believable(await this.verdicts(fromMs, toMs));
    const { state } = this.notifier.file;
    state.scoredToMs = Math.max(state.scoredToMs, this.startOf(toMs));
    for (const verdict of verdicts) await this.hooks.onVerdict(verdict);
    const { told, windows, held } = choose(verdicts, this.windowMs / 1000, this.settings.limits);
    if (held > 0) this.hooks.log(`${held} more alerts were held back by --top`);
    for (const verdict of told) await this.hooks.onTold(verdict);
    for (const { status, alerts } of await this.notifier.report(alertsOf(windows, this.alertSettings), fromMs, toMs)) {
      if (status === "resolved") for (const alert of alerts) await this.hooks.onResolved(alert);
    }
    return verdicts.length;
  }

  /** A run that would alert on too much says so instead; a service goes on with the strongest. */
  private believable(verdicts: Verdict[]): Verdict[] {
    const { limits } = this.settings;
    const anomalous = verdicts.filter((verdict) => verdict.anomalous);
    if (!isTooMany(anomalous.length, verdicts.length, limits)) return verdicts;
    const sent = this.staying ? `the strongest ${believedMax} are sent` : "none was sent";
    const error = tooManyAlerts("Loki", anomalous.length, verdicts.length, limits, sent);
    if (!this.staying) throw error;
    this.hooks.log(messageInOneLine(error));
    const { windows } = choose(anomalous, this.windowMs / 1000, { top: believedMax });
    const kept = new Set(windows.map(({ window }) => window));
    return verdicts.filter(({ anomalous: isOdd, window }) => !isOdd || kept.has(window));
  }

  private async verdicts(fromMs: number, toMs: number): Promise<Verdict[]> {
    const { run, sinceSeconds } = this.settings;
    const fitFromMs = this.settings.selfFit ? Math.min(fromMs, this.startOf(toMs - sinceSeconds * 1000)) : fromMs;
    if (!this.settings.selfFit) {
      if (!this.network && !(await hasLines(run, fromMs, toMs))) {
        if (this.staying && !this.hasNotedEmpty) this.hooks.log(`nothing in Loki for ${run.query} yet: waiting for it`);
        this.hasNotedEmpty = true;
        return [];
      }
      this.network ??= await this.learn(fromMs);
      return judgeLoki(run, this.network, fromMs, toMs, this.hooks.log);
    }
    const windows = await windowsOfLoki(run, fitFromMs, toMs, this.hooks.log);
    if (windows.length === 0) return [];
    this.network = selfFit(run.settings, windows, "Loki").network;
    const scorer = new WindowScorer(this.network);
    return windows.filter(({ startMs }) => startMs >= fromMs).map((window) => scorer.score(window));
  }

  /** What to do at the first start on a Loki that has no past yet. */
  private asWaiting(error: OddlineError): OddlineError {
    if (error.exit !== exitCode.nothing) return error;
    const isEmpty = error.code === "NETWORK_NO_HISTORY";
    return new OddlineError(error.code, {
      ...error.parts,
      found: isEmpty ? `nothing older than ${Math.round(this.settings.sinceSeconds / 60)} minutes` : error.parts.found,
      remedy: `wait${isEmpty ? "" : " until there is more"}, or use --self-fit`,
    });
  }

  /** Never learns from what it is about to score. */
  private async learn(beforeMs: number): Promise<NetworkForest> {
    const fromMs = this.startOf(beforeMs - this.settings.trainSinceSeconds * 1000);
    const learnt = await learnFromLoki(this.settings.run, fromMs, beforeMs, this.hooks.log).catch((error) => {
      throw error instanceof OddlineError ? this.asWaiting(error) : error;
    });
    this.hooks.onLearnt(learnt);
    this.learntMs = beforeMs;
    return learnt.network;
  }
}

/** Until `signal`; an error of Loki's or of a receiver's is said and waited out. */
export async function watch(
  rounds: Rounds,
  notifier: Notifier,
  watching: WatchSettings,
  log: (note: string) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await rounds.catchUp(Date.now(), watching);
    } catch (error) {
      if (!(error instanceof OddlineError) || error.exit === exitCode.usage) throw error;
      log(messageInOneLine(error));
    }
    for (const error of await notifier.send()) log(messageInOneLine(error));
    const periodMs = watching.everySeconds * 1000;
    const pauseMs = periodMs - (Date.now() % periodMs);
    await sleepFor(pauseMs, undefined, { signal }).catch(() => {});
  }
}
