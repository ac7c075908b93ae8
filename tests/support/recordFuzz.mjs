/**
 * Records for the filter, mutated and random, and the judgement of what came back: nothing may be lost. Used by the
 * fail-open test and by bench/fuzz.mjs; a seed makes the same records again.
 */
import { hostileLines, seededRandom } from "./hostile.mjs";
import { decodeKey, readObject } from "./rawJson.mjs";

const reasonBytesMax = 200;
/** Tags that begin so choose a profile in a model with everything in it (fuzzModels.mjs). */
export const profileTags = { off: "off.", all: "all.", shadow: "shadow.", web: "kube.var.log." };
const tagBytesMax = 4096;
/** Larger records are not looked at. */
const recordBytesMax = 4 << 20;
const types = ["keyword", "error_rate", "traffic", "burst", "novelty", "outlier", "network"];
const severities = ["low", "medium", "high"];
const messageKeys = ["log", "log", "log", "message", "MESSAGE", "msg"];
/** When the fuzzing begins, by arrival. */
export const startSeconds = 1_795_227_069;

/** An ordinary day: what the model for the fuzzing learns from. */
export function ordinaryLog(seed, lines) {
  const random = seededRandom(seed);
  return Array.from({ length: lines }, () => `${ordinaryLine(random)}\n`).join("");
}

function ordinaryLine(random) {
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const address = `198.51.100.${1 + below(200)}`;
  const access = (target, status) =>
    `${address} - - [21/Nov/2026:0${below(10)}:${10 + below(50)}:${10 + below(50)} +0000] "GET ${target} HTTP/1.1" ${status} ${below(9999)} "-" "curl/8"`;
  const share = random();
  if (share < 0.2) return access("/", 200);
  if (share < 0.4) return access(`/article/${below(400)}`, 200);
  if (share < 0.5) return access(`/cart?id=${below(400)}&count=${1 + below(4)}`, 200);
  if (share < 0.6) return access(`/search?q=${pick(["red", "blue", "wool"])}+${pick(["socks", "hats"])}`, 200);
  const stamp = `2026-11-21T0${below(10)}:${10 + below(50)}:${10 + below(50)}Z`;
  if (share < 0.75) return `${stamp} INFO order ${below(99999)} placed, ${below(9)} items`;
  if (share < 0.9) return `${stamp} INFO payment for order ${below(99999)} accepted in ${below(900)} ms`;
  return `Nov 21 0${below(10)}:${10 + below(50)}:${10 + below(50)} web sshd[${below(9999)}]: session opened for user deploy`;
}

/** A line that no ordinary day has, of one of many clients and in an order of its own: little is suppressed. */
function oddLine(random, hostile) {
  const below = (n) => Math.floor(random() * n);
  const share = random();
  const client = `203.0.113.${1 + below(250)}`;
  const head = `${client} - - [21/Nov/2026:02:11:09 +0000] "GET `;
  // each with another word: the same request would be told a few times only
  const word = below(1e9).toString(2).replaceAll("0", "a").replaceAll("1", "b");
  if (share < 0.3) return `${head}/cart?id=${below(9)}%27%20OR%20${word}=${below(99)}--&count=1 HTTP/1.1" 500 12`;
  if (share < 0.5) return `${head}/search?q=%3Cscript%3E${word}(${below(99)}) HTTP/1.1" 200 12`;
  if (share < 0.6) return `${head}/article/..%2f..%2f${"x".repeat(1 + below(30))} HTTP/1.1" 400 12`;
  if (share < 0.8) return `2026-11-21T02:11:09Z ERROR client=${client} ${words(below)} at <${below(99)}> failed!`;
  return hostile.next().value;
}

/** Ordinary words in an order that no ordinary line has. */
function words(below) {
  const known = "order placed items payment for accepted in session opened user deploy".split(" ");
  return Array.from({ length: 4 + below(3) }, () => known[below(known.length)]).join(" ");
}

export class RecordMaker {
  /** `everything`: also what only a model with everything in it looks at. */
  constructor(seed, regressions = [], everything = false) {
    this.everything = everything;
    this.random = seededRandom(seed);
    this.hostile = hostileLines(Number.POSITIVE_INFINITY, seed);
    this.regressions = regressions;
    this.made = 0;
  }

  below(n) {
    return Math.floor(this.random() * n);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Up to 4,096 bytes, mostly those of an ordinary one. */
  tag() {
    const share = this.random();
    if (share < 0.3) return Buffer.from("app.log");
    if (share < 0.4) return Buffer.from(`${profileTags.web}containers.web-${"x".repeat(this.below(300))}`);
    if (share < 0.55) return Buffer.from(`${this.pick(Object.values(profileTags))}${this.below(1000)}`);
    if (share < 0.6) return Buffer.from("a*b*c*".repeat(this.below(680)));
    const bytes = Buffer.alloc(share < 0.8 ? this.below(400) : this.below(tagBytesMax + 1), "tag.");
    // no NUL: a shipper's tags have none
    if (share > 0.95) for (let i = 0; i < bytes.length; i++) bytes[i] = 1 + this.below(255);
    return bytes;
  }

  /** Of arrival: a little later than the last one, or anywhere. */
  seconds(last) {
    const share = this.random();
    if (share < 0.7) return last;
    if (share < 0.96) return (last + 1) >>> 0;
    if (share < 0.98) return Math.max(0, last - this.below(4000)) >>> 0;
    return this.pick([0, 1, 11, 59, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, startSeconds, last + 86_400, last + 4000]) >>> 0;
  }

  /** One record; `planted`: it is valid, and what it says is odd. */
  next() {
    this.made++;
    if (this.made <= this.regressions.length) return { record: this.regressions[this.made - 1], planted: false };
    const share = this.random();
    if (share < 0.2) return { record: utf8(this.object(oddLine(this.random, this.hostile))), planted: true };
    if (share < 0.45) return plain(utf8(this.object(ordinaryLine(this.random))));
    if (share < 0.75) return plain(this.mutated(utf8(this.object(this.message()))));
    if (share < 0.85) return plain(utf8(this.value(4)));
    if (share < 0.93) return plain(this.soup());
    if (share < 0.995) return plain(Buffer.from(Array.from({ length: this.below(60) }, () => this.below(256))));
    return plain(this.extreme());
  }

  message() {
    const share = this.random();
    if (this.everything && this.random() < 0.4) return this.strange();
    if (share < 0.4) return ordinaryLine(this.random);
    return share < 0.7 ? oddLine(this.random, this.hostile) : this.hostile.next().value;
  }

  /** Flows, keywords, clients and times that only a model with everything in it looks at, or that no clock shows. */
  strange() {
    const share = this.random();
    const address = this.pick([
      "198.51.100.7",
      "2001:db8::7",
      "::ffff:10.1.2.3",
      "2001:db8:0:1:2:3:4:5",
      "fe80::1%eth0",
    ]);
    if (share < 0.35) {
      const ends = `src_ip=10.0.0.${this.below(9)} dst_ip=${address} dst_port=${this.pick([443, this.below(65536), -1])}`;
      const counts = `bytes=${this.number()} bytes_out=${this.number()} duration=${this.number()}`;
      return `ts=${this.time()} ${ends} ${counts} action=${this.pick(["drop", "accept"])}`;
    }
    if (share < 0.55)
      return `${this.time()} ERROR payment${this.below(9999).toString(36)}order ab${this.below(99)} failed`;
    const target = `/cart?id=${this.number()}&${this.pick(["a=b&", "%61=%2561&", "=&", "x=1'--&"]).repeat(this.below(40))}`;
    if (share < 0.8)
      return `${address} - - [${this.time()}] "GET ${target} HTTP/1.1" ${this.number()} ${this.number()}`;
    return `${this.time()} ${this.pick(["host", address])} sshd[${this.number()}]: ${this.pick(telling)} from ${address}`;
  }

  time() {
    const two = () => String(this.below(100)).padStart(2, "0");
    const year = this.pick([2026, 2026, 1969, 0, 9999, this.below(100_000)]);
    return this.pick([
      `${year}-${two()}-${two()}T${two()}:${two()}:${two()}Z`,
      `2026-11-21T0${this.below(10)}:${10 + this.below(50)}:00.${this.number()}+${two()}:${two()}`,
      `${two()}/Nov/${year}:02:11:${two()} +${two()}00`,
      `Nov ${this.below(40)} ${two()}:${two()}:${two()}`,
      this.number(),
    ]);
  }

  number() {
    const share = this.random();
    if (share < 0.6) return String(this.below(10 ** (1 + this.below(6))));
    return this.pick([
      "0",
      "-1",
      "NaN",
      "1e400",
      "-1e400",
      "1e-400",
      "1795227069",
      "1795227069123",
      "17952270691234567",
      "9223372036854775807",
      "-9223372036854775808",
      "18446744073709551616",
      "4294967296",
      "0x7f",
      "",
      "00",
      "5e-324",
    ]);
  }

  /** An object with the message somewhere among other members. */
  object(message) {
    const members = Array.from({ length: this.below(5) }, () => this.member());
    const forged = this.random() < 0.3 ? 1 + this.below(3) : 0;
    for (let i = 0; i < forged; i++) members.push(this.forgedMember());
    const at = this.below(members.length + 1);
    members.splice(
      at,
      0,
      `${this.string(this.pick(messageKeys), 0)}${this.space()}:${this.space()}${this.string(message)}`,
    );
    return `${this.space()}{${this.space()}${members.join(`${this.space()},${this.space()}`)}${this.space()}}${this.space()}`;
  }

  member() {
    const names = [
      "host",
      "level",
      "status",
      "code",
      "method",
      "path",
      "remote",
      "ident",
      "time",
      "timestamp",
      "kubernetes",
      "x_forwarded_for",
      "a",
      "",
      "é",
    ];
    const value =
      this.random() < 0.5 ? this.string(this.pick(["x", "GET", "/a?b=c", "500", "error", "10.0.0.1"])) : this.value(3);
    return `${this.string(this.pick(names))}:${value}`;
  }

  forgedMember() {
    const taken = this.pick(["anomaly_upstream", "anomaly_upstream2", "anomaly_upstream3", "anomalyx", "anomal"]);
    const name = this.random() < 0.7 ? "anomaly" : taken;
    return `${this.string(name, 0.3)}:${this.value(2)}`;
  }

  space() {
    return this.random() < 0.85 ? "" : this.pick([" ", "\t", "\n", "\r\n", "    "]);
  }

  /** A JSON string, some of its characters escaped though they need not be. */
  string(text, escapedShare = this.random() < 0.3 ? 0.2 : 0) {
    let quoted = JSON.stringify(text);
    if (escapedShare === 0) return quoted;
    quoted = Array.from(text, (sign) => {
      if (this.random() >= escapedShare) return JSON.stringify(sign).slice(1, -1);
      const units = Array.from({ length: sign.length }, (_, i) => sign.charCodeAt(i).toString(16).padStart(4, "0"));
      return units.map((unit) => `\\u${this.random() < 0.5 ? unit : unit.toUpperCase()}`).join("");
    }).join("");
    return `"${quoted}"`;
  }

  /** Any valid JSON value. */
  value(depth) {
    const share = this.random();
    if (depth > 0 && share < 0.2) {
      return `[${Array.from({ length: this.below(4) }, () => this.value(depth - 1)).join(",")}]`;
    }
    if (depth > 0 && share < 0.4) {
      const names = ["anomaly", "log", "message", "k", ""];
      const members = Array.from(
        { length: this.below(4) },
        () => `${this.string(this.pick(names))}:${this.value(depth - 1)}`,
      );
      return `{${members.join(`,${this.space()}`)}}`;
    }
    if (share < 0.6) return this.pick(["0", "-0", "12345678901234567890123", "1e999", "-1.50E-07", "0.1000", "17"]);
    if (share < 0.75) return this.pick(["true", "false", "null"]);
    return this.string(
      this.pick(["", "x", "}", "]", '"', "\\", '{"anomaly":1}', "é", "🚀", "\u0000", "\u2028", "\ud800", "anomaly"]),
    );
  }

  mutated(record) {
    let bytes = record;
    for (let mutations = 1 + this.below(3); mutations > 0; mutations--) {
      const at = this.below(bytes.length + 1);
      const end = Math.min(bytes.length, at + this.below(10));
      const kind = this.below(6);
      const [before, cut, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
      if (kind === 0) bytes = Buffer.concat([before, after]);
      else if (kind === 1) bytes = Buffer.concat([before, cut, cut, after]);
      else if (kind === 2) bytes = Buffer.concat([before, Buffer.from([this.below(256)]), after]);
      else if (kind === 3) bytes = before;
      else if (kind === 4) bytes = Buffer.concat([before, utf8(this.pick(telling)), after]);
      else bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    }
    return bytes;
  }

  soup() {
    return utf8(Array.from({ length: this.below(30) }, () => this.pick(telling)).join(""));
  }

  /** Rare and large: sizes, depths and numbers of things. */
  extreme() {
    const share = this.random();
    const sizes = [1 << 10, 1 << 13, 1 << 17, (1 << 17) + 37];
    if (share < 0.001) return utf8(`{"log":"${"ab ".repeat((8 << 20) / 3)}"}`);
    if (share < 0.002) return utf8(`{"log":"a","b":"${"x".repeat(4 << 20)}"}`);
    if (share < 0.02) return utf8(`{"log":${this.string(this.message().repeat(1 + this.below(400)))}}`);
    if (share < 0.2) return utf8(`{"log":"x","deep":${"[".repeat(this.pick(sizes))}`);
    if (share < 0.35) {
      const depth = this.pick(sizes);
      return utf8(`{"log":"x","deep":${'{"a":['.repeat(depth / 8)}${"]}".repeat(depth / 8)}}`);
    }
    if (share < 0.5) return utf8(`{${Array.from({ length: this.below(90) }, () => this.forgedMember()).join(",")}}`);
    if (share < 0.6) return Buffer.alloc(this.below(200));
    if (share < 0.7) return Buffer.concat([utf8(this.object(this.message())), Buffer.alloc(1 + this.below(9))]);
    if (share < 0.8) return Buffer.alloc(0);
    if (share < 0.9) return utf8(`{"log":"${"\\ud800".repeat(this.below(2000))}"}`);
    return utf8(`{${Array.from({ length: this.below(500) }, (_, i) => `"k${i}":${this.value(1)}`).join(",")}}`);
  }
}

const telling = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "\\",
    "\\u",
    "\\ud83d",
    "\\ude80",
    '\\"',
    "\\q",
    "\0",
    "\n",
    " ",
    "0",
    "-",
    "1e5",
    "null",
  ],
  ...[
    '{"log":"',
    '"}',
    '"anomaly":',
    '"\\u0061nomaly":',
    '"anomaly\\q":',
    '"anomaly_upstream":',
    '"anomaly_upstream2":1',
    '"log":',
  ],
  ...['"method":"GET"', '"path":"/a?b=1%27"', '"status":500', '"level":"error"', "true", "\ud800", "é", '"x":1', "},{"],
];

function utf8(text) {
  return Buffer.from(text, "utf8");
}

function plain(record) {
  return { record, planted: false };
}

/**
 * What is wrong with an answer, or undefined. `output` undefined stands for the answer 0. A valid record must come back
 * byte for byte but for renamed keys and one new last member; of anything else every byte must be there, in order.
 */
export function complain(record, output) {
  if (output === undefined) return "the answer is 0";
  if (output.equals(record) && (!/anomal|\\u/.test(record.toString("latin1")) || record.length > recordBytesMax))
    return undefined;
  const [before, after] = [record.toString("latin1"), output.toString("latin1")];
  const object = readObject(before);
  if (!object) return isSubsequence(before, after) ? undefined : "bytes of a record that is no valid object are lost";
  const result = readObject(after);
  if (!result) return "a valid record came back as invalid JSON";
  const keys = object.members.map(({ keyStart, keyEnd }) => decodeKey(before.slice(keyStart, keyEnd)));
  const newKeys = result.members.map(({ keyStart, keyEnd }) => decodeKey(after.slice(keyStart, keyEnd)));
  const tagged = newKeys.length === keys.length + 1;
  if (!tagged && newKeys.length !== keys.length) return "members came or went";
  const names = new Set(keys);
  // put together what must have come back
  let expected = "";
  let at = 0;
  for (const [i, { keyStart, keyEnd }] of object.members.entries()) {
    if (keys[i] !== "anomaly") continue;
    if (!/^anomaly_upstream([2-9]|[1-9]\d+)?$/.test(newKeys[i])) return `a forged key became ${newKeys[i]}`;
    if (names.has(newKeys[i])) return `a forged key became ${newKeys[i]}, which was taken`;
    names.add(newKeys[i]);
    const { keyStart: start, keyEnd: end } = result.members[i];
    expected += before.slice(at, keyStart) + after.slice(start, end);
    at = keyEnd;
  }
  expected += before.slice(at, object.brace);
  if (tagged) {
    const { keyStart, valueEnd } = result.members.at(-1);
    if (newKeys.at(-1) !== "anomaly") return "the new member is not the last one";
    expected += (keys.length > 0 ? "," : "") + after.slice(keyStart - 1, valueEnd);
  }
  expected += before.slice(object.brace);
  return after === expected ? undefined : "bytes other than keys and the new member changed";
}

/**
 * @typedef {object} Tag
 * @property {number} score
 * @property {string} [type]
 * @property {string} [severity]
 * @property {string} [reason]
 * @property {string} state
 * @property {string} [key]
 * @property {string} [model]
 */

/**
 * The member a valid record was given, parsed; undefined where there is none.
 * @param {Buffer} record
 * @param {Buffer | undefined} output
 * @returns {Tag | undefined}
 */
export function tagOf(record, output) {
  if (output === undefined || output.length <= record.length) return undefined;
  const result = readObject(output.toString("latin1"));
  const last = result?.members.at(-1);
  const [before, after] = [readObject(record.toString("latin1")), output.toString("latin1")];
  if (!last || !before || result?.members.length !== before.members.length + 1) return undefined;
  return JSON.parse(after.slice(last.valueStart, last.valueEnd));
}

/** What is wrong with a tag, or undefined. */
export function complainOfTag(tag) {
  if (typeof tag.score !== "number" || !(tag.score >= 0)) return `score ${tag.score}`;
  if (typeof tag.state !== "string") return `state ${tag.state}`;
  if (tag.reason !== undefined && (tag.reason === "" || Buffer.byteLength(tag.reason) > reasonBytesMax))
    return `reason ${tag.reason}`;
  if (tag.score <= 1) return undefined;
  if (!types.includes(tag.type)) return `type ${tag.type}`;
  if (!severities.includes(tag.severity)) return `severity ${tag.severity}`;
  return tag.reason === undefined ? "no reason" : undefined;
}

function isSubsequence(part, whole) {
  let at = 0;
  for (let i = 0; i < whole.length && at < part.length; i++) if (whole[i] === part[at]) at++;
  return at === part.length;
}

/**
 * Operations (operations.mjs) that a record of so many bytes, its tag among them, stays under: without a model, with an
 * ordinary one, and with 10,000 keywords, 20 patterns of what is known, 50 trees and every field configured. The fixed
 * part is what happens once in a while: windows that close, a forest that looks at a window again, an odd request whose
 * features are looked at twice.
 */
export const ceilings = {
  none: (bytes) => 100_000 + 120 * bytes,
  ordinary: (bytes) => 260_000 + 400 * bytes,
  everything: (bytes) => 600_000 + 2000 * bytes,
};

/** Bytes that would change an answer if they were read. */
const poisons = [0x22, 0x39, 0x61, 0x25, 0x5c, 0x7d, 0x20, 0x3a, 0xff, 0x00, 0x2e, 0x66];
const validityLooks = 20_000;
/** Between two looks of the filter at its clock. */
const recordsBetweenLooks = 64;

/**
 * @typedef {object} FuzzOptions
 * @property {number} count
 * @property {number} seed
 * @property {Buffer[]} [regressions]
 * @property {import("./filterHost.mjs").FilterHost} [twin]
 * @property {boolean} [everything]
 * @property {boolean} [trusting]
 * @property {() => number} [operations]
 * @property {(bytes: number) => number} [costMax]
 * @property {(record: Buffer, what: string) => void} [onFailure]
 * @property {(done: number) => void} [onProgress]
 */

/**
 * Runs `count` records through a filter host; `onFailure` hears of everything that is wrong. `twin`: another host that
 * is given the same with other bytes around it, and must answer the same. `everything`: with any tag at any time, for a
 * model with everything in it. `operations`: of the host so far (operations.mjs); `costMax`: how many a record may
 * take.
 * @param {import("./filterHost.mjs").FilterHost} host
 * @param {FuzzOptions} options
 */
export function fuzz(
  host,
  {
    count,
    seed,
    regressions = [],
    twin,
    everything = false,
    trusting = false,
    operations,
    costMax,
    onFailure,
    onProgress,
  },
) {
  const maker = new RecordMaker(seed, regressions, everything);
  const summary = {
    records: 0,
    valid: 0,
    planted: 0,
    plantedTagged: 0,
    tagged: 0,
    renamed: 0,
    changedInvalid: 0,
    failures: 0,
    memoryBytesMax: 0,
    bytes: 0,
    operations: 0,
    /** Of the dearest record: its operations, and by how much they would have to be more to reach the ceiling. */
    dearestShare: 0,
    dearestOperations: 0,
    dearestBytes: 0,
  };
  let arrival = startSeconds;
  const fail = (record, what) => {
    summary.failures++;
    onFailure?.(record, what);
  };
  for (let i = 0; i < count; i++) {
    const { record, planted } = maker.next();
    // a second every few records: hours pass, and what is muted is told again. The clock moves between records only
    arrival = everything ? maker.seconds(arrival) : startSeconds + Math.floor(i / 4);
    const tag = everything ? maker.tag() : "app.log";
    if (i % recordsBetweenLooks === 0) {
      for (const each of twin ? [host, twin] : [host]) {
        each.clockMilliseconds = Math.max(arrival, 1) * 1000 + i;
        each.lookAtClock();
      }
    }
    let output;
    try {
      const before = operations?.() ?? 0;
      output = host.filter(record, { tag, seconds: arrival, isParsedTime: true }).output;
      if (operations) weigh(operations() - before, record, tag);
      if (twin) {
        twin.poison = poisons[i % poisons.length];
        const other = twin.filter(record, { tag, seconds: arrival, isParsedTime: true }).output;
        if (output === undefined ? other !== undefined : !other?.equals(output))
          fail(record, `what lies around it changes the answer: ${output} and ${other}`);
      }
    } catch (error) {
      fail(record, `trap: ${error instanceof Error ? error.message : error}`);
      throw error;
    }
    summary.records++;
    const isOff = everything && tag.indexOf(profileTags.off) === 0;
    const isKept = isOff || (trusting && hasAnomaly(record));
    const wrong = isKept && output?.equals(record) ? undefined : complain(record, output);
    if (wrong) fail(record, wrong);
    const given = wrong ? undefined : tagOf(record, output);
    // reading takes longer than judging, so that of a long run the first records stand for all that came back as they
    // were
    const isValid =
      planted ||
      ((i < validityLooks || !output?.equals(record)) && readObject(record.toString("latin1")) !== undefined);
    if (isValid) summary.valid++;
    else if (output && !output.equals(record)) summary.changedInvalid++;
    if (planted) summary.planted++;
    if (given) {
      const fault = complainOfTag(given);
      if (fault) fail(record, `the tag: ${fault}`);
      summary.tagged++;
      if (planted && given.score > 1 && given.type && given.reason) summary.plantedTagged++;
    }
    if (isValid && output?.includes("anomaly_upstream") && !record.includes("anomaly_upstream")) summary.renamed++;
    onProgress?.(i + 1);
  }
  summary.memoryBytesMax = host.memoryBytes;
  return summary;

  function weigh(cost, record, tag) {
    const bytes = record.length + tag.length;
    summary.bytes += bytes;
    summary.operations += cost;
    const share = costMax ? cost / costMax(bytes) : 0;
    if (share > summary.dearestShare) {
      summary.dearestShare = share;
      summary.dearestOperations = cost;
      summary.dearestBytes = bytes;
    }
    if (share > 1) fail(record, `${cost} operations for ${bytes} bytes`);
  }
}

/** Whether a member of that name is there, so that a filter that trusts leaves it as it is. */
function hasAnomaly(record) {
  const object = readObject(record.toString("latin1"));
  return object?.members.some(
    ({ keyStart, keyEnd }) => decodeKey(record.toString("latin1").slice(keyStart, keyEnd)) === "anomaly",
  );
}
