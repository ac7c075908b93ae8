/**
 * Requests as no client sends them, over raw sockets, against a server that runs: request lines, headers and bodies put
 * together, mutated, pipelined, cut off. After each round it must answer /healthz and still be the same process. Used
 * by the test and by bench/fuzzHttp.mjs; a seed makes the same requests again.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { seededRandom } from "./hostile.mjs";

/** What each connection sends at most before it ends. */
const pipelinedMax = 40;
/** A connection that stays open for longer has been forgotten by the server. */
const patienceMilliseconds = 30_000;
const statusLine = /HTTP\/1\.1 (\d\d\d) /g;
/** An error that reached the handler's last resort: nothing of a peer's should. */
const faults = /ROUTE_FAILED|DETECT_FAILED|ENGINE_FAILED|JUDGING_FAILED|INTERNAL|Error:|at file:/;

const targets = [
  ...["/healthz", "/metrics", "/openapi.json", "/v1/transform", "/detect-error-anomalies", "/", "*", "/nowhere"],
  ...["/detect-error-anomalies?results=all", "/detect-error-anomalies?rule=series&shared=true&results=tagged"],
  ...["/detect-error-anomalies?results=some", "/detect-error-anomalies?constructor=1&__proto__=2", "/v1/transform?%"],
];
const strangeTargets = [
  ...["//", "//a:b", "http://[", "//@", "http://a:99999/", "http://", "http:///", "https://[::1/healthz", "/?%zz=%"],
  ...["//[", "///", "/\\", "\\\\a", "/%00", "/%ff%fe", "/..//../healthz", "/healthz#x", "#", "?", "a:b", "://", "@"],
  ...["http://127.0.0.1/healthz", "http://localhost:1/v1/transform", "http://evil.example/healthz", "javascript:1"],
  ...["/constructor", "/__proto__", "/v1/transform/", "/healthz/", "HTTP/1.1", "/\x80\x9b\xff", "blob:null", "data:,"],
];
const methods = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "M-SEARCH"];
const hosts = ["127.0.0.1", "localhost:9800", "[::1]:1", "127.255.0.9", "", "evil.example", "[", "a b", "localhost:x"];
const encodings = [
  ...["gzip", "deflate", "br", "identity", "", "GZIP ", "zstd", "gzip, gzip", "constructor", "__proto__"],
  ...["toString", "hasOwnProperty", "x".repeat(500)],
];
const types = [
  ...["application/json", "application/x-ndjson", "application/octet-stream", "text/plain", "", ";", "/", "\xff"],
];
const oddHeaders = [
  ...["Origin: https://evil.example", "Origin: null", "Origin: \xff", "Expect: 100-continue", "Expect: nothing"],
  ...["Upgrade: websocket\r\nConnection: Upgrade", "Accept: text/event-stream", "Authorization: Bearer \x80"],
  ...["__proto__: 1", "constructor: 1", `X-Long: ${"y".repeat(9000)}`, "Via: 1.1 oddline", "Cookie: a=b; a=b"],
  ...["Connection: close, keep-alive", "TE: trailers", "Trailer: X", "Range: bytes=0-", "If-Match: *", "Date:"],
];

/**
 * @typedef {object} HttpFuzzOptions
 * @property {number} port
 * @property {number} count answers to wait for
 * @property {number} seed
 * @property {number} [connections]
 * @property {number} [pid] of the server, for its memory
 * @property {() => string} [said] what the server has written on standard error
 * @property {(answered: number) => void} [onProgress]
 */

/** @param {HttpFuzzOptions} options */
export async function fuzzHttp({ port, count, seed, connections = 8, pid, said = () => "", onProgress }) {
  const random = seededRandom(seed);
  const summary = {
    answered: 0,
    /** @type {Record<string, number>} by status */
    answers: {},
    connections: 0,
    /** @type {string[]} */
    failures: [],
    residentBytesMax: 0,
  };
  const fail = (what) => summary.failures.push(what);
  while (summary.answered < count && summary.failures.length === 0) {
    const round = Array.from({ length: connections }, () => conversation(random));
    await Promise.all(
      round.map(async (one) => {
        const { text, forgotten } = await converse(port, one);
        summary.connections++;
        if (forgotten) fail(`a connection was left open after ${shown(one.bytes)}`);
        for (const [, status] of text.matchAll(statusLine)) {
          summary.answered++;
          summary.answers[status] = (summary.answers[status] ?? 0) + 1;
          if (status === "500") fail(`500 after ${shown(one.bytes)}`);
        }
      }),
    );
    const health = await converse(port, { bytes: Buffer.from(healthRequest), cut: false });
    if (!health.text.startsWith("HTTP/1.1 200 ")) fail(`/healthz: ${health.text.slice(0, 100) || "no answer"}`);
    if (faults.test(said())) fail(`the server said: ${said().slice(-2000)}`);
    summary.residentBytesMax = Math.max(summary.residentBytesMax, residentBytes(pid));
    onProgress?.(summary.answered);
  }
  return summary;
}

const healthRequest = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

/** Some whole requests in a row, then one that ends the connection: by asking for it, by being none, or cut off. */
function conversation(random) {
  const below = (n) => Math.floor(random() * n);
  const parts = [];
  for (let left = below(pipelinedMax); left > 0; left--) parts.push(request(random));
  const ending = random();
  let cut = false;
  if (ending < 0.5) parts.push(Buffer.from(healthRequest, "latin1"));
  else if (ending < 0.85) {
    // Where the mutation left a whole request, or one that waits for more, the end comes from this side.
    parts.push(mutated(request(random), random));
    cut = true;
  } else {
    const last = request(random);
    parts.push(last.subarray(0, below(last.length)));
    cut = true;
  }
  return { bytes: Buffer.concat(parts), cut };
}

/** One request with its length told rightly. */
function request(random) {
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const known = random() < 0.6;
  const target = known ? pick(targets) : random() < 0.7 ? pick(strangeTargets) : randomTarget(random);
  // Most of what is known by the method that it takes: what lies behind the first refusals has to be reached.
  const right = /^\/(v1|detect)/.test(target) ? "POST" : "GET";
  const method = known && random() < 0.8 ? right : pick(methods);
  const head = [`${method} ${target} HTTP/1.1`];
  if (random() < 0.97) head.push(`Host: ${random() < 0.93 ? "127.0.0.1:9800" : pick(hosts)}`);
  if (random() < 0.2) head.push(pick(oddHeaders));
  if (random() < 0.3) head.push(`Content-Type: ${pick(types)}`);
  if (random() < 0.05) head.push(`${randomText(random, 1 + below(20)).replace(/[^a-z]/g, "x")}: ${below(1e9)}`);
  const encoding = random() < 0.35 ? pick(encodings) : undefined;
  if (encoding !== undefined) head.push(`Content-Encoding: ${encoding}`);
  const hasBody = method !== "GET" && method !== "HEAD" && random() < 0.9;
  const content = hasBody ? packed(body(random), encoding, random) : Buffer.alloc(0);
  if (!hasBody) return Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1");
  if (random() < 0.7) {
    return Buffer.concat([
      Buffer.from(`${head.join("\r\n")}\r\nContent-Length: ${content.length}\r\n\r\n`, "latin1"),
      content,
    ]);
  }
  const chunks = [Buffer.from(`${head.join("\r\n")}\r\nTransfer-Encoding: chunked\r\n\r\n`, "latin1")];
  for (let at = 0; at < content.length; ) {
    const bytes = Math.min(content.length - at, 1 + below(random() < 0.3 ? 3 : 4000));
    chunks.push(Buffer.from(`${bytes.toString(16)}\r\n`), content.subarray(at, at + bytes), Buffer.from("\r\n"));
    at += bytes;
  }
  chunks.push(Buffer.from("0\r\n\r\n"));
  return Buffer.concat(chunks);
}

function body(random) {
  const below = (n) => Math.floor(random() * n);
  const pieces = [];
  for (let left = below(30); left > 0; left--) pieces.push(piece(random));
  const kind = random();
  if (kind < 0.1) return Buffer.from(`[${pieces.join(",")}${random() < 0.8 ? "]" : ""}`);
  if (kind < 0.25) return frames(random);
  if (kind < 0.3) return Buffer.from(randomText(random, below(3000)), "latin1");
  return Buffer.from(pieces.join(random() < 0.9 ? "\n" : ""), random() < 0.8 ? "utf8" : "latin1");
}

function piece(random) {
  const below = (n) => Math.floor(random() * n);
  const address = `192.0.2.${below(9)}`;
  const kind = random();
  if (kind < 0.3) return `{"message":"GET /cart ${below(99)}","anomaly":${below(3)},"status":${below(600)}}`;
  if (kind < 0.5) return `{"ipAddress":"${address}","timestamp":${1.8e9 + below(900)},"isError":${random() < 0.5}}`;
  if (kind < 0.6) return `{"ipAddress":${below(3)},"timestamp":"${randomText(random, 8)}"}`;
  if (kind < 0.7) return `${"[{".repeat(below(200))}`;
  if (kind < 0.8) return randomText(random, below(40));
  if (kind < 0.9) return `{"message":"${"\\u0000\\ud800é".repeat(below(9))}"`;
  return ["", "{}", "[]", "7", "null", '{"__proto__":1}', "\r", "\u0000", '{"a":1e999}', "{"][below(10)];
}

/** Of Vector's native codec, whole and broken: lengths that lie, fields that do not fit. */
function frames(random) {
  const below = (n) => Math.floor(random() * n);
  const parts = [];
  for (let left = below(6); left > 0; left--) {
    const text = Buffer.from(piece(random)).subarray(0, 100);
    const value = Buffer.concat([Buffer.from([0x0a, text.length]), text]);
    const entry = Buffer.concat([Buffer.from([0x0a, 1, 0x6d, 0x12, value.length]), value]);
    const log = Buffer.concat([Buffer.from([0x0a, entry.length]), entry]);
    const array = Buffer.concat([Buffer.from([0x0a, log.length + 2, 0x0a, log.length]), log]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(random() < 0.9 ? array.length : below(2 ** 24));
    parts.push(length, random() < 0.7 ? array : flipped(array, random));
  }
  return Buffer.concat([Buffer.from([0]), ...parts]).subarray(random() < 0.9 ? 1 : 0);
}

function packed(content, encoding, random) {
  const pack = { gzip: gzipSync, deflate: deflateSync, br: (bytes) => brotliCompressSync(bytes, { params: { 1: 1 } }) };
  if (encoding === undefined || !Object.hasOwn(pack, encoding) || random() < 0.1) return content;
  const whole = pack[encoding](content);
  return random() < 0.7
    ? whole
    : random() < 0.5
      ? flipped(whole, random)
      : whole.subarray(0, Math.floor(random() * whole.length));
}

function mutated(bytes, random) {
  const headEnd = Math.max(1, bytes.indexOf("\r\n\r\n"));
  const kind = random();
  if (kind < 0.4) return Buffer.concat([flipped(bytes.subarray(0, headEnd), random), bytes.subarray(headEnd)]);
  if (kind < 0.6) {
    const at = Math.floor(random() * headEnd);
    const lines = ["\r\n", "\n", "\r", "\0", " ", ":", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "%"];
    const inserted = Buffer.from(lines[Math.floor(random() * lines.length)], "latin1");
    return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
  }
  if (kind < 0.7)
    return Buffer.from(
      bytes.toString("latin1").replace("HTTP/1.1", ["HTTP/9.9", "HTTP/1.0", "HTTP/", ""][Math.floor(random() * 4)]),
      "latin1",
    );
  if (kind < 0.8) return Buffer.from(bytes.toString("latin1").replace(/\r\n/g, "\n"), "latin1");
  if (kind < 0.9)
    return Buffer.from(
      `CONNECT ${strangeTargets[Math.floor(random() * strangeTargets.length)]} HTTP/1.1\r\n\r\n`,
      "latin1",
    );
  return Buffer.from(randomText(random, 200), "latin1");
}

function flipped(bytes, random) {
  const copy = Buffer.from(bytes);
  for (let left = 1 + Math.floor(random() * 3); left > 0 && copy.length > 0; left--) {
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  }
  return copy;
}

function randomTarget(random) {
  const signs = [
    "/",
    "//",
    ":",
    "@",
    "[",
    "]",
    "?",
    "#",
    "%",
    "a",
    "1",
    ".",
    "..",
    "\\",
    "http://",
    "&",
    "=",
    "+",
    "%2f",
  ];
  let text = random() < 0.7 ? "/" : "";
  for (let left = Math.floor(random() * 12); left > 0; left--) text += signs[Math.floor(random() * signs.length)];
  return text || "/";
}

function randomText(random, length) {
  return Array.from({ length }, () => String.fromCharCode(Math.floor(random() * 256))).join("");
}

/** Sends all and reads until the server closes; where the server may wait for more, closes once it is silent. */
function converse(port, { bytes, cut }) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    let forgotten = false;
    const patience = setTimeout(() => {
      forgotten = true;
      socket.destroy();
    }, patienceMilliseconds);
    let silence;
    const listen = () => {
      if (!cut) return;
      clearTimeout(silence);
      silence = setTimeout(() => socket.destroy(), 20);
    };
    socket.setEncoding("latin1");
    socket.on("data", (part) => {
      text += part;
      listen();
    });
    socket.on("error", () => {});
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(patience);
      clearTimeout(silence);
      resolve({ text, forgotten });
    });
    socket.write(bytes, listen);
  });
}

function shown(bytes) {
  return `${bytes.subarray(-1500).toString("base64")} (the last of ${bytes.length} bytes, base64)`;
}

function residentBytes(pid) {
  if (pid === undefined) return 0;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}
