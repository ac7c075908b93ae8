/**
 * Finds the batch that a retry belongs to. Vector's http sink repeats a request byte for byte, so a hash of the body
 * names it; but equal bodies of two requests that both wait are two batches. Open is a batch that nobody waits for: its
 * sender has gone, or was told to come again.
 */
import { hashOf, lookOf, type Work } from "./work.js";

interface Open {
  work: Work;
  sinceSeconds: number;
}

export interface RetryLimits {
  /** How long an open batch is kept. Vector comes back within `retry_max_duration_secs`, 30 s unless told otherwise. */
  seconds: number;
  /** Tagged events kept for retries; beyond it the oldest go, and a retry of those is judged anew. */
  bytes: number;
  batches: number;
}

export const defaultRetryLimits: RetryLimits = { seconds: 600, bytes: 128 << 20, batches: 10_000 };

export class Retries {
  /** By a look at the body; what the hash says decides. */
  private readonly open = new Map<string, Open[]>();
  private readonly live = new Map<string, number>();

  constructor(
    private readonly limits: RetryLimits = defaultRetryLimits,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  /** The batch that a request with this body repeats, from now on its own; undefined for a new one. */
  take(body: Buffer): Work | undefined {
    if (this.open.size === 0) return undefined;
    this.forget();
    const look = lookOf(body);
    const list = this.open.get(look);
    if (!list) return undefined;
    const hash = hashOf(body);
    const index = list.findIndex(({ work }) => work.bodyHash === hash);
    if (index < 0) return undefined;
    const [found] = list.splice(index, 1);
    if (list.length === 0) this.open.delete(look);
    return found.work;
  }

  /** Nobody waits for it now; `look` is that of its body. */
  leave(work: Work, look: string): void {
    void work.bodyHash; // so that it lets go of the body
    const list = this.open.get(look) ?? [];
    list.push({ work, sinceSeconds: this.now() });
    this.open.delete(look); // behind all others: the map's order is the order of leaving
    this.open.set(look, list);
    this.forget();
  }

  /** Requests waiting with a body that looks like this. */
  waiting(look: string): number {
    return this.live.get(look) ?? 0;
  }

  wait(look: string, by: 1 | -1): void {
    const count = this.waiting(look) + by;
    if (count > 0) this.live.set(look, count);
    else this.live.delete(look);
  }

  get kept(): { batches: number; bytes: number } {
    let batches = 0;
    let bytes = 0;
    for (const list of this.open.values()) {
      batches += list.length;
      for (const { work } of list) bytes += work.keptBytes;
    }
    return { batches, bytes };
  }

  /** Drops what is too old or too much; a batch under way is kept, somebody will ask for its answer. */
  private forget(): void {
    let { batches, bytes } = this.kept;
    for (const [look, list] of this.open) {
      const kept = list.filter(({ work, sinceSeconds }) => {
        const old = this.now() - sinceSeconds > this.limits.seconds;
        const tooMuch = batches > this.limits.batches || (bytes > this.limits.bytes && work.keptBytes > 0);
        const drop = !work.isRunning && (old || tooMuch);
        if (drop) {
          batches--;
          bytes -= work.keptBytes;
        }
        return !drop;
      });
      if (kept.length > 0) this.open.set(look, kept);
      else this.open.delete(look);
    }
  }
}
