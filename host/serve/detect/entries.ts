/**
 * Cuts a body of any length into its entries: one a line, or the elements of one JSON array. Whatever the chunks'
 * borders are; an entry over the limit or not delimited is reported as such and the next one goes on.
 */
export interface RawEntry {
  index: number;
  /** The bytes as sent; undefined where they cannot be an entry. */
  text: Buffer | undefined;
  problem?: { code: "ENTRY_TOO_LARGE" | "BODY_INVALID" | "BODY_CUT"; message: string };
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const [openArray, closeArray, openObject, closeObject, comma] = [0x5b, 0x5d, 0x7b, 0x7d, 0x2c];
const isByteOrderMark = (byte: number) => byte === 0xef || byte === 0xbb || byte === 0xbf;
const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

export class EntrySplitter {
  private layout: "unknown" | "lines" | "array" = "unknown";
  private rest: Buffer[] = [];
  private restBytes = 0;
  private index = 0;
  private tooLarge = false;
  // Of an array: where in an element the scan is.
  private depth = 0;
  private inText = false;
  private escaped = false;
  private started = false;
  private ended = false;
  private afterEnd = false;

  constructor(private readonly entryBytesMax: number) {}

  /** Entries that this chunk completes. */
  push(chunk: Buffer): RawEntry[] {
    let from = 0;
    if (this.layout === "unknown") {
      while (from < chunk.length && (isSpace(chunk[from]) || isByteOrderMark(chunk[from]))) from++;
      if (from === chunk.length) return [];
      this.layout = chunk[from] === openArray ? "array" : "lines";
      if (this.layout === "array") from++;
    }
    const found: RawEntry[] = [];
    if (this.layout === "lines") this.pushLines(chunk, from, found);
    else this.pushElements(chunk, from, found);
    return found;
  }

  /** What is left when the body ends. */
  end(): RawEntry[] {
    const found: RawEntry[] = [];
    if (this.layout === "lines") this.finish(found);
    else if (this.layout === "array" && !this.ended) {
      const message = "the array does not end";
      if (this.restBytes > 0 && this.depth === 0 && !this.inText) this.finish(found);
      found.push({ index: this.index++, text: undefined, problem: { code: "BODY_CUT", message } });
    }
    return found;
  }

  private pushLines(chunk: Buffer, from: number, found: RawEntry[]): void {
    for (let to = chunk.indexOf(newline, from); to >= 0; to = chunk.indexOf(newline, from)) {
      this.keep(chunk, from, to);
      this.finish(found);
      from = to + 1;
    }
    this.keep(chunk, from, chunk.length);
  }

  private pushElements(chunk: Buffer, from: number, found: RawEntry[]): void {
    let at = from;
    while (at < chunk.length && !this.ended) {
      const byte = chunk[at];
      if (this.inText) {
        if (this.escaped) this.escaped = false;
        else if (byte === backslash) this.escaped = true;
        else if (byte === quote) this.inText = false;
      } else if (byte === quote) this.inText = true;
      else if (byte === openObject || byte === openArray) this.depth++;
      else if (this.depth > 0 && (byte === closeObject || byte === closeArray)) this.depth--;
      else if (this.depth === 0 && (byte === comma || byte === closeArray)) {
        this.keep(chunk, from, at);
        this.closeElement(byte === closeArray, found);
        from = at + 1;
      }
      if (!this.started && !isSpace(byte) && from <= at) this.started = true;
      at++;
    }
    if (!this.ended) {
      this.keep(chunk, from, chunk.length);
      return;
    }
    while (at < chunk.length && isSpace(chunk[at])) at++;
    if (at === chunk.length || this.afterEnd) return;
    this.afterEnd = true;
    const message = "something follows the array";
    found.push({ index: this.index++, text: undefined, problem: { code: "BODY_INVALID", message } });
  }

  /** `[]` and a comma before the bracket hold no entry; two commas in a row do. */
  private closeElement(last: boolean, found: RawEntry[]): void {
    this.ended = last;
    if (this.started) this.finish(found);
    else {
      this.rest = [];
      this.restBytes = 0;
      if (!last) {
        const message = "nothing between two commas";
        found.push({ index: this.index++, text: undefined, problem: { code: "BODY_INVALID", message } });
      }
    }
    this.started = false;
  }

  private keep(chunk: Buffer, from: number, to: number): void {
    if (to <= from) return;
    if (this.restBytes + to - from > this.entryBytesMax) {
      this.tooLarge = true;
      this.rest = [];
    }
    this.restBytes += to - from;
    if (!this.tooLarge) this.rest.push(chunk.subarray(from, to));
  }

  private finish(found: RawEntry[]): void {
    const text = this.rest.length === 1 ? this.rest[0] : Buffer.concat(this.rest);
    const { tooLarge } = this;
    this.rest = [];
    this.restBytes = 0;
    this.tooLarge = false;
    if (tooLarge) {
      const message = `an entry of more than ${this.entryBytesMax} bytes`;
      found.push({ index: this.index++, text: undefined, problem: { code: "ENTRY_TOO_LARGE", message } });
    } else if (!isBlank(text)) found.push({ index: this.index++, text });
  }
}

function isBlank(text: Buffer): boolean {
  for (const byte of text) if (!isSpace(byte)) return false;
  return true;
}
