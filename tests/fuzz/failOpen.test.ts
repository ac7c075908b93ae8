/** Whatever comes in, nothing is lost: records through the filter as Fluent Bit calls it. */
import { beforeAll, describe, expect, it } from "vitest";
import { parseConfiguration } from "../../host/config/configuration.js";
import { configuredSections } from "../../host/model/configuredSections.js";
import { decodeSections, encodeModel } from "../../host/model/modelFile.js";
import { Engine } from "../../host/wasm/engine.js";
import { FilterHost } from "../support/filterHost.mjs";
import { recordFixtures } from "../support/fixtures.js";
import { learnText } from "../support/learning.js";
import { complain, complainOfTag, fuzz, ordinaryLog, tagOf } from "../support/recordFuzz.mjs";

const seconds = 1_795_227_069;
const regressions = recordFixtures().map(({ bytes }) => bytes);
const request = (target: string) => `10.0.0.7 - - [21/Nov/2026:02:11:09 +0000] \\"GET ${target} HTTP/1.1\\" 200 1`;
regressions.push(
  // as much as is read of a message, and a little more
  ...[131_040, 131_056, 131_072, 131_088].map((bytes) => Buffer.from(`{"log":"${"a".repeat(bytes)}"}`)),
  Buffer.from(`{"log":"${"\\u20ac".repeat(30_000)}"}`),
  // more parameters and segments than a form holds
  Buffer.from(`{"log":"${request(`/?a=b${"&a=b".repeat(3000)}`)}"}`),
  Buffer.from(`{"log":"${request("/ab".repeat(3000))}"}`),
  Buffer.from(`{"log":"${request(`/?x=${"%25".repeat(3000)}`)}"}`),
);

let model: Uint8Array;
beforeAll(async () => {
  model = (await learnText(ordinaryLog(1, 20_000))).model;
});

describe("records through the filter", () => {
  it.each([1, 2])("none is lost or broken among mutated and random ones (seed %d)", (seed) => {
    const failures: string[] = [];
    const summary = fuzz(new FilterHost({ model }), {
      count: 15_000,
      seed,
      regressions,
      onFailure: (record, what) => failures.push(`${what}: ${record.subarray(0, 500).toString("base64")}`),
    });
    expect(failures).toEqual([]);
    expect(summary.valid).toBeGreaterThan(7000);
    expect(summary.planted).toBeGreaterThan(2500);
    // returning the input would pass everything but this
    expect(summary.plantedTagged).toBeGreaterThan(summary.planted * 0.9);
    expect(summary.renamed).toBeGreaterThan(100);
    expect(summary.memoryBytesMax).toBeLessThan(32 << 20);
  });

  it("none is lost or broken where fields are configured, however large their values are", () => {
    const every = "[log, message, k, a, a.b, msg, anomaly, deep.a]";
    const yaml = `
fields: { message: ${every}, level: ${every}, status: ${every}, endpoint: ${every} }
key: { fields: ${every}, forwarded: ${every}, trustedProxies: [0.0.0.0/0, "::/0"] }
source: ${every}
profiles: [{ name: "1", source: "*1*", fields: { message: [] } }, { name: a, tag: "a*", errors: { clientErrors: true } }]
`;
    const engine = new Engine();
    const { configuration } = parseConfiguration(yaml, "oddline.yaml");
    const configured = encodeModel(engine, new Map([...decodeSections(model), ...configuredSections(configuration)]));
    const failures: string[] = [];
    const long = [495, 497, 512, 4030, 4040, 6125, 6144, 9000, 140_000];
    const large = ["x", "\\u20ac", '\\"', "1.1.1.1, ", "€", "{"].flatMap((text) =>
      long.flatMap((bytes) => {
        const value = text.repeat(bytes / text.length);
        return [`{"a":"${value}"}`, `{"a":["${value}","${value}"]}`, `{"${value}":{"b":1},"a":{"b":"${value}"}}`];
      }),
    );
    const summary = fuzz(new FilterHost({ model: configured }), {
      count: 8000,
      seed: 4,
      regressions: [...regressions, ...large.map((record) => Buffer.from(record))],
      onFailure: (record, what) => failures.push(`${what}: ${record.subarray(0, 500).toString("base64")}`),
    });
    expect(failures).toEqual([]);
    expect(summary.tagged).toBeGreaterThan(500);
    expect(summary.memoryBytesMax).toBeLessThan(32 << 20);
  });

  it("pass as they are without a model, however often the memory is used", () => {
    const host = new FilterHost();
    const failures: string[] = [];
    const summary = fuzz(host, { count: 5000, seed: 3, onFailure: (_, what) => failures.push(what) });
    expect(failures).toEqual([]);
    expect(summary.renamed).toBeGreaterThan(10);
  });

  it("over 4 MiB pass untouched, below they are judged", () => {
    const host = new FilterHost({ model });
    const odd = "2026-11-21T02:11:09Z ERROR never seen before: <1> failed!";
    const record = (bytes: number, text = odd) => {
      const start = `{"log":${JSON.stringify(text)},"more":"`;
      return Buffer.from(`${start}${"x".repeat(bytes - start.length - 2)}"}`);
    };
    const large = record(4 << 20);
    expect(host.filter(large, { seconds }).output?.equals(large)).toBe(true); // nothing was set up yet
    host.filter(record(1000, "2026-11-21T02:11:09Z INFO ready"), { seconds });
    const answer = host.filter(large, { seconds }).output;
    expect(complain(large, answer)).toBeUndefined();
    expect(tagOf(large, answer)?.type).toBeDefined();
    const larger = record((4 << 20) + 1);
    expect(host.filter(larger, { seconds }).output?.equals(larger)).toBe(true);
    const largest = record(8 << 20);
    expect(host.filter(largest, { seconds }).output?.equals(largest)).toBe(true);
  });

  it("get the tag behind their last member, and every other byte stays", () => {
    const host = new FilterHost({ model });
    const line =
      '203.0.113.9 - - [21/Nov/2026:02:11:09 +0000] "GET /cart?id=1%27%20OR%201=1--&count=1 HTTP/1.1" 200 12';
    const record = Buffer.from(` { "log" : ${JSON.stringify(line)} , "n":1.50e+02,"n":12345678901234567890 }\n`);
    const output = host.filter(record, { seconds }).output!;
    const text = output.toString();
    expect(complain(record, output)).toBeUndefined();
    expect(text.startsWith(record.subarray(0, record.lastIndexOf("}")).toString())).toBe(true);
    expect(text.endsWith("}}\n")).toBe(true);
    const tag = tagOf(record, output)!;
    expect(complainOfTag(tag)).toBeUndefined();
    expect(tag).toMatchObject({ type: "novelty", key: "203.0.113.9" });
    expect(tag.reason).toMatch(/^\S+ of \/cart /);
  });

  it("have forged members renamed to free names, however they are written", () => {
    const host = new FilterHost({ model });
    const renamed = (record: string) => host.filter(Buffer.from(record), { seconds }).output?.toString();
    expect(renamed('{"anomaly":{"score":0},"a":1}')).toBe('{"anomaly_upstream":{"score":0},"a":1}');
    expect(renamed('{"\\u0061nomaly":1,"anomaly":2}')).toBe('{"\\u0061nomaly_upstream":1,"anomaly_upstream2":2}');
    expect(renamed('{"anomaly_upstream":1,"anomaly_upstream3":1,"anomaly":2,"anomaly":3}')).toBe(
      '{"anomaly_upstream":1,"anomaly_upstream3":1,"anomaly_upstream2":2,"anomaly_upstream4":3}',
    );
    const many = renamed(`{${'"anomaly":0,'.repeat(500)}"anomaly_upstream70":1,"anomaly_upstream2":1}`);
    expect(many).toMatch(/^\{"anomaly_upstream":0,"anomaly_upstream3":0,/);
    expect(many).not.toContain('"anomaly"');
    expect(Object.keys(JSON.parse(many ?? "")).length).toBe(502);
    expect(renamed(`{"path":"${"x".repeat(9000)}","anomaly":1}`)).toContain('"anomaly_upstream":1');
    expect(renamed('{"a":{"anomaly":1},"Anomaly":2,"anomaly ":3}')).toBe(
      '{"a":{"anomaly":1},"Anomaly":2,"anomaly ":3}',
    );
  });

  it("are judged however long a field is that comes before the others", () => {
    const host = new FilterHost({ model });
    const path = `/${"x".repeat(20_000)}`;
    const record = Buffer.from(`{"path":"${path}","method":"GET","remote":"203.0.113.9","agent":"y","status":404}`);
    const tag = tagOf(record, host.filter(record, { seconds }).output);
    expect(tag).toMatchObject({ type: "novelty", key: "203.0.113.9" });
  });

  it("finds what is wrong with an answer", () => {
    const wrong = (record: string, answer: string | undefined) =>
      complain(Buffer.from(record), answer === undefined ? undefined : Buffer.from(answer));
    expect(wrong("{}", undefined)).toBeDefined();
    expect(wrong('{"a":1}', '{"a":2}')).toBeDefined();
    expect(wrong('{"a":1.0}', '{"a":1,"anomaly":{}}')).toBeDefined();
    expect(wrong('{"a":1,"a":2}', '{"a":2}')).toBeDefined();
    expect(wrong('{"a":1}', '{ "a":1}')).toBeDefined();
    expect(wrong('{"a":1}', '{"a":1,"anomaly":{}')).toBeDefined();
    expect(wrong('{"a":1}', '{"anomaly":{},"a":1}')).toBeDefined();
    expect(wrong('{"anomaly":1}', '{"other":1}')).toBeDefined();
    expect(wrong('{"anomaly":1,"anomaly_upstream":2}', '{"anomaly_upstream":1,"anomaly_upstream":2}')).toBeDefined();
    expect(wrong('{"anomaly":1}', '{"anomaly_upstream":2}')).toBeDefined();
    expect(wrong('{"anomaly":1}', '{"anomaly":1}')).toBeDefined();
    expect(wrong('{"\\u0061nomaly":1}', '{"\\u0061nomaly":1}')).toBeDefined();
    expect(wrong("{bad", "{ba")).toBeDefined();
    expect(wrong("{bad", "bad{")).toBeDefined();
    expect(wrong("{bad", '{bad,"anomaly":1')).toBeUndefined();
    expect(wrong('{"a":1}', '{"a":1,"anomaly":{}}')).toBeUndefined();
    expect(wrong('{"anomaly":1}', '{"anomaly_upstream":1}')).toBeUndefined();
  });
});
