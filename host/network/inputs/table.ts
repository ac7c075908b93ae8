/**
 * Lines of columns whose names an earlier line gave: Zeek's `#fields`, and CSV (or semicolons, tabs, blanks) with a
 * header, as nfdump, flow collectors and cloud flow logs write them.
 */
import type { ParsedLine } from "../flow.js";
import { fieldNames, normalName } from "./fieldNames.js";
import { flowOfFields } from "./flowOfFields.js";

/** Of Zeek's conn.log, up to how a connection ended. */
const rowColumnsMin = 12;
const separators = [",", ";", "\t", " "] as const;

export class TableInput {
  private columns: string[] | undefined;
  private separator = "";
  private isZeek = false;

  get hasColumns(): boolean {
    return this.columns !== undefined;
  }

  /** A directive, a header, or a row; undefined where it is no row. */
  read(line: string, nearMs: number): ParsedLine {
    if (line.startsWith("#")) this.takeDirective(line);
    else if (this.columns) return this.parse(line, this.columns, nearMs);
    else [this.separator, this.columns] = headerOf(line)!;
    return undefined;
  }

  isHeader(line: string): boolean {
    return headerOf(line) !== undefined;
  }

  private takeDirective(line: string): void {
    const separator = /^#separator \\x([0-9a-f]{2})/i.exec(line);
    if (separator) this.separator = String.fromCharCode(Number.parseInt(separator[1], 16));
    if (!line.startsWith("#fields")) return;
    this.isZeek = true;
    this.separator ||= "\t";
    this.columns = line.split(this.separator).slice(1).map(normalName);
  }

  private parse(line: string, columns: string[], nearMs: number): ParsedLine {
    const cells = this.isZeek ? line.split(this.separator) : splitRow(line, this.separator);
    // A rotated file or a summary at the end (nfdump) is no flow; a short row is a broken one.
    if (cells.length < Math.min(columns.length, rowColumnsMin)) return `${cells.length} columns`;
    const fields = new Map<string, string>();
    for (let i = 0; i < columns.length && i < cells.length; i++) {
      if (!fields.has(columns[i])) fields.set(columns[i], cells[i].trim());
    }
    return flowOfFields(fields, nearMs, this.isZeek);
  }
}

/** Separator and names of a line that names columns: both ends of a flow, and bytes, which prose does not have. */
function headerOf(line: string): [string, string[]] | undefined {
  // A pair of key and value is no column's name.
  if (line.includes("=")) return undefined;
  for (const separator of separators) {
    const columns = splitRow(line, separator).map(normalName);
    const has = (names: readonly string[]) => columns.some((column) => names.includes(column));
    const hasBytes = has(fieldNames.bytes) || has(fieldNames.forward) || has(fieldNames.backward);
    if (hasBytes && has(fieldNames.source) && has(fieldNames.destination)) return [separator, columns];
  }
  return undefined;
}

/** Cells of a row, quotes as RFC 4180 has them; runs of blanks are one separator. */
function splitRow(line: string, separator: string): string[] {
  if (separator === " ") return line.trim().split(/ +/);
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === '"') {
      if (quoted && line[i + 1] === '"') {
        cell += c;
        i++;
      } else quoted = !quoted;
    } else if (c === separator && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += c;
  }
  cells.push(cell);
  return cells;
}
