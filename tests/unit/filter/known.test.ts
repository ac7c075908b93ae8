/** What a `known:` entry keeps quiet: what it matched, and nothing that a stranger can write beside it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../host/config/configuration.js";
import { openSources } from "../../../host/io/chunks.js";
import { readSignatures } from "../../../host/learn/readSignatures.js";
import { learn } from "../../../host/learn/refresh.js";
import { decodeSections, type Sections } from "../../../host/model/modelFile.js";
import { reconfigure } from "../../../host/model/reconfigure.js";
import { SignatureStore, signaturesMaxDefault } from "../../../host/signatures/signatureStore.js";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { learnDefaults, withFolder } from "../../support/learning.js";

const seconds = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);
const access = (request: string, status = 200, more = '"-" "browser"') =>
  `192.0.2.7 - - [21/Nov/2026:02:11:09 +0000] "${request} HTTP/1.1" ${status} 512 ${more}`;
const pages = ["/", "/shop/list", "/shop/item?id=4", "/shop/item?id=17", "/news/today", "/news/old", "/about"];
const texts = ["app: order 17 was paid", "app: order 4 was sent", "app: stock is low"];

let learnt: Sections;
const learner = new Engine();
beforeAll(async () => {
  const store = new SignatureStore(signaturesMaxDefault);
  const lines = Array.from({ length: 6000 }, (_, i) => (i % 3 ? access(`GET ${pages[i % 7]}`) : texts[(i / 3) % 3]));
  await withFolder(async (folder) => {
    writeFileSync(join(folder, "log"), `${lines.join("\n")}\n`);
    await readSignatures(learner, openSources([join(folder, "log")]), store);
  });
  learnt = decodeSections(learn(learner, store, learnDefaults).model);
});

const models = new Map<string, Uint8Array>();

function modelOf(known: string): Uint8Array {
  const yaml = `detectors: { traffic: false }\nknown: [{ ${known}, reason: expected, until: 2026-12-31 }]`;
  const { configuration } = parseConfiguration(known ? yaml : "detectors: { traffic: false }", "oddline.yaml");
  if (!models.has(known)) models.set(known, reconfigure(learner, learnt, configuration, "model"));
  return models.get(known)!;
}

/** The type of the tag that a line gets, told or counted as one of many; undefined where it gets none. */
function judge(known: string, line: string, flags = 0): string | undefined {
  const engine = new Engine(3n);
  engine.useModel(modelOf(known), "learnt here");
  const [{ output }] = [...engine.tag(Buffer.from(`${line}\n`), { flags, seconds })];
  return JSON.parse(Buffer.from(output).toString()).anomaly?.type;
}

const told = (known: string, line: string) => {
  const [cached, uncached] = [judge(known, line), judge(known, line, batchFlag.noCache)];
  expect(uncached).toBe(cached);
  return cached;
};

describe("a request is known by method, path and status", () => {
  const health = access("GET /health", 500);

  it("as new patterns and those for the whole line say it", () => {
    expect(told("", health)).toBe("novelty");
    for (const pattern of [
      "GET /health 500",
      "GET /health* 500",
      "GET /health",
      "/health 500",
      'GET /health HTTP/1.1\\" 500',
      'GET /health* HTTP/1.1\\" 500',
      '\\"GET /health* HTTP/1.1\\" 500',
      "GET /health HTTP",
    ]) {
      expect(told(`pattern: "${pattern}"`, health), pattern).toBeUndefined();
    }
    for (const pattern of ["POST /health", "GET /health 200", "GET / HTTP", "browser", "192.0.2.7", "512"]) {
      expect(told(`pattern: "${pattern}"`, health), pattern).toBe("novelty");
    }
  });

  it("never by what a client writes beside it", () => {
    const known = 'pattern: "GET /health* HTTP/1.1\\" 500"';
    const forged = 'GET /health HTTP/1.1\\" 500 GET /health 500';
    for (const line of [
      access("GET /shell.jsp", 200, `"-" "${forged}"`),
      access("GET /shell.jsp", 200, `"${forged}" "browser"`),
      access(`GET /shell.jsp?x=${encodeURIComponent(forged)}`),
      access("GET /shell.jsp?GET /health 500"),
      access("GET /shell.jsp/GET /health 500"),
      access("GET /shell.jsp GET /health 500 HTTP/1.1 500"),
      access(`GET /shell.jsp#GET /health`, 500),
    ]) {
      expect(told(known, line), line).toBe("novelty");
    }
    const words = access("GET /about", 200, `"-" "kernel panic - not syncing ${forged}"`);
    expect(told(known, words)).toBe("keyword");
    expect(told(`${known}, silences: [novelty]`, words)).toBe("keyword");
    expect(told(`${known}, silences: [keyword]`, words)).toBe("keyword");
  });

  it("which is no word about its query, or about another place it may mean", () => {
    for (const target of [
      "/health?c=' union select password from users--",
      "/health?<script>",
      "/health/../../etc/passwd",
      "/health/%2e%2e/%2e%2e/etc/passwd",
      "/health%2f..%2fshell",
      "/health\\\\..\\\\shell",
    ]) {
      expect(told('pattern: "GET /health*"', access(`GET ${target}`, 500)), target).toBe("novelty");
    }
    expect(told('pattern: "GET /health*"', access("GET /health?at=2026-11-21&probe=lb-7", 500))).toBeUndefined();
    // a place that was learnt is judged by what was learnt of its parameters
    const odd = access("GET /shop/item?id=x'", 500);
    expect(told('pattern: "GET /shop/item 500"', odd)).toBe("novelty");
    expect(told('pattern: "GET /shop/item 500"', access("GET /shop/item?id=4", 500))).toBeUndefined();
  });

  it("unless it says otherwise", () => {
    const odd = access("GET /health?c='", 500);
    expect(told(`pattern: "GET /health?c=' 500", match: target`, odd)).toBeUndefined();
    expect(told(`pattern: "GET /health?c=' 500"`, odd)).toBe("novelty");
    const monitored = access("GET /probe", 200, '"-" "monitor"');
    expect(told('pattern: "\\"monitor\\"", match: line', monitored)).toBeUndefined();
    expect(told('pattern: "\\"monitor\\"", match: target', monitored)).toBe("novelty");
  });

  it("in records of fields, too", () => {
    const record = (path: string, agent: string) =>
      JSON.stringify({ method: "GET", path, status: 500, user_agent: agent });
    expect(told("", record("/health", "browser"))).toBe("novelty");
    expect(told('pattern: "GET /health 500"', record("/health", "browser"))).toBeUndefined();
    expect(told('pattern: "GET /health 500"', record("/shell.jsp", "GET /health 500"))).toBe("novelty");
  });
});

describe("any other event is known by its message", () => {
  const text = "app: the flux capacitor lost 3 of 4 phases and is unhappy";

  it("novelty and outliers, unless the entry names detectors", () => {
    const type = told("", text)!;
    expect(["novelty", "outlier"]).toContain(type);
    expect(told('pattern: "flux capacitor*phases"', text)).toBeUndefined();
    expect(told('pattern: "flux capacitor", silences: [keyword]', text)).toBe(type);
    const left = told(`pattern: "flux capacitor", silences: [${type}]`, text);
    expect(left).not.toBe(type);
  });

  it("a keyword only where the pattern names it, or the entry silences keywords", () => {
    const panic = "kernel: Out of memory: Killed process 7 (flux)";
    expect(told('pattern: "Out of memory*process 7"', panic)).toBeUndefined();
    expect(told('pattern: "process 7*flux", silences: [novelty, outlier]', panic)).toBe("keyword");
    expect(told('pattern: "process 7*flux", silences: [novelty, outlier, keyword]', panic)).toBeUndefined();
    // one of two
    expect(told('pattern: "Out of memory*process 7"', `${panic}: kernel panic`)).toBe("keyword");
  });

  it("and an error log's without what the client sent", () => {
    const error = (referrer: string) =>
      "2026/11/21 02:11:09 [error] 7#7: *9 the flux capacitor is gone, client: 192.0.2.7, server: shop, " +
      `request: "GET /x HTTP/1.1", host: "shop", referrer: "${referrer}"`;
    expect(told('pattern: "flux capacitor is gone"', error("-"))).toBeUndefined();
    expect(told('pattern: "harmless thing"', error("harmless thing"))).toBeDefined();
  });
});
