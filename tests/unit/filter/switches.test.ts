/** What the configuration switches off, on or over stays so, in both entries of the filter and through the command. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../host/config/configuration.js";
import { configuredModel } from "../../../host/model/configuredModel.js";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { oddline } from "../../support/cli.js";
import { FilterHost } from "../../support/filterHost.mjs";
import { withFolder } from "../../support/learning.js";

const seconds = Date.UTC(2026, 10, 21, 3) / 1000;
const engine = new Engine();
const batch = new Engine();

interface Tagged {
  anomaly?: { type?: string; state: string; event?: string; score: number; count?: number };
  [field: string]: unknown;
}

/** The same records through Fluent Bit's entry and through the batch, which must agree. */
function judge(yaml: string, records: unknown[], { tag = "app", at = seconds, flags = 0 } = {}): Tagged[] {
  const model = configuredModel(engine, parseConfiguration(yaml, "oddline.yaml").configuration);
  const host = new FilterHost({ model });
  batch.exports.oddline_start(0x5a5a5a5a5a5a5a5an); // the seed of the filter host's random_get
  batch.useModel(model, "as configured");
  batch.setTag(tag);
  const texts = records.map((record) => (typeof record === "string" ? record : JSON.stringify(record)));
  const lines = Buffer.from(texts.map((text) => `${text}\n`).join(""));
  const parts = [...batch.tag(lines, { flags, seconds: BigInt(at) })].map(({ output }) => Buffer.from(output));
  const written = Buffer.concat(parts).toString().split("\n").slice(0, -1);
  if (flags === 0) {
    const filtered = texts.map((text) => host.filter(Buffer.from(text), { tag, seconds: at }).output?.toString());
    expect(filtered).toEqual(written);
  }
  return written.map((line) => JSON.parse(line));
}

const access = (status: number, address = "192.0.2.1", path = "/") => ({
  log: `${address} - - [21/Nov/2026:02:11:09 +0000] "GET ${path} HTTP/1.1" ${status} 12`,
});
const errors = Array.from({ length: 10 }, () => access(500));
const traffic = Array.from({ length: 150 }, () => access(200, "192.0.2.2"));
const keyword = [{ remote_addr: "192.0.2.3", log: "kernel: Out of memory: Killed process 7" }];
const everything = [...errors, ...traffic, ...keyword];
const loud = "detectors: { novelty: false, outlier: false }\n";
const events = (tagged: Tagged[]) => tagged.flatMap(({ anomaly }) => anomaly?.event ?? []);
const types = (tagged: Tagged[]) => new Set(tagged.flatMap(({ anomaly }) => anomaly?.type ?? []));
const states = (tagged: Tagged[]) => new Set(tagged.flatMap(({ anomaly }) => anomaly?.state ?? []));

describe("a detector that is off", () => {
  it("tags nothing, changes no state, tells of no event; the others go on", () => {
    expect(events(judge(loud, everything))).toEqual(["HIGH_ERROR_RATE", "HIGH_TRAFFIC", "KEYWORD_DETECTED"]);
    const without = (off: string) => judge(`tagAll: true\ndetectors: { ${off} }`, everything);
    for (const [off, type, state, event] of [
      ["errorRate: false", "error_rate", "ERROR_RATE_ALERT", "HIGH_ERROR_RATE"],
      ["traffic: false", "traffic", "TRAFFIC_ALERT", "HIGH_TRAFFIC"],
      ["keyword: false", "keyword", "KEYWORD_ALERT", "KEYWORD_DETECTED"],
    ]) {
      const tagged = without(off);
      expect(types(tagged)).not.toContain(type);
      expect(states(tagged)).not.toContain(state);
      expect(events(tagged)).not.toContain(event);
      expect(events(tagged).length).toBe(2);
    }
    const none = without("errorRate: false, traffic: false, keyword: false");
    expect([types(none), states(none), events(none)]).toEqual([new Set(), new Set(["NORMAL"]), []]);
  });

  it("is off for its profile alone, and sees no alert that another profile raised", () => {
    const yaml = `
tagAll: true
profiles:
- { name: quiet, source: quiet, detectors: { errorRate: false, traffic: false, keyword: false } }
- { name: endpoints, source: narrow, endpoints: { enabled: true, floor: 3 }, requests: { floor: 1000 } }
`;
    const of = (source: string, records: object[]) => records.map((record) => ({ source, ...record }));
    const quiet = judge(yaml, [...of("quiet", everything), ...of("other", errors), ...of("quiet", errors)]);
    expect(states(quiet.slice(0, everything.length))).toEqual(new Set(["NORMAL"]));
    expect(events(quiet)).toEqual(["HIGH_ERROR_RATE"]);
    expect(quiet.at(-1)?.anomaly?.state).toBe("NORMAL");
    // traffic per endpoint counts for the profile that asks for it
    const wide = judge(yaml, of("other", traffic.slice(0, 50)));
    expect(states(wide)).toEqual(new Set(["NORMAL"]));
    const narrow = judge(yaml, of("narrow", traffic.slice(0, 50)));
    expect(events(narrow)).toEqual(["HIGH_TRAFFIC"]);
  });

  it("counts errors by who did anything, also where traffic is off", () => {
    // 20 calm keys with one error each: their mean is 1/2 with the ten that only did harmless things
    const calm = Array.from({ length: 20 }, (_, i) => access(i % 2 ? 500 : 200, `198.51.100.${i}`));
    const later = errors.map(({ log }) => ({ log: log.replace("02:11:09", "02:13:00") }));
    const of = (more: string) =>
      judge(`tagAll: true\nerrors: { floor: 1, multiplier: 8 }\n${more}`, [...calm, ...later]);
    const threshold = (tagged: Tagged[]) =>
      tagged.flatMap(({ anomaly }) => (anomaly as { threshold?: number })?.threshold ?? []);
    expect(threshold(of("detectors: { traffic: false }"))).toEqual(threshold(of("")));
    expect(threshold(of("")).length).toBeGreaterThan(0);
  });
});

describe("switches", () => {
  const forged = { anomaly: { score: 9 }, log: "fatal error: kernel panic" };

  it("enabled: false leaves every byte as it is", () => {
    const records = [...everything, forged, { anomaly: 1, anomaly_upstream: 2 }];
    expect(judge("enabled: false", records)).toEqual(records);
    expect(judge("enabled: false", records, { flags: batchFlag.all })).toEqual(records);
    const profile = "profiles: [{ name: off, tag: app, enabled: false }]";
    expect(judge(profile, records)).toEqual(records);
    expect(judge(profile, records, { tag: "other" })).not.toEqual(records);
  });

  it("mode: shadow tags nothing, counts on, and still renames what is forged", () => {
    const tagged = judge("mode: shadow\ntagAll: true", [...everything, forged]);
    expect(tagged.slice(0, -1)).toEqual(everything);
    expect(tagged.at(-1)).toEqual({ anomaly_upstream: { score: 9 }, log: forged.log });
    const count = batch.exports.eventsTagged as WebAssembly.Global;
    const before = count.value as bigint;
    judge("mode: shadow\nalerts: every", everything);
    expect(Number((count.value as bigint) - before)).toBeGreaterThan(50);
  });

  it("tagAll gives every event its member", () => {
    const tagged = judge("tagAll: true", [access(200), { log: "" }, {}, { a: 1 }]);
    expect(tagged.every(({ anomaly }) => anomaly?.state === "NORMAL")).toBe(true);
  });

  it("clientErrors makes errors of 400 to 499", () => {
    const missing = Array.from({ length: 10 }, () => access(404));
    expect(events(judge(loud, missing))).toEqual([]);
    expect(events(judge(`${loud}errors: { clientErrors: true }`, missing))).toEqual(["HIGH_ERROR_RATE"]);
  });

  it("trustUpstream keeps the member that came, and adds none", () => {
    const calm = { anomaly: { score: 0.1 }, log: "all is well" };
    const escaped = '{"\\u0061nomaly":{"score":3},"log":"x"}';
    const found = judge("trustUpstream: true\ntagAll: true", [forged, calm, escaped, { log: "x" }]);
    expect(found.slice(0, 3)).toEqual([forged, calm, JSON.parse(escaped)]);
    expect(found[3].anomaly).toBeDefined();
    const [untrusted] = judge("", [forged]);
    expect(untrusted.anomaly_upstream).toEqual(forged.anomaly);
    expect(untrusted.anomaly?.type).toBe("keyword");
  });

  it("known: keeps quiet about a message until the end of its last day", () => {
    const yaml = 'known: [{ pattern: "Out of memory*process 7", reason: expected, until: 2026-11-21 }]';
    const lastSecond = Date.UTC(2026, 10, 22) / 1000 - 1;
    expect(judge(yaml, keyword, { at: lastSecond })).toEqual(keyword);
    expect(events(judge(yaml, keyword, { at: lastSecond + 1 }))).toEqual(["KEYWORD_DETECTED"]);
    const other = [{ ...keyword[0], log: "kernel: Out of memory: Killed process 8" }];
    expect(events(judge(yaml, other, { at: lastSecond }))).toEqual(["KEYWORD_DETECTED"]);
    // how often a key sends it is counted all the same
    const known = 'known: [{ pattern: "GET / HTTP", reason: expected, until: 2026-11-21 }]';
    expect(events(judge(known, errors, { at: lastSecond }))).toEqual(["HIGH_ERROR_RATE"]);
  });
});

describe("through the command", () => {
  it("compile and tag --tag use the profile of the tag", async () => {
    await withFolder(async (folder) => {
      const [yaml, model, log] = ["oddline.yaml", "oddline.model", "log"].map((name) => join(folder, name));
      writeFileSync(
        yaml,
        `tagAll: true\nkey: { fields: [user] }\nprofiles: [{ name: b, tag: "b.*", key: { fields: [tenant] } }]\n`,
      );
      writeFileSync(log, `${JSON.stringify({ user: "u1", tenant: "t1", msg: "x" })}\n`);
      expect((await oddline("compile", yaml, "--out", model)).code).toBe(0);
      const key = async (tag: string) => {
        const { lines } = await oddline("tag", log, "--model", model, "--tag", tag);
        return JSON.parse(lines[0]).anomaly.key;
      };
      expect(await key("a")).toBe("u1");
      expect(await key("b.1")).toBe("t1");
      const record = '{"user":"u1","tenant":"t1","msg":"x"}';
      const explained = await oddline("inspect", model, "--explain", record, "--tag", "b.1", "--json");
      expect(JSON.parse(explained.out).key).toBe("t1");
    });
  });

  it("tag says on standard error that one key carries most of the traffic", async () => {
    await withFolder(async (folder) => {
      const log = join(folder, "log");
      writeFileSync(log, `${JSON.stringify(access(200))}\n`.repeat(9000));
      const { err, lines } = await oddline("tag", log);
      expect(lines.length).toBe(9000);
      expect(err).toMatch(/^\[oddline\] one key carries 100 % of [^\n]*\n$/);
    });
  });

  it("refresh reads message and key as the configuration says", async () => {
    await withFolder(async (folder) => {
      const [yaml, model, log] = ["oddline.yaml", "oddline.model", "log"].map((name) => join(folder, name));
      writeFileSync(yaml, "fields: { message: [event.original] }\n");
      const record = (i: number) =>
        JSON.stringify({ message: `shipped ${i}`, event: { original: `order ${i} was paid` } });
      writeFileSync(log, Array.from({ length: 200 }, (_, i) => `${record(i)}\n`).join(""));
      expect((await oddline("refresh", log, "--config", yaml, "--out", model)).code).toBe(0);
      const { out } = await oddline("inspect", model, "--explain", record(999), "--json");
      expect(JSON.parse(out).detectors.novelty.score).toBeLessThan(1);
      expect(JSON.parse(out).template).toContain("order");
    });
  });
});
