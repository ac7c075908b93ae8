/**
 * Finds the batch that a retry belongs to. Vector's http sink repeats a request byte for byte, so a hash of the body
 * names it; but equal bodies of two requests that both wait are two batches. Open is a batch that nobody waits for: its
 * sender has gone, or was asked to try again.
 */
import { fingerprintOf, hashOf, type PendingBatch } from "./pendingBatch.js";

interface Open {
  batch: PendingBatch;
  sinceSeconds: number;
}

export interface RetryLimits {
  /** How long an open batch is kept. Vector comes back within `retry_max_duration_secs`, by default 30 s. */
  seconds: number;
  /** Tagged events kept for retries; beyond it the oldest go, and a retry of those is judged anew. */
  bytes: number;
  batches: number;
}

export const defaultRetryLimits: RetryLimits = { seconds: 600, bytes: 128 << 20, batches: 10_000 };

export class Retries {
  /** By the fingerprint of the body; the hash decides. */
  private readonly open = new Map<string, Open[]>();
  private readonly live = new Map<string, number>();

  constructor(
    private readonly limits: RetryLimits = defaultRetryLimits,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  /** The batch that a request with this body repeats, from now on its own; undefined for a new one. */
  take(body: Buffer): PendingBatch | undefined {
    if (this.open.size === 0) return undefined;
    this.forget();
    const fingerprint = fingerprintOf(body);
    const list = this.open.get(fingerprint);
    if (!list) return undefined;
    const hash = hashOf(body);
    const index = list.findIndex(({ batch }) => batch.bodyHash === hash);
    if (index < 0) return undefined;
    const [found] = list.splice(index, 1);
    if (list.length === 0) this.open.delete(fingerprint);
    return found.batch;
  }

  /** Nobody waits for it now; `fingerprint` is that of its body. */
  leave(batch: PendingBatch, fingerprint: string): void {
    void batch.bodyHash; // so that it lets go of the body
    const list = this.open.get(fingerprint) ?? [];
    list.push({ batch, sinceSeconds: this.now() });
    this.open.delete(fingerprint); // behind all others: the map's order is the order of leaving
    this.open.set(fingerprint, list);
    this.forget();
  }

  /** Requests waiting with a body that looks like this. */
  waiting(fingerprint: string): number {
    return this.live.get(fingerprint) ?? 0;
  }

  wait(fingerprint: string, by: 1 | -1): void {
    const count = this.waiting(fingerprint) + by;
    if (count > 0) this.live.set(fingerprint, count);
    else this.live.delete(fingerprint);
  }

  get kept(): { batches: number; bytes: number } {
    let batches = 0;
    let bytes = 0;
    for (const list of this.open.values()) {
      batches += list.length;
      for (const { batch } of list) bytes += batch.keptBytes;
    }
    return { batches, bytes };
  }

  /** Drops what is too old or too much; a batch under way is kept, somebody will ask for its answer. */
  private forget(): void {
    let { batches, bytes } = this.kept;
    for (const [fingerprint, list] of this.open) {
      const kept = list.filter(({ batch, sinceSeconds }) => {
        const old = this.now() - sinceSeconds > this.limits.seconds;
        const tooMuch = batches > this.limits.batches || (bytes > this.limits.bytes && batch.keptBytes > 0);
        const drop = !batch.isRunning && (old || tooMuch);
        if (drop) {
          batches--;
          bytes -= batch.keptBytes;
        }
        return !drop;
      });
      if (kept.length > 0) this.open.set(fingerprint, kept);
      else this.open.delete(fingerprint);
    }
  }
}
