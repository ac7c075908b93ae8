/** Events as lines and as JSON arrays: Vector's http sink sends one array where no framing is configured. */
import { nextTurn } from "../resources/turns.js";

const newline = 0x0a;
/** As in assembly/abi/batch.ts. */
const arrayBytes = 1 << 16;

/** JSON arrays of the lines' values, each array a line of its own; lines that are valid and all end with a newline. */
export function arraysOf(lines: Buffer): Buffer {
  const arrays = Buffer.allocUnsafeSlow(lines.length + 2 * Math.ceil(lines.length / arrayBytes));
  let start = 0;
  let written = 0;
  for (let at = 0; at < lines.length; ) {
    const end = lines.indexOf(newline, at);
    arrays[written] = written === start ? 0x5b : 0x2c;
    written += 1 + lines.copy(arrays, written + 1, at, end);
    at = end + 1;
    if (written - start > arrayBytes || at === lines.length) {
      written += arrays.write("]\n", written);
      start = written;
    }
  }
  return arrays.subarray(0, written);
}

/** A look at so many bytes takes a few milliseconds. */
const lookBytes = 1 << 20;

/**
 * Makes lines of the elements, in place: a newline between elements instead of the comma, a space for each newline
 * within one, the elements' own bytes as they were. Undefined where the body is not one array of objects.
 */
export async function linesOfArray(body: Buffer): Promise<Buffer | undefined> {
  const scan = new ArrayScan(body);
  for (let at = 0; at < body.length; at += lookBytes) {
    if (at > 0) await nextTurn();
    if (!scan.look(at, Math.min(body.length, at + lookBytes))) return undefined;
  }
  return scan.end > 0 && scan.isOver ? body.subarray(0, scan.end) : undefined;
}

class ArrayScan {
  /** Behind the closing bracket. */
  end = 0;
  private depth = 0;
  private inText = false;
  private escaped = false;

  constructor(private readonly bytes: Buffer) {}

  get isOver(): boolean {
    return this.depth === 0 && !this.inText;
  }

  /** False where it cannot become an array of objects any more. */
  look(start: number, stop: number): boolean {
    const { bytes } = this;
    for (let at = start; at < stop; at++) {
      const c = bytes[at];
      if (this.inText) {
        if (this.escaped) this.escaped = false;
        else if (c === 0x5c) this.escaped = true;
        else if (c === 0x22) this.inText = false;
      } else if (c === 0x22) {
        if (this.depth === 0) return false;
        this.inText = true;
      } else if (c === 0x5b || c === 0x7b) {
        if (this.depth++ === 0) {
          if (c === 0x7b || this.end > 0) return false;
          bytes[at] = 0x20;
        }
      } else if (c === 0x5d || c === 0x7d) {
        if (--this.depth < 0) return false;
        if (this.depth === 0) {
          bytes[at] = newline;
          this.end = at + 1;
        }
      } else if (c === 0x2c && this.depth === 1) {
        bytes[at] = newline;
      } else if (c === 0x0a || c === 0x0d) {
        bytes[at] = 0x20;
      } else if (this.depth === 0 && c !== 0x20 && c !== 0x09) {
        return false;
      }
    }
    return true;
  }
}
