/** POST /v1/transform between a fake sink and a fake source: what is answered when, and what is sent on how often. */
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { Engine } from "../../host/wasm/engine.js";
import { type FakeSource, startFakeSource } from "../support/fakeSource.js";
import { Served, type ServedOptions } from "../support/serveHere.js";
import { until } from "../support/waiting.mjs";

const open: { stop?(): Promise<void>; close?(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await (one.stop?.() ?? one.close?.());
});

async function pair(options: ServedOptions = {}): Promise<{ source: FakeSource; served: Served }> {
  const source = await startFakeSource();
  open.push(source);
  const served = await new Served({ forward: source.url, ...options }).start();
  open.push(served);
  return { source, served };
}

async function alone(options: ServedOptions = {}): Promise<Served> {
  const served = await new Served(options).start();
  open.push(served);
  return served;
}

const batch = (...numbers: number[]) => numbers.map((n) => `{"message":"event ${n}"}`).join("\n");
const lines = (body: Buffer) => body.toString("utf8").trimEnd().split("\n");
/** What the source makes of it: the elements of an array on each line. */
const eventsOf = (...bodies: Buffer[]) => bodies.flatMap((body) => lines(body).flatMap((line) => JSON.parse(line)));
const tag = ',"anomaly":{';

describe("events", () => {
  test("are spliced, never rewritten", async () => {
    const served = await alone();
    const events = [
      '{"message":"a","big":9007199254740993,"huge":18446744073709551615,"one":1.0,"e":1E5}',
      '{ "nested" : {"b":[1,{"c":null}],"anomaly":{"inner":1}} , "message":"b" }',
      '{"message":"\\u0041\\/ é 日本 \\ud83d\\ude00","empty":{},"list":[]}',
    ];
    const { status, body } = await served.post(events.join("\n"));
    expect(status).toBe(200);
    for (const [i, line] of lines(body).entries()) {
      expect(line.startsWith(events[i].slice(0, -1))).toBe(true);
      expect(line.slice(events[i].length - 1)).toMatch(/^,"anomaly":\{"score":.*\}\}$/);
    }
    expect(lines(body)).toHaveLength(3);
  });

  test("pass byte for byte where nothing is odd", async () => {
    const served = await alone({ markAll: false });
    const text = `${batch(1, 2, 3)}\n`;
    expect((await served.post(text)).body.toString()).toBe(text);
  });

  test("a forged anomaly is renamed", async () => {
    const served = await alone({ markAll: false });
    const { body } = await served.post('{"anomaly":{"score":9},"message":"x"}');
    expect(body.toString()).toBe('{"anomaly_upstream":{"score":9},"message":"x"}\n');
  });

  test("lines that are no JSON object are wrapped, blank ones fall away", async () => {
    const served = await alone({ markAll: false });
    const { body } = await served.post(
      'plain "text"\r\n\n  \n{"message":"ok"}\n[1,2]\n{"broken":01}\n{"half":\n7\nend',
    );
    expect(lines(body).map((line) => JSON.parse(line))).toEqual([
      { message: 'plain "text"' },
      { message: "ok" },
      { message: "[1,2]" },
      { message: '{"broken":01}' },
      { message: '{"half":' },
      { message: "7" },
      { message: "end" },
    ]);
    expect(served.metric("oddline_transform_wrapped_total")).toBe(6);
  });

  test("a body of nothing but texts costs as much a line however many there are", async () => {
    const served = await alone({ markAll: false });
    const texts = Array.from({ length: 30_000 }, (_, i) => (i % 3 === 0 ? `{not json ${i}` : `text ${i}`));
    const cpuOf = async (count: number) => {
      const before = process.cpuUsage();
      const { body } = await served.post(texts.slice(0, count).join("\n"));
      const { user } = process.cpuUsage(before);
      expect(lines(body).map((line) => JSON.parse(line).message)).toEqual(texts.slice(0, count));
      return user;
    };
    await cpuOf(3000); // compiled from here on
    const few = await cpuOf(3000);
    expect((await cpuOf(30_000)) / few).toBeLessThan(40); // 10 where the cost is linear, 100 where it is quadratic
  });

  test("a JSON array, as the sink sends it without framing, is taken apart", async () => {
    const served = await alone({ markAll: false });
    const body = '[{"message":"a,b]","n":1.0},\n {"message":"c",\n"deep":[{"x":[1,2]}]}]';
    const reply = await served.post(body, { "content-type": "application/json" });
    expect(lines(reply.body).map((line) => line.trim())).toEqual([
      '{"message":"a,b]","n":1.0}',
      '{"message":"c", "deep":[{"x":[1,2]}]}',
    ]);
    const wrapped = await served.post("[1,2", { "content-type": "application/json" });
    expect(wrapped.body.toString()).toBe('{"message":"[1,2"}\n');
  });

  test("compressed bodies are unpacked", async () => {
    const served = await alone({ markAll: false });
    const { body } = await served.post(gzipSync(batch(1, 2)), { "content-encoding": "gzip" });
    expect(body.toString()).toBe(`${batch(1, 2)}\n`);
  });

  test("a megabyte in one event passes", async () => {
    const { source, served } = await pair();
    const event = JSON.stringify({ message: "x".repeat(1 << 20), n: 1 });
    expect((await served.post(event)).status).toBe(200);
    expect(source.bodies[0].toString().startsWith(`[${event.slice(0, -1)}${tag}`)).toBe(true);
  });
});

describe("answers", () => {
  test("come when the source behind has answered, without a body", async () => {
    const { source, served } = await pair();
    source.script.push(undefined);
    const { reply } = served.send("POST", "/v1/transform", batch(1, 2));
    await until(() => source.held() === 1, "the source has the events");
    expect(eventsOf(source.bodies[0]).map(({ anomaly }) => typeof anomaly)).toEqual(["object", "object"]);
    let answered = false;
    void reply.then(() => {
      answered = true;
    });
    await served.send("GET", "/healthz").reply; // whatever was written before would have come before this
    expect(answered).toBe(false);
    expect(served.metric("oddline_transform_held_requests")).toBe(1);
    source.release(200);
    const { status, headers, body } = await reply;
    expect([status, headers["content-length"], body.length]).toEqual([200, "0", 0]);
    expect(served.metric("oddline_transform_held_requests")).toBe(0);
  });

  test.each([
    [200, 200],
    [202, 200],
    [204, 200],
    [400, 400],
    [301, 503],
    [401, 503],
    [404, 503],
    [408, 503],
    [413, 503],
    [415, 503],
    [429, 503],
    [500, 503],
    [501, 503],
    [503, 503],
    ["cut", 503],
  ] as const)("the source's %s becomes %s", async (theirs, ours) => {
    const { source, served } = await pair();
    source.script.push(theirs);
    const { status, headers } = await served.post(batch(1));
    expect([status, headers["content-length"]]).toEqual([ours, "0"]);
  });

  test("a source that is not there is a 503", async () => {
    const served = await alone({ forward: "http://127.0.0.1:1/ingest" });
    expect((await served.post(batch(1))).status).toBe(503);
    expect(served.said.join()).toContain("FORWARD_FAILED");
  });

  test("nothing to send on is a 200", async () => {
    const { source, served } = await pair();
    for (const body of ["", "\n", "\n \r\n\n"]) expect((await served.post(body)).status).toBe(200);
    expect(source.bodies).toHaveLength(0);
  });

  test("idle connections are kept longer than Vector keeps them", async () => {
    const served = await alone();
    const { headers } = await served.send("GET", "/healthz", "", { connection: "keep-alive" }).reply;
    expect(Number(/timeout=(\d+)/.exec(String(headers["keep-alive"]))?.[1])).toBeGreaterThan(90);
  });
});

describe("retries", () => {
  test("join what is under way when the sender has hung up", async () => {
    const { source, served } = await pair();
    source.script.push(undefined);
    const first = served.send("POST", "/v1/transform", batch(1, 2));
    await until(() => source.held() === 1, "the source has the events");
    first.request.destroy();
    const second = served.send("POST", "/v1/transform", batch(1, 2));
    await until(() => served.metric("oddline_transform_retries_total") === 1, "the retry has joined");
    second.request.destroy();
    const third = served.send("POST", "/v1/transform", batch(1, 2));
    await until(() => served.metric("oddline_transform_retries_total") === 2, "the second retry has joined");
    source.release(200);
    expect((await third.reply).status).toBe(200);
    expect(source.bodies).toHaveLength(1);
    expect(served.metric("oddline_transform_events_total")).toBe(2);
  });

  test("are answered from what came meanwhile", async () => {
    const { source, served } = await pair();
    source.script.push(undefined);
    const first = served.send("POST", "/v1/transform", batch(1));
    await until(() => source.held() === 1, "the source has the events");
    first.request.destroy();
    await until(() => served.metric("oddline_transform_kept_batches") === 1, "the hanging up is noticed");
    expect(served.metric("oddline_transform_kept_bytes")).toBeGreaterThan(0);
    source.release(200);
    await until(() => served.metric("oddline_transform_kept_bytes") === 0, "the answer has come");
    expect((await served.post(batch(1))).status).toBe(200);
    expect(source.bodies).toHaveLength(1);
    // that answer is used up: the next equal body is a new batch
    expect((await served.post(batch(1))).status).toBe(200);
    expect(source.bodies).toHaveLength(2);
  });

  test("two live requests with equal bodies are two batches", async () => {
    const { source, served } = await pair();
    source.script.push(undefined, undefined);
    const both = [1, 2].map(() => served.send("POST", "/v1/transform", batch(7)).reply);
    await until(() => source.held() === 2, "both have come to the source");
    source.release(200);
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
    expect(served.metric("oddline_transform_events_total")).toBe(2);
  });

  test("after a 503 send the same bytes again, judged once", async () => {
    const { source, served } = await pair();
    source.script.push(500, "cut", 429);
    for (const expected of [503, 503, 503, 200]) expect((await served.post(batch(1, 2, 3))).status).toBe(expected);
    expect(source.bodies).toHaveLength(4);
    for (const body of source.bodies) expect(body.equals(source.bodies[0])).toBe(true);
    expect(served.metric("oddline_transform_events_total")).toBe(3);
    expect(served.metric("oddline_transform_kept_batches")).toBe(0);
  });

  test("what is kept for them is bounded", async () => {
    const { source, served } = await pair({ retries: { seconds: 600, bytes: 3000, batches: 100 } });
    for (let n = 0; n < 50; n++) {
      source.script.push(500);
      await served.post(batch(n, n + 1000));
    }
    expect(served.metric("oddline_transform_kept_bytes")).toBeGreaterThan(0);
    expect(served.metric("oddline_transform_kept_bytes")).toBeLessThanOrEqual(3000);
    // the newest is still there, the oldest is judged anew
    expect((await served.post(batch(49, 1049))).status).toBe(200);
    expect(served.metric("oddline_transform_events_total")).toBe(100);
    expect((await served.post(batch(0, 1000))).status).toBe(200);
    expect(served.metric("oddline_transform_events_total")).toBe(102);
  });

  test("too old an answer is forgotten", async () => {
    const { source, served } = await pair({ retries: { seconds: 0, bytes: 1 << 20, batches: 100 } });
    source.script.push(500);
    await served.post(batch(1));
    await served.post(batch(1));
    expect(served.metric("oddline_transform_events_total")).toBe(2);
  });
});

describe("large batches", () => {
  const long = Array.from({ length: 60 }, (_, n) => ({ n, message: "x".repeat(9000) }));
  const body = long.map((event) => JSON.stringify(event)).join("\n");

  test("go in parts, in order, and a retry sends only what is missing", async () => {
    const { source, served } = await pair({ partBytesMax: 150_000, markAll: false });
    source.script.push(200, 200, 500);
    expect((await served.post(body)).status).toBe(503);
    expect(source.bodies).toHaveLength(3);
    expect((await served.post(body)).status).toBe(200);
    for (const part of source.bodies) expect(part.length).toBeLessThanOrEqual(150_000);
    expect(source.bodies[3].equals(source.bodies[2])).toBe(true);
    expect(eventsOf(...source.bodies.slice(0, 2), ...source.bodies.slice(3))).toEqual(long);
  });

  test("a part that is rejected does not stop the others, and the answer says it", async () => {
    const { source, served } = await pair({ partBytesMax: 100_000, markAll: false });
    source.script.push(200, 400);
    expect((await served.post(body)).status).toBe(400);
    expect(eventsOf(...source.bodies)).toEqual(long);
  });
});

describe("refusals", () => {
  test("never a 4xx to a sink, which would throw the events away", async () => {
    const { source, served } = await pair({ token: "secret", limits: { bodyBytes: 1000 } });
    expect((await served.post(batch(1))).status).toBe(503);
    expect((await served.post(batch(1), { authorization: "Bearer wrong" })).status).toBe(503);
    const allowed = { authorization: "Bearer secret" };
    expect((await served.post("x".repeat(2000), allowed)).status).toBe(503);
    expect((await served.post("x", { ...allowed, "content-encoding": "zstd" })).status).toBe(503);
    expect((await served.post("x", { ...allowed, "content-encoding": "gzip" })).status).toBe(503);
    expect((await served.post(gzipSync("y".repeat(5000)), { ...allowed, "content-encoding": "gzip" })).status).toBe(
      503,
    );
    expect(source.bodies).toHaveLength(0);
    expect((await served.post(batch(1), allowed)).status).toBe(200);
    expect(served.said.join("\n")).toMatch(/TRANSFORM_REFUSED: TOKEN_WRONG/);
  });

  test("plain ones to everybody else", async () => {
    const served = await alone({ token: "secret", limits: { bodyBytes: 1000 } });
    const allowed = { authorization: "bearer secret" };
    expect((await served.post(batch(1))).status).toBe(401);
    expect((await served.post("x".repeat(2000), allowed)).status).toBe(413);
    expect((await served.post("x", { ...allowed, "content-encoding": "zstd" })).status).toBe(415);
    expect((await served.send("GET", "/v1/transform").reply).status).toBe(405);
    expect((await served.send("GET", "/nowhere").reply).status).toBe(404);
    expect((await served.send("GET", "/metrics").reply).status).toBe(401);
    expect((await served.send("GET", "/metrics", "", allowed).reply).status).toBe(200);
  });

  test("health asks for no token and is exactly 200, HEAD and GET", async () => {
    const served = await alone({ token: "secret" });
    const head = await served.send("HEAD", "/healthz").reply;
    const get = await served.send("GET", "/healthz").reply;
    expect([head.status, head.body.length, get.status, get.body.toString()]).toEqual([200, 0, 200, "ok\n"]);
  });

  test("more requests or bytes than the limits wait outside", async () => {
    const { source, served } = await pair({ limits: { requests: 2, heldBytes: 2000 } });
    source.script.push(undefined, undefined);
    const first = served.send("POST", "/v1/transform", batch(1)).reply;
    await until(() => source.held() === 1, "the first is held");
    expect((await served.post(batch(...Array.from({ length: 100 }, (_, i) => i)))).status).toBe(503);
    const second = served.send("POST", "/v1/transform", batch(2)).reply;
    await until(() => source.held() === 2, "the second is held");
    expect((await served.post(batch(3))).status).toBe(503);
    source.release(200);
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
  });
});

describe("errors inside", () => {
  test("hand the events on untagged, and the next batch is judged by a fresh engine", async () => {
    let made = 0;
    const makeEngine = (seed: bigint) => {
      const engine = new Engine(seed);
      if (made++ === 0) {
        // biome-ignore lint/correctness/useYield: it fails before it could
        engine.tag = function* () {
          throw new WebAssembly.RuntimeError("unreachable");
        };
      }
      return engine;
    };
    const { source, served } = await pair({ makeEngine });
    expect((await served.post(batch(1, 2))).status).toBe(200);
    expect(source.bodies[0].toString()).toBe(`${batch(1, 2)}\n`);
    expect(served.metric("oddline_engine_failures_total")).toBe(1);
    expect((await served.post(batch(3))).status).toBe(200);
    expect(source.bodies[1].toString()).toContain(tag);
  });
});

describe("stopping", () => {
  test("finishes what is held and takes nothing more", async () => {
    const { source, served } = await pair();
    source.script.push(undefined);
    const { reply } = served.send("POST", "/v1/transform", batch(1));
    await until(() => source.held() === 1, "it is held");
    const drained = served.server.drain(10);
    await expect(served.post(batch(2))).rejects.toThrow(/ECONNREFUSED/);
    source.release(200);
    expect((await reply).status).toBe(200);
    expect(await drained).toBe(true);
  });

  test("says so where it could not", async () => {
    const { source, served } = await pair();
    source.script.push(undefined);
    const { reply } = served.send("POST", "/v1/transform", batch(1));
    await until(() => source.held() === 1, "it is held");
    expect(await served.server.drain(0.1)).toBe(false);
    await expect(reply).rejects.toThrow();
  });
});
