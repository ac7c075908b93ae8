/**
 * A hostile log: hardly any line has a signature or a template that came before, so caches, vocabularies and tables of
 * groups gain nothing and grow as fast as they can. Access, syslog and application lines, JSON records, plain text and
 * junk. The same seed gives the same lines. Run it as `node tests/support/hostile.mjs COUNT SEED > hostile.log`.
 */
import { pathToFileURL } from "node:url";

/** A seeded generator of numbers in [0, 1) (mulberry32, Tommy Ettinger, public domain). */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const startMilliseconds = Date.UTC(2026, 10, 20);
const methods = ["GET", "GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"];
const statuses = [200, 200, 200, 201, 204, 301, 302, 304, 400, 401, 403, 404, 404, 500, 502, 503];
const levels = ["TRACE", "DEBUG", "INFO", "INFO", "NOTICE", "WARN", "ERROR", "FATAL"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** None of them joins a run of variable tokens, so lines differ even where every word is unknown. */
const signs = [
  "=",
  " (",
  ") ",
  " [",
  "] ",
  "{",
  "}",
  "|",
  ";",
  "#",
  "@",
  "'",
  "<",
  ">",
  "*",
  "~",
  "!",
  "?",
  "&",
  "+",
  "^",
  "%",
  "$",
];
const joints = [" ", " ", " ", ", ", ": ", ".", "-", "/", "_"];
const agents = [
  "curl/8.9.1",
  "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/132.0",
  "Go-http-client/2.0",
  "-",
];
const onsets = ["b", "ch", "d", "f", "g", "h", "k", "l", "m", "n", "p", "qu", "r", "s", "t", "v", "w", "x", "z", "str"];
const vowels = ["a", "e", "i", "o", "u", "ai", "ee", "io", "ou", "y"];

/** Yields `count` lines without their line ends, UTF-8 safe, none longer than 16 KiB. */
export function* hostileLines(count, seed = 1) {
  const maker = new LineMaker(seed);
  for (let i = 0; i < count; i++) yield maker.next(i);
}

class LineMaker {
  constructor(seed) {
    this.random = seededRandom(seed);
    this.wordsMade = 0;
    this.wordOffset = this.below(1 << 24);
  }

  below(n) {
    return Math.floor(this.random() * n);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  next(i) {
    const time = new Date(startMilliseconds + i * 20);
    const share = this.random();
    if (share < 0.42) return this.access(time);
    if (share < 0.57) return this.syslog(time);
    if (share < 0.77) return this.application(time);
    if (share < 0.9) return this.record(time);
    return share < 0.96 ? this.text(4 + this.below(12)) : this.junk();
  }

  /** A word that no earlier line had: its number in syllables. */
  newWord() {
    return syllables((this.wordsMade++ + this.wordOffset) * 7919);
  }

  /** One of a few thousand words that keep coming: any vocabulary knows them. */
  oldWord() {
    return syllables(Math.floor(this.random() ** 2 * 4000) * 37);
  }

  word() {
    return this.random() < 0.4 ? this.newWord() : this.oldWord();
  }

  number() {
    return String(this.below(10 ** (1 + this.below(9))));
  }

  address() {
    return `${1 + this.below(223)}.${this.below(256)}.${this.below(256)}.${this.below(256)}`;
  }

  /** Words, numbers and identifiers in a structure drawn anew each time. */
  text(parts) {
    let text = this.word();
    for (let i = 1; i < parts; i++) {
      text += this.random() < 0.5 ? this.pick(signs) : this.pick(joints);
      const share = this.random();
      if (share < 0.7) text += this.word();
      else if (share < 0.85) text += this.number();
      else if (share < 0.92) text += this.below(0x7fffffff).toString(16);
      else if (share < 0.97) text += this.address();
      else text += this.pick(["é", "ß", "データ", "ошибка", "🚀", "naïve"]);
    }
    return text;
  }

  access(time) {
    let target = "";
    for (let depth = 1 + this.below(5); depth > 0; depth--) target += `/${this.segment()}`;
    if (this.random() < 0.3) target += `.${this.pick(["php", "html", "js", "json", this.newWord().slice(0, 5)])}`;
    const parameters = this.random() < 0.7 ? 1 + this.below(6) : 0;
    for (let i = 0; i < parameters; i++) target += `${i === 0 ? "?" : "&"}${this.word()}=${this.value()}`;
    const [day, clock] = [time.toISOString().slice(8, 10), time.toISOString().slice(11, 19)];
    const stamp = `${day}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}:${clock} +0000`;
    const request = `${this.pick(methods)} ${target} HTTP/1.1`;
    const head = `${this.address()} - - [${stamp}] "${request}" ${this.pick(statuses)} ${this.number()}`;
    return this.random() < 0.8 ? `${head} "-" "${this.pick(agents)}"` : head;
  }

  segment() {
    const share = this.random();
    if (share < 0.5) return this.newWord();
    if (share < 0.8) return this.oldWord();
    return share < 0.9 ? this.number() : `${this.oldWord()}-${this.newWord()}${this.number()}`;
  }

  value() {
    const share = this.random();
    if (share < 0.3) return this.number();
    if (share < 0.5) return this.word();
    const text = this.text(1 + this.below(6));
    return share < 0.9 ? encodeURIComponent(text) : encodeURIComponent(encodeURIComponent(text));
  }

  syslog(time) {
    const priority = this.random() < 0.3 ? `<${this.below(192)}>` : "";
    const day = String(time.getUTCDate()).padStart(2, " ");
    const stamp = `${months[time.getUTCMonth()]} ${day} ${time.toISOString().slice(11, 19)}`;
    const pid = this.random() < 0.7 ? `[${this.number()}]` : "";
    return `${priority}${stamp} host${this.below(40)} ${this.word()}${pid}: ${this.text(3 + this.below(12))}`;
  }

  application(time) {
    const iso = time.toISOString();
    const stamp = this.pick([
      iso,
      `${iso.slice(0, 10)} ${iso.slice(11, 19)},${iso.slice(20, 23)}`,
      `[${iso.slice(0, 19)}Z]`,
    ]);
    const thread = this.random() < 0.3 ? `${this.below(30000)} ` : "";
    return `${stamp} ${thread}${this.pick(levels)} ${this.word()}.${this.word()}: ${this.text(3 + this.below(14))}`;
  }

  record(time) {
    const record = { ts: time.toISOString(), level: this.pick(levels).toLowerCase() };
    record[this.pick(["log", "message", "msg", "MESSAGE"])] = this.text(3 + this.below(14));
    for (let i = this.below(4); i > 0; i--)
      record[this.newWord()] = this.random() < 0.5 ? this.below(1e9) : this.text(2);
    return JSON.stringify(record);
  }

  /** Printable signs in no order, sometimes kilobytes of them. */
  junk() {
    let text = "";
    const length = this.random() < 0.02 ? 2000 + this.below(6000) : 8 + this.below(160);
    while (text.length < length) {
      const share = this.random();
      if (share < 0.9) text += String.fromCharCode(0x21 + this.below(94));
      else
        text += share < 0.97 ? " " : String.fromCodePoint(this.pick([0xa1, 0x3b1, 0x4e00, 0x1f600]) + this.below(60));
    }
    return text;
  }
}

/** Numbers to letters, one to one. */
function syllables(number) {
  let word = "";
  let rest = number + 200;
  while (rest > 0) {
    word += onsets[rest % 20] + vowels[Math.floor(rest / 20) % 10];
    rest = Math.floor(rest / 200);
  }
  return word;
}

/** Lines joined and encoded, about a megabyte at a time. */
export function* hostileChunks(count, seed = 1) {
  let lines = [];
  let length = 0;
  for (const line of hostileLines(count, seed)) {
    lines.push(line, "\n");
    length += line.length + 1;
    if (length < 1 << 20) continue;
    yield Buffer.from(lines.join(""));
    lines = [];
    length = 0;
  }
  if (lines.length > 0) yield Buffer.from(lines.join(""));
}

async function main(count, seed) {
  for (const chunk of hostileChunks(count, seed)) {
    if (!process.stdout.write(chunk)) await new Promise((done) => process.stdout.once("drain", done));
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [count, seed] = [Number(process.argv[2]), Number(process.argv[3] ?? 1)];
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed)) {
    process.stderr.write("usage: node tests/support/hostile.mjs COUNT [SEED]\n");
    process.exitCode = 2;
  } else {
    process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1));
    await main(count, seed);
  }
}
