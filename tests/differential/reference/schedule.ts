/** When an alert that lasts is reported again: what assembly/detect/windows/schedule.ts packs into eight bytes. */

const windowBuckets = 12;
const intervalsSeconds = [5, 20, 80, 320, 1280, 3600, 3600, 3600];
const turn = 65_536;
const since = (now: number, then: number) => (((now - then) % turn) + turn) % turn;

/** Of a learnt threshold: medium from 1.25 times it, high from 1.75 times. */
const gradeOf = (score: number) => (score >= 1.75 ? 3 : score >= 1.25 ? 2 : 1);

/** As much of a score as is kept. */
function cut(score: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, score);
  view.setUint32(0, view.getUint32(0) & ~31);
  return view.getFloat32(0);
}

export class ReferenceSchedule {
  /** `every`: each event that counts is reported. */
  constructor(private readonly every = false) {}

  private score = 0;
  private step = 0;
  private reportedAt = 0;
  private seenAt = 0;
  private wasReported = false;

  /** Whether the alert that ends here was ever reported. */
  end(): boolean {
    const was = this.wasReported;
    this.wasReported = false;
    return was;
  }

  /** What is reported of an event in alert. */
  report(
    score: number,
    isLearnt: boolean,
    now: number,
    bucketSeconds: number,
    byTime: boolean,
  ): "" | "first" | "again" {
    const isFresh = this.score === 0 || since(now, this.seenAt) >= 10 * windowBuckets;
    const isTime = byTime && since(now, this.reportedAt) * bucketSeconds >= intervalsSeconds[this.step];
    this.seenAt = now;
    const isGraver = isLearnt && gradeOf(cut(score)) > gradeOf(this.score);
    if (!this.every && !isFresh && !isTime && !isGraver && score < 2 * this.score) return "";
    this.step = isFresh ? 0 : Math.min(this.step + 1, intervalsSeconds.length - 1);
    this.score = cut(score);
    this.reportedAt = now;
    const report = this.wasReported ? "again" : "first";
    this.wasReported = true;
    return report;
  }
}
