/**
 * Which subjects are in alert, by the time of the windows and not of the clock, so that catching up after an outage
 * gives the same alerts as having been there. A subject alerts once, again after the cooldown while it stays odd, and
 * is resolved when it was not odd for a while.
 */
import type { Alert, Notification } from "./alert.js";

export interface OpenAlert {
  alert: Alert;
  /** End of its latest anomalous window. */
  lastMs: number;
  notifiedMs: number;
}

export type OpenAlerts = Record<string, OpenAlert>;

export interface TrackerSettings {
  cooldownSeconds: number;
  resolveSeconds: number;
}

export const trackerDefaults: TrackerSettings = { cooldownSeconds: 3600, resolveSeconds: 900 };

/**
 * Takes the anomalous subjects of the windows up to `toMs`, oldest first. What happened within the call goes out
 * together: one notification of what began or goes on, one of what ended.
 */
export class Tracker {
  private readonly firing = new Map<string, Alert>();
  private readonly resolved = new Map<string, Alert>();

  constructor(
    private readonly open: OpenAlerts,
    private readonly settings: TrackerSettings,
  ) {}

  /** One window's anomalous subjects; `endMs` is the window's end. */
  take(alerts: readonly Alert[], endMs: number): void {
    for (const alert of alerts) {
      const known = this.open[alert.key];
      if (!known) {
        this.open[alert.key] = { alert, lastMs: endMs, notifiedMs: endMs };
        this.firing.set(alert.key, alert);
        continue;
      }
      known.lastMs = endMs;
      // A label that changed would make it another alert to Alertmanager.
      known.alert = { ...alert, severity: known.alert.severity, windowStart: known.alert.windowStart };
      if (endMs - known.notifiedMs >= this.settings.cooldownSeconds * 1000) {
        known.notifiedMs = endMs;
        this.firing.set(alert.key, known.alert);
      }
    }
    this.resolve(endMs);
  }

  private resolve(nowMs: number): void {
    for (const [key, { alert, lastMs }] of Object.entries(this.open)) {
      if (nowMs - lastMs < this.settings.resolveSeconds * 1000) continue;
      delete this.open[key];
      this.resolved.set(key, alert);
    }
  }

  /** What to report; the oddest first. */
  notifications(): Notification[] {
    const of = (status: Notification["status"], alerts: Map<string, Alert>): Notification[] =>
      alerts.size === 0 ? [] : [{ status, alerts: [...alerts.values()].sort((a, b) => a.score - b.score) }];
    return [...of("firing", this.firing), ...of("resolved", this.resolved)];
  }
}
