/**
 * One batch on its way: judged once, sent on in parts, each part until it is delivered. A retry picks it up where it
 * stands, so that neither windows nor the sinks see twice what was seen before.
 */
import { createHash } from "node:crypto";
import type { Forwarder, Outcome } from "./forward.js";

export class PendingBatch {
  private rejected = false;
  /** An answer came before a part was written out: its memory may be read for a while yet. */
  private isStillRead = false;
  private running: Promise<Outcome> | undefined;
  private body: Buffer | undefined;
  private hash = "";

  /** `parts` is what is not delivered yet, a list of chunks for each request. */
  constructor(
    body: Buffer,
    private readonly parts: Buffer[][],
    private readonly contentType: string,
    /** The servers that it has passed through, this one the last. */
    private readonly via: string,
    /** Called when all parts are delivered and nothing reads them any more. */
    private readonly release: () => void = () => {},
  ) {
    this.body = body;
  }

  /**
   * Names the body. Worked out when it is first asked for, which is when a retry may come; the body is not kept then.
   */
  get bodyHash(): string {
    if (this.body) this.hash = hashOf(this.body);
    this.body = undefined;
    return this.hash;
  }

  get keptBytes(): number {
    return this.parts.flat().reduce((sum, chunk) => sum + chunk.length, 0);
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
      const { outcome, isWritten } = await forwarder.post(this.parts[0], this.contentType, this.via);
      if (!isWritten) this.isStillRead = true;
      if (outcome === 503) return 503;
      if (outcome === 400) this.rejected = true;
      this.parts.shift();
    }
    if (!this.isStillRead) this.release();
    return this.rejected ? 400 : 200;
  }
}

export function hashOf(body: Buffer): string {
  return createHash("sha256").update(body).digest("base64");
}

/** Tells nearly all bodies apart by a look at their ends: most bodies are never hashed. */
export function fingerprintOf(body: Buffer): string {
  return `${body.length} ${body.toString("latin1", 0, 256)} ${body.toString("latin1", Math.max(0, body.length - 256))}`;
}
