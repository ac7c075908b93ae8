/** Numbers: what learning reads of a line and what is told of it, by the filter and by the slow reference. */
import { beforeAll, describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { learningRecords, pairBytes } from "../../host/wasm/learningRecords.js";
import { seededRandom } from "../support/hostile.mjs";
import { learnText } from "../support/learning.js";
import type { Bytes } from "./reference/hash.js";
import { decodeModel, type ReferenceModel } from "./reference/model.js";
import {
  durationBehind,
  farthest,
  fieldsOfText,
  type Reading,
  readingsBeside,
  readingsOfQuantities,
  readingsOfRequest,
} from "./reference/ranges.js";

const seconds = 1_795_227_069n;
const head = "192.0.2.7 - - [21/Nov/2026:02:11:09 +0000]";
const paths = ["/", "/report", "/shop/item/17", "/shop/item/4?a=b", "/files/a/b.iso", "/x"];
const lineOf = (path: string, size: number | "-", behind = "") =>
  `${head} "GET ${path} HTTP/1.1" 200 ${size} "-" "curl/8"${behind}`;
const pay = (took: number, order: number) =>
  `INFO payment 4f1a-77 of order ${order} took ${took} ms, ${took % 3} retries`;

let model: Uint8Array;
let reference: ReferenceModel;
beforeAll(async () => {
  const random = seededRandom(3);
  const lines = Array.from({ length: 4000 }, (_, i) =>
    i % 2
      ? lineOf(paths[i % 5], Math.floor(40_000 * random()), ` rt=${(0.2 * random()).toFixed(3)}`)
      : pay(5 + Math.floor(75 * random()), 100_000 + Math.floor(900_000 * random())),
  );
  model = (await learnText(`${lines.join("\n")}\n`)).model;
  reference = decodeModel(model);
});

function read(engine: Engine, line: Bytes): { signature: Bytes; readings: Reading[] } {
  for (const { records } of engine.signatures(Buffer.from(line, "latin1"), { flags: 0, seconds })) {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    for (const { signatureStart, signatureBytes, pairsStart, pairs } of learningRecords(records)) {
      const readings = Array.from({ length: pairs }, (_, pair) => ({
        field: view.getBigUint64(pairsStart + pair * pairBytes, true),
        value: view.getFloat64(pairsStart + pair * pairBytes + 8, true),
      })).filter(({ value }) => !Number.isNaN(value));
      const signature = Buffer.from(records.subarray(signatureStart, signatureStart + signatureBytes));
      return { signature: signature.toString("latin1"), readings };
    }
  }
  throw new Error(`nothing read in ${line}`);
}

const valuesOf = (engine: Engine, text: string) => read(engine, text).readings.map(({ value }) => value);

describe("numbers", () => {
  it("of requests are read as the reference reads them", () => {
    const engine = new Engine();
    const behinds = [
      "",
      " 0.123",
      " 45000",
      ' rt=0.044 uct="0.001"',
      ' x=1 y=2 urt="1.5"',
      " a b c d rt=1",
      " rt=-",
      " took=12ms",
    ];
    for (const path of paths) {
      for (const size of [0, 1, 512, 1_073_741_824, "-"] as const) {
        for (const behind of [...behinds, " duration=1.25s", " latency=350us", " rt=5", " -", "  ", " ."]) {
          const { signature, readings } = read(engine, lineOf(path, size, behind));
          const duration = durationBehind(behind.slice(1));
          const expected = readingsOfRequest(signature, size === "-" ? undefined : size, duration);
          expect(
            readings.map(({ field }) => field),
            path + behind,
          ).toEqual(expected.map(({ field }) => field));
          for (const [i, { value }] of readings.entries())
            expect(value, path + behind).toBeCloseTo(expected[i].value, 6);
        }
      }
    }
  });

  it("of requests are read from JSON records as well", () => {
    const engine = new Engine();
    const request = { method: "GET", path: "/", status: 200, bytes: 7 };
    for (const [name, value, expected] of [
      ...([
        ["request_time", "1.5", 1500],
        ["duration_ms", 12, 12],
        ["latency", "350ms", 350],
        ["took", 40, 40],
      ] as const),
    ]) {
      expect(valuesOf(engine, JSON.stringify({ ...request, [name]: value })), name).toEqual([7, expected, 7, expected]);
    }
  });

  it("beside texts are read as the reference reads them, but for those of flows", () => {
    const engine = new Engine();
    for (const [size, took] of [
      [512, 12],
      [undefined, 45_000],
      [7_000_000, undefined],
      [undefined, undefined],
    ]) {
      const fields = { bytes: size, latency_ms: took };
      const pairs = Object.entries(fields).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${value}`],
      );
      const lines = [
        JSON.stringify({ level: "warn", logger: "shop.Cart", message: "cart is saved", ...fields }),
        `level=warn logger=shop.Cart msg="cart is saved" ${pairs.join(" ")}`,
      ];
      for (const line of lines) {
        const { signature, readings } = read(engine, line);
        expect(readings, line).toEqual(readingsBeside(signature, size, took));
        expect(read(engine, line.replace("shop.Cart", "shop.Cart 1")).readings.length, line).toBe(readings.length);
      }
    }
    expect(
      valuesOf(engine, 'level=info msg="flow ends" src_ip=10.0.0.1 dst_ip=10.0.1.1 bytes=512 latency_ms=5'),
    ).toEqual([]);
  });

  it("under names that nobody asks for are read as the reference reads them", () => {
    const engine = new Engine();
    const numbers: [string, number][] = [
      ["rows", 0],
      ["queue-depth", 1234],
      ["ratio_of_hits", 0.75],
      ["order_id", 99],
      ["Port", 8080],
      ["tries", 123_456_789_012_345],
    ];
    const whole = numbers.map(([name, value]): [string, number] => [name, Math.floor(value)]);
    for (const count of [0, 1, 2, 6]) {
      const pairs = numbers.slice(0, count).map(([name, value]) => `${name}=${value}`);
      const record = { level: "warn", message: "cart is saved", ...Object.fromEntries(numbers.slice(0, count)) };
      for (const line of [
        `level=warn msg="cart is saved" ${pairs.join(" ")}`,
        JSON.stringify(record),
        `2026-11-21T02:11:09.123456789Z stdout F ${JSON.stringify(record)}`,
        JSON.stringify({ log: JSON.stringify(record) }),
      ]) {
        const { signature, readings } = read(engine, line);
        expect(readings, line).toEqual(readingsOfQuantities(signature, whole.slice(0, count)));
      }
    }
    expect(valuesOf(engine, 'msg="cart is saved" level=warn a=1e5 b=12ms c="12" d=1.2.3 e=-5 f=0x12 g=1,2')).toEqual(
      [],
    );
  });

  it("of texts are quantities: no identifier, address, date, version or part of a name", () => {
    const engine = new Engine();
    expect(valuesOf(engine, "payment took 45000 ms (19.8 %), 3 of 7 retries")).toEqual([45000, 19, 3, 7]);
    expect(
      valuesOf(engine, "connect to 10.0.4.11 port 5432 pid 17 id=9 uid 1000 for GL-6535 #12 v2.14.1 took 3 s"),
    ).toEqual([12, 3]);
    expect(valuesOf(engine, "since 12:30:01 of 21/11/2026, 1,234 rows, 7f3a, x86 and 45ms")).toEqual([]);
  });

  it("of texts belong to a place in their signature", () => {
    const engine = new Engine();
    const random = seededRandom(5);
    const pieces = [
      "took",
      " ",
      " ",
      "12",
      "7",
      "45000",
      "1.9",
      " ms",
      "-",
      ":",
      "/",
      "#",
      "id ",
      "order ",
      "(",
      ")",
      "é",
      "10.0.0.1",
      "ab12",
    ];
    let numbers = 0;
    for (let i = 0; i < 1500; i++) {
      const text = Array.from({ length: 12 }, () => pieces[Math.floor(random() * pieces.length)]).join("");
      const line = Buffer.from(`WARN app: ${text} end`).toString("latin1");
      const { signature, readings } = read(engine, line);
      const fields = fieldsOfText(signature);
      let from = 0;
      for (const { field, value } of readings) {
        from = fields.indexOf(field, from) + 1;
        expect(from, line).toBeGreaterThan(0);
        expect(line).toMatch(new RegExp(`(?<![\\d.])0*${value}(?!\\d)`));
        numbers++;
      }
    }
    expect(numbers).toBeGreaterThan(900);
  });

  it("are told where the reference finds them far, cached or not, in whatever order", () => {
    const [engine, forgetful] = [new Engine(7n), new Engine(7n)];
    for (const each of [engine, forgetful]) each.useModel(model, "learnt here");
    const random = seededRandom(9);
    const large = () => Math.floor(10 ** (9 * random()));
    let told = 0;
    for (let i = 0; i < 1500; i++) {
      const isRequest = random() < 0.5;
      const path = paths[Math.floor(random() * paths.length)];
      const size = random() < 0.5 ? large() : 20_000;
      const behind = ` rt=${(10 ** (3 * random() - 3)).toFixed(3)}`;
      const line = isRequest
        ? lineOf(path, size, behind)
        : pay(random() < 0.5 ? large() : 60, 100_000 + (large() % 900_000));
      const { readings } = read(engine, line);
      const [member, other] = [0, batchFlag.noCache].map((flags, which) => {
        const options = { flags: batchFlag.all | batchFlag.unsuppressed | flags, seconds };
        const [part] = [...[engine, forgetful][which].tag(Buffer.from(line, "latin1"), options)];
        return JSON.parse(Buffer.from(part.output).toString("latin1")).anomaly;
      });
      expect(member, line).toEqual(other);
      const duration = durationBehind(behind.slice(1))!;
      const kinds = isRequest
        ? [
            ...(size >= 1 << 20 ? [readings.filter((_, at) => at % 2 === 0)] : []),
            ...(duration >= 1000 ? [readings.filter((_, at) => at % 2)] : []),
          ]
        : [readings];
      const scores = kinds.flatMap((each) => farthest(each, reference, isRequest) ?? []);
      const isTold = / at most /.test(member.reason ?? "");
      if (isTold) {
        expect(member.score, line).toBeCloseTo(Math.max(...scores), 2);
        told++;
      } else if (scores.length > 0) expect(member.score, line).toBeGreaterThanOrEqual(Math.max(...scores) - 0.01);
    }
    expect(told).toBeGreaterThan(200);
  });
});
