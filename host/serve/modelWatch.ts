/**
 * Takes a new model into use within seconds of its appearing. By looking every two seconds, as the filter inside Fluent
 * Bit does: file system events are missed on network and overlay file systems. A file is judged once; what is wrong with
 * it is said in one line and the last good model stays.
 */
import { readFile, stat } from "node:fs/promises";
import type { Judge } from "./judge.js";
import type { Metrics } from "./metrics.js";
import type { Notices } from "./notices.js";

const lookMilliseconds = 2000;

export class ModelWatch {
  private seen: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly path: string,
    private readonly judge: Judge,
    private readonly notices: Notices,
    private readonly metrics: Metrics,
  ) {}

  /** Looks once, then again and again. */
  async start(): Promise<void> {
    await this.look();
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(async () => {
      await this.look();
      this.schedule();
    }, lookMilliseconds);
    this.timer.unref();
  }

  async look(): Promise<void> {
    let found: string;
    let model: Uint8Array | undefined;
    try {
      const { mtimeMs, size, ino } = await stat(this.path);
      found = `${mtimeMs} ${size} ${ino}`;
      if (found !== this.seen) model = await readFile(this.path);
    } catch (error) {
      found = (error as NodeJS.ErrnoException).code ?? "unreadable";
      if (found !== this.seen) this.refuse(found === "ENOENT" ? "is not there" : `cannot be read (${found})`);
    }
    this.seen = found;
    if (!model) return;
    const problem = this.judge.useModel(model);
    if (problem !== undefined) return this.refuse(`is ${problem}`);
    this.count("loaded");
    this.notices.say(`model ${this.judge.modelVersion} loaded from ${this.path}`);
  }

  private refuse(problem: string): void {
    this.count("refused");
    const stays = this.judge.modelVersion ? `model ${this.judge.modelVersion} stays` : "the built-ins judge meanwhile";
    this.notices.say(`${this.path} ${problem}; ${stays}`);
  }

  private count(result: string): void {
    this.metrics
      .counter("oddline_model_loads_total", "Models found at the path, by what came of it.", { result })
      .add();
  }
}
