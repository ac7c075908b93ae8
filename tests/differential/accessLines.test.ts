/**
 * Access lines that are read where they lie in their record, and recognised by parts that were met, say what they say
 * when they are unescaped and read anew each time: whatever of them is escaped, cut off or no UTF-8, and in any order.
 */
import { describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { configuredModel } from "../support/configuredModel.js";
import { seededRandom } from "../support/hostile.mjs";
import { Inspector } from "../support/inspect.js";
import { learnText } from "../support/learning.js";
import { shopVisits } from "../support/standIn.js";
import { parseLine } from "./reference/parse.js";

const arrival = Date.UTC(2026, 10, 21, 3) / 1000;
const seconds = BigInt(arrival);
const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const hosts = [
  ...["192.0.2.7", "198.51.100.123", "203.0.113.4", "1.2.3.4", "2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "::1"],
  ...["2001:db8:1111:2222:3333:4444:5555:6666", "192.0.2.7:4711", "www.example.com", "a,b", "[2001:db8::2]", "-"],
  ...["kernel-panicked at-noon", "010.020.030.040", "a_rather-long.name.of.a.host.example.com.and.more.of.it"],
];
const requests = [
  ...["GET / HTTP/1.1", "GET /shop/list?page=2 HTTP/1.1", "POST /login HTTP/2.0", "GET /a b HTTP/1.1", "GET /a"],
  ...["HEAD /x HTTP/1.0", "-", "", "GET /etc/passwd HTTP/1.1", "GET /%7bjndi:ldap HTTP/1.1", "X-Y /z HTTP/1.1"],
  ...['GET /say\\"hi\\" HTTP/1.1', 'GET /q"x HTTP/1.1', "GET /back\\slash HTTP/1.1", "\\x16\\x03", "GET  /a HTTP/1.1"],
  ...[`GET /${"long/".repeat(60)} HTTP/1.1`, `GET /${"longer/".repeat(200)} HTTP/1.1`, "GET /ü HTTP/1.1"],
  `${"GET".repeat(9)} /a HTTP/1.1`,
];
const answers = ["200 512", "304 -", "404 0", "200 12345678", "500 1234567", "099 5", "200", "2x0 5", "200  5", "- -"];
const texts = [
  ...["-", "", "-", "https://www.example.com/", "https://o'hara.example/a?b=c%24%7b", chrome, chrome, "curl/8.5.0"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: lookup expressions
  ...["sqlmap/1.8", "${jndi:ldap://a}", 'a \\"quoted\\" one', "a\\", "\\", "tab\there", "oomkilled", "out of memory"],
  ...["x".repeat(239), "y".repeat(241), "z".repeat(700), "1234567", "12345678", "ünïcode", "\u0001", "[21/Nov"],
];
const tails = ["", "", "", " 0.004", " rt=0.044 uct=3", ' "203.0.113.9"', ' "-" 1200', "x", ' "panic: runtime error"'];
const times = ["21/Nov/2026:02:11:09 +0000", "21/Nov/2026:02:11:10 +0000", "22/Nov/2026:02:11:09 +0200"];
const oddTimes = ["21-Nov-2026:02:11:09 +0000", "31/Foo/2026:02:11:09 +0000", "21/Nov/2026:25:11:09 +0000", "now"];

function* drawn(seed: number, count: number): Generator<string> {
  const random = seededRandom(seed);
  const pick = <T>(of: readonly T[]) =>
    of[Math.floor(random() * (random() < 0.6 ? Math.min(of.length, 4) : of.length))];
  for (let i = 0; i < count; i++) {
    const time = random() < 0.03 ? pick(oddTimes) : pick(times);
    const user = random() < 0.05 ? "alice" : "-";
    const start = `${pick(hosts)} - ${user} [${time}] "${pick(requests)}" ${pick(answers)}`;
    let line = random() < 0.1 ? start : `${start} "${pick(texts)}" "${pick(texts)}"${pick(tails)}`;
    if (random() < 0.1) line = line.slice(0, Math.floor(random() * line.length));
    if (random() < 0.05)
      line = `${pick([" ", "  ", "<13>", "2026-11-21T02:11:09Z stdout F ", "2026-11-21T02:11:09Z stdout P "])}${line}`;
    yield line;
  }
}

/** Records with all that JSON has to say the same: each sign as it is, or escaped in one of its ways. */
function* records(seed: number, count: number): Generator<Buffer> {
  const random = seededRandom(seed);
  const inAnyWay = (sign: string) => {
    if (random() < 0.02 && sign === "/") return "\\/";
    if (random() < 0.004)
      return `\\u${sign
        .charCodeAt(0)
        .toString(16)
        .padStart(4, random() < 0.5 ? "0" : "00")}`;
    return JSON.stringify(sign).slice(1, -1);
  };
  for (const line of drawn(seed, count)) {
    const isPlain = random() < 0.6;
    const text = isPlain ? JSON.stringify(line).slice(1, -1) : [...line].map(inAnyWay).join("");
    const more = random() < 0.1 ? ',"stream":"stdout"' : "";
    let record = Buffer.from(`{"log":"${text}"${more}}${random() < 0.03 ? " " : ""}`);
    const at = Math.floor(random() * record.length);
    if (random() < 0.03) record = Buffer.from(record.toString("latin1").replace(/\\"/, random() < 0.5 ? '"' : "\\x"));
    if (random() < 0.03) record = Buffer.concat([record.subarray(0, at), Buffer.from([0xe9]), record.subarray(at)]);
    if (random() < 0.03) record = record.subarray(0, at);
    yield record;
  }
}

/** One that hardly any line had before; its name may hold a keyword. */
function newHost(random: () => number): string {
  const draw = random();
  const number = Math.floor(random() * 60_000);
  if (draw < 0.3) return `split-brain-${number}.example.com`;
  return draw < 0.6 ? `visitor-${number}.example.com` : `2001:db8:${number.toString(16)}::${draw < 0.8 ? 1 : 2}`;
}

/** Visits, and in between all that ends or begins something: storms of one host, its errors, other logs and times. */
function busyDay(seed: number, count: number): string[] {
  const random = seededRandom(seed);
  const visits = shopVisits(seed, count);
  const lines: string[] = [];
  let storm = 0;
  let stormer = "";
  for (const line of visits) {
    if (storm === 0 && random() < 0.002) {
      storm = Math.floor(random() * 900);
      stormer = random() < 0.5 ? "203.0.113.77" : line.split(" ")[0];
    }
    lines.push(line);
    for (let i = 0; storm > 0 && i < 8; i++, storm--) {
      const [, rest] = /^\S+( .*)$/.exec(
        visits[Math.floor(random() * 50)].replace(/\[.*?\]/, /\[.*?\]/.exec(line)![0]),
      )!;
      lines.push(`${stormer}${random() < 0.1 ? rest.replace(/" \d{3} /, '" 500 ') : rest}`);
    }
    const draw = random();
    if (draw < 0.01) lines.push(line.replace(/:(\d\d) \+/, () => `:${draw < 0.005 ? "59" : "00"} +`));
    else if (draw < 0.02)
      lines.push(line.replace(/" 200 \d+/, `" 200 ${[999_999, 1_048_576, 99_999_999][lines.length % 3]}`));
    else if (draw < 0.03) lines.push(`${line} ${draw < 0.025 ? "0.004" : "3.5"}`);
    else if (draw < 0.04) lines.push(line.replace("GET /", "POST /login?"));
    else if (draw < 0.045)
      lines.push("Nov 21 02:11:09 shop sshd[7]: Failed password for root from 192.0.2.9 port 4 ssh2");
    else if (draw < 0.05) lines.push(line.replace(/"[^"]*"$/, '"segfault panic: runtime error"'));
    else if (draw < 0.06) lines.push(JSON.stringify({ log: line, stream: "stdout" }));
    else if (draw < 0.12) lines.push(line.replace(/^\S+/, newHost(random)));
  }
  return lines;
}

const keywords = [
  '"oomkilled"',
  "out of memory",
  "Example",
  "/etc/passwd",
  "panic: runtime error",
  "kernel-panicked at",
];
const configurations: Record<string, string[]> = {
  "within parts": keywords,
  "with quotes and backslashes inside": [...keywords, '200 512 "', 'x"x', "a\\", '" "curl', "\\slash"],
  "that reach into the time": [...keywords, "- [21/Nov", "192.0.2.7 - - [21"],
  "of numbers and short words": [...keywords, "404", "oom", "Nov", " 512"],
};

function verdicts(model: Uint8Array, lines: Buffer[], flags: number): string[] {
  const engine = new Engine(7n);
  engine.useModel(model, "configured here");
  const chunk = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
  const parts = [...engine.tag(chunk, { flags: batchFlag.all | flags, seconds })];
  return parts.flatMap(({ output }) => Buffer.from(output).toString("latin1").split("\n"));
}

describe("access lines", () => {
  it("are parsed as the reference parses them", () => {
    const inspector = new Inspector(new Engine(3n));
    for (const line of [...drawn(1, 6000)].filter((line) => !/[\n\r]/.test(line))) {
      const bytes = Buffer.from(line).toString("latin1");
      expect(inspector.inspect(bytes, arrival)?.event, line).toEqual(parseLine(bytes, arrival));
    }
  });

  it.each(Object.entries(configurations))("have the keywords they have when they are read anew: %s", (_, list) => {
    const words = list.map((word) => ({ word, minCount: 1 }));
    const model = configuredModel(`keywords: { list: ${JSON.stringify(words)} }`);
    const lines = [...records(2, 12_000)];
    const [met, anew] = [verdicts(model, lines, 0), verdicts(model, lines, batchFlag.noCache)];
    expect(met.filter((line) => line.includes('"type":"keyword"')).length).toBeGreaterThan(100);
    expect(met.filter((line, i) => line !== anew[i]).slice(0, 3)).toEqual([]);
  });

  it("are judged as when they are read anew, and by another model anew", async () => {
    const learn = async (seed: number) => (await learnText(`${[...drawn(seed, 3000)].join("\n")}\n`)).model;
    const lines = [...records(4, 12_000)];
    const models = [await learn(5), await learn(6)];
    const engine = new Engine(7n);
    for (const model of models) {
      engine.useModel(model, "learnt here");
      const scores = (from: Engine, flags: number) =>
        [...from.scores(Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")])), { flags, seconds })].flatMap(
          (some) => [...some],
        );
      const forgetful = new Engine(7n);
      forgetful.useModel(model, "learnt here");
      expect(scores(engine, 0)).toEqual(scores(forgetful, batchFlag.noCache));
    }
  });

  it("made of ordinary parts are counted as when they are read anew", async () => {
    const { model } = await learnText(`${shopVisits(11, 6000).join("\n")}\n`);
    const lines = busyDay(12, 20_000);
    const tagged = (flags: number) => {
      const engine = new Engine(7n);
      engine.useModel(model, "learnt here");
      const chunk = Buffer.from(`${lines.join("\n")}\n`);
      const parts = [...engine.tag(chunk, { flags: batchFlag.ownTime | flags, seconds })];
      return parts.flatMap(({ output }) => Buffer.from(output).toString("latin1").split("\n"));
    };
    const [met, anew] = [tagged(0), tagged(batchFlag.noCache)];
    for (const what of ["HIGH_TRAFFIC", "HIGH_ERROR_RATE", "NORMAL_ACTIVITY", '"type":"keyword"', '"type":"novelty"'])
      expect(met.filter((line) => line.includes(what)).length, what).toBeGreaterThan(2);
    expect(met.filter((line, i) => line !== anew[i]).slice(0, 3)).toEqual([]);
  });
});
