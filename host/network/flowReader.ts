/**
 * Lines of one source to flows, read by the filter itself, so that what `oddline network` sees and what the filter sees
 * cannot differ. Only tables under a header are read here. Broken lines are skipped, counted and kept in mind once with
 * an example, so that one message can say what was wrong.
 */
import { batchFlag, Engine } from "../wasm/engine.js";
import type { EventRows } from "../wasm/eventRow.js";
import { flowFlaws } from "../wasm/layout.js";
import { Directions } from "./directions.js";
import type { Flow, ParsedLine } from "./flow.js";
import { TableInput } from "./inputs/table.js";

const exampleCharactersMax = 160;
/** A header of column names comes first; looking for one in every line would cost more than all else. */
const headerLinesMax = 64;
const newline = 0x0a;

const flaws = Object.values(flowFlaws);

export class SkippedLines {
  lines = 0;
  flows = 0;
  /** Lines that describe no flow. */
  other = 0;
  broken = 0;
  private example: string | undefined;
  private otherExample: string | undefined;

  count(parsed: ParsedLine, line: Buffer): void {
    this.lines++;
    if (typeof parsed === "object") {
      this.flows++;
    } else if (parsed === undefined) {
      this.other++;
      if (this.otherExample === undefined && line.length > 0 && line[0] !== hash) this.otherExample = printable(line);
    } else {
      this.broken++;
      this.example ??= `${parsed}: ${printable(line)}`;
    }
  }

  /** One line for the operator, or nothing where all was well. */
  describe(): string | undefined {
    if (this.broken > 0) {
      const other = this.other > 0 ? ` and ${this.other} that tell of no flow` : "";
      return `skipped ${this.broken} broken lines${other} of ${this.lines}; the first broken one, ${this.example}`;
    }
    if (this.flows > 0 || this.otherExample === undefined) return undefined;
    return `none of ${this.lines} lines tells of a flow, the first: ${this.otherExample}`;
  }
}

const hash = 0x23;
const brace = 0x7b;

/** A log's text on a terminal: no control characters, not endless. */
function printable(line: Buffer): string {
  const text = line.subarray(0, 4 * exampleCharactersMax + 4).toString("utf8");
  const cut = text.length > exampleCharactersMax ? `${text.slice(0, exampleCharactersMax)}…` : text;
  return cut.replace(/[\p{C}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return `\\u{${code}}`;
  });
}

/** One for all readers: nothing of a line is left behind in it. */
let engine: Engine | undefined;

/** `timeMs`: the time that the flow counts at. */
type OnFlow = (flow: Flow, line: number, timeMs: number) => void;

export class FlowReader {
  private readonly table = new TableInput();
  private linesRead = 0;
  private readonly seconds: bigint;
  private lastMs: number;

  constructor(
    readonly skipped: SkippedLines = new SkippedLines(),
    /** Decides the year of times without one; the first lines without a time count at it. */
    private readonly nearMs: number = Date.now(),
    private readonly directions = new Directions(),
    /** When a line counts; without it, at its own time, or else at that of the line before it. */
    private readonly timeOf?: (line: number) => number,
  ) {
    this.lastMs = nearMs;
    this.seconds = BigInt(Math.floor(nearMs / 1000));
  }

  /** Whole lines, each with its newline but perhaps the last; flows are handed on in order with their line's number. */
  read(bytes: Uint8Array, onFlow: OnFlow): void {
    const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.mayHaveTable(lines)) this.readMixed(lines, onFlow);
    else this.linesRead += this.readByFilter(lines, 0, onFlow);
  }

  private take(flow: Flow, line: number, onFlow: OnFlow): void {
    const timeMs = this.timeOf?.(line) ?? flow.timeMs ?? this.lastMs;
    this.lastMs = timeMs;
    onFlow(this.directions.settle(flow, timeMs), line, timeMs);
  }

  private mayHaveTable(lines: Buffer): boolean {
    if (this.table.hasColumns || this.linesRead < headerLinesMax || lines[0] === hash) return true;
    return lines.includes("\n#");
  }

  /** Headers and their rows here, the lines between them by the filter. */
  private readMixed(lines: Buffer, onFlow: OnFlow): void {
    let runStart = 0;
    let runFirst = 0;
    let number = 0;
    for (let start = 0; start < lines.length; number++) {
      const found = lines.indexOf(newline, start);
      const end = found < 0 ? lines.length : found;
      const line = lines.subarray(start, end > start && lines[end - 1] === 0x0d ? end - 1 : end);
      this.linesRead++;
      start = end + 1;
      if (!this.isOfTable(line)) continue;
      this.readByFilter(lines.subarray(runStart, end - line.length), runFirst, onFlow);
      runStart = start;
      runFirst = number + 1;
      const parsed = this.table.read(line.toString("utf8"), this.nearMs);
      this.skipped.count(parsed, line);
      if (typeof parsed === "object") this.take(parsed, number, onFlow);
    }
    if (runStart < lines.length) this.readByFilter(lines.subarray(runStart), runFirst, onFlow);
  }

  private isOfTable(line: Buffer): boolean {
    if (line.length === 0 || line[0] === brace) return false;
    if (line[0] === hash) return true;
    if (this.table.hasColumns) return !/\bsrc_ip=/i.test(line.toString("latin1"));
    return this.linesRead <= headerLinesMax && this.table.isHeader(line.toString("utf8"));
  }

  /** Returns how many lines there were. */
  private readByFilter(lines: Buffer, first: number, onFlow: OnFlow): number {
    engine ??= new Engine();
    let number = 0;
    let start = 0;
    for (const rows of engine.rows(lines, { flags: batchFlag.unjudged, seconds: this.seconds })) {
      for (const row of rows) {
        const found = lines.indexOf(newline, start);
        const line = lines.subarray(start, found < 0 ? lines.length : found);
        start += line.length + 1;
        const parsed = flowOf(row, line);
        this.skipped.count(parsed, line);
        if (typeof parsed === "object") this.take(parsed, first + number, onFlow);
        number++;
      }
    }
    return number;
  }
}

function flowOf(row: EventRows, line: Buffer): ParsedLine {
  if (!row.has("read")) return "longer than the filter reads";
  if (line[0] === brace && !row.has("record")) return "no valid JSON";
  if (!row.has("flow")) return flaws[row.number("flowFlaw")] || undefined;
  const seconds = row.timeSeconds();
  return flowAt(row, seconds === undefined ? relativeMs(line) : seconds * 1000);
}

/** The flow that the filter read. */
export function flowAt(row: EventRows, timeMs: number | undefined): Flow {
  return {
    timeMs,
    source: row.text("senderBytes"),
    destination: row.text("destinationBytes"),
    port: row.number("destinationPort"),
    sourcePort: row.number("sourcePort") < 0 ? undefined : row.number("sourcePort"),
    bytes: row.number("flowBytes"),
    bytesOut: row.number("flowBytesOut"),
    failed: row.has("failed"),
    durationSeconds: row.number("flowSeconds"),
    tagged: row.has("tagged"),
  };
}

/** Seconds since a capture began, which is then taken for the epoch; in JSON and pairs under two names alone. */
const relativeTime = /[{,\s]"?(?:ts|timestamp)"?\s*[:=]\s*"?(\d{1,7}(?:\.\d+)?)(?=["\s,;}]|$)/i;

function relativeMs(line: Buffer): number | undefined {
  const found = relativeTime.exec(` ${line.toString("latin1")}`);
  return found ? Number(found[1]) * 1000 : undefined;
}
