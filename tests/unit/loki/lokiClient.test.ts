import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OddlineError } from "../../../host/io/errors.js";
import type { Patience } from "../../../host/io/http.js";
import { LokiApi, type LokiEntry } from "../../../host/loki/api.js";
import { type Cursor, LokiClient } from "../../../host/loki/client.js";
import { lokiConnection } from "../../../host/loki/connection.js";
import { type FakeLokiQuery, startFakeLokiQuery } from "../../support/fakeLokiQuery.js";

const secret = "s3cret-0815";
let fake: FakeLokiQuery;
let pauses: number[];
let patience: Patience;

beforeEach(async () => {
  fake = await startFakeLokiQuery();
  pauses = [];
  patience = { attemptsMax: 4, pauseSeconds: 1, pauseSecondsMax: 30, sleep: async (ms) => pauses.push(ms) };
});
afterEach(() => fake.close());

function client(pageLines?: number, environment = {}): LokiClient {
  return new LokiClient(new LokiApi(lokiConnection(fake.url, environment), patience), pageLines);
}

async function all(from: LokiClient, query = '{job="test"}', fromNs = 0n, toNs = 10n ** 15n): Promise<LokiEntry[]> {
  const entries: LokiEntry[] = [];
  for await (const entry of from.entries(query, fromNs, toNs)) entries.push(entry);
  return entries;
}

async function failure(promise: Promise<unknown>): Promise<OddlineError> {
  try {
    await promise;
  } catch (error) {
    return error as OddlineError;
  }
  throw new Error("no error");
}

const linesOf = (entries: { line: string; timeNs: bigint }[]) => entries.map(({ timeNs, line }) => `${timeNs} ${line}`);

describe("paging", () => {
  it("splits equal lines of an instant by their labels", async () => {
    fake.entries = Array.from({ length: 90 }, (_, i) => ({
      timeNs: 5n,
      line: "same",
      labels: { job: "test", pod: `${i % 30}`, ...(i % 3 === 0 ? { zone: "a" } : i % 3 === 1 ? { zone: "b" } : {}) },
    }));
    fake.linesMax = 7;
    expect(await all(client(7), '{job="test"} # a comment')).toHaveLength(90);
  });

  it("takes the largest page there is for lines alike in every way, else gives up", async () => {
    fake.entries = Array.from({ length: 12 }, () => ({ timeNs: 5n, line: "same", labels: { job: "test" } }));
    expect(await all(client(5))).toHaveLength(12);
    fake.linesMax = 12;
    expect((await failure(all(client(5)))).code).toBe("LOKI_LINES_ALIKE");
    fake.linesMax = 13;
    expect(await all(client(5))).toHaveLength(12);
  });

  it("takes smaller pages where Loki allows no more", async () => {
    fake.linesMax = 30;
    fake.entries = Array.from({ length: 100 }, (_, i) => ({ timeNs: BigInt(i), line: `${i}` }));
    expect(await all(client(1000))).toHaveLength(100);
    expect(fake.requests.filter(({ parameters }) => Number(parameters.get("limit")) > 30)).toHaveLength(1);
  });

  it("asks for shorter times where Loki would have to look through too much", async () => {
    fake.rangeNsMax = 1_000_000n * 7n;
    fake.entries = Array.from({ length: 300 }, (_, i) => ({ timeNs: 1_000_000n * BigInt(i), line: `${i}` }));
    expect(linesOf(await all(client(), "{}", 0n, 300_000_000n))).toEqual(linesOf(fake.entries));
    fake.rangeNsMax = 10n;
    expect((await failure(all(client(), "{}", 0n, 300_000_000n))).code).toBe("LOKI_RANGE_REFUSED");
  });

  it("resumes after any page, in another process", async () => {
    fake.entries = Array.from({ length: 200 }, (_, i) => ({ timeNs: BigInt(Math.floor(i / 6)), line: `${i}` }));
    const expected = linesOf(await all(client(9)));
    let cursor: Cursor | undefined;
    const got: string[] = [];
    for (let more = true; more; ) {
      for await (const page of client(9).pages('{job="test"}', 0n, 1000n, cursor)) {
        got.push(...linesOf(page.entries));
        cursor = page.next && JSON.parse(JSON.stringify(page.next));
        more = cursor !== undefined;
        break;
      }
    }
    expect(got).toEqual(expected);
  });

  it("asks for a day at most, start included and end not", async () => {
    const dayNs = 86_400_000_000_000n;
    fake.entries = [0n, dayNs - 1n, dayNs, 3n * dayNs - 1n, 3n * dayNs].map((timeNs) => ({ timeNs, line: "x" }));
    expect(await all(client(), "{}", 0n, 3n * dayNs)).toHaveLength(4);
    expect(fake.requests).toHaveLength(3);
  });
});

describe("patience", () => {
  const busy = { status: 429, headers: { "retry-after": "7" } };

  it("tries again after 429, 5xx and a broken connection, as long as Retry-After says", async () => {
    fake.entries = [{ timeNs: 1n, line: "x" }];
    fake.failures = [busy, { status: 503 }, { status: 0, hangUp: true }];
    expect(await all(client())).toHaveLength(1);
    expect(pauses).toHaveLength(3);
    expect(pauses[0]).toBeGreaterThanOrEqual(7000);
    expect(pauses[0]).toBeLessThan(9000);
    expect(pauses[1]).toBeGreaterThanOrEqual(2000);
    expect(pauses[2]).toBeGreaterThanOrEqual(4000);
  });

  it("takes a page again whose connection broke in the middle", async () => {
    fake.entries = Array.from({ length: 40 }, (_, i) => ({ timeNs: BigInt(i >> 2), line: `${i}` }));
    for (const at of [0, 1, 2]) {
      fake.failures = Array.from({ length: 9 }, (_, i) => (i === at ? { status: 200, cut: true } : undefined));
      expect(linesOf(await all(client(16)))).toEqual(linesOf(fake.entries));
    }
  });

  it("understands an HTTP date and does not wait for ever", async () => {
    fake.failures = [
      { status: 429, headers: { "retry-after": new Date(Date.now() + 10_000).toUTCString() } },
      { status: 429, headers: { "retry-after": "99999" } },
    ];
    await all(client());
    expect(pauses[0]).toBeGreaterThan(8000);
    expect(pauses[0]).toBeLessThan(13_000);
    expect(pauses[1]).toBeLessThanOrEqual(36_000);
  });

  it.each([
    [{ status: 429 }, "LOKI_BUSY", 4],
    [{ status: 500, body: "boom" }, "LOKI_FAILED", 4],
    [{ status: 0, hangUp: true }, "LOKI_UNREACHABLE", 4],
    [{ status: 401, body: "no" }, "LOKI_FORBIDDEN", 1],
    [{ status: 400, body: "parse error at line 1" }, "LOKI_QUERY_INVALID", 1],
    [{ status: 401, body: "no org id" }, "LOKI_FORBIDDEN", 1],
    [{ status: 404 }, "LOKI_NOT_FOUND", 1],
    [{ status: 200, body: "<html>" }, "LOKI_UNEXPECTED", 1],
    [{ status: 200, body: '{"status":"success","data":{"resultType":"matrix","result":[]}}' }, "LOKI_UNEXPECTED", 1],
  ])("%j ends as %s after %i attempts, without a secret in it", async (answer, code, attempts) => {
    fake.failures = Array.from({ length: 9 }, () => answer);
    const environment = { LOKI_USERNAME: "reader", LOKI_PASSWORD: secret, LOKI_ORG_ID: "team" };
    const error = await failure(all(client(10, environment)));
    expect(error.code).toBe(code);
    expect(fake.requests).toHaveLength(attempts);
    expect(`${error.message}${error.stack}`).not.toContain(secret);
    expect(`${error.message}`).not.toContain(Buffer.from(`reader:${secret}`).toString("base64"));
  });

  it("says so where nobody listens", async () => {
    const port = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
    });
    const api = new LokiApi(lokiConnection(`http://127.0.0.1:${port}`, {}), patience);
    const error = await failure(all(new LokiClient(api)));
    expect(error.code).toBe("LOKI_UNREACHABLE");
    expect(error.exit).toBe(1);
  });
});

describe("the connection", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-loki-"));
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, `${secret}\n`);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("takes tenant and credentials from logcli's environment", async () => {
    const cases: [Record<string, string>, Record<string, string | undefined>][] = [
      [{ LOKI_ORG_ID: "team" }, { "x-scope-orgid": "team", authorization: undefined }],
      [
        { LOKI_USERNAME: "reader", LOKI_PASSWORD: secret },
        { authorization: `Basic ${Buffer.from(`reader:${secret}`).toString("base64")}` },
      ],
      [{ LOKI_BEARER_TOKEN: secret }, { authorization: `Bearer ${secret}` }],
      [{ LOKI_BEARER_TOKEN_FILE: tokenFile }, { authorization: `Bearer ${secret}` }],
      [{ LOKI_BEARER_TOKEN: secret, LOKI_AUTH_HEADER: "X-Auth" }, { "x-auth": `Bearer ${secret}` }],
    ];
    for (const [environment, headers] of cases) {
      await all(client(10, environment));
      expect(fake.requests.at(-1)!.headers).toMatchObject(
        Object.fromEntries(Object.entries(headers).filter(([, value]) => value)),
      );
    }
    await all(new LokiClient(new LokiApi(lokiConnection(undefined, { LOKI_ADDR: `${fake.url}/gate/` }), patience)));
    expect(fake.requests.at(-1)!.path).toBe("/gate/loki/api/v1/query_range");
  });

  it.each([
    [undefined, {}, "LOKI_ADDRESS_MISSING"],
    ["loki:3100", {}, "URL_INVALID"],
    [`http://reader:${secret}@loki:3100`, {}, "URL_INVALID"],
    ["http://loki:3100", { LOKI_USERNAME: "reader", LOKI_BEARER_TOKEN: secret }, "LOKI_CREDENTIALS_AMBIGUOUS"],
    ["http://loki:3100", { LOKI_BEARER_TOKEN_FILE: "/no/such/file" }, "SECRET_UNREADABLE"],
    ["https://loki:3100", { LOKI_CA_CERT_PATH: "/no/such/file" }, "SECRET_UNREADABLE"],
  ])("%s with %j is %s", (address, environment, code) => {
    let error: OddlineError | undefined;
    try {
      lokiConnection(address, environment);
    } catch (caught) {
      error = caught as OddlineError;
    }
    expect(error?.code).toBe(code);
    expect(error?.exit).toBe(2);
    expect(error?.message).not.toContain(secret);
  });
});
