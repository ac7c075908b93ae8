/**
 * What an engine has counted, in a file: read at the start, replaced in one step on an interval and at the end,
 * readable for its owner alone (with the seed in it hashes of addresses can be undone). A failure is logged and
 * never ends the process.
 */

import { readBounded } from "../io/readFile.js";
import { replaceFile } from "../io/replaceFile.js";
import { reasonOf, unreadable } from "../io/systemErrors.js";
import type { Engine } from "../wasm/engine.js";

const mode = 0o600;
/** Above what a million keys take, the most that can be configured. */
const stateBytesMax = 512 << 20;
const failureMilliseconds = 3_600_000;
/** Where the configuration switches saving off, it is looked at again. */
const offMilliseconds = 30_000;

type Owner = Pick<
  Engine,
  "saveState" | "restoreState" | "restoredAlerts" | "staleSeconds" | "saveEverySeconds" | "eventsJudged"
>;

export class EngineStateFile {
  private timer: NodeJS.Timeout | undefined;
  private savedEvents = 0n;
  private lastFailure = Number.NEGATIVE_INFINITY;
  private reportedStale = false;

  /** `owner` is asked each time: a server may start a fresh engine. */
  constructor(
    private readonly path: string,
    private readonly owner: () => Owner,
    private readonly log: (text: string) => void,
  ) {}

  /** `anySeed` false: one that was made with another seed than the engine's is left aside. */
  restore(anySeed: boolean): void {
    let state: Uint8Array;
    try {
      state = readBounded(this.path, stateBytesMax);
    } catch (error) {
      const problem = unreadable(error);
      const what = problem ? `it ${problem}` : "no such file yet";
      this.log(`state ${this.path}: ${what}; windows start empty`);
      return;
    }
    const problem = this.owner().restoreState(state, anySeed);
    if (problem !== undefined) {
      this.log(`state ${this.path}: it is ${problem}; windows start empty`);
      return;
    }
    const alerts = this.owner().restoredAlerts;
    this.log(`state ${this.path} restored, ${alerts} ${alerts === 1 ? "alert" : "alerts"} in progress`);
  }

  /** Saves it now and again, as often as configured, without keeping the process alive. */
  keep(): void {
    const seconds = this.owner().saveEverySeconds;
    this.timer = setTimeout(
      () => {
        if (seconds > 0) this.save();
        this.keep();
      },
      seconds > 0 ? seconds * 1000 : offMilliseconds,
    );
    this.timer.unref();
  }

  save(): void {
    const owner = this.owner();
    if (owner.staleSeconds > 0 && !this.reportedStale) {
      this.reportedStale = true;
      const hours = Math.floor(owner.staleSeconds / 3600);
      this.log(`state ${this.path}: it was stale (the first events are ${hours} h later); windows started empty`);
    }
    const events = owner.eventsJudged;
    if (events === this.savedEvents) return;
    const state = owner.saveState();
    if (!state) return;
    try {
      replaceFile(this.path, state, mode);
      this.savedEvents = events;
    } catch (error) {
      const now = performance.now();
      if (now - this.lastFailure < failureMilliseconds) return;
      this.lastFailure = now;
      this.log(`state ${this.path}: it cannot be written (${reasonOf(error)}); windows would be lost in a restart`);
    }
  }

  /** The last time. */
  close(): void {
    clearTimeout(this.timer);
    if (this.owner().saveEverySeconds > 0) this.save();
  }
}
