/**
 * What a reading of Loki that broke off had learnt so far, with the place where it goes on: a line of JSON, then a
 * summary as `summarize` writes it. Readable by its owner only, replaced whole, removed once it was of use.
 */
import { rmSync } from "node:fs";
import type { ByteSource } from "../io/chunks.js";
import { readBounded } from "../io/readFile.js";
import { replaceFile } from "../io/replaceFile.js";
import { fileError } from "../io/systemErrors.js";
import type { Cursor } from "./client.js";
import type { LokiRange } from "./source.js";

const format = 2;
/** What Node reads in one piece. */
const fileBytesMax = 2 ** 31 - 2;
/** A time relative to now that ended longer ago is not what is asked for any more. */
const staleSecondsMax = 12 * 3600;
const saveSecondsMin = 30;
/** At most this share of the time goes into saving. */
const saveShare = 0.05;

/** Who asks whom for what: only the same question is gone on with. */
export interface Question {
  server: string;
  tenant: string | undefined;
  query: string;
  /** As given, so that `24h` is the same from run to run. */
  since: string;
  until: string;
}

interface Head {
  oddlineResume: number;
  question: Question;
  fromNs: string;
  toNs: string;
  cursor: Cursor;
}

export interface Resumed {
  range: LokiRange;
  cursor: Cursor;
  summary: ByteSource;
}

export class ResumeFile {
  private savedAt = performance.now();
  private pauseMs = saveSecondsMin * 1000;

  constructor(
    private readonly path: string,
    private readonly question: Question,
    private readonly isRelative: boolean,
    private readonly log: (note: string) => void,
  ) {}

  load(nowSeconds: number): Resumed | undefined {
    let file: Buffer;
    try {
      file = readBounded(this.path, fileBytesMax);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined; // the ordinary case: nothing broke off
      throw fileError(error, this.path);
    }
    const end = file.indexOf(0x0a);
    const head = headOf(file.subarray(0, Math.max(0, end)).toString("utf8"));
    const why = !head ? "is no such file" : this.unfit(head, nowSeconds);
    if (!head || why) {
      this.log(`${this.path} ${why}: reading from the beginning`);
      return undefined;
    }
    const { cursor, fromNs, toNs } = head;
    this.log(`resuming at ${new Date(Number(BigInt(cursor.timeNs) / 1_000_000n)).toISOString()} (${this.path})`);
    const range = { query: this.question.query, fromNs: BigInt(fromNs), toNs: BigInt(toNs) };
    return { range, cursor, summary: sourceOf(this.path, file.subarray(end + 1)) };
  }

  private unfit({ question, toNs }: Head, nowSeconds: number): string | undefined {
    const same = (Object.keys(this.question) as (keyof Question)[]).every(
      (name) => question?.[name] === this.question[name],
    );
    if (!same) return "is of another query";
    const ageSeconds = nowSeconds - Number(BigInt(toNs) / 1_000_000_000n);
    return this.isRelative && ageSeconds > staleSecondsMax ? "is of an older run" : undefined;
  }

  /** `summary` is asked for only when it is time to save: not at every page, unless it is `urgent`. */
  save({ fromNs, toNs }: LokiRange, cursor: Cursor, summary: () => Iterable<string>, urgent: boolean): void {
    const startMs = performance.now();
    if (!urgent && startMs - this.savedAt < this.pauseMs) return;
    const { question } = this;
    const head: Head = { oddlineResume: format, question, fromNs: `${fromNs}`, toNs: `${toNs}`, cursor };
    const parts = [Buffer.from(`${JSON.stringify(head)}\n`)];
    for (const line of summary()) parts.push(Buffer.from(line));
    replaceFile(this.path, Buffer.concat(parts), 0o600);
    this.savedAt = performance.now();
    this.pauseMs = Math.max(saveSecondsMin * 1000, (this.savedAt - startMs) / saveShare);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

function headOf(line: string): Head | undefined {
  try {
    const head = JSON.parse(line) as Head;
    return head.oddlineResume === format ? head : undefined;
  } catch {
    return undefined;
  }
}

function sourceOf(name: string, bytes: Buffer): ByteSource {
  return {
    name,
    sizeBytes: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}
