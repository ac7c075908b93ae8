/**
 * One batch on its way: judged once, sent on in parts, each part until it is delivered. A retry picks it up where it
 * stands, so that neither windows nor the sinks see twice what was seen before.
 */
import type { Forwarder, Outcome } from "./forward.js";

export class Work {
  /** What is not delivered yet. */
  private parts: Buffer[];
  private rejected = false;
  private running: Promise<Outcome> | undefined;

  constructor(
    readonly hash: string,
    parts: Buffer[],
    private readonly contentType: string,
  ) {
    this.parts = parts;
  }

  get keptBytes(): number {
    return this.parts.reduce((sum, part) => sum + part.length, 0);
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Joins the attempt under way, or starts one. A batch of nothing is delivered. */
  deliver(forwarder: Forwarder): Promise<Outcome> {
    this.running ??= this.attempt(forwarder).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async attempt(forwarder: Forwarder): Promise<Outcome> {
    while (this.parts.length > 0) {
      const outcome = await forwarder.post(this.parts[0], this.contentType);
      if (outcome === 503) return 503;
      if (outcome === 400) this.rejected = true;
      this.parts.shift();
    }
    return this.rejected ? 400 : 200;
  }
}
