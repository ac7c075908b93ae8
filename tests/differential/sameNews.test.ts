/** What is muted is the same news and no more: nothing hides behind news that was told often enough. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseConfiguration } from "../../host/config/configuration.js";
import { configuredSections } from "../../host/model/configuredSections.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { FilterHost } from "../support/filterHost.mjs";
import { learnFiles, withFolder } from "../support/learning.js";

const seconds = Date.UTC(2026, 10, 21, 3) / 1000;
const line = (request: string, status = 404, client = "192.0.2.7", second = 9) =>
  `${client} - - [21/Nov/2026:02:11:${String(second).padStart(2, "0")} +0000] "${request}" ${status} 512 "-" "browser"`;
const get = (target: string, status?: number) => line(`GET ${target} HTTP/1.1`, status);
const pages = ["/", "/shop/list", "/shop/item?id=4", "/shop/item?id=17", "/news/today", "/news/old", "/about"];

let model: Uint8Array;
beforeAll(async () => {
  const lines = Array.from({ length: 4000 }, (_, i) => `${get(pages[i % 7], i % 50 ? 200 : 404)}\n`);
  model = await withFolder(async (folder) => {
    writeFileSync(join(folder, "log"), lines.join(""));
    const { configuration } = parseConfiguration("detectors: { traffic: false }", "oddline.yaml");
    return (await learnFiles([join(folder, "log")], { given: configuredSections(configuration) })).model;
  });
});

/** Whether each line is tagged, by an engine with its cache, one without, and Fluent Bit's entry, which agree. */
function tagged(lines: string[], at: (line: number) => number = () => seconds): boolean[] {
  const host = new FilterHost({ model });
  const engines = [0, batchFlag.noCache].map((flags) => {
    const engine = new Engine(0x5a5a5a5a5a5a5a5an); // the seed of the filter host's random_get
    engine.useModel(model, "learnt here");
    return { engine, flags };
  });
  const differing: string[] = [];
  const told = lines.map((text, number) => {
    const record = Buffer.from(JSON.stringify({ log: text }));
    const [a, b] = engines.map(({ engine, flags }) => {
      const parts = [...engine.tag(Buffer.from(`${record}\n`), { flags, seconds: BigInt(at(number)) })];
      return parts.reduce((sum, part) => sum + part.tagged, 0);
    });
    const filtered = host.filter(record, { seconds: at(number) }).output?.toString() ?? "";
    if (b > 0 !== a > 0 || /"anomaly":\{"score":\d/.test(filtered) !== a > 0) differing.push(text);
    return a > 0;
  });
  expect(differing).toEqual([]);
  return told;
}

const times = (count: number, text: string) => Array<string>(count).fill(text);
const count = (told: boolean[]) => told.filter(Boolean).length;
/** A new directory is told, and then is silent. */
const prelude = times(4, get("/publico/shell.jsp"));

describe("behind news that was told", () => {
  it("the same request is muted for the rest of the day, but for every hundredth", () => {
    const told = tagged([...prelude, ...times(200, prelude[0])]);
    expect(told.flatMap((is, number) => (is ? [number + 1] : []))).toEqual([1, 100, 200]);
    const at = (day: string) => prelude[0].replace("21/Nov/2026:02:11:", `${day}:`);
    const later = tagged([...prelude, at("22/Nov/2026:02:11"), at("22/Nov/2026:02:12")]);
    expect(later.slice(-2)).toEqual([false, true]);
  });

  it("a new value or a new name is muted as well, whoever sends it, and told with another sign or name", () => {
    const news = ["/shop/item?id=red", "/shop/item?id=4&campaign=summer"];
    const requests = [
      "/shop/item?id=blue",
      "/shop/item?id=9&campaign=winter",
      "/shop/item?id='",
      "/shop/item?id=4&cam=x",
    ];
    const all = [...news, ...requests].map((target, i) => line(`GET ${target} HTTP/1.1`, 200, `198.51.100.${i}`));
    expect(tagged(all)).toEqual([true, true, false, false, true, true]);
  });

  it("what has signs beyond those of words is muted letter by letter, when it was told three times in an hour", () => {
    const [first, second] = ["/shop/item?id=' or 1=1--", "/shop/item?id=' or 2=3 --"].map((target) => get(target, 200));
    expect(tagged([first, first, first, first, second, first])).toEqual([true, true, true, false, true, false]);
  });

  const attacks: [what: string, request: string, status?: number][] = [
    ["a query", "GET /publico/shell.jsp?c=' union select password from users--"],
    ["a plain query", "GET /publico/shell.jsp?c=whoami"],
    ["a parameter without a value", "GET /publico/shell.jsp?debug"],
    ["a sign in the path", "GET /publico/shell.jsp;id"],
    ["a quote in the path", "GET /publico/shell'.jsp"],
    ["an encoded sign in the path", "GET /publico/shell.jsp%3cscript%3e"],
    ["another method", "POST /publico/shell.jsp"],
    ["another status", "GET /publico/shell.jsp", 200],
    ["another extension", "GET /publico/shell.php"],
    ["a hidden file", "GET /publico/.env"],
    ["a place further in", "GET /publico/shell.jsp/.git/config"],
    ["a long value", `GET /publico/shell.jsp?${"a".repeat(3000)}=${"A".repeat(3000)}`],
    ["what stands behind the protocol", "GET /publico/shell.jsp HTTP/1.1 ' or 1=1"],
  ];
  for (const [what, request, status] of attacks) {
    it(`${what} is told of another client, and after ten quiet seconds`, () => {
      const another = line(`${request} HTTP/1.1`, status, "198.51.100.9");
      expect(tagged([...prelude, another]).slice(3)).toEqual([false, true]);
      const later = line(`${request} HTTP/1.1`, status, undefined, 20);
      expect(tagged([...prelude, later]).slice(3)).toEqual([false, true]);
    });
  }

  it("what the same client does with another method or status is told at once", () => {
    const post = line("POST /publico/shell.jsp HTTP/1.1");
    expect(tagged([...prelude, post, get("/publico/shell.jsp", 200)]).slice(3)).toEqual([false, true, true]);
  });

  const evasive = [
    "/publico/../shell.jsp",
    "/publico/..;/shell.jsp",
    "/publico/%2e%2e/shell.jsp",
    "/publico/%2E./shell.jsp",
    "/publico/%252e%252e/shell.jsp",
    "/publico/%25252e%25252e/shell.jsp",
    "/publico/..%2fshell.jsp",
    "/publico/a%2fshell.jsp",
    "/publico/a%252fshell.jsp",
    "/publico/a%5cshell.jsp",
    "/publico/a%255cshell.jsp",
    "/publico/a\\shell.jsp",
    "/publico/a%c0%afshell.jsp",
    "/publico/a%c0%aeshell.jsp",
    "/publico/a%e0%80%afshell.jsp",
    "/publico/a%f0%80%80%afshell.jsp",
    "/publico/a%u2215shell.jsp",
    "/publico/shell%00.jsp",
    "/publico/shell.jsp?f=../../etc/passwd",
    "/publico/shell.jsp?f=..%5c..%5cboot.ini",
    "/publico/shell.jsp?f=%252e%252e%252fetc",
    "/shop/../publico/shell.jsp",
    `/publico/${"a.".repeat(2100)}`,
  ];
  it("a path that may mean another one is told each time", () => {
    for (const target of evasive) {
      const told = tagged([...prelude, ...times(40, get(target))]);
      expect(count(told.slice(4)), target).toBe(40);
    }
  });

  it("it does not help to have harmless children of a known directory first", () => {
    const harmless = Array.from({ length: 60 }, (_, i) => get(`/news/x${i}`));
    const told = tagged([
      ...harmless,
      get("/news/x99?c=<script>"),
      get("/news/x99", 500),
      get("/news/../../etc/passwd"),
    ]);
    expect(told.slice(-3)).toEqual([true, true, true]);
  });
});

describe("noise stays within bounds", () => {
  it("a scan of one client costs three tags and one of each hundred", () => {
    const told = tagged(
      Array.from({ length: 1000 }, (_, i) => get(`/a${i.toString(2).replaceAll("0", "b").replaceAll("1", "c")}`)),
    );
    expect(count(told)).toBe(3 + 10);
  });

  it("a new place with a number for each visitor costs no more, whoever comes", () => {
    const visits = Array.from({ length: 1500 }, (_, i) =>
      line(`GET /orders/${i * 7919} HTTP/1.1`, 200, `198.51.${i >> 8}.${i & 255}`),
    );
    expect(count(tagged(visits))).toBeLessThanOrEqual(3 + 15);
  });
});
