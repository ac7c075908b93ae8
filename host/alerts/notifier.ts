/** From alerts to receivers: tracks what is in alert, keeps it on disk before anything is sent, delivers. */
import type { OddlineError } from "../io/errors.js";
import type { Alert, Notification } from "./alert.js";
import type { AlertStateFile } from "./alertState.js";
import { deliver, dryRun, enqueue } from "./outbox.js";
import type { Receiver } from "./receivers.js";
import { Tracker, type TrackerSettings } from "./tracker.js";

export interface NotifierSettings {
  windowSeconds: number;
  tracker: TrackerSettings;
  receivers: Receiver[];
  /** Print what would be sent, send and keep nothing. */
  dryRun: boolean;
}

export class Notifier {
  constructor(
    private readonly settings: NotifierSettings,
    readonly file: AlertStateFile,
    private readonly log: (note: string) => void,
  ) {}

  /** Takes the alerts of the windows of [fromMs, toMs), all at once; returns what changed. */
  async report(alerts: readonly Alert[], fromMs: number, toMs: number): Promise<Notification[]> {
    const notifications = this.track(alerts, fromMs, toMs);
    if (this.settings.dryRun) {
      await dryRun(this.settings.receivers, notifications);
    } else {
      enqueue(this.file, this.settings.receivers, notifications);
      this.file.save();
    }
    return notifications;
  }

  /** Delivers what waits, and repeats to those who want it what goes on and was not among that. */
  async send(): Promise<OddlineError[]> {
    if (this.settings.dryRun) return [];
    const { receivers } = this.settings;
    const { errors, silent, taken } = await deliver(this.file, receivers, this.log);
    const open = Object.entries(this.file.state.open);
    for (const receiver of receivers) {
      if (!receiver.everyRound || silent.has(receiver.name)) continue;
      const alerts = open.filter(([key]) => !taken.get(receiver.name)?.has(key)).map(([, { alert }]) => alert);
      if (alerts.length === 0) continue;
      await receiver.send({ status: "firing", alerts }).catch((error: OddlineError) => errors.push(error));
    }
    return errors;
  }

  private track(alerts: readonly Alert[], fromMs: number, toMs: number): Notification[] {
    const windowMs = this.settings.windowSeconds * 1000;
    const byStart = new Map<number, Alert[]>();
    for (const alert of alerts) {
      const startMs = Date.parse(alert.windowStart);
      byStart.set(startMs, [...(byStart.get(startMs) ?? []), alert]);
    }
    const tracker = new Tracker(this.file.state.open, this.settings.tracker);
    for (let startMs = fromMs; startMs < toMs; startMs += windowMs) {
      tracker.take(byStart.get(startMs) ?? [], startMs + windowMs);
    }
    return tracker.notifications();
  }
}
