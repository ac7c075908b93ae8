/** Numbers far beyond what was learnt: the words they are told in, how often, and what keeps them quiet. */
import { beforeAll, describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../host/config/configuration.js";
import { configuredSections } from "../../../host/model/configuredSections.js";
import { Engine } from "../../../host/wasm/engine.js";
import { learnText } from "../../support/learning.js";

const start = Date.UTC(2026, 10, 21, 2) / 1000;
const clock = (second: number) => new Date((start + second) * 1000).toISOString().slice(0, 19);
const lag = (value: number | string, second = 0) => `${clock(second)} INFO standby replica replay lag ${value} s`;
const get = (path: string, size: number, took = "0.010") =>
  `192.0.2.7 - - [21/Nov/2026:02:11:09 +0000] "GET ${path} HTTP/1.1" 200 ${size} "-" "curl/8" ${took}`;

const page = (i: number) => (i % 300 === 2 ? "rare" : "abcdefghij"[i % 10]);
const log = Array.from({ length: 3000 }, (_, i) =>
  i % 3 === 0 ? lag((i % 20) / 10, i) : get(i % 3 === 1 ? "/report" : `/pages/${page(i)}`, 20_000 + (i % 1000)),
);
let model: Uint8Array;
beforeAll(async () => {
  model = (await learnText(`${log.join("\n")}\n`)).model;
});

function reasons(lines: string[], by = model): (string | undefined)[] {
  const engine = new Engine(7n);
  engine.useModel(by, "learnt here");
  return lines.map((text) => {
    const [part] = [...engine.tag(Buffer.from(text), { flags: 0, seconds: BigInt(start + 86_400) })];
    return JSON.parse(Buffer.from(part.output).toString()).anomaly?.reason;
  });
}
const told = (texts: (string | undefined)[]) => texts.filter((text) => text?.includes(" at most ")).length;

describe("a number far beyond what was learnt", () => {
  it("is told in the line's words", () => {
    expect(reasons([lag(45.5)])).toEqual(['"replica replay lag 45.5 s"; at most 1 in 1,000 lines']);
    expect(reasons([get("/report", 5e9)])).toEqual(["response of 5.0 GB; /report at most 21 KB in 1,000 lines"]);
    expect(reasons([get("/report", 20_500, "61.5")])).toEqual(["took 61.5 s; /report at most 10 ms in 1,000 lines"]);
  });

  it("is told where a field beside a text holds it, by the text and by its source", async () => {
    const event = (i: number, took: number, size: number, message = "order placed") => ({
      logfmt: `time=${clock(i)}Z level=info logger=shop.Orders msg="${message}" duration_ms=${took} bytes=${size}`,
      json: `{"time":"${clock(i)}Z","level":"info","logger":"shop.Orders","message":"${message}","duration_ms":${took},"bytes":${size}}`,
    });
    for (const kind of ["logfmt", "json"] as const) {
      const past = Array.from({ length: 3000 }, (_, i) =>
        i % 100
          ? event(i, i % 80, 100 + i)[kind]
          : event(i, i % 700, 5, `batch ${"abcdefghijklmnopqrstuvwxyz"[i % 26]} ends`)[kind],
      );
      const { model } = await learnText(`${past.join("\n")}\n`);
      expect(reasons([event(1, 45_000, 300)[kind]], model)).toEqual([
        "duration 45.0 s; its like at most 79 ms in 2,970 lines",
      ]);
      expect(reasons([event(1, 40, 7_000_000)[kind]], model)).toEqual([
        "size 7.0 MB; its like at most 3 KB in 2,970 lines",
      ]);
      expect(reasons([event(1, 45_000, 300, "batch a ends")[kind]], model)).toEqual([
        "duration 45.0 s; its source at most 600 ms in 3,000 lines",
      ]);
      expect(told(reasons([event(1, 999, 300)[kind], event(2, 40, 40_000)[kind]], model))).toBe(0);
    }
  });

  it("is told under any name that a program gives it, each time it comes", async () => {
    const event = (i: number, rows: number, depth = 7) => ({
      logfmt: `time=${clock(i)}Z level=info msg="batch is written" rows=${rows} queue_depth=${depth} order_id=${100_000 + i * 7}`,
      json: `{"time":"${clock(i)}Z","level":"info","message":"batch is written","rows":${rows},"queue":{"depth":${depth}},"order_id":${100_000 + i * 7}}`,
      cri: `${clock(i)}.123456789Z stdout F {"level":"info","message":"batch is written","rows":${rows},"order_id":${100_000 + i * 7}}`,
    });
    for (const kind of ["logfmt", "json", "cri"] as const) {
      const past = Array.from({ length: 3000 }, (_, i) => event(i, 1 + (i % 12))[kind]);
      const { model } = await learnText(`${past.join("\n")}\n`);
      expect(reasons([event(1, 6000)[kind]], model)).toEqual(['"rows" is 6000; its like at most 12 in 3,000 lines']);
      // below a thousand nobody looks, and a number of as many digits may be in order
      expect(told(reasons([event(1, 999)[kind], event(2, 12)[kind]], model))).toBe(0);
      // what was read before, of the same digits or not, changes nothing
      const ordinary = Array.from({ length: 40 }, (_, i) => event(i, 1 + (i % 12))[kind]);
      const growing = [2000, 4500, 9000].map((rows, i) => event(i, rows)[kind]);
      expect(told(reasons([...ordinary, ...growing, ...ordinary], model))).toBe(3);
    }
    const past = Array.from({ length: 3000 }, (_, i) => event(i, 1500 + (i % 1000)).json);
    const { model } = await learnText(`${past.join("\n")}\n`);
    const lines = [1999, 2400, 9999, 41_000, 1600].map((rows, i) => event(i, rows).json);
    expect(reasons(lines, model).map((reason) => reason !== undefined)).toEqual([false, false, false, true, false]);
  });

  it("is no identifier, port or date, whatever its name", async () => {
    const event = (i: number, large: boolean) =>
      `level=info msg="batch is written" pid=${large ? 99_999 : 7} export_id=${large ? 88_888 : 3} remote_port=${large ? 65_000 : 22} at=${large ? "2026-11-21" : 5} version=${large ? "9999.1.2" : 1} sequence=${large ? 9e9 : i * 1001}`;
    const past = Array.from({ length: 3000 }, (_, i) => event(i, false));
    const { model } = await learnText(`${past.join("\n")}\n`);
    expect(told(reasons([event(1, true)], model))).toBe(0);
  });

  it("is not told of a flow, which has windows of its own", async () => {
    const flow = (i: number, sent: number) =>
      `time=${clock(i)}Z level=info msg="flow ended" src_ip=10.0.0.${i % 250} dst_ip=10.0.1.1 dst_port=443 bytes=${sent}`;
    const past = Array.from({ length: 3000 }, (_, i) => flow(i, 100 + i));
    const { model } = await learnText(`${past.join("\n")}\n`);
    expect(told(reasons([flow(1, 900_000_000)], model))).toBe(0);
  });

  it("is compared with its directory where its path came seldom", () => {
    expect(reasons([get("/pages/rare", 2e6)])).toEqual(["response of 2.0 MB; /pages at most 21 KB in 1,000 lines"]);
    expect(reasons([get("/pages/rare", 20_500, "2.5")])).toEqual(["took 2.5 s; /pages at most 10 ms in 1,000 lines"]);
  });

  it("is not told where it is merely larger", () => {
    expect(told(reasons([lag(3), lag(15.9), get("/report", 1_000_000), get("/report", 20_500, "0.9")]))).toBe(0);
  });

  it("that grows is told each time it has about doubled, and stays quiet for an hour else", () => {
    const growing = Array.from({ length: 200 }, (_, i) => lag(20 + i, i * 10));
    expect(told(reasons(growing))).toBe(4); // from 20, 32, 64 and 128 on
    expect(told(reasons([...Array.from({ length: 500 }, (_, i) => lag(100, i)), lag(100, 3700)]))).toBe(2);
  });

  it("is quiet where a known entry says so, or novelty is off", async () => {
    const withConfiguration = async (text: string) => {
      const { configuration } = parseConfiguration(text, "oddline.yaml");
      return (await learnText(`${log.join("\n")}\n`, { given: configuredSections(configuration) })).model;
    };
    const lines = [get("/report", 5e9), lag(45)];
    const known = await withConfiguration(`known:
- { pattern: "GET /report 200", reason: a dump, until: 2099-01-01 }
- { pattern: replay lag, reason: planned, until: 2099-01-01 }`);
    expect(told(reasons(lines, known))).toBe(0);
    expect(told(reasons(lines, await withConfiguration("detectors: { novelty: false }")))).toBe(0);
    expect(told(reasons(lines))).toBe(2);
  });
});
