/** What the filter recognised in many lines: a row a format, and lines that it found nothing in. */
import { grouped } from "../io/numbers.js";
import { oneLine } from "../io/terminal.js";
import type { Explanation } from "./explain.js";

const fields = ["time", "key", "level", "status", "flow"] as const;
type Counts = Record<"lines" | (typeof fields)[number], number>;

const shownMax = 3;
const shownCharacters = 100;

export class Recognition {
  private readonly formats = new Map<string, Counts>();
  private readonly blank: string[] = [];

  add(explained: Explanation): void {
    const counts = this.formats.get(explained.format) ?? { lines: 0, time: 0, key: 0, level: 0, status: 0, flow: 0 };
    this.formats.set(explained.format, counts);
    counts.lines++;
    for (const field of fields) if (explained[field] !== null) counts[field]++;
    const isBlank = explained.message && fields.every((field) => explained[field] === null);
    if (isBlank && this.blank.length < shownMax) this.blank.push(explained.message!.slice(0, shownCharacters));
  }

  /** Shares of each format's lines, the format of most lines first. */
  table(): string {
    const ordered = [...this.formats].sort(([, a], [, b]) => b.lines - a.lines);
    const rows = ordered.map(([format, counts]) => [
      format,
      grouped(counts.lines),
      ...fields.map((field) => `${Math.round((100 * counts[field]) / counts.lines)} %`),
    ]);
    const table = [["format", "lines", ...fields], ...rows]
      .map(([format, ...cells]) => `${format.padEnd(12)}${cells.map((cell) => cell.padStart(8)).join("")}`)
      .join("\n");
    return `${[table, ...this.blank.map((line) => `nothing found in: ${oneLine(line)}`)].join("\n")}\n`;
  }
}
