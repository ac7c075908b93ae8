/** The files of a .tar.gz as name and bytes, read by the header of POSIX.1-1988 (ustar). */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const blockBytes = 512;

export function* filesOf(archive: string): Generator<{ name: string; bytes: Buffer }> {
  const tar = gunzipSync(readFileSync(archive));
  const text = (at: number, bytes: number) => tar.toString("latin1", at, at + bytes).split("\0")[0];
  for (let at = 0; at + blockBytes <= tar.length && tar[at] !== 0; ) {
    const bytes = Number.parseInt(text(at + 124, 12), 8);
    const folder = text(at + 345, 155);
    const start = at + blockBytes;
    const type = String.fromCharCode(tar[at + 156]);
    if (type === "0" || type === "\0") {
      yield { name: folder ? `${folder}/${text(at, 100)}` : text(at, 100), bytes: tar.subarray(start, start + bytes) };
    }
    at = start + Math.ceil(bytes / blockBytes) * blockBytes;
  }
}
