/**
 * What is printed may come from a log, so from anybody: on a terminal, characters that would move its cursor, change
 * its title or colours, or turn the order of what is read are shown, not obeyed. Everything that is written to standard
 * output or error passes through here; where that is no terminal, every byte stays as it is.
 *
 * Shown are C0 but line feed and tab, DEL, C1, the bidirectional controls, the line and paragraph separators, and bytes
 * that are no UTF-8. A line that begins with `{` is JSON and stays valid: there it is JSON's own escapes.
 */
import type { WriteStream } from "node:tty";

const lineFeed = 0x0a;
const tab = 0x09;
const brace = 0x7b;
const lineEnds = /[\n\r\v\f\u0085\u2028\u2029]/g;

/** For a name within a line of ours: it stays one line, on a terminal or not. */
export function oneLine(text: string): string {
  return text.replace(lineEnds, (character) => {
    if (character === "\n") return "\\n";
    return character === "\r" ? "\\r" : escaped(character.charCodeAt(0), true);
  });
}

/** From now on, where `stream` is a terminal. */
export function showControls(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return;
  const write = stream.write.bind(stream) as WriteStream["write"];
  const shown = new ShownText();
  raw.set(stream, write);
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const encoding = typeof rest[0] === "string" ? (rest.shift() as BufferEncoding) : "utf8";
    const done = rest.find((last) => typeof last === "function") as (() => void) | undefined;
    return write(shown.next(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk), done);
  };
  process.once("exit", () => {
    const left = shown.end();
    if (left.length > 0) write(left);
  });
}

const raw = new WeakMap<NodeJS.WriteStream, WriteStream["write"]>();

/** The same terminal, which obeys: for our own bars and colours. */
export function obeying(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = raw.get(stream);
  return write ? Object.create(stream, { write: { value: write } }) : stream;
}

/** Text of a stream, piece by piece: a character may be cut between two. */
export class ShownText {
  private cut: Uint8Array = Buffer.alloc(0);
  private isJson = false;
  private atLineStart = true;

  next(piece: Uint8Array): Buffer {
    const bytes = this.cut.length > 0 ? Buffer.concat([this.cut, piece]) : piece;
    this.cut = bytes.subarray(0, 0);
    return this.show(bytes, false);
  }

  /** What is left of a character that never came to its end. */
  end(): Buffer {
    const { cut } = this;
    this.cut = cut.subarray(0, 0);
    return this.show(cut, true);
  }

  private show(bytes: Uint8Array, isEnd: boolean): Buffer {
    const parts: Uint8Array[] = [];
    let kept = 0;
    for (let at = 0; at < bytes.length; ) {
      if (this.atLineStart) this.isJson = bytes[at] === brace;
      this.atLineStart = bytes[at] === lineFeed;
      const { length, code } = characterAt(bytes, at);
      if (length === 0 && !isEnd) {
        this.cut = Buffer.from(bytes.subarray(at));
        parts.push(bytes.subarray(kept, at));
        return Buffer.concat(parts);
      }
      const next = at + Math.max(1, length);
      if (code === undefined || isControl(code)) {
        parts.push(bytes.subarray(kept, at), Buffer.from(this.instead(code, bytes[at])));
        kept = next;
      }
      at = next;
    }
    parts.push(bytes.subarray(kept));
    return Buffer.concat(parts);
  }

  private instead(code: number | undefined, byte: number): string {
    if (code !== undefined) return escaped(code, this.isJson);
    return this.isJson ? "\\ufffd" : `\\x${hex(byte, 2)}`;
  }
}

/**
 * `\x1b` as people write it; `\u009b` in JSON, and for what JSON.stringify lets pass or would be mistaken for a byte.
 */
function escaped(code: number, isJson: boolean): string {
  return isJson || code >= 0x7f ? `\\u${hex(code, 4)}` : `\\x${hex(code, 2)}`;
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

function isControl(code: number): boolean {
  if (code < 0x20) return code !== lineFeed && code !== tab;
  if (code < 0xa0) return code >= 0x7f;
  if (code === 0x061c || code === 0x200e || code === 0x200f) return true;
  return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x206f);
}

/** One character of UTF-8; `code` undefined where there is none, `length` 0 where the bytes end within it. */
function characterAt(bytes: Uint8Array, at: number): { length: number; code: number | undefined } {
  const lead = bytes[at];
  if (lead < 0x80) return { length: 1, code: lead };
  const length = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
  if (length === 1) return { length, code: undefined };
  let code = lead & (0x7f >> length);
  for (let index = 1; index < length; index++) {
    if (at + index === bytes.length) return { length: 0, code: undefined };
    const byte = bytes[at + index];
    // Neither longer than need be, nor half of a UTF-16 pair, nor beyond the last character there is.
    const least = index > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = index > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (byte < least || byte > most) return { length: 1, code: undefined };
    code = (code << 6) | (byte & 0x3f);
  }
  return { length, code };
}
