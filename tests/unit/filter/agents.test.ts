/** User agents: who may teach them, how often one is told, and that a summary teaches what the lines do. */
import { beforeAll, describe, expect, it } from "vitest";
import { learn } from "../../../host/learn/refresh.js";
import { readSummaries, writeSummary } from "../../../host/learn/summary.js";
import { SignatureStore } from "../../../host/signatures/signatureStore.js";
import { Engine } from "../../../host/wasm/engine.js";
import { learnDefaults, learnText } from "../../support/learning.js";

const day = Date.UTC(2026, 10, 21, 2) / 1000;
const hour = 3600;
const line = (agent: string, client = "203.0.113.9", minutes = 11) => {
  const [, date, , year, time] = new Date(day * 1000 + minutes * 60_000).toUTCString().split(" ");
  const month = minutes < 14_000 ? "Nov" : "Dec";
  return `${client} - - [${date}/${month}/${year}:${time} +0000] "GET / HTTP/1.1" 200 512 "-" "${agent}"`;
};
/** Forty clients with one program, and what else there is. */
const log = (...others: string[]) => {
  const usual = Array.from({ length: 4000 }, (_, i) => line("Mozilla/5.0 (X11)", `192.0.${i % 40}.7`));
  return `${[...usual, ...others].join("\n")}\n`;
};

let model: Uint8Array;
beforeAll(async () => {
  model = (await learnText(log())).model;
});

/** Reasons of the lines' tags. */
function reasons(lines: string[], by = model): (string | undefined)[] {
  const engine = new Engine(7n);
  engine.useModel(by, "learnt here");
  return lines.map((text) => {
    const [part] = [...engine.tag(Buffer.from(text), { flags: 0, seconds: BigInt(day + 40 * 24 * hour) })];
    return JSON.parse(Buffer.from(part.output).toString()).anomaly?.reason;
  });
}

const told = (texts: (string | undefined)[]) => texts.filter((text) => /^user agent/.test(text ?? "")).length;
const times = (count: number, agent: string, client?: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(agent, client?.(i)));

describe("a user agent", () => {
  it("is told with the name it has", () => {
    expect(reasons([line("sqlmap/1.8.4#stable (https://sqlmap.org)")])).toEqual([
      'user agent "sqlmap/1.8.4#stable": a scanner',
    ]);
    expect(reasons([line("Wanderer/2.0 (rv:3)")])).toEqual([
      'user agent "Wanderer/2.0": no such program in 4,000 requests',
    ]);
    expect(reasons([line("<b>")])).toEqual(['user agent "<b>": no such characters in 4,000 requests']);
  });

  it("is read from a list of values among a request's headers, as Caddy writes it", () => {
    const request = { client_ip: "203.0.113.9", method: "GET", uri: "/", headers: { "User-Agent": ["sqlmap/1.8.4"] } };
    const event = { ts: day, msg: "handled request", request, size: 512, status: 200 };
    expect(reasons([JSON.stringify(event)])).toEqual(['user agent "sqlmap/1.8.4": a scanner']);
  });

  it("of a family never met is told once a day, and four times a month", () => {
    const lines = Array.from({ length: 600 }, (_, i) => line("Wanderer/2.0", `203.0.113.${i % 250}`, i * 20));
    expect(told(reasons(lines.slice(0, 70)))).toBe(1);
    expect(told(reasons(lines))).toBe(4);
    expect(told(reasons([...lines, line("Wanderer/2.0", undefined, 31 * 24 * 60)]))).toBe(5);
  });

  it("of ever another family is told twenty times an hour", () => {
    const names = Array.from({ length: 80 }, (_, i) =>
      line(`${"abcdefghij"[i % 10]}${"klmnopqrst"[(i / 10) | 0]}-get/1`),
    );
    expect(told(reasons(names))).toBe(20);
  });

  it("of a scanner is told four times for a client, twenty times in all", () => {
    expect(told(reasons(times(80, "nikto")))).toBe(4);
    expect(told(reasons([...times(80, "nikto"), line("nikto", "203.0.113.10")]))).toBe(5);
    expect(told(reasons(times(80, "nikto", (i) => `203.0.113.${i}`)))).toBe(20);
  });

  it("with a lookup expression is told twenty times for a client", () => {
    const lookups = (client?: string) =>
      Array.from({ length: 60 }, (_, i) => line(`$\{jndi:ldap://h${i}.example/a}`, client));
    expect(told(reasons(lookups()))).toBe(20);
    expect(told(reasons([...lookups(), ...lookups("203.0.113.10")]))).toBe(40);
  });

  it("is usual where three networks have it, not where one has", async () => {
    const one = (await learnText(log(...times(30, "nikto")))).model;
    const three = (await learnText(log(...times(30, "nikto", (i) => `198.51.${i % 3}.1`)))).model;
    expect(told(reasons([line("nikto")], one))).toBe(1);
    expect(told(reasons([line("nikto")], three))).toBe(0);
  });

  it("is not judged by a model that learnt of none", async () => {
    const without = log().replaceAll(/ "-" ".*"$/gm, "");
    const { model: silent } = await learnText(without);
    expect(reasons([line("nikto"), line("Wanderer/1")], silent)).toEqual([undefined, undefined]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a lookup expression
    expect(told(reasons([line("${jndi:x}")], silent))).toBe(1);
  });

  it("teaches through a summary what its lines teach", async () => {
    const { model: whole, store } = await learnText(log(...times(9, "nikto", (i) => `198.51.${i % 3}.1`)));
    const summary = [...writeSummary(store)].join("");
    const engine = new Engine();
    const merged = new SignatureStore();
    const source = {
      name: "summary",
      sizeBytes: undefined,
      open: async function* () {
        yield Buffer.from(summary);
      },
    };
    await readSummaries(engine, [source], merged);
    expect(Buffer.from(learn(engine, merged, learnDefaults).model).equals(whole)).toBe(true);
  });
});
