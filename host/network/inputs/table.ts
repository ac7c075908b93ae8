/**
 * Lines of columns whose names an earlier line gave: Zeek's `#fields`, and CSV (or semicolons, tabs, blanks) with a
 * header, as nfdump, flow collectors and cloud flow logs write them.
 */
import type { ParsedLine } from "../flow.js";
import { fieldNames, normalName } from "./fieldNames.js";
import { flowOfFields } from "./flowOfFields.js";

/** Zeek's own order, for lines that reach us without their header. */
const zeekColumns = `ts uid id_orig_h id_orig_p id_resp_h id_resp_p proto service duration orig_bytes resp_bytes
  conn_state`.split(/\s+/);
const bareZeekLine = /^\d{9,11}\.\d{6}\tC\w{8,20}\t[\da-fA-F.:]+\t\d+\t[\da-fA-F.:]+\t\d+\t(?:tcp|udp|icmp|unknown)/;
const separators = [",", ";", "\t", " "] as const;

export class TableInput {
  private columns: string[] | undefined;
  private separator = "";
  private isZeek = false;

  /** True where the line was a header or a comment and is done with. */
  takeHeader(line: string): boolean {
    if (line.startsWith("#")) {
      this.takeDirective(line);
      return true;
    }
    // A pair of key and value is no column's name.
    if (this.columns || line.includes("=")) return false;
    for (const separator of separators) {
      const columns = splitRow(line, separator).map(normalName);
      const has = (names: readonly string[]) => columns.some((column) => names.includes(column));
      if (columns.length >= 3 && has(fieldNames.source) && has(fieldNames.destination)) {
        this.columns = columns;
        this.separator = separator;
        return true;
      }
    }
    return false;
  }

  private takeDirective(line: string): void {
    const separator = /^#separator \\x([0-9a-f]{2})/i.exec(line);
    if (separator) this.separator = String.fromCharCode(Number.parseInt(separator[1], 16));
    if (!line.startsWith("#fields")) return;
    this.isZeek = true;
    this.separator ||= "\t";
    this.columns = line.split(this.separator).slice(1).map(normalName);
  }

  /** False for lines that are no row of a table. */
  accepts(line: string): boolean {
    return this.columns !== undefined || bareZeekLine.test(line);
  }

  parse(line: string, nearMs: number): ParsedLine {
    const zeek = this.isZeek || this.columns === undefined;
    const columns = this.columns ?? zeekColumns;
    const cells = zeek ? line.split(this.separator || "\t") : splitRow(line, this.separator);
    // A rotated file or a summary at the end (nfdump) is no flow; a short row is a broken one.
    if (cells.length < Math.min(columns.length, zeekColumns.length)) return `${cells.length} columns`;
    const fields = new Map<string, string>();
    for (let i = 0; i < columns.length && i < cells.length; i++) {
      if (!fields.has(columns[i])) fields.set(columns[i], cells[i].trim());
    }
    return flowOfFields(fields, nearMs, zeek);
  }
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
