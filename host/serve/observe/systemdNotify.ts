/**
 * Tells systemd that the server is ready, and every half watchdog period that it lives. The socket is a datagram one,
 * which Node's core cannot open; a native module for one message every few seconds is not worth its build, so
 * `systemd-notify`, there wherever systemd is, sends it (NotifyAccess=all in the unit). A stalled event loop sends
 * nothing.
 */
import { spawn } from "node:child_process";
import type { Notices } from "./notices.js";

export class Supervisor {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly notices: Notices,
    private readonly environment: NodeJS.ProcessEnv = process.env,
  ) {}

  /** `isAlive` is asked before each sign of life. */
  ready(isAlive: () => Promise<boolean>): void {
    if (!this.environment.NOTIFY_SOCKET) return;
    this.send("READY=1");
    const periodMilliseconds = Number(this.environment.WATCHDOG_USEC ?? 0) / 1000 / 2;
    if (!(periodMilliseconds > 0)) return;
    this.timer = setInterval(async () => {
      if (await isAlive()) this.send("WATCHDOG=1");
    }, periodMilliseconds);
    this.timer.unref();
  }

  stopping(): void {
    clearInterval(this.timer);
    if (this.environment.NOTIFY_SOCKET) this.send("STOPPING=1");
  }

  private send(message: string): void {
    const child = spawn("systemd-notify", [`--pid=${process.pid}`, message], {
      env: this.environment,
      stdio: "ignore",
    });
    child.on("error", (error) => this.notices.warn("NOTIFY_FAILED", `systemd-notify: ${error.message}`));
    child.unref();
  }
}
