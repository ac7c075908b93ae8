/**
 * The clock that windows are kept by, as docs/windows.md states it, without buckets kept at hand
 * (assembly/detect/windows/clock.ts).
 */
const toleranceSeconds = 10;
const votesNeeded = 16;
const keysNeeded = 5;
const spanSeconds = 180;
const neighbourSeconds = 3600;
const distrustSeconds = 3600;

/** Another time than the clock's that lines tell of. */
interface OtherTime {
  first: number;
  newest: number;
  since: number;
  votes: number;
  keys: Set<number>;
}

export interface Followed {
  /** Where the event counts; undefined: it does not. */
  seconds: number | undefined;
  wasSetBack: boolean;
}

export class ReferenceClock {
  seconds: number | undefined;
  /** When the next events arrive; undefined: only their own time is known. */
  arrival: number | undefined;
  /** What is believed of it. */
  private reached: number | undefined;
  private lag = 0;
  private probation: { before: number; lag: number; events: number } | undefined;
  private distrust = { leaps: Number.NEGATIVE_INFINITY, late: Number.NEGATIVE_INFINITY };
  private lateInRow = 0;
  private earlierInRow = 0;
  /** Events so far, where none of them had a date. */
  private dateless: number | undefined;
  private other: OtherTime | undefined;

  constructor(private readonly bucketSeconds: number) {}

  private get windowSeconds(): number {
    return this.bucketSeconds * 12;
  }

  private isKept(seconds: number): boolean {
    return Math.floor(this.seconds! / this.bucketSeconds) - Math.floor(seconds / this.bucketSeconds) < 12;
  }

  follow(claimed: number | undefined, key: number): Followed {
    const { arrival } = this;
    if (this.seconds === undefined) {
      this.reached = arrival;
      const start = claimed === undefined || (arrival ?? Infinity) + toleranceSeconds < claimed ? arrival : claimed;
      this.goTo(start ?? 0);
      this.dateless = claimed === undefined ? 1 : undefined;
      return { seconds: this.seconds, wasSetBack: false };
    }
    if (this.dateless !== undefined && this.dateless < votesNeeded) {
      this.dateless = claimed === undefined ? this.dateless + 1 : undefined;
      if (claimed !== undefined && !this.isKept(claimed)) {
        this.setBackTo(claimed);
        this.goTo(claimed);
        return { seconds: claimed, wasSetBack: true };
      }
    }
    let wasSetBack = false;
    const isEarlier = arrival !== undefined && arrival < (this.reached ?? 0) - this.windowSeconds;
    this.earlierInRow = isEarlier ? this.earlierInRow + 1 : 0;
    if (!isEarlier) this.reached = arrival;
    else if (this.earlierInRow < votesNeeded) claimed ??= Math.max(0, arrival - this.lag);
    else {
      this.earlierInRow = 0;
      this.reached = arrival;
      const back = Math.max(0, arrival - this.lag);
      wasSetBack = !this.isKept(back);
      if (wasSetBack) this.setBackTo(back);
    }
    this.weighProbation(claimed);
    const now = this.reached === undefined ? this.seconds : Math.max(this.seconds, this.reached - this.lag);
    const counted = claimed === undefined ? this.stay(now) : this.place(claimed, now, key);
    if (counted !== "set back") return { seconds: counted, wasSetBack };
    return { seconds: claimed, wasSetBack: true };
  }

  private place(claimed: number, now: number, key: number): number | undefined | "set back" {
    const arrival = this.reached;
    const isAhead = arrival !== undefined && claimed > Math.max(arrival, now) + toleranceSeconds;
    if (!this.isKept(claimed)) {
      const other = this.vote(claimed, now, key);
      this.lateInRow++;
      const isLive = arrival !== undefined && arrival - now <= this.windowSeconds;
      if (other.votes >= votesNeeded && (!isLive || isBorneOut(other))) {
        this.setBackTo(claimed);
        this.goTo(claimed);
        return "set back";
      }
      if (this.lateInRow >= votesNeeded) this.distrust.late = now + distrustSeconds;
      this.stay(now);
      const catchesUp = isBorneOut(other) && other.newest - other.first > 2 * (now - other.since);
      return catchesUp || now >= this.distrust.late ? undefined : now;
    }
    const leaps = claimed > now + this.windowSeconds;
    if (!isAhead && !leaps) {
      if (this.lateInRow > 0) this.distrust.late = this.seconds! + distrustSeconds;
      this.lateInRow = 0;
      if (this.other && this.other.votes > 0) this.other.votes--;
      if (claimed > this.seconds!) this.goTo(claimed);
      return claimed;
    }
    if (isAhead || now < this.distrust.leaps) {
      const other = this.vote(claimed, now, key);
      if (other.votes < votesNeeded || (isAhead && !isBorneOut(other))) return this.stay(now);
      this.probation = undefined;
    } else this.probation ??= { before: now, lag: this.lag, events: 0 };
    this.other = undefined;
    this.goTo(claimed);
    return claimed;
  }

  /** Whether the last leap is taken back: this event is older than the window, and nearer to where it was before. */
  private weighProbation(claimed: number | undefined): void {
    const { probation } = this;
    if (!probation) return;
    probation.events++;
    const { before, lag } = probation;
    const isBack = claimed !== undefined && !this.isKept(claimed) && claimed >= before - this.windowSeconds;
    if (isBack && this.seconds! - claimed > claimed - before) {
      this.seconds = before;
      this.lag = lag;
      this.distrust.leaps = before + distrustSeconds;
      this.probation = undefined;
    } else if (probation.events >= votesNeeded) this.probation = undefined;
  }

  private vote(claimed: number, now: number, key: number): OtherTime {
    const { other } = this;
    const isSame = other && claimed >= other.newest - this.windowSeconds && claimed <= other.newest + neighbourSeconds;
    if (isSame) {
      other.votes++;
      other.newest = Math.max(other.newest, claimed);
    } else if (other && other.votes > 0) {
      other.votes--;
      return other;
    } else this.other = { first: claimed, newest: claimed, since: now, votes: 1, keys: new Set() };
    if (key) this.other!.keys.add(key);
    return this.other!;
  }

  private stay(now: number): number {
    this.seconds = Math.max(this.seconds!, now);
    return now;
  }

  private goTo(seconds: number): void {
    this.seconds = Math.max(0, seconds);
    if (this.reached !== undefined) this.lag = this.reached - this.seconds;
  }

  private setBackTo(seconds: number): void {
    this.seconds = seconds;
    this.probation = undefined;
    this.lateInRow = 0;
    this.other = undefined;
  }
}

function isBorneOut({ keys, first, newest }: OtherTime): boolean {
  return keys.size >= keysNeeded && newest - first >= spanSeconds;
}
