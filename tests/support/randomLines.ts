/** Lines that stumble over the edges of every format: mutated and crossed fixtures, and soups of telling pieces. */
import type { Bytes } from "../differential/reference/hash.js";

const pieces = [
  ..."0123456789abcdefXYZ-+.,:;/|_ \t\r\"'\\%[](){}<>=&?#*!~^\x00\x01\x07\x0b\x1f\x7f\x80\xc3\xa9\xff",
  ...[
    "GET ",
    " HTTP/1.1",
    "/",
    "//",
    "..",
    "?a=",
    "&b=",
    "%20",
    "%2520",
    "%25",
    "%2",
    "%2F",
    "%0a",
    "%00",
    "+",
    "\\x16",
  ],
  ...[
    '10.0.0.7 - - [21/Nov/2026:02:11:09 +0000] "',
    '" 200 12',
    '" 404 -',
    "Nov 21 02:11:10 host ",
    "prog[12]: ",
    "<13>",
  ],
  ...[
    "2026-11-21 02:11:12 ",
    "2026-11-21T02:11:12Z ",
    "12:34:56 ",
    "081109 203615 ",
    "ERROR ",
    "warn: ",
    "INFO ",
    "I ",
    "N04-C2:J09 RAS DISK ",
    "FATAL ",
  ],
  ...[
    "word",
    "Word",
    "deadbeef",
    "cafe",
    "12ab",
    "a1",
    "abc123",
    "é",
    "日本",
    "🚀",
    "10.0.0.1:80",
    "2-3",
    "x-5",
    " -5",
    "aaaa",
  ],
  ...[
    '{"log":"',
    '{"msg":"',
    '"}',
    '","level":"',
    '"method":"GET","path":"/',
    '\\"',
    "\\\\",
    "\\u0041",
    "\\ud83d",
    "\\ude80",
    "\\n",
  ],
].map((piece) => Buffer.from(piece, piece.length === 1 ? "latin1" : "utf8").toString("latin1"));

/** A line of bytes without a line feed. */
export function randomLine(random: () => number, fixtures: readonly Bytes[]): Bytes {
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]) => list[below(list.length)];
  const soup = (length: number) => Array.from({ length }, () => pick(pieces)).join("");
  const share = random();
  if (share < 0.15) return soup(1 + below(40));
  let line = pick(fixtures);
  if (share < 0.35) {
    const other = pick(fixtures);
    line = line.slice(0, below(line.length + 1)) + other.slice(below(other.length + 1));
  }
  for (let mutations = below(5); mutations > 0; mutations--) {
    // most of a line's meaning stands at its beginning
    const at = random() < 0.5 ? below(Math.min(line.length, 40) + 1) : below(line.length + 1);
    const end = Math.min(line.length, at + below(8));
    const kind = below(4);
    if (kind === 0) line = line.slice(0, at) + line.slice(end);
    else if (kind === 1) line = line.slice(0, at) + soup(1 + below(3)) + line.slice(end);
    else if (kind === 2) line = line.slice(0, end) + line.slice(at);
    else line = line.slice(0, at) + String.fromCharCode(below(256)).replace("\n", "n") + line.slice(at + 1);
  }
  return line;
}
