/**
 * Takes a new model into use within seconds of its appearing. By looking as often as configured, as the filter inside
 * Fluent Bit does: file system events are missed on network and overlay file systems. A file is judged once; what is
 * wrong with it is logged in one line and the last good model stays. A model that is too old is logged once a day.
 */
import { readBoundedLater } from "../../io/readFile.js";
import { reasonOf, unreadable } from "../../io/systemErrors.js";
import { decodeSections, section } from "../../model/modelFile.js";
import { decodeThresholds } from "../../model/thresholdsSection.js";
import { modelBytesMax } from "../../wasm/layout.js";
import type { Metrics } from "../observe/metrics.js";
import type { Notices } from "../observe/notices.js";
import type { Judge } from "./judge.js";

const lookSeconds = 5;
const staleLineSeconds = 86_400;

export class ModelWatch {
  private seen: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private newestEventSeconds = 0;
  private ageSecondsMax = 0;
  private lastStaleLine = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly path: string,
    private readonly judge: Judge,
    private readonly notices: Notices,
    private readonly metrics: Metrics,
    private readonly nowSeconds: () => number = () => Math.floor(Date.now() / 1000),
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
    this.timer = setTimeout(
      async () => {
        await this.look();
        this.schedule();
      },
      (this.judge.modelCheckSeconds ?? lookSeconds) * 1000,
    );
    this.timer.unref();
  }

  async look(): Promise<void> {
    let found = "";
    let model: Uint8Array | undefined;
    try {
      model = await readBoundedLater(this.path, modelBytesMax, ({ mtimeMs, size, ino }) => {
        found = `${mtimeMs} ${size} ${ino}`;
        return found !== this.seen;
      });
    } catch (error) {
      found = reasonOf(error);
      if (found !== this.seen) this.refuse(unreadable(error) ?? "does not exist");
    }
    this.seen = found;
    if (!model) return this.logIfStale();
    const problem = this.judge.useModel(model);
    if (problem !== undefined) return this.refuse(`is ${problem}`);
    this.count("loaded");
    const { newestEventSeconds, ageSecondsMax } = decodeThresholds(decodeSections(model).get(section.thresholds)!);
    this.newestEventSeconds = newestEventSeconds;
    this.ageSecondsMax = ageSecondsMax;
    this.lastStaleLine = Number.NEGATIVE_INFINITY;
    this.notices.log(`model ${this.judge.modelVersion} loaded from ${this.path}${this.age()}`);
    this.logIfStale();
  }

  /** In the words of the filter inside a shipper. */
  private age(): string {
    if (this.newestEventSeconds <= 0) return "";
    const hours = Math.max(0, Math.floor((this.nowSeconds() - this.newestEventSeconds) / 3600));
    return `, newest event ${hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`} old`;
  }

  private logIfStale(): void {
    const now = this.nowSeconds();
    if (!this.judge.modelVersion || this.ageSecondsMax <= 0 || this.newestEventSeconds <= 0) return;
    if (now - this.newestEventSeconds <= this.ageSecondsMax || now - this.lastStaleLine < staleLineSeconds) return;
    this.lastStaleLine = now;
    this.notices.log(`model ${this.judge.modelVersion} is stale${this.age()}; run oddline refresh`);
  }

  private refuse(problem: string): void {
    this.count("refused");
    const stays = this.judge.modelVersion
      ? `model ${this.judge.modelVersion} stays`
      : "the built-in detectors work meanwhile";
    this.notices.log(`${this.path} ${problem}; ${stays}`);
  }

  private count(result: string): void {
    this.metrics
      .counter("oddline_model_loads_total", "Models found at the path, by what came of it.", { result })
      .add();
  }
}
