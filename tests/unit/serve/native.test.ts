/** Vector's native codec: an entry more, every other byte as it was. Events are made here by a naive encoder. */
import { describe, expect, test } from "vitest";
import { LocalJudge } from "../../../host/serve/judge/judge.js";
import { Metrics } from "../../../host/serve/observe/metrics.js";
import { Notices } from "../../../host/serve/observe/notices.js";
import { partsOfFrames, tagNative } from "../../../host/serve/transform/native.js";
import { markerModel } from "../../support/markerModel.js";

/** A message as [field number, content]: bytes are length-delimited, a bigint is a varint, a number a double. */
type Message = [number, Buffer | Message | bigint | number][];

function encode(message: Message): Buffer {
  return Buffer.concat(
    message.map(([number, content]) => {
      if (typeof content === "bigint")
        return Buffer.concat([vint(BigInt(number) << 3n), vint(BigInt.asUintN(64, content))]);
      if (typeof content === "number") {
        const double = Buffer.alloc(8);
        double.writeDoubleLE(content);
        return Buffer.concat([vint(BigInt((number << 3) | 1)), double]);
      }
      const bytes = Buffer.isBuffer(content) ? content : encode(content);
      return Buffer.concat([vint(BigInt((number << 3) | 2)), vint(BigInt(bytes.length)), bytes]);
    }),
  );
}

function vint(value: bigint): Buffer {
  const low = Number(value & 0x7fn);
  return value < 0x80n ? Buffer.from([low]) : Buffer.concat([Buffer.from([low | 0x80]), vint(value >> 7n)]);
}

const text = (value: string): Message => [[1, Buffer.from(value)]];
const entry = (key: string, value: Message): [number, Message] => [
  1,
  [
    [1, Buffer.from(key)],
    [2, value],
  ],
];
const metadata: [number, Message] = [
  4,
  [
    [1, [[7, [entry("secret", text("x"))]]]],
    [7, Buffer.alloc(16, 0xab)],
  ],
];
const log = (...fields: [number, Message][]): Message => [...fields, metadata];
const array = (...logs: Message[]): Buffer => encode([[1, logs.map((one): [number, Message] => [1, one])]]);

function frame(content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
}

function judge(markAll = true): LocalJudge {
  const made = new LocalJudge({ seed: 0n, seconds: 1_800_000_000n }, new Notices(() => {}), new Metrics());
  if (markAll) made.useModel(markerModel(1).bytes);
  return made;
}

/** What the filter adds to an event with nothing odd in it when every event is tagged, model version included. */
const added = entry("anomaly", [
  [7, [entry("score", [[5, 0]]), entry("state", text("NORMAL")), entry("model", text(markerModel(1).version))]],
]);

const everything: [number, Message][] = [
  entry("message", text("order 1 was packed")),
  entry("invalid", [[1, Buffer.from([0xce, 0xff, 0x00])]]),
  entry("when", [
    [
      2,
      [
        [1, 1_800_000_000n],
        [2, 123_456_789n],
      ],
    ],
  ]),
  entry("big", [[4, 9_007_199_254_740_993n]]),
  entry("negative", [[4, -5n]]),
  entry("one", [[5, 1]]),
  entry("yes", [[6, 1n]]),
  entry("nested", [
    [
      7,
      [
        entry("list", [
          [
            8,
            [
              [1, text("a")],
              [1, [[9, 0n]]],
            ],
          ],
        ]),
        entry("anomaly", text("inner")),
      ],
    ],
  ]),
  entry("nothing", [[9, 0n]]),
];

describe("native events", () => {
  test("get one entry more behind those they have", async () => {
    const body = frame(array(log(...everything)));
    const { bytes, events, wrapped } = await tagNative(body, judge());
    expect([events, wrapped]).toEqual([1, 0]);
    expect(bytes.equals(frame(array([...log(...everything), added])))).toBe(true);
  });

  test("pass byte for byte where nothing is odd, as do metrics and traces", async () => {
    const metric = encode([
      [
        2,
        [
          [
            1,
            [
              [1, Buffer.from("cpu")],
              [5, [[1, 0.5]]],
            ],
          ],
        ],
      ],
    ]);
    const trace = encode([[3, [[1, [entry("message", text("span"))]]]]]);
    const body = Buffer.concat([array(log(...everything)), metric, trace].map(frame));
    expect((await tagNative(body, judge(false))).bytes.equals(body)).toBe(true);
    const { bytes, events } = await tagNative(body, judge());
    expect(events).toBe(1);
    expect(
      bytes.subarray(-frame(trace).length - frame(metric).length).equals(Buffer.concat([metric, trace].map(frame))),
    ).toBe(true);
  });

  test("many in one array, many frames: each its own", async () => {
    const logs = Array.from({ length: 300 }, (_, i) => log(entry("message", text(`order ${i} was ${"x".repeat(i)}`))));
    const tagged = logs.map((one): Message => [...one, added]);
    const body = Buffer.concat([frame(array(...logs)), ...logs.map((one) => frame(array(one)))]);
    const expected = Buffer.concat([frame(array(...tagged)), ...tagged.map((one) => frame(array(one)))]);
    expect((await tagNative(body, judge())).bytes.equals(expected)).toBe(true);
  });

  test("an anomaly that came in is renamed, its value untouched", async () => {
    const forged = [[7, [entry("score", [[5, 9]])]]] as Message;
    const body = frame(
      array(log(entry("anomaly_upstream", text("taken")), entry("anomaly", forged), entry("message", text("order 1")))),
    );
    const renamed = log(
      entry("anomaly_upstream", text("taken")),
      entry("anomaly_upstream2", forged),
      entry("message", text("order 1")),
    );
    expect((await tagNative(body, judge(false))).bytes.equals(frame(array(renamed)))).toBe(true);
    expect((await tagNative(body, judge())).bytes.equals(frame(array([...renamed, added])))).toBe(true);
  });

  test("a root that stands in `value` is tagged there; one that is no map passes", async () => {
    const dummy = entry(".", [[9, 0n]]);
    const fields = [entry("message", text("order 1"))];
    const inValue = (more: [number, Message][]): Message => [dummy, [2, [[7, [...fields, ...more]]]], metadata];
    expect((await tagNative(frame(array(inValue([]))), judge())).bytes.equals(frame(array(inValue([added]))))).toBe(
      true,
    );
    const plain = frame(array([dummy, [2, text("only text")], metadata]));
    expect((await tagNative(plain, judge())).bytes.equals(plain)).toBe(true);
  });

  test("bytes that are no event travel as the message of one", async () => {
    const valid = frame(array(log(entry("message", text("order 1")))));
    const cut = Buffer.concat([valid, valid.subarray(0, valid.length - 3)]);
    for (const [body, message] of [
      [frame(Buffer.from([0xff, 0xff])), Buffer.from([0xff, 0xff])],
      [frame(encode([[9, 1n]])), encode([[9, 1n]])],
      [cut, valid.subarray(0, valid.length - 3)],
    ]) {
      const { bytes, wrapped } = await tagNative(body, judge(false));
      expect(wrapped).toBe(1);
      const expected = frame(array([entry("message", [[1, message]])]));
      expect(bytes.subarray(-expected.length).equals(expected)).toBe(true);
    }
  });

  test("survive every single byte changed or cut: what comes out is frames", async () => {
    const body = Buffer.concat([frame(array(log(...everything))), frame(array(log(entry("message", text("b")))))]);
    const judged = judge();
    for (let at = 0; at < body.length; at += 3) {
      const changed = Buffer.from(body);
      changed[at] ^= 0x15;
      for (const some of [changed, body.subarray(0, at)]) {
        const { bytes } = await tagNative(some, judged);
        expect(Buffer.concat(partsOfFrames(bytes, 64)).equals(bytes)).toBe(true);
      }
    }
  });
});

test("parts are cut between frames", () => {
  const body = Buffer.concat([10, 20, 30, 40].map((size) => frame(Buffer.alloc(size, 1))));
  expect(partsOfFrames(body, 40).map((part) => part.length)).toEqual([38, 34, 44]);
  expect(partsOfFrames(body, 1000)).toHaveLength(1);
});
