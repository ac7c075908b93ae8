/**
 * Lines of one source to flows; the format is told line by line. Broken lines are skipped, counted and kept in mind
 * once with an example, so that one message can say what was wrong.
 */
import type { Flow, ParsedLine } from "./flow.js";
import { parseJson } from "./inputs/json.js";
import { parseKeyValue } from "./inputs/keyValue.js";
import { TableInput } from "./inputs/table.js";

const lineBytesMax = 1 << 20;
const exampleCharactersMax = 160;
/** A shipper's JSON around a container's JSON around the line. */
const envelopesMax = 3;
/** A header of column names comes first; looking for one in every line would cost more than all else. */
const headerLinesMax = 64;

export class SkippedLines {
  lines = 0;
  flows = 0;
  /** Lines that tell of no flow. */
  other = 0;
  broken = 0;
  private example: string | undefined;
  private otherExample: string | undefined;

  count(parsed: ParsedLine, line: string): void {
    this.lines++;
    if (typeof parsed === "object") {
      this.flows++;
    } else if (parsed === undefined) {
      this.other++;
      if (line !== "" && !line.startsWith("#")) this.otherExample ??= line;
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
    return `none of ${this.lines} lines tells of a flow, the first: ${printable(this.otherExample)}`;
  }
}

/** A log's text on a terminal: no control characters, not endless. */
export function printable(text: string): string {
  const cut = text.length > exampleCharactersMax ? `${text.slice(0, exampleCharactersMax)}…` : text;
  return cut.replace(/[\p{C}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return `\\u{${code}}`;
  });
}

export class FlowReader {
  private readonly table = new TableInput();
  private linesRead = 0;

  constructor(
    readonly skipped: SkippedLines = new SkippedLines(),
    /** Decides the year of times without one. */
    private readonly nearMs: number = Date.now(),
  ) {}

  read(line: string): Flow | undefined {
    this.linesRead++;
    const parsed = this.parse(line);
    this.skipped.count(parsed, line);
    return typeof parsed === "object" ? parsed : undefined;
  }

  private parse(line: string, depth = 0): ParsedLine {
    if (line === "" || depth > envelopesMax) return undefined;
    if (line.length > lineBytesMax) return `longer than ${lineBytesMax} characters`;
    // Text before the brace (a syslog header) is left alone: the object is the line's content.
    const brace = line.indexOf("{");
    if (brace === 0 || (brace > 0 && brace < 120 && line.endsWith("}") && line[brace + 1] === '"')) {
      return parseJson(line.slice(brace), this.nearMs, (text) => this.parse(text, depth + 1));
    }
    return this.parseText(line);
  }

  private parseText(line: string): ParsedLine {
    if ((line.startsWith("#") || this.linesRead <= headerLinesMax) && this.table.takeHeader(line)) return undefined;
    if (this.table.accepts(line) && !/\bsrc_ip=/i.test(line)) return this.table.parse(line, this.nearMs);
    return parseKeyValue(line, this.nearMs);
  }
}
