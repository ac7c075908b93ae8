/**
 * All lines of a time range, page by page, each exactly once. Loki pages by time alone, so a page that is full goes on
 * at its last instant, less what was seen of it; an instant with more lines than a page holds is split by content, then
 * by labels. A cursor after any page resumes there, in another process too.
 */
import { createHash } from "node:crypto";
import { exitCode, OddlineError } from "../io/errors.js";
import { type LokiApi, type LokiEntry, type LokiLines, PageTooLarge, RangeTooLarge } from "./api.js";
import { dividing } from "./divide.js";

/** Where to go on: everything before `timeNs` is done, and so are the lines of that instant that `seen` counts. */
export interface Cursor {
  timeNs: string;
  seen: Record<string, number>;
}

export interface Page {
  entries: LokiEntry[];
  /** Undefined after the last page. */
  next: Cursor | undefined;
}

/** Loki's own default of `max_entries_limit_per_query`. */
export const pageLinesDefault = 5000;
/** Until the size of the lines is known; 40 KiB each would still come through. */
const pageLinesFirst = 100;
/** Half of what gRPC lets through inside Loki by default (4 MiB): lines differ in size. */
const answerBytesWanted = 2 << 20;
const growthMax = 8;
const lastLines = 10;
/** Loki refuses ranges above `max_query_length` (30 d by default); a day is answered quickly. */
const sliceNsMax = 86_400_000_000_000n;
const sliceNsMin = 1_000_000n;
/** Each division halves, but for lines that differ late; a stage that divides nothing must come to an end. */
const divisionsMax = 200;

export class LokiClient {
  private pageLines: number;
  private sliceNs = sliceNsMax;

  constructor(
    readonly api: LokiApi,
    private pageLinesMax = pageLinesDefault,
  ) {
    this.pageLines = Math.min(pageLinesFirst, pageLinesMax);
  }

  /** Lines of [fromNs, toNs); from the cursor on where one is given. */
  async *pages(query: string, fromNs: bigint, toNs: bigint, cursor?: Cursor): AsyncGenerator<Page> {
    let startNs = cursor ? BigInt(cursor.timeNs) : fromNs;
    let seen = new Map(Object.entries(cursor?.seen ?? {}));
    while (startNs < toNs) {
      const { read, endNs } = await this.readSlice(query, startNs, toNs);
      const isFull = read.entries.length >= read.limit;
      const lastNs = isFull ? read.entries[read.entries.length - 1].timeNs : endNs;
      if (isFull && lastNs === startNs) {
        const entries = withoutSeen(await this.instant(query, startNs), startNs, seen);
        startNs += 1n;
        seen = new Map();
        yield { entries, next: startNs < toNs ? { timeNs: `${startNs}`, seen: {} } : undefined };
        continue;
      }
      const entries = withoutSeen(read.entries, startNs, seen);
      startNs = lastNs;
      seen = isFull ? countAt(read.entries, lastNs) : new Map();
      const next = startNs < toNs ? { timeNs: `${startNs}`, seen: Object.fromEntries(seen) } : undefined;
      yield { entries, next };
    }
  }

  async *entries(query: string, fromNs: bigint, toNs: bigint): AsyncGenerator<LokiEntry> {
    for await (const { entries } of this.pages(query, fromNs, toNs)) yield* entries;
  }

  /** A page of the time from `startNs` on, of as long a time as Loki takes. */
  private async readSlice(query: string, startNs: bigint, toNs: bigint): Promise<{ read: LokiLines; endNs: bigint }> {
    for (;;) {
      const endNs = startNs + this.sliceNs < toNs ? startNs + this.sliceNs : toNs;
      try {
        return { read: await this.read(query, startNs, endNs), endNs };
      } catch (error) {
        if (!(error instanceof RangeTooLarge)) throw error;
        this.sliceNs = (endNs - startNs) / 2n;
        if (this.sliceNs < sliceNsMin) throw rangeRefused(startNs, error);
      }
    }
  }

  /** A page; smaller ones from then on where Loki allows no more, and of a size that it can answer. */
  private async read(query: string, fromNs: bigint, toNs: bigint, limit = this.pageLines): Promise<LokiLines> {
    let read: LokiLines;
    try {
      read = await this.api.lines(query, fromNs, toNs, limit);
    } catch (error) {
      if (!(error instanceof PageTooLarge) || error.linesMax >= limit || error.linesMax < 1) throw error;
      this.pageLinesMax = error.linesMax;
      this.pageLines = Math.min(this.pageLines, this.pageLinesMax);
      return this.read(query, fromNs, toNs, error.linesMax);
    }
    if (read.entries.length > 0) {
      const fitting = Math.floor(answerBytesWanted / lineBytes(read));
      this.pageLines = Math.max(1, Math.min(this.pageLinesMax, fitting, read.limit * growthMax));
    }
    return read;
  }

  /** All lines of one nanosecond, split until every part fits a page. */
  private async instant(query: string, timeNs: bigint, divisions = 0): Promise<LokiEntry[]> {
    let read = await this.read(query, timeNs, timeNs + 1n);
    while (read.entries.length >= read.limit) {
      const division = dividing(read.entries);
      if (division && divisions < divisionsMax) {
        const matching = await this.instant(query + division.matching, timeNs, divisions + 1);
        return matching.concat(await this.instant(query + division.others, timeNs, divisions + 1));
      }
      // Alike in every way: what is left is a larger page, as large as Loki gives.
      const before = read.limit;
      read = await this.read(query, timeNs, timeNs + 1n, Math.max(this.pageLinesMax, before * 2));
      if (read.limit <= before) throw tooManyAlike(timeNs, before);
    }
    return read.entries;
  }
}

/** What a line costs in an answer: the last ones say most of what follows. */
function lineBytes({ entries, answerBytes }: LokiLines): number {
  const last = entries.slice(-lastLines);
  const ofLast = last.reduce((sum, { line }) => sum + line.length, 0) / last.length;
  return Math.max(ofLast, answerBytes / entries.length);
}

function keyOf({ labels, line }: LokiEntry): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([sorted, line]))
    .digest("base64url")
    .slice(0, 16);
}

function countAt(entries: LokiEntry[], timeNs: bigint): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    if (entry.timeNs !== timeNs) continue;
    const key = keyOf(entry);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Of equal lines as many are left out as were seen. */
function withoutSeen(entries: LokiEntry[], timeNs: bigint, seen: Map<string, number>): LokiEntry[] {
  if (seen.size === 0) return entries;
  const left = new Map(seen);
  return entries.filter((entry) => {
    if (entry.timeNs !== timeNs) return true;
    const key = keyOf(entry);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0;
  });
}

function tooManyAlike(timeNs: bigint, pageLines: number): OddlineError {
  return new OddlineError("LOKI_LINES_ALIKE", {
    subject: `the instant ${timeNs} ns`,
    expected: `fewer than ${pageLines} lines with the same timestamp`,
    found: `${pageLines} or more`,
    remedy: "raise max_entries_limit_per_query in Loki, or narrow --query",
    exit: exitCode.failed,
  });
}

function rangeRefused(timeNs: bigint, error: RangeTooLarge): OddlineError {
  return new OddlineError("LOKI_RANGE_REFUSED", {
    subject: `the time from ${timeNs} ns on`,
    expected: "permission to read one millisecond at a time",
    found: error.message,
    remedy: "raise max_query_bytes_read in Loki, or narrow --query",
    exit: exitCode.failed,
  });
}
