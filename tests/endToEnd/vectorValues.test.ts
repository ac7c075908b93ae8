/**
 * What an event holds comes through every way: large integers, 1.0, nested maps, null, bytes that are no UTF-8, a
 * megabyte, nanoseconds. Each way is compared with the same Vector without a transform; the module inside with a `lua`
 * transform that only passes events, for Vector's Lua changes some values by itself.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { markerModel } from "../support/markerModel.js";
import { hasShipper } from "../support/shippers.js";
import { besideBlocks, freePort, type Running, startServe, startVector, waitForLines } from "../support/vector.js";
import { canBuildModule, vectorModule } from "../support/vectorModule.js";

const present = hasShipper("vector");
const waitSeconds = 40;
const eventCount = 3;

/** Each field says what is special about it. */
const shape = `
.values.above_double = 9007199254740993
.values.largest = 9223372036854775807
.values.smallest = -9223372036854775807 - 1
.values.one_point_zero = 1.0
.values.tenth = 0.1
.values.nested = {"a": {"b": [1, 2.5, true, {"c": "d"}]}}
.values.nothing = null
.values.list_with_null = [1, null, 2]
.values.empty_map = {}
.values.empty_list = []
.values.text = "quote \\" backslash \\\\ é 日本 😀"
.values.controls = decode_base64!("AAEfCQoNfw==")
.values.not_utf8 = decode_base64!("zs7/AA==")
.values.when = t'2020-02-02T02:02:02.000000001Z'
.timestamp = t'2026-11-21T04:00:00.123456789Z'
.anomaly = {"score": 9}
`;

/** Written by Vector itself about its own value, so that nothing is lost on the way into the test. */
const report = `
report = {}
report.message = encode_base64(string!(.message))
report.timestamp = if is_timestamp(.timestamp) {
  to_string(to_unix_timestamp(timestamp!(.timestamp), unit: "nanoseconds"))
} else { .timestamp }
report.fields = keys(object!(.))
for_each(object(.values) ?? {}) -> |name, value| {
  type = type_def(value)
  said = if is_timestamp(value) { "timestamp " + to_string(to_unix_timestamp(timestamp!(value), unit: "nanoseconds")) }
    else if is_string(value) { "string " + encode_base64(string!(value)) }
    else if is_integer(value) { "integer " + to_string!(value) }
    else if is_float(value) { "float " + encode_json(value) }
    else { encode_json(value) }
  report.values = set!(object(report.values) ?? {}, [name], said)
}
report.anomaly = .anomaly
report.anomaly_upstream = .anomaly_upstream
. = report
`.replace("  type = type_def(value)\n", "");

interface Report {
  message: string;
  timestamp: string;
  fields: string[];
  values: Record<string, string>;
  anomaly?: Record<string, unknown> | null;
  anomaly_upstream?: Record<string, unknown> | null;
}

let folder: string;
let modelFolder: string;
const marker = markerModel(1);
const lines = [Buffer.alloc(1 << 20, "x"), Buffer.from("short"), Buffer.from([0x61, 0xff, 0xfe, 0x62])];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-values-"));
  modelFolder = join(folder, "model");
  mkdirSync(modelFolder);
  writeFileSync(join(modelFolder, "oddline.model"), marker.bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `blocks` lead from `shaped` to `through`; what came out, in the order of the lines. */
async function reports(name: string, blocks: string): Promise<Report[]> {
  const own = join(folder, name);
  mkdirSync(own);
  const [log, out] = [join(own, "app.log"), join(own, "out.ndjson")];
  writeFileSync(log, Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")])));
  const vector = startVector(
    own,
    `[sources.app]
type = "file"
include = ["${log}"]
max_line_bytes = 4194304
[transforms.shaped]
type = "remap"
inputs = ["app"]
source = '''${shape}'''
${blocks}
[transforms.report]
type = "remap"
inputs = ["through"]
source = '''${report}'''
[sinks.out]
type = "file"
inputs = ["report"]
path = "${out}"
encoding.codec = "json"
`,
  );
  try {
    const written = await waitForLines(out, eventCount, waitSeconds, () => vector.said);
    return written.map((line) => JSON.parse(line));
  } finally {
    await vector.stop();
  }
}

async function besideReports(codec: "json" | "native"): Promise<Report[]> {
  const [port, sourcePort] = [await freePort(), await freePort()];
  const serve: Running = startServe(port, sourcePort, "--model", join(modelFolder, "oddline.model"));
  try {
    return await reports(codec, besideBlocks({ codec, input: "shaped", output: "through", port, sourcePort }));
  } finally {
    await serve.stop();
  }
}

const lua = (rest: string) => `[transforms.through]\ntype = "lua"\nversion = "2"\ninputs = ["shaped"]\n${rest}`;

/** What the shape made, but for the `anomaly` that came in and the one that Oddline gave. */
const held = (events: Report[]) =>
  events.map(({ message, timestamp, fields, values }) => ({
    message,
    timestamp,
    values,
    fields: fields.filter((name) => !name.startsWith("anomaly")),
  }));

describe.skipIf(!present)("what an event holds", () => {
  let plain: Report[];
  beforeAll(async () => {
    plain = await reports("plain", `[transforms.through]\ntype = "filter"\ninputs = ["shaped"]\ncondition = "true"`);
  });

  const expectTagged = (events: Report[]) => {
    for (const [i, { anomaly, anomaly_upstream }] of events.entries()) {
      expect(anomaly, `event ${i}`).toMatchObject({ model: marker.version });
      expect(anomaly_upstream).toEqual({ score: 9 });
    }
  };

  test("is what the test thinks it is", () => {
    expect(plain.map(({ message }) => Buffer.from(message, "base64"))).toEqual(lines);
    expect(plain[1].timestamp).toBe("1795233600123456789");
    expect(plain[1].values).toMatchObject({
      above_double: "integer 9007199254740993",
      smallest: "integer -9223372036854775808",
      one_point_zero: "float 1.0",
      nothing: "null",
      not_utf8: "string zs7/AA==",
      when: "timestamp 1580608922000000001",
    });
  });

  test("comes through beside, native: all of it", async () => {
    const events = await besideReports("native");
    expect(held(events)).toEqual(held(plain));
    expectTagged(events);
  });

  test("comes through beside, JSON: but for times, which are text, and bytes that are no UTF-8", async () => {
    const events = await besideReports("json");
    const base64 = (text: string | Buffer) => Buffer.from(text as string).toString("base64");
    const expected = held(plain).map(({ message, values, fields }) => ({
      fields,
      message: base64(Buffer.from(message, "base64").toString("utf8")),
      timestamp: "2026-11-21T04:00:00.123456789Z",
      values: {
        ...values,
        when: `string ${base64("2020-02-02T02:02:02.000000001Z")}`,
        not_utf8: `string ${base64("\ufffd\ufffd\ufffd\u0000")}`,
      },
    }));
    held(events).forEach((event, i) => {
      expect(event.message === expected[i].message, `message ${i}`).toBe(true);
      expect({ ...event, message: "" }).toEqual({ ...expected[i], message: "" });
    });
    expectTagged(events);
  });

  test.skipIf(!canBuildModule)(
    "comes through inside as through Vector's Lua alone, which makes an empty text of null and an empty map of []",
    async () => {
      const passed = await reports("lua", lua('hooks.process = "function (event, emit) emit(event) end"'));
      const changed = { nothing: "string ", list_with_null: '[1,"",2]', empty_list: "{}" };
      expect(plain[1].values).toMatchObject({ nothing: "null", list_with_null: "[1,null,2]", empty_list: "[]" });
      expect(passed.map(({ values }) => values)).toEqual(plain.map(({ values }) => ({ ...values, ...changed })));
      expect(held(passed).map((event) => ({ ...event, values: {} }))).toEqual(
        held(plain).map((event) => ({ ...event, values: {} })),
      );
      const events = await reports(
        "inside",
        lua(`search_dirs = ["${vectorModule()}"]\nhooks.process = "require('oddline').process('${modelFolder}')"`),
      );
      expect(held(events)).toEqual(held(passed));
      expectTagged(events);
    },
  );
});
