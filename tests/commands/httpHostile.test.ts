/** `oddline serve` against peers that mean it ill: nothing they send ends it, and no web page gets in. */
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { isLoopback } from "../../host/serve/http/senders.js";
import { readTarget } from "../../host/serve/http/target.js";
import { startFakeSource } from "../support/fakeSource.js";
import { fuzzHttp } from "../support/httpFuzz.mjs";
import { ServedProcess } from "../support/servedProcess.js";
import { Served, type ServedOptions } from "../support/serveHere.js";
import { until } from "../support/waiting.mjs";

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

async function serve(options: ServedOptions = {}): Promise<Served> {
  const served = await new Served({ markAll: false, ...options }).start();
  open.push(served);
  return served;
}

async function start(...options: string[]): Promise<ServedProcess> {
  const served = await ServedProcess.start(...options);
  open.push(served);
  return served;
}

/** Everything that comes back until the server closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let back = "";
    socket.setEncoding("latin1").on("data", (part) => {
      back += part;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(back));
    socket.write(text, "latin1");
  });
}

const get = (target: string, ...headers: string[]) =>
  `${[`GET ${target} HTTP/1.1`, "Host: localhost", "Connection: close", ...headers].join("\r\n")}\r\n\r\n`;
const healthy = "HTTP/1.1 200 OK";

describe("request targets", () => {
  const strange = [
    "//",
    "//a:b",
    "http://[",
    "//@",
    "http://a:99999/",
    "http://",
    "http:///",
    "//[",
    "/%",
    "http://%/",
    "*",
  ];

  test("that are no URL end nothing", async () => {
    const served = await start();
    for (const target of strange) {
      expect(await raw(served.port, get(target)), target).toMatch(/^HTTP\/1\.1 (404|403) /);
      expect(await raw(served.port, get("/healthz")), target).toContain(healthy);
    }
    expect(served.said).not.toContain("FAILED");
  });

  test("are taken apart without an exception", () => {
    expect(readTarget("/v1/transform?a=1&b=%zz")).toMatchObject({ path: "/v1/transform", authority: undefined });
    expect(readTarget("/x?a=1&a=2").query.getAll("a")).toEqual(["1", "2"]);
    expect(readTarget("http://localhost:9800/healthz?x")).toMatchObject({
      path: "/healthz",
      authority: "localhost:9800",
    });
    expect(readTarget("HTTP://[::1]")).toMatchObject({ path: "/", authority: "[::1]" });
    for (const target of [...strange, ""]) expect(() => readTarget(target)).not.toThrow();
  });
});

describe("expectations and upgrades", () => {
  test("are answered, and the next request on the connection as well or the connection is closed", async () => {
    const { port } = await serve();
    const post = (header: string) =>
      `POST /nowhere HTTP/1.1\r\nHost: localhost\r\n${header}\r\nContent-Length: 2\r\n\r\nab`;
    const unknown = await raw(port, post("Expect: coffee") + get("/healthz"));
    expect(unknown).toMatch(/^HTTP\/1\.1 417 [\s\S]*"EXPECTATION_UNKNOWN"/);
    const upgrade = get("/healthz", "Upgrade: h2c").replace("Connection: close", "Connection: Upgrade");
    expect(await raw(port, upgrade + get("/healthz"))).toContain(healthy);
    const invited = "POST /v1/transform HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue";
    expect(await raw(port, `${invited}\r\nContent-Length: 2\r\n\r\n{}`)).toMatch(
      /^HTTP\/1\.1 100 .*\r\n\r\nHTTP\/1\.1 200 /,
    );
  });
});

describe("pipelined requests", () => {
  test("of a connection that ends before it is their turn take no place from others", async () => {
    const source = await startFakeSource();
    open.push({ stop: () => source.close() });
    source.script.push(undefined);
    const served = await serve({ forward: source.url, limits: { requests: 20 } });
    const post = 'POST /v1/transform HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7\r\n\r\n{"a":1}';
    const socket = connect(served.port, "127.0.0.1");
    socket.write(post.repeat(20));
    await until(() => served.metric("oddline_requests_held") === 20, "all are at work");
    socket.destroy();
    await until(() => served.metric("oddline_requests_held") === 0, "none is");
    expect((await served.post('{"b":1}')).status).toBe(200);
  });
});

describe("content encodings", () => {
  test("named like a member of every object are unknown ones", async () => {
    const served = await serve();
    for (const encoding of ["constructor", "__proto__", "toString", "hasOwnProperty", "zstd", "gzip, gzip"]) {
      for (const path of ["/v1/transform", "/detect-error-anomalies"]) {
        const { status, body } = await served.post("{}", { "content-encoding": encoding }, path);
        expect([status, JSON.parse(String(body)).error.code], `${encoding} ${path}`).toEqual([415, "ENCODING_UNKNOWN"]);
      }
    }
    expect(served.said.join()).not.toContain("FAILED");
  });
});

describe("fuzzing", () => {
  test.each(["alone", "handing on"])(
    "four thousand hostile requests, %s",
    async (how) => {
      const source = await startFakeSource();
      open.push({ stop: () => source.close() });
      const served = await start(...(how === "alone" ? [] : ["--forward", source.url]));
      const { failures, answered, answers } = await fuzzHttp({
        port: served.port,
        count: 4000,
        seed: 7,
        pid: served.pid,
        said: () => served.said,
      });
      expect(failures).toEqual([]);
      // Eight connections at a time are no load: a place that is never given back would show here.
      if (how === "alone") expect(answers["503"]).toBeUndefined();
      expect(answered).toBeGreaterThanOrEqual(4000);
      for (const status of ["200", "400", "403", "404", "405"]) expect(answers[status], status).toBeGreaterThan(20);
    },
    400_000,
  );
});

describe("web pages", () => {
  const refusal = (text: string) => /"code":"(\w+)"/.exec(text)?.[1];
  const status = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
  const withHost = (host: string) => get("/healthz").replace("Host: localhost", `Host: ${host}`);

  test("that reach the loopback address by a name of their own are refused", async () => {
    const { port } = await serve();
    for (const host of ["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1:9800", "127.9.9.9", "[::1]", "[::1]:80"]) {
      expect(status(await raw(port, withHost(host))), host).toBe(200);
    }
    const foreign = [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example:9800",
      "192.0.2.7",
      "[::2]",
      "[",
      "",
    ];
    for (const host of foreign) {
      const text = await raw(port, withHost(host));
      expect([status(text), refusal(text)], host).toEqual([403, "HOST_REFUSED"]);
    }
    expect(status(await raw(port, get("http://evil.example/healthz")))).toBe(403);
  });

  test("are refused by their origin", async () => {
    const { port } = await serve();
    for (const origin of ["https://evil.example", "null", "http://localhost:9800", "\xff"]) {
      const text = await raw(port, get("/healthz", `Origin: ${origin}`));
      expect([status(text), refusal(text)], origin).toEqual([403, "ORIGIN_REFUSED"]);
    }
  });

  test("a sink is told to come again, whatever it is refused for: a 403 would lose its events", async () => {
    const served = await serve({ forward: "http://127.0.0.1:1/" });
    expect((await served.post("{}", { host: "evil.example" })).status).toBe(503);
    expect((await served.post("{}", { origin: "https://evil.example" })).status).toBe(503);
    expect(served.said.join("\n")).toContain("TRANSFORM_REFUSED: HOST_REFUSED");
  });

  test("and names come in where they are allowed", async () => {
    const { port } = await start(
      ...["--allow-host", "oddline", "--allow-host", "logs.example", "--allow-origin", "https://app.example"],
    );
    expect(status(await raw(port, withHost("oddline:9800")))).toBe(200);
    expect(status(await raw(port, withHost("LOGS.example")))).toBe(200);
    expect(status(await raw(port, withHost("other.example")))).toBe(403);
    const allowed = await raw(port, get("/healthz", "Origin: https://app.example"));
    expect(status(allowed)).toBe(200);
    expect(allowed).toMatch(/access-control-allow-origin: https:\/\/app\.example\r\nvary: origin/);
    expect(status(await raw(port, get("/healthz", "Origin: https://app.example.evil")))).toBe(403);
    const preflight = get("/detect-error-anomalies", "Origin: https://app.example").replace("GET", "OPTIONS");
    expect(await raw(port, preflight)).toMatch(/^HTTP\/1\.1 204 [\s\S]*access-control-allow-methods: POST/);
  });

  test("loopback is what the machine alone can reach", () => {
    for (const name of ["localhost", "127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"]) {
      expect(isLoopback(name), name).toBe(true);
    }
    for (const name of ["0.0.0.0", "::", "127.evil.example", "128.0.0.1", "localhost.example", ""]) {
      expect(isLoopback(name), name).toBe(false);
    }
  });
});
