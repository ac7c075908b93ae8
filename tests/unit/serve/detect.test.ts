import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { EntrySplitter, type RawEntry } from "../../../host/serve/detect/entries.js";
import { SeriesRule } from "../../../host/serve/detect/series.js";
import { seededRandom } from "../../support/assemblyBuild.js";
import { withFolder } from "../../support/learning.js";
import { entryAt, noon, type SentEntry, Served } from "../../support/serveHere.js";
import { until } from "../../support/waiting.mjs";

const path = "/detect-error-anomalies";
let served: Served;
const serve = async (options = {}) => {
  served = await new Served({ markAll: false, ...options }).start();
  return served;
};
afterEach(() => served?.stop());

interface Result {
  entry?: SentEntry;
  state?: string;
  event?: string | null;
  error?: { code: string; message: string; index?: number };
}

const lines = (entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).join("\n");
const resultsOf = (body: Buffer): Result[] =>
  body
    .toString()
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
async function detect(body: string | Buffer, query = "", headers: Record<string, string> = {}): Promise<Result[]> {
  const reply = await served.post(body, headers, path + query);
  expect(reply.status).toBe(200);
  return resultsOf(reply.body);
}

/** A request whose body is still to come, and what already answers it. */
async function stream(headers: Record<string, string> = {}) {
  const request = httpRequest({ port: served.port, host: "127.0.0.1", method: "POST", path, agent: false, headers });
  request.flushHeaders();
  const [response] = await once(request, "response");
  return { request, response };
}

describe("splitting a body", () => {
  const cases: [body: string, entries: (string | undefined)[]][] = [
    ['{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ['\ufeff \r\n{"a":1}\r\n\r\n{"b":"[\\"]"}\r\n', ['{"a":1}\r', '{"b":"[\\"]"}\r']],
    ['[{"a":1},{"b":[1,2,"]},["]}]', ['{"a":1}', '{"b":[1,2,"]},["]}']],
    [' [ {"a":1} ,\n {"b":"\\\\"} , ] \n', ['{"a":1} ', '\n {"b":"\\\\"} ']],
    ["[]", []],
    ["", []],
    ['[{"a":1},,7]', ['{"a":1}', undefined, "7"]],
    ['[{"a":1}] x', ['{"a":1}', undefined]],
    ['[{"a":1},{"b"', ['{"a":1}', undefined]],
    ['[{"a":1}', ['{"a":1}', undefined]],
    [`{"a":1}\n{"long":"${"x".repeat(100)}"}\n{"b":2}`, ['{"a":1}', undefined, '{"b":2}']],
    [`[{"a":1},{"long":"${"x".repeat(100)}"},{"b":2}]`, ['{"a":1}', undefined, '{"b":2}']],
  ];
  for (const [body, expected] of cases) {
    it(`cuts ${JSON.stringify(body.slice(0, 40))} at every split point alike`, () => {
      const bytes = Buffer.from(body);
      const whole = JSON.stringify(expected.map((text) => text?.trim()));
      const wrong: string[] = [];
      for (let first = 0; first <= bytes.length; first++) {
        for (const second of [first, Math.min(first + 1, bytes.length), bytes.length]) {
          const splitter = new EntrySplitter(64);
          const found: RawEntry[] = [];
          for (const part of [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]) {
            if (part.length > 0) found.push(...splitter.push(part));
          }
          found.push(...splitter.end());
          const numbered = found.every(({ index }, at) => index === at);
          const said = found.every(({ text, problem }) => (text === undefined) === (problem !== undefined));
          const texts = JSON.stringify(found.map(({ text }) => text?.toString().trim()));
          if (!numbered || !said || texts !== whole) wrong.push(`cut at ${first} and ${second}: ${texts}`);
        }
      }
      expect(wrong).toEqual([]);
    });
  }
});

describe(`POST ${path}`, () => {
  it("alerts for the address that errs, for it alone, and takes it back", async () => {
    await serve();
    const entries: SentEntry[] = [];
    for (let i = 0; i < 20; i++) {
      entries.push(entryAt(i));
      for (const host of [8, 9, 10]) entries.push(entryAt(i, { ipAddress: `192.0.2.${host}`, isError: false }));
    }
    entries.push(entryAt(200, { isError: false }));
    for (const body of [lines(entries), JSON.stringify(entries), JSON.stringify(entries, null, 2)]) {
      const results = await detect(body);
      expect(results.map(({ entry, state, event }) => [entry?.ipAddress, state, event])).toEqual([
        ["192.0.2.7", "ERROR_RATE_ALERT", "HIGH_ERROR_RATE"],
        ["192.0.2.7", "NORMAL", "NORMAL_ACTIVITY"],
      ]);
      expect(results[0].entry).toEqual(entries[20]);
    }
  });

  it("takes the same address in other spellings as one, and finds keywords", async () => {
    await serve();
    const spellings = ["192.0.2.7", "::ffff:192.0.2.7", "::FFFF:c000:207"];
    const burst = Array.from({ length: 6 }, (_, i) => entryAt(0, { ipAddress: spellings[i % 3] }));
    expect(await detect(lines(burst))).toMatchObject([
      { event: "HIGH_ERROR_RATE", count: 6, threshold: 5, reason: expect.stringContaining("6 errors of this address") },
    ]);
    const panic = entryAt(0, { message: "Kernel Panic - not syncing", isError: false });
    expect(await detect(lines([panic]))).toMatchObject([
      { state: "KEYWORD_ALERT", event: "KEYWORD_DETECTED", keyword: "panic", reason: "panic found", count: 1 },
    ]);
  });

  it("repeats nothing of an entry in its reason, no password either", async () => {
    await serve();
    const message = "panic: token=hunter2 of user bob, password: hunter2";
    const entries = Array.from({ length: 6 }, () => entryAt(0, { message }));
    const reply = await served.post(lines(entries), {}, `${path}?results=all`);
    const reasons = [...reply.body.toString().matchAll(/"reason":"([^"]*)"/g)].map(([, reason]) => reason);
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toMatch(/^(panic found|\d+ errors of this address)[\w ,.]*$/);
  });

  it("runs the series rule, whose queue outlives the request", async () => {
    await serve();
    const rule = new SeriesRule();
    for (let round = 0; round < 3; round++) {
      const random = seededRandom(round + 1);
      const entries = Array.from({ length: 400 }, (_, i) =>
        entryAt(i, { ipAddress: `10.0.0.${Math.floor(random() ** 2 * 9)}`, isError: random() < 0.4 }),
      );
      const stream = rule.start();
      const expected = entries.map(({ ipAddress, isError }) => stream.observe(ipAddress!, isError!));
      const results = await detect(lines(entries), "?rule=series&results=all");
      expect(results.map(({ state, event }) => [state, event ?? undefined])).toEqual(
        expected.map(({ state, event }) => [state, event]),
      );
    }
  });

  it("tells bad entries with their index and goes on", async () => {
    await serve();
    const good = JSON.stringify(entryAt(0));
    const bad = [
      "{",
      "[1]",
      "7",
      "{}",
      '{"ipAddress":7}',
      '{"ipAddress":"a","isError":1}',
      '{"ipAddress":"a","timestamp":"soon"}',
    ];
    const body = [good, ...bad, ...Array(5).fill(good), `{"ipAddress":"${"x".repeat(70_000)}"}`, "\u0000"].join("\n");
    const results = await detect(body);
    expect(results.map(({ error, event }) => error?.code ?? event)).toEqual([
      ...bad.map(() => "ENTRY_INVALID"),
      "HIGH_ERROR_RATE",
      "ENTRY_TOO_LARGE",
      "ENTRY_INVALID",
    ]);
    expect(results.flatMap(({ error }) => error?.index ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 13, 14]);
    const array = `[${good},{bad},${good}`;
    expect((await detect(array)).map(({ error }) => error?.code)).toEqual(["ENTRY_INVALID", "BODY_CUT"]);
  });

  it("hands entries back byte for byte", async () => {
    await serve();
    const entry = '{"ipAddress":"a", "id":12345678901234567890, "n":1.0, "message":"\\u00e9 é"}';
    const reply = await served.post(entry, {}, `${path}?results=all`);
    expect(reply.body.toString()).toBe(`{"entry":${entry},"state":"NORMAL","event":null}\n`);
  });

  it("speaks server-sent events where asked, and unpacks what is packed", async () => {
    await serve();
    const body = gzipSync(`${lines(Array(6).fill(entryAt(0)))}\n{`);
    const reply = await served.post(body, { accept: "text/event-stream", "content-encoding": "gzip" }, path);
    expect(reply.headers["content-type"]).toBe("text/event-stream");
    expect(reply.body.toString()).toMatch(/^data: \{"entry":.*\}\n\nevent: problem\ndata: \{"error":.*\}\n\n$/);
    const cut = await served.post(body.subarray(0, 40), { "content-encoding": "gzip" }, path);
    expect(resultsOf(cut.body)).toMatchObject([{ error: { code: "BODY_INVALID" } }]);
  });

  it("sends events to a listener while entries come in", async () => {
    await serve();
    const { request, response } = await stream({ accept: "text/event-stream" });
    for (const seconds of [0, 300]) {
      request.write(`${lines(Array(6).fill(entryAt(seconds)))}\n`);
      const [part] = await once(response, "data");
      expect(part.toString()).toMatch(/^data: \{"entry":.*"event":"(HIGH_ERROR_RATE|NORMAL_ACTIVITY)"\}\n\n/);
    }
    request.end();
    response.resume();
    await once(response, "end");
  });

  it("says what is wrong where several objects share a line, and reads no time by guessing", async () => {
    await serve();
    const entry = JSON.stringify(entryAt(0));
    const [{ error }] = await detect(entry + entry);
    expect(error?.message).toMatch(/several objects on one line.*--data-binary/);
    const times = ["2026-11-21T12:00:00Z", "2026-11-21 12:00:00", "2026-11-21T13:00:00.5+01:00", noon, noon * 1000];
    const burst = times.map((timestamp) => entryAt(0, { timestamp }));
    expect(await detect(lines([...burst, entryAt(0)]))).toMatchObject([{ event: "HIGH_ERROR_RATE" }]);
    const guesses = ["21/Nov/2026", "Nov 21, 2026", "2026-13-01T00:00:00Z", "12:00", ""];
    const refused = await detect(lines(guesses.map((timestamp) => entryAt(0, { timestamp }))));
    expect(refused.map((result) => result.error?.code)).toEqual(guesses.map(() => "ENTRY_INVALID"));
  });

  it("limits header size and streams at once, and serves again when one has ended", async () => {
    await serve({ limits: { requests: 2 } });
    const large = await served.post("", { "x-large": "x".repeat(20_000) }, path);
    expect(large.status).toBe(431);
    const streams = [await stream(), await stream()];
    const refused = await served.post("", {}, path);
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body.toString()).error.code).toBe("TOO_MANY_REQUESTS");
    expect((await served.send("GET", "/healthz").reply).status).toBe(200);
    for (const { request, response } of streams) {
      request.end();
      response.resume();
      await once(response, "end");
    }
    expect((await served.post("", {}, path)).status).toBe(200);
  });

  it("refuses a wrong query, encoding or token", async () => {
    await serve({ token: "secret" });
    const auth = { authorization: "Bearer secret" };
    const status = async (query: string, headers: Record<string, string>) =>
      (await served.post("", headers, path + query)).status;
    expect(await status("", {})).toBe(401);
    expect(await status("?results=some", auth)).toBe(400);
    expect(await status("?colour=red", auth)).toBe(400);
    expect(await status("", { ...auth, "content-encoding": "zip" })).toBe(415);
    expect(await status("?shared=true", auth)).toBe(200);
  });

  it("keeps state between requests only where shared", async () => {
    await serve();
    const three = lines(Array(3).fill(entryAt(0)));
    for (const query of ["", "?shared=true"]) {
      expect(await detect(three, query)).toEqual([]);
      expect((await detect(three, query)).length).toBe(query === "" ? 0 : 1);
    }
  });

  it("answers while entries come in", async () => {
    await serve();
    const { request, response } = await stream();
    request.write(`${lines(Array(6).fill(entryAt(0)))}\n`);
    const [first] = await once(response, "data");
    expect(JSON.parse(first)).toMatchObject({ event: "HIGH_ERROR_RATE" });
    request.write(`${JSON.stringify(entryAt(300, { isError: false }))}\n`);
    const [second] = await once(response, "data");
    expect(JSON.parse(second)).toMatchObject({ event: "NORMAL_ACTIVITY" });
    request.end();
    response.resume();
    await once(response, "end");
  });

  it("forgets a client that hangs up", async () => {
    await serve();
    const request = httpRequest({ port: served.port, host: "127.0.0.1", method: "POST", path, agent: false });
    request.on("error", () => {});
    request.flushHeaders();
    await once(request, "response");
    request.write('{"ipAdd');
    request.destroy();
    await until(() => served.metric("oddline_requests_held") === 0, "the request is forgotten");
    expect(served.said).toEqual([]);
  });
});

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
if (!hasCurl) console.warn("curl is not on PATH: the example of docs/api.md is not run");

describe.skipIf(!hasCurl)("docs/api.md", () => {
  it("prints what its example prints", async () => {
    await serve();
    const page = readFileSync("docs/api.md", "utf8");
    const [, script, printed] = /```sh\n(for second[\s\S]*?)```\n\n```json\n([\s\S]*?)```/.exec(page)!;
    await withFolder(async (folder) => {
      const local = script.replace("127.0.0.1:9800", `127.0.0.1:${served.port}`);
      const { stdout } = await promisify(execFile)("sh", ["-c", local], { cwd: folder });
      expect(stdout).toBe(printed);
    });
  });
});

describe("GET /openapi.json", () => {
  it("describes every route without a token", async () => {
    await serve({ token: "secret" });
    const reply = await served.send("GET", "/openapi.json").reply;
    const { paths, components } = JSON.parse(reply.body.toString());
    expect(Object.keys(paths)).toEqual([path, "/v1/transform", "/healthz", "/metrics", "/openapi.json"]);
    const references = JSON.stringify(paths).match(/#\/components\/schemas\/\w+/g)!;
    expect(references.length).toBeGreaterThan(5);
    for (const reference of references) expect(components.schemas).toHaveProperty(reference.split("/").pop()!);
  });
});
