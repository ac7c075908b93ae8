/**
 * All lines of a time range, page by page, each exactly once. Loki pages by time alone, so a page that is full goes on
 * at its last instant, less what was seen of it; an instant with more lines than a page holds is split by content. A
 * cursor after any page resumes there, in another process too.
 */
import { createHash } from "node:crypto";
import { exitCode, OddlineError } from "../errors.js";
import { type LokiApi, type LokiEntry, PageTooLarge } from "./api.js";

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
/** Loki refuses ranges above `max_query_length` (30 d by default); a day is answered quickly. */
const sliceNs = 86_400_000_000_000n;

export class LokiClient {
  private pageLines: number;

  constructor(
    readonly api: LokiApi,
    pageLines = pageLinesDefault,
  ) {
    this.pageLines = pageLines;
  }

  /** Lines of [fromNs, toNs); from the cursor on where one is given. */
  async *pages(query: string, fromNs: bigint, toNs: bigint, cursor?: Cursor): AsyncGenerator<Page> {
    let startNs = cursor ? BigInt(cursor.timeNs) : fromNs;
    let seen = new Map(Object.entries(cursor?.seen ?? {}));
    while (startNs < toNs) {
      const endNs = startNs + sliceNs < toNs ? startNs + sliceNs : toNs;
      const read = await this.read(query, startNs, endNs);
      const isFull = read.length >= this.pageLines;
      const lastNs = isFull ? read[read.length - 1].timeNs : endNs;
      if (isFull && lastNs === startNs) {
        const entries = withoutSeen(await this.instant(query, startNs), startNs, seen);
        startNs += 1n;
        seen = new Map();
        yield { entries, next: startNs < toNs ? { timeNs: `${startNs}`, seen: {} } : undefined };
        continue;
      }
      const entries = withoutSeen(read, startNs, seen);
      startNs = lastNs;
      seen = isFull ? countAt(read, lastNs) : new Map();
      const next = startNs < toNs ? { timeNs: `${startNs}`, seen: Object.fromEntries(seen) } : undefined;
      if (entries.length > 0 || !next) yield { entries, next };
    }
  }

  async *entries(query: string, fromNs: bigint, toNs: bigint): AsyncGenerator<LokiEntry> {
    for await (const { entries } of this.pages(query, fromNs, toNs)) yield* entries;
  }

  /** A page; smaller ones from then on where Loki allows no more. */
  private async read(query: string, fromNs: bigint, toNs: bigint): Promise<LokiEntry[]> {
    try {
      return await this.api.lines(query, fromNs, toNs, this.pageLines);
    } catch (error) {
      if (!(error instanceof PageTooLarge) || error.linesMax >= this.pageLines || error.linesMax < 1) throw error;
      this.pageLines = error.linesMax;
      return this.read(query, fromNs, toNs);
    }
  }

  /** All lines of one nanosecond, split by a character in which they differ until every part fits a page. */
  private async instant(query: string, timeNs: bigint): Promise<LokiEntry[]> {
    const read = await this.read(query, timeNs, timeNs + 1n);
    if (read.length < this.pageLines) return read;
    const pattern = dividing(read.map(({ line }) => line));
    if (pattern === undefined) throw tooManyAlike(timeNs, this.pageLines);
    return [
      ...(await this.instant(`${query} |~ \`${pattern}\``, timeNs)),
      ...(await this.instant(`${query} !~ \`${pattern}\``, timeNs)),
    ];
  }
}

/** A pattern that some of the lines match and others do not; undefined where all are equal. */
function dividing(lines: string[]): string | undefined {
  const characters = lines.map((line) => [...line]);
  const lengthMax = characters.reduce((most, line) => Math.max(most, line.length), 0);
  for (let position = 0; position < lengthMax; position++) {
    const counts = new Map<string, number>();
    for (const line of characters) counts.set(line[position] ?? "", (counts.get(line[position] ?? "") ?? 0) + 1);
    if (counts.size < 2) continue;
    counts.delete(""); // a line that ends here is among those that do not match
    const chosen: string[] = [];
    let matched = 0;
    for (const [character, count] of counts) {
      if (chosen.length > 0 && (matched + count > lines.length / 2 || chosen.length === counts.size - 1)) continue;
      chosen.push(character);
      matched += count;
    }
    return `^(?s:${anything(position)}[${chosen.map(escaped).join("")}])`;
  }
  return undefined;
}

/** RE2 counts to 1,000 at most. */
function anything(characters: number): string {
  return `${".{1000}".repeat(Math.floor(characters / 1000))}.{${characters % 1000}}`;
}

function escaped(character: string): string {
  return `\\x{${character.codePointAt(0)!.toString(16)}}`;
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
    expected: `fewer than ${pageLines} equal lines`,
    found: `${pageLines} or more`,
    remedy: "raise max_entries_limit_per_query in Loki, or narrow --query",
    exit: exitCode.failed,
  });
}
