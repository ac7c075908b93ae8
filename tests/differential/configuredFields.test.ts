/** Fields as configured, end to end: compiled by the host, found by the filter, held to the slow reference. */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../host/config/configuration.js";
import { configuredModel } from "../../host/model/configuredModel.js";
import { Engine } from "../../host/wasm/engine.js";
import { FilterHost } from "../support/filterHost.mjs";
import { seededRandom } from "../support/hostile.mjs";
import { Inspector } from "../support/inspect.js";
import { type FieldSettings, type Use, uses } from "./reference/configured.js";
import type { Bytes } from "./reference/hash.js";
import { parseLine } from "./reference/parse.js";

const arrival = Date.UTC(2026, 10, 21, 3) / 1000;
const bytesOf = (text: string): Bytes => Buffer.from(text).toString("latin1");

/** One engine for all: each test puts its own model into it. */
const engine = new Engine(7n);
const modelOf = (yaml: string) => configuredModel(engine, parseConfiguration(yaml, "oddline.yaml").configuration);

function engineOf(yaml: string): Engine {
  engine.useModel(modelOf(yaml), "as configured");
  return engine;
}

/** What the filter reads of a record. */
function read(yaml: string, record: unknown, tag = "oddline") {
  const engine = engineOf(yaml);
  engine.setTag(tag);
  const details = engine.explain(
    Buffer.from(typeof record === "string" ? record : JSON.stringify(record)),
    BigInt(arrival),
  );
  if (!details) throw new Error("the record cannot be judged");
  return details;
}
const keyOf = (yaml: string, record: unknown) => read(yaml, record).key;

describe("a configured key", () => {
  it("is found at any depth, by members or by a name with dots", () => {
    const yaml = "key: { fields: [user.account.id] }";
    for (const record of [
      { user: { account: { id: "u-17" } } },
      { "user.account": { id: "u-17" } },
      { user: { "account.id": "u-17" } },
      { "user.account.id": "u-17" },
      { user: { account: 3 }, "user.account.id": "u-17" },
      { user: { name: "x", account: { name: {}, id: "u-17", more: [1, { id: 2 }] } }, log: "x" },
    ]) {
      expect(keyOf(yaml, record), JSON.stringify(record)).toBe("u-17");
    }
    expect(keyOf(yaml, { user: { account: { ID: "u-17" } }, account: { id: 1 }, id: 2 })).toBeNull();
  });

  it("may be any scalar; an address is put into canonical form", () => {
    const key = (id: unknown) => keyOf("key: { fields: [id] }", { id, remote_addr: "192.0.2.1" });
    expect(key(4711)).toBe("4711");
    expect(key(true)).toBe("true");
    expect(key("Müller 日本")).toBe("Müller 日本");
    expect(key("2001:DB8:0:0::0:1")).toBe("2001:db8::1");
    expect(key("[2001:db8::1]:443")).toBe("2001:db8::1");
    expect(key("::ffff:203.0.113.9")).toBe("203.0.113.9");
    expect(key("203.0.113.9:8080")).toBe("203.0.113.9");
    // what says nothing leaves the key that is found without a configuration
    for (const nothing of [null, "", "-", {}, [], ["a"]]) expect(key(nothing)).toBe("192.0.2.1");
  });

  it("is the first candidate that is there, in the order of the configuration", () => {
    const yaml = "key: { fields: [tenant, user.id, client] }";
    expect(keyOf(yaml, { client: "a", user: { id: "b" }, tenant: "c" })).toBe("c");
    expect(keyOf(yaml, { client: "a", user: { id: "b" }, tenant: null })).toBe("b");
    expect(keyOf(yaml, { client: "a", log: '192.0.2.9 - - [21/Nov/2026:02:11:09 +0000] "GET / HTTP/1.1" 200 1' })).toBe(
      "a",
    );
    expect(keyOf(yaml, { log: '192.0.2.9 - - [21/Nov/2026:02:11:09 +0000] "GET / HTTP/1.1" 200 1' })).toBe("192.0.2.9");
  });

  it("is found however its name is escaped, and in the line's own JSON or pairs", () => {
    const yaml = 'key: { fields: [user.id, "größe.x"] }';
    expect(keyOf(yaml, String.raw`{"\u0075s\u0065r":{"i\u0064":"u1"}}`)).toBe("u1");
    expect(keyOf(yaml, String.raw`{"gr\u00f6\u00dfe":{"x":"u2"}}`)).toBe("u2");
    expect(keyOf(yaml, { größe: { x: "u2" } })).toBe("u2");
    expect(keyOf(yaml, { log: '{"user":{"id":"u3"},"msg":"x"}' })).toBe("u3");
    expect(keyOf(yaml, { user: { id: "outside" }, log: '{"user":{"id":"u3"},"msg":"x"}' })).toBe("u3");
    expect(keyOf(yaml, { log: 'time=2026-11-21T02:11:09Z level=info user.id="u 4" msg=x' })).toBe("u 4");
  });

  it("shows a name in any language as it is, cut at a character", () => {
    const engine = engineOf("tagAll: true\nkey: { fields: [id] }");
    const shown = (id: string) => {
      const line = Buffer.from(`${JSON.stringify({ id })}\n`);
      const [{ output }] = [...engine.tag(line, { flags: 0, seconds: BigInt(arrival) })];
      return JSON.parse(Buffer.from(output).toString()).anomaly.key;
    };
    expect(shown("Müller 日本")).toBe("Müller 日本");
    expect(shown('a"b\\c\n')).toBe('a"b\\c?');
    expect(shown("日".repeat(40))).toBe("日".repeat(21));
    expect(shown(`${"x".repeat(62)}🚀`)).toBe("x".repeat(62));
  });
});

describe("other configured fields", () => {
  it("say level, status and endpoint before the line does", () => {
    const yaml = "fields: { level: [sev], status: [res.code], endpoint: [route] }";
    const log = '192.0.2.9 - - [21/Nov/2026:02:11:09 +0000] "GET /users/17 HTTP/1.1" 200 1';
    expect(read(yaml, { sev: "error", res: { code: 503 }, route: "/users/:id?x=1", log })).toMatchObject({
      ...{ level: "error", status: 503, endpoint: "/users/:id?x=1", target: "/users/17", isError: true },
    });
    expect(read(yaml, { sev: 50, res: { code: "404 Not Found" }, log })).toMatchObject({
      ...{ level: "error", status: 404, endpoint: "/users/17" },
    });
    expect(read(yaml, { sev: "loud", res: { code: 20 }, log })).toMatchObject({ level: null, status: 200 });
  });

  it("make a request of method, status and endpoint", () => {
    expect(read("fields: { status: [rc], endpoint: [route] }", { method: "GET", rc: 200, route: "/a" })).toMatchObject({
      ...{ isRequest: true, status: 200, target: "/a", format: "fields" },
    });
  });

  it("say where the message is", () => {
    const yaml = "fields: { message: [event.original, payload] }";
    expect(read(yaml, { message: "shipper's", event: { original: "ERROR: it broke" } }).message).toBe(
      "ERROR: it broke",
    );
    expect(read(yaml, { message: "shipper's", payload: 17 }).message).toBe("17");
    expect(read(yaml, { message: "usual" }).message).toBe("usual");
    expect(read(yaml, { payload: { level: "error", msg: "inside" } })).toMatchObject({
      message: "inside",
      level: "error",
    });
    expect(read(yaml, { log: '{"event":{"original":"in the line"},"msg":"x"}' }).message).toBe("in the line");
  });

  it("name the source of templates only where one is configured", () => {
    const record = { source: "billing", msg: "order 7 paid" };
    expect(read("mode: tag", record).source).toBeNull();
    expect(read("source: [source]", record).source).toBe("billing");
  });

  it("are neither key nor feature unless configured", () => {
    const shipper = { host: "node1", file: "/var/log/a", source_type: "file", kubernetes: { pod_ip: "10.1.1.1" } };
    const bare = read("mode: tag", { log: "job 7 done" });
    const laden = read("mode: tag", { ...shipper, log: "job 7 done" });
    expect(laden).toMatchObject({ key: null, signature: bare.signature, source: null });
    expect(keyOf("key: { fields: [kubernetes.pod_ip] }", { ...shipper, log: "job 7 done" })).toBe("10.1.1.1");
  });
});

describe("behind proxies", () => {
  const yaml = 'key: { forwarded: [xff, http.forwarded], trustedProxies: [10.0.0.0/8, "2001:db8::/32"] }';
  const client = (record: Record<string, unknown>, more = "") => keyOf(yaml + more, record);

  it("the last address that no trusted proxy has is the client, whatever stands before it", () => {
    const of = (xff: unknown) => client({ remote_addr: "10.0.0.2", xff });
    expect(of("203.0.113.9")).toBe("203.0.113.9");
    expect(of("1.1.1.1, 203.0.113.9, 10.0.0.7")).toBe("203.0.113.9");
    expect(of("127.0.0.1, unknown, ::1, 203.0.113.9:4711")).toBe("203.0.113.9");
    expect(of(`${"6.6.6.6, ".repeat(200)}203.0.113.9`)).toBe("203.0.113.9");
    expect(of("[2001:DB9::1]:80,2001:db8::5")).toBe("2001:db9::1");
    expect(of(["1.1.1.1, 203.0.113.9", "10.0.0.7"])).toBe("203.0.113.9");
    expect(of('for=1.1.1.1, for="[2001:db9::17]:4711";proto=https;by=10.0.0.2, For=10.0.0.43')).toBe("2001:db9::17");
    expect(of("10.0.0.5, 10.0.0.6")).toBe("10.0.0.5");
  });

  it("the peer stays the key where the list decides nothing", () => {
    for (const xff of [
      "",
      "-",
      "unknown",
      "203.0.113.9, unknown",
      "for=_hidden",
      "203.0.113.9,",
      null,
      7,
      {},
      [],
      [1],
    ]) {
      expect(client({ remote_addr: "10.0.0.2", xff }), JSON.stringify(xff)).toBe("10.0.0.2");
    }
    const tooMany = `203.0.113.9${", 10.0.0.7".repeat(40)}`;
    expect(client({ remote_addr: "10.0.0.2", xff: tooMany })).toBe("10.0.0.2");
    // cut at its end a list would name whom its writer likes
    expect(client({ remote_addr: "10.0.0.2", xff: `203.0.113.9${" ".repeat(5000)}, 10.0.0.7` })).toBe("10.0.0.2");
  });

  it("a peer that is not trusted is the client, and nothing trusted means nothing read", () => {
    expect(client({ remote_addr: "192.0.2.66", xff: "203.0.113.9" })).toBe("192.0.2.66");
    const untold = (record: unknown) => keyOf("key: { forwarded: [xff] }", record);
    expect(untold({ remote_addr: "10.0.0.2", xff: "203.0.113.9" })).toBe("10.0.0.2");
    expect(untold({ xff: "203.0.113.9", msg: "x" })).toBeNull();
  });

  it("the field may stand in the line's own JSON, the peer in the line", () => {
    expect(client({ log: '{"remote_addr":"10.0.0.2","xff":"6.6.6.6, 203.0.113.9","msg":"x"}' })).toBe("203.0.113.9");
    expect(client({ log: '{"peer":"10.0.0.2","http":{"forwarded":"for=203.0.113.9"},"msg":"x"}' })).toBe("203.0.113.9");
    const log = '10.0.0.2 - - [21/Nov/2026:02:11:09 +0000] "GET / HTTP/1.1" 200 1';
    expect(client({ xff: "203.0.113.9", log })).toBe("203.0.113.9");
    expect(client({ xff: "203.0.113.9", log: log.replace("10.0.0.2", "192.0.2.66") })).toBe("192.0.2.66");
    // no peer: the end of the list was written by who spoke to the application
    expect(client({ xff: "6.6.6.6, 203.0.113.9, 10.0.0.7", msg: "logged in" })).toBe("203.0.113.9");
  });

  it("a configured key that is no address is not replaced", () => {
    expect(client({ tenant: "acme", xff: "203.0.113.9" }, "\nsource: [x]")).toBe("203.0.113.9");
    const both = "key: { fields: [tenant], forwarded: [xff], trustedProxies: [10.0.0.0/8] }";
    expect(keyOf(both, { tenant: "acme", xff: "203.0.113.9" })).toBe("acme");
    expect(keyOf(both, { tenant: "10.0.0.3", xff: "203.0.113.9" })).toBe("203.0.113.9");
  });
});

describe("profiles", () => {
  const yaml = `
tagAll: true
key: { fields: [a] }
profiles:
- { name: by tag, tag: "batch.*", key: { fields: [b] }, severity: { medium: 2 } }
- { name: by source, source: "bill*", key: { fields: [c] }, fields: { message: [text] } }
`;
  const record = { a: "A", b: "B", c: "C", msg: "usual", text: "other" };

  it("choose the fields by the shipper's tag or by the record's source, record by record", () => {
    const engine = engineOf(yaml);
    const keys = (tag: string, records: unknown[]) => {
      engine.setTag(tag);
      const lines = Buffer.from(records.map((one) => `${JSON.stringify(one)}\n`).join(""));
      const output = [...engine.tag(lines, { flags: 0, seconds: BigInt(arrival) })].map((part) =>
        Buffer.from(part.output),
      );
      return Buffer.concat(output)
        .toString()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).anomaly.key);
    };
    const billing = { ...record, source: "billing" };
    const inLine = { log: JSON.stringify(billing) };
    expect(keys("app", [record, billing, record, billing, billing, inLine, record])).toEqual([..."ACACCCA"]);
    expect(keys("batch.1", [record, billing])).toEqual([..."BB"]);
    expect(keys("app", [billing])).toEqual(["C"]);
    expect(read(yaml, { ...record, source: "billing" }, "app").message).toBe("other");
    expect(read(yaml, record, "app").message).toBe("usual");
  });

  it("find what they name where they name the same", () => {
    const same = `
key: { fields: [tenant] }
profiles: [{ name: quiet, source: "*", errors: { floor: 50 } }, { name: all, tag: "*", tagAll: true }]
`;
    expect(read(same, { tenant: "acme", source: "x" }).key).toBe("acme");
    expect(read(same, { tenant: "acme", msg: "x" }).key).toBe("acme");
  });

  it("choose by the program a line names where there is no such field", () => {
    const log = "Nov 21 02:11:10 host billd[12]: a=1 b=2 c=9";
    expect(read(yaml, { a: "A", c: "C", log }, "app").key).toBe("9");
    expect(read(yaml, { a: "A", c: "C", log: log.replace("billd", "other") }, "app").key).toBe("1");
  });
});

const names = ["a", "b", "c", "id", "usr", "log", "x_f", "größe", "a.b", "b.c", "message", "status"];

/** A configuration with paths over a few names, so that records often have them. */
function someSettings(random: () => number): FieldSettings {
  const below = (n: number) => Math.floor(random() * n);
  const some = () =>
    Array.from({ length: random() < 0.25 ? 0 : 1 + below(3) }, () =>
      Array.from({ length: 1 + below(3) }, () => names[below(names.length)]).join("."),
    );
  const settings = Object.fromEntries(uses.map((use) => [use, [...new Set(some())].map(bytesOf)]));
  const networks = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/33", "::ffff:203.0.113.0/120", "0.0.0.0/1"];
  return {
    ...(settings as Record<Use, Bytes[]>),
    trustedProxies: networks.filter(() => random() < 0.4),
  };
}

function fieldsYaml(settings: FieldSettings): string {
  const list = (use: Use) => JSON.stringify(settings[use].map((path) => Buffer.from(path, "latin1").toString()));
  const fields = `{ message: ${list("message")}, level: ${list("level")}, status: ${list("status")}, endpoint: ${list("endpoint")} }`;
  const proxies = JSON.stringify(settings.trustedProxies);
  return `fields: ${fields}, key: { fields: ${list("key")}, forwarded: ${list("forwarded")}, trustedProxies: ${proxies} }`;
}

function yamlOf(settings: FieldSettings): string {
  const source = JSON.stringify(settings.source.map((path) => Buffer.from(path, "latin1").toString()));
  return `{ tagAll: true, source: ${source}, ${fieldsYaml(settings)} }`;
}

const texts = [
  ...["", "-", "u1", "Zoë", "error", "WARN", "50", "200", "404 x", "/a/b?c=d", "plain words here", 'quo"te\\', "\n"],
  ...[
    "10.0.0.2",
    "203.0.113.9",
    "192.0.2.7:80",
    "2001:DB8::7",
    "[2001:db8:8000::1]:99",
    "unknown",
    "1.2.3.4, 10.0.0.2",
  ],
  ...[
    "6.6.6.6,203.0.113.9 , 10.9.9.9",
    'for=1.2.3.4;by=x, For="[2001:db9::1]:4"',
    "for=_x",
    " , ",
    "10.0.0.1, 10.0.0.2",
  ],
  ...["login failed for root from 203.0.113.77 port 22", "key=value a=1 id=u7 usr=u8 x_f=1.2.3.4"],
  '10.0.0.2 - - [21/Nov/2026:02:11:09 +0000] "GET /x HTTP/1.1" 200 17',
];

/** A value as JSON text, with escapes that need not be there; deeper than `depth` only scalars. */
function someValue(random: () => number, depth: number): string {
  const below = (n: number) => Math.floor(random() * n);
  const share = random();
  if (share < 0.45 || depth === 0) return someString(random, texts[below(texts.length)]);
  if (share < 0.55) return String(below(700));
  if (share < 0.62) return ["null", "true", "false", "-1.5e3"][below(4)];
  if (share < 0.7) return `[${Array.from({ length: below(3) }, () => someValue(random, depth - 1)).join(", ")}]`;
  if (share < 0.78) return someString(random, someObject(random, depth - 1));
  return someObject(random, depth - 1);
}

function someObject(random: () => number, depth: number): string {
  const space = () => (random() < 0.1 ? " " : "");
  const members = Array.from({ length: Math.floor(random() * 6) }, () => {
    const name = someString(random, names[Math.floor(random() * names.length)]);
    return `${space()}${name}${space()}:${space()}${someValue(random, depth)}`;
  });
  return `{${members.join(",")}${space()}}`;
}

function someString(random: () => number, text: string): string {
  const escaped = JSON.stringify(text);
  if (random() < 0.8) return escaped;
  if (random() < 0.02) return `"${text.replace(/["\\\n]/g, "")}\\q"`;
  return escaped.replace(/[a-zö:./]/g, (letter) =>
    random() < 0.3 ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}` : letter,
  );
}

describe("on random records and configurations", () => {
  /** What was compared, so that nothing can agree by not having been looked at. */
  const seen = { lines: 0, keys: 0, messages: 0, forwarded: 0 };
  const inspector = new Inspector(engine);
  const batch = new Engine();

  for (let seed = 1; seed <= 4; seed++) {
    it(`the filter agrees with the reference, and its two entry points with each other (seed ${seed})`, () => {
      const random = seededRandom(seed);
      for (let round = 0; round < 20; round++) {
        const settings = someSettings(random);
        const model = modelOf(yamlOf(settings));
        engine.useModel(model, "as configured");
        const records = Array.from({ length: 60 }, () => {
          // long values are kept in part only
          for (;;) {
            const record = someObject(random, 4);
            if (record.length < 450) return record;
          }
        });
        for (const record of records) {
          const line = bytesOf(record);
          const [found, expected] = [inspector.inspect(line, arrival)?.event, parseLine(line, arrival, settings)];
          if (!isDeepStrictEqual(found, expected)) {
            expect(found, `${yamlOf(settings)}${record}`).toEqual(expected);
          }
          const plain = parseLine(line, arrival);
          if (plain.key !== expected.key) seen.keys++;
          if (plain.message !== expected.message) seen.messages++;
          if (settings.trustedProxies.length > 0 && /^(203|1\.2|6\.6)/.test(expected.key)) seen.forwarded++;
          seen.lines++;
        }
        compareEntries(batch, model, records);
      }
    });
  }

  it("each profile finds what it would find alone, whichever came before", () => {
    const random = seededRandom(9);
    for (let round = 0; round < 20; round++) {
      const [base, other] = [someSettings(random), someSettings(random)].map((one) => ({ ...one, source: [] }));
      const yaml = `{ ${fieldsYaml(base)}, profiles: [{ name: o, source: "o*", ${fieldsYaml(other)} }] }`;
      engine.useModel(modelOf(yaml), "as configured");
      for (let i = 0; i < 40; i++) {
        const inside = someObject(random, 2);
        const isOther = random() < 0.5;
        const record = `{"source":"${isOther ? "other" : "base"}"${inside === "{}" || /^{ *}/.test(inside) ? "" : ","}${inside.slice(1)}`;
        if (record.length > 450) continue;
        const expected = parseLine(bytesOf(record), arrival, isOther ? other : base);
        const found = inspector.inspect(bytesOf(record), arrival)?.event;
        if (!isDeepStrictEqual(found, expected)) expect(found, `${yaml}${record}`).toEqual(expected);
      }
    }
  });

  it("and has seen enough of everything", () => {
    expect(seen.lines).toBe(4800);
    for (const count of [seen.keys, seen.messages, seen.forwarded]) expect(count).toBeGreaterThan(50);
  });
});

/** Fluent Bit's entry and the batch write the same bytes. */
function compareEntries(batch: Engine, model: Uint8Array, records: string[]): void {
  const host = new FilterHost({ model });
  batch.exports.oddline_start(0x5a5a5a5a5a5a5a5an); // what the filter host's random_get gives
  batch.useModel(model, "as configured");
  batch.setTag("app.log");
  const lines = Buffer.from(records.map((record) => `${record}\n`).join(""));
  const parts = [...batch.tag(lines, { flags: 0, seconds: BigInt(arrival) })].map(({ output }) => Buffer.from(output));
  const written = Buffer.concat(parts).toString().split("\n");
  records.forEach((record, i) => {
    const { output, same } = host.filter(Buffer.from(record), { seconds: arrival });
    // the batch makes a text of what is no record, Fluent Bit's entry hands it back
    if (!(same && output?.toString() === record) && output?.toString() !== written[i]) {
      expect(output?.toString()).toBe(written[i]);
    }
  });
  expect(host.errors.join("")).toContain("loaded");
}
