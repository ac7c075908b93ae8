/**
 * The `series` rule of the error-anomaly API: errors counted per address for ever, one queue of counts and one
 * threshold for all, and a state machine that is entered once per request.
 */
export interface SeriesOptions {
  windowSize: number;
  thresholdMultiplier: number;
  initialThreshold: number;
}

export const seriesDefaults: SeriesOptions = { windowSize: 100, thresholdMultiplier: 2, initialThreshold: 5 };

/** Lives as long as the service: what its queue and threshold have learnt from all requests. */
export class SeriesRule {
  private readonly queue: number[] = [];
  private sum = 0;
  private next = 0;
  private threshold: number;

  constructor(private readonly options: SeriesOptions = seriesDefaults) {
    this.threshold = options.initialThreshold;
  }

  /** One per request: its own counts and its own state, which stays once it has left NORMAL. */
  start(): SeriesStream {
    return new SeriesStream((count) => this.judge(count));
  }

  private judge(count: number): { high: boolean; threshold: number } {
    const { windowSize, thresholdMultiplier } = this.options;
    if (this.queue.length === windowSize) this.sum -= this.queue[this.next];
    this.queue[this.next] = count;
    this.sum += count;
    this.next = (this.next + 1) % windowSize;
    if (this.queue.length === windowSize) this.threshold = (this.sum / windowSize) * thresholdMultiplier;
    return { high: count > this.threshold, threshold: this.threshold };
  }
}

export interface SeriesVerdict {
  state: "NORMAL" | "ERROR_RATE_ALERT";
  event: "HIGH_ERROR_RATE" | undefined;
  count: number;
  threshold: number;
}

/** Addresses one request may count; further ones are counted together, so that memory stays bounded. */
export const seriesAddressesMax = 1_000_000;
const otherAddresses = "\u0000others";

export class SeriesStream {
  private readonly errors = new Map<string, number>();
  private state: SeriesVerdict["state"] = "NORMAL";

  constructor(private readonly judge: (count: number) => { high: boolean; threshold: number }) {}

  observe(address: string, isError: boolean): SeriesVerdict {
    let count = this.errors.get(address) ?? 0;
    if (isError) {
      const counted = this.errors.has(address) || this.errors.size < seriesAddressesMax ? address : otherAddresses;
      count = (this.errors.get(counted) ?? 0) + 1;
      this.errors.set(counted, count);
    }
    const { high, threshold } = this.judge(count);
    const entered = high && this.state === "NORMAL";
    if (entered) this.state = "ERROR_RATE_ALERT";
    return { state: this.state, event: entered ? "HIGH_ERROR_RATE" : undefined, count, threshold };
  }
}
