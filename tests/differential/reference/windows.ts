/**
 * The windowed rules over plain maps, with as many keys as come: what assembly/detect/windows/rules.ts must do as long
 * as no set of its table is full.
 */
import { ReferenceClock } from "./clock.js";
import { ReferenceSchedule } from "./schedule.js";

const buckets = 12;

export interface RuleOptions {
  windowSeconds: number;
  queueMax: number;
  perEndpoint: boolean;
  alertEnd: number;
  /** Each event that counts while an alert lasts is reported, not a few. */
  reportsEvery?: boolean;
  errors: RuleLimits;
  requests: RuleLimits;
  endpoints: RuleLimits;
}

export interface RuleLimits {
  floor: number;
  multiplier: number;
  /** What a model learnt, in the queue's place. */
  usual?: number;
}

/** Which detectors judge an event: its profile may switch some off. */
export interface Judging {
  errors: boolean;
  requests: boolean;
  endpoints: boolean;
  keywords: boolean;
}
const allJudge: Judging = { errors: true, requests: true, endpoints: true, keywords: true };

export interface ObservedEvent {
  key: number;
  endpoint: number;
  seconds: number;
  /** False: the event does not say when it is from. */
  isDated?: boolean;
  isError: boolean;
  hits: [keyword: number, minCount: number][];
  judging?: Judging;
}

type State = "NORMAL" | "ERROR_RATE_ALERT" | "TRAFFIC_ALERT" | "KEYWORD_ALERT";
type Transition = "" | "KEYWORD_DETECTED" | "HIGH_ERROR_RATE" | "HIGH_TRAFFIC" | "NORMAL_ACTIVITY";

interface Tally {
  key: string;
  counts: Map<number, number>;
  last: number;
  activeBucket: number;
  alert: boolean;
  schedule: ReferenceSchedule;
}

interface RuleOutcome {
  count: number;
  threshold: number;
  alert: boolean;
  reported: boolean;
  event: Transition;
}

class Tallies {
  readonly byKey = new Map<string, Tally>();

  constructor(private readonly reportsEvery = false) {}

  touch(key: string, now: number, create: boolean): Tally | undefined {
    let tally = this.byKey.get(key);
    if (!tally && create) {
      const schedule = new ReferenceSchedule(this.reportsEvery);
      tally = { key, counts: new Map(), last: now, activeBucket: 0, alert: false, schedule };
      this.byKey.set(key, tally);
    }
    // Counts ahead of the clock belong to a time line that was given up.
    if (tally && tally.last > now) tally.counts.clear();
    if (tally) tally.last = now;
    return tally;
  }

  count(tally: Tally, now: number): number {
    let sum = 0;
    for (const [bucket, count] of tally.counts) if (bucket <= now && bucket > now - buckets) sum += count;
    return sum;
  }

  add(tally: Tally, bucket: number): void {
    tally.counts.set(bucket, (tally.counts.get(bucket) ?? 0) + 1);
  }
}

class Rule extends Tallies {
  readonly queue: number[] = [];
  active: Tally[] = [];

  constructor(
    readonly limits: RuleLimits,
    readonly raised: Transition,
    readonly options: RuleOptions,
  ) {
    super(options.reportsEvery);
  }

  threshold(): number {
    const { floor, multiplier, usual } = this.limits;
    return Math.max(floor, (usual ?? this.usualOfQueue()) * multiplier);
  }

  /** Above the floor the mean is that without the largest tenth of the counts, sixteen of them at most. */
  private usualOfQueue(): number {
    const mean = (counts: number[]) => counts.reduce((sum, count) => sum + count, 0) / counts.length;
    if (this.queue.length === 0) return 0;
    const plain = mean(this.queue);
    if (plain * this.limits.multiplier <= this.limits.floor) return plain;
    const trimmed = Math.min(Math.floor(this.queue.length / 10), 16);
    return mean([...this.queue].sort((a, b) => a - b).slice(0, this.queue.length - trimmed));
  }

  /** Every key that did anything counts towards the mean, errors or not; few keys do not set their own normal. */
  close(now: number, active: Tally[]): void {
    const most = active.length <= this.limits.multiplier ? this.limits.floor : Number.POSITIVE_INFINITY;
    for (const { key, last } of active) {
      if (last !== now) continue;
      const tally = this.touch(key, now, false);
      if (!tally?.alert) this.queue.push(Math.min(most, tally ? this.count(tally, now) : 0));
    }
    this.queue.splice(0, Math.max(0, this.queue.length - this.options.queueMax));
  }

  countOnly(key: string, bucket: number | undefined, now: number): Tally | undefined {
    const tally = this.touch(key, now, bucket !== undefined);
    if (!tally || bucket === undefined) return tally;
    this.add(tally, bucket);
    if (bucket === now && tally.activeBucket !== now) {
      tally.activeBucket = now;
      this.active.push(tally);
    }
    return tally;
  }

  weigh(key: string, bucket: number | undefined, now: number, counts: boolean): RuleOutcome {
    const tally = counts ? this.countOnly(key, bucket, now) : this.touch(key, now, false);
    const threshold = this.threshold();
    if (!tally) return { count: 0, threshold, alert: false, reported: false, event: "" };
    const count = this.count(tally, now);
    let event: Transition = "";
    if (!tally.alert && count > threshold) tally.alert = true;
    else if (tally.alert && count <= this.options.alertEnd * threshold) {
      tally.alert = false;
      if (tally.schedule.end()) event = "NORMAL_ACTIVITY";
    }
    const bucketSeconds = this.options.windowSeconds / buckets;
    const isOfErrors = this.raised === "HIGH_ERROR_RATE";
    const isLearnt = isOfErrors && this.limits.usual !== undefined;
    const report =
      tally.alert && counts ? tally.schedule.report(count / threshold, isLearnt, now, bucketSeconds, isOfErrors) : "";
    if (report === "first") event = this.raised;
    return { count, threshold, alert: tally.alert, reported: report !== "", event };
  }
}

export class ReferenceWindows {
  private readonly errors: Rule;
  private readonly requests: Rule;
  private readonly endpoints: Rule;
  private readonly keywords = new Tallies();
  /** Says when events arrive, where that is known. */
  readonly clock: ReferenceClock;
  private readonly bucketSeconds: number;
  private now: number | undefined;

  constructor(readonly options: RuleOptions) {
    this.errors = new Rule(options.errors, "HIGH_ERROR_RATE", options);
    this.requests = new Rule(options.requests, "HIGH_TRAFFIC", options);
    this.endpoints = new Rule(options.endpoints, "HIGH_TRAFFIC", options);
    this.bucketSeconds = options.windowSeconds / buckets;
    this.clock = new ReferenceClock(this.bucketSeconds);
  }

  observe({ key, endpoint, seconds, isDated = true, isError, hits, judging = allJudge }: ObservedEvent) {
    const bucket = this.followTime(isDated ? Math.max(0, seconds) : undefined, key);
    const now = this.now!;
    const nothing = (rule: Rule): RuleOutcome => ({
      count: 0,
      threshold: rule.threshold(),
      alert: false,
      reported: false,
      event: "",
    });
    const errors = key && judging.errors ? this.errors.weigh(`${key}`, bucket, now, isError) : nothing(this.errors);
    const requests =
      key && judging.requests ? this.requests.weigh(`${key}`, bucket, now, true) : nothing(this.requests);
    // who did anything at all also decides what errors are usual
    if (key && judging.errors && !judging.requests) this.requests.countOnly(`${key}`, bucket, now);
    const endpoints =
      key && endpoint && this.options.perEndpoint && judging.endpoints
        ? this.endpoints.weigh(`${key} ${endpoint}`, bucket, now, true)
        : nothing(this.endpoints);
    const keyword = judging.keywords
      ? this.weighKeywords(`${key}`, bucket, now, hits)
      : { reached: -1, count: 0, alert: false, event: "" as const };

    let state: State = "NORMAL";
    if (keyword.alert) state = "KEYWORD_ALERT";
    if (requests.alert || endpoints.alert) state = "TRAFFIC_ALERT";
    if (errors.alert) state = "ERROR_RATE_ALERT";
    const events = [errors.event, requests.event, endpoints.event, keyword.event];
    const order: Transition[] = ["HIGH_ERROR_RATE", "HIGH_TRAFFIC", "KEYWORD_DETECTED", "NORMAL_ACTIVITY"];
    const event = order.find((name) => events.includes(name)) ?? "";
    return { state, event, errors, requests, endpoints, keyword };
  }

  private followTime(seconds: number | undefined, key: number): number | undefined {
    const bucketOf = (time: number) => Math.floor(time / this.bucketSeconds);
    const { seconds: counted, wasSetBack } = this.clock.follow(seconds, key);
    const reached = bucketOf(this.clock.seconds!);
    if (this.now !== undefined && (reached > this.now || wasSetBack)) this.close();
    if (wasSetBack) {
      for (const tallies of [this.errors, this.requests, this.endpoints, this.keywords]) tallies.byKey.clear();
    }
    this.now = reached;
    return counted === undefined ? undefined : bucketOf(counted);
  }

  private close(): void {
    this.errors.close(this.now!, this.requests.active);
    this.requests.close(this.now!, this.requests.active);
    this.endpoints.close(this.now!, this.endpoints.active);
    for (const rule of [this.errors, this.requests, this.endpoints]) rule.active = [];
  }

  private weighKeywords(key: string, bucket: number | undefined, now: number, hits: [number, number][]) {
    const { keywords } = this;
    let tally = keywords.touch(key, now, false);
    let event: Transition = "";
    if (tally?.alert && keywords.count(tally, now) === 0) {
      tally.alert = false;
      event = "NORMAL_ACTIVITY";
    }
    let [reached, count] = [-1, 0];
    hits.forEach(([keyword, minCount], index) => {
      let seen = 1;
      if (minCount > 1) {
        if (bucket === undefined) return;
        const pair = keywords.touch(`${key} ${keyword}`, now, true)!;
        keywords.add(pair, bucket);
        seen = keywords.count(pair, now);
      }
      if (seen >= minCount && reached < 0) [reached, count] = [index, seen];
    });
    if (reached >= 0 && bucket !== undefined) {
      tally = keywords.touch(key, now, true)!;
      keywords.add(tally, bucket);
      if (!tally.alert) event = "KEYWORD_DETECTED";
      tally.alert = true;
    }
    return { reached, count, alert: tally?.alert ?? false, event };
  }
}
