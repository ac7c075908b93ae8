/** From verdicts to receivers: tracks what is in alert, keeps it on disk before anything is sent, delivers. */
import type { OddlineError } from "../io/errors.js";
import type { Verdict } from "../network/judge.js";
import { type Alert, alertOf, type Notification } from "./alert.js";
import { deliver, enqueue, rehearse } from "./outbox.js";
import type { Receiver } from "./receivers.js";
import type { StateFile } from "./state.js";
import { Tracker, type TrackerSettings } from "./tracker.js";

export interface TellerSettings {
  windowSeconds: number;
  alertScore: number;
  tracker: TrackerSettings;
  receivers: Receiver[];
  /** Print what would be sent, send and keep nothing. */
  dryRun: boolean;
  linkOf(subject: Record<string, string>, startMs: number): string | undefined;
}

export class Teller {
  constructor(
    private readonly settings: TellerSettings,
    readonly file: StateFile,
    private readonly say: (note: string) => void,
  ) {}

  /** Takes the windows of [fromMs, toMs), all at once; returns what changed. */
  async tell(verdicts: readonly Verdict[], fromMs: number, toMs: number): Promise<Notification[]> {
    const notifications = this.track(verdicts, fromMs, toMs);
    if (this.settings.dryRun) {
      await rehearse(this.settings.receivers, notifications);
    } else {
      enqueue(this.file, this.settings.receivers, notifications);
      this.file.save();
    }
    return notifications;
  }

  /** Delivers what waits, and repeats to those who want it what goes on. */
  async send(): Promise<OddlineError[]> {
    if (this.settings.dryRun) return [];
    const { receivers } = this.settings;
    const { errors, silent } = await deliver(this.file, receivers, this.say);
    const alerts = Object.values(this.file.state.open).map(({ alert }) => alert);
    if (alerts.length === 0) return errors;
    for (const receiver of receivers) {
      if (!receiver.everyRound || silent.has(receiver.name)) continue;
      await receiver.send({ status: "firing", alerts }).catch((error: OddlineError) => errors.push(error));
    }
    return errors;
  }

  private track(verdicts: readonly Verdict[], fromMs: number, toMs: number): Notification[] {
    const { windowSeconds, alertScore, linkOf } = this.settings;
    const windowMs = windowSeconds * 1000;
    const byStart = new Map<number, Alert[]>();
    for (const verdict of verdicts) {
      if (!verdict.anomalous) continue;
      const { startMs } = verdict.window;
      const alert = alertOf(verdict, windowSeconds, alertScore, ({ subject }) => linkOf(subject, startMs));
      byStart.set(startMs, [...(byStart.get(startMs) ?? []), alert]);
    }
    const tracker = new Tracker(this.file.state.open, this.settings.tracker);
    for (let startMs = fromMs; startMs < toMs; startMs += windowMs) {
      tracker.take(byStart.get(startMs) ?? [], startMs + windowMs);
    }
    return tracker.notifications();
  }
}
