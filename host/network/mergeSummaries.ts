/** Summaries of blocks as one: their windows in order of time, from any number of files, none of them held whole. */
import { type ByteSource, openSources } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { wholeLines } from "../io/wholeLines.js";
import {
  isSummary,
  readHead,
  readLine,
  type Side,
  type SummaryHead,
  type SummedWindow,
  sides,
} from "./windowSummary.js";

/** Whether the files are summaries; a mixture is refused. Standard input is read as a log. */
export async function areSummaries(paths: readonly string[]): Promise<boolean> {
  let count = 0;
  for (const path of paths) if (path !== "-" && isSummary(await firstLine(path))) count++;
  if (count === 0 || count === paths.length) return count > 0;
  throw new OddlineError("NETWORK_MIXED_INPUTS", {
    subject: paths.join(" "),
    expected: "logs alone, or summaries of network --summarize alone",
    found: `${count} summaries among ${paths.length} files`,
    remedy: "summarize the logs first",
    exit: exitCode.usage,
  });
}

async function firstLine(path: string): Promise<string> {
  const [source] = openSources([path]);
  for await (const lines of wholeLines(source)) {
    return Buffer.from(lines.buffer, lines.byteOffset, Math.min(lines.length, 200)).toString("latin1");
  }
  return "";
}

/**
 * Hands on all windows, oldest first; parts of one window follow one another. Returns the time of the newest flow.
 */
export async function mergeSummaries(
  paths: readonly string[],
  head: SummaryHead,
  onWindow: (window: SummedWindow) => void,
  onStart: () => Promise<void> = async () => {},
): Promise<number> {
  const cursors = openSources(paths).flatMap((source) => sides.map((side) => new Cursor(source, side, head)));
  for (const cursor of cursors) await cursor.advance();
  for (;;) {
    const startMs = Math.min(...cursors.map(({ startMs: start }) => start));
    if (startMs === Number.POSITIVE_INFINITY) break;
    for (const cursor of cursors) {
      while (cursor.startMs === startMs) {
        onWindow(cursor.window!);
        if (!cursor.step()) await cursor.advance();
      }
    }
    await onStart();
  }
  return Math.max(...cursors.map(({ newestMs }) => newestMs));
}

/** The windows of one side of one file. */
class Cursor {
  window: SummedWindow | undefined;
  newestMs = Number.NEGATIVE_INFINITY;
  private lines: string[] = [];
  private next = 0;
  private number = 0;
  private hasEnded = false;
  private readonly pieces: AsyncGenerator<Uint8Array>;
  private readonly otherStart: string;

  constructor(
    private readonly source: ByteSource,
    side: Side,
    private readonly head: SummaryHead,
  ) {
    this.pieces = wholeLines(source);
    this.otherStart = side === "own" ? '{"source":' : '{"own":';
  }

  get startMs(): number {
    return this.window?.startMs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the next window of what was read; false where more has to be read. */
  step(): boolean {
    while (this.next < this.lines.length) {
      const line = this.lines[this.next++];
      this.number++;
      if (line === "" || line.startsWith(this.otherStart)) continue;
      if (this.number === 1) {
        this.checkHead(readHead(line, this.source.name));
        continue;
      }
      const read = readLine(line, this.source.name, this.number);
      if (typeof read === "number") {
        this.newestMs = read;
        this.hasEnded = true;
        continue;
      }
      const isInOrder = this.window === undefined || read.startMs >= this.window.startMs;
      if (!isInOrder || this.hasEnded) throw this.wrong("windows in order of time", `line ${this.number}`);
      this.window = read;
      return true;
    }
    return false;
  }

  async advance(): Promise<void> {
    for (;;) {
      const { value, done } = await this.pieces.next();
      if (done) break;
      this.lines = Buffer.from(value).toString("utf8").split("\n");
      this.next = 0;
      // the piece behind the last newline is no line
      if (this.lines.at(-1) === "") this.lines.pop();
      if (this.step()) return;
    }
    if (!this.hasEnded) throw this.wrong("an end", "a file that was cut off");
    this.window = undefined;
  }

  private checkHead({ windowSeconds, entity }: SummaryHead): void {
    if (windowSeconds === this.head.windowSeconds && entity === this.head.entity) return;
    const expected = `windows of ${this.head.windowSeconds} s by ${this.head.entity}`;
    throw this.wrong(expected, `${windowSeconds} s by ${entity}`);
  }

  private wrong(expected: string, found: string): OddlineError {
    return new OddlineError("SUMMARY_INVALID", {
      subject: this.source.name,
      expected,
      found,
      remedy: "make the summary again with oddline network --summarize, with the same --window and --by",
      exit: exitCode.usage,
    });
  }
}
