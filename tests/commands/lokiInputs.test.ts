/**
 * refresh, summarize, scan and replay on lines of Loki: the same outcome as on files, and what happens when it breaks.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { readSignatures } from "../../host/learn/readSignatures.js";
import { LokiApi } from "../../host/loki/api.js";
import { LokiClient } from "../../host/loki/client.js";
import { lokiConnection } from "../../host/loki/connection.js";
import { lokiSource } from "../../host/loki/source.js";
import { SignatureStore } from "../../host/signatures/signatureStore.js";
import { Engine } from "../../host/wasm/engine.js";
import { oddline } from "../support/cli.js";
import { type FakeLokiQuery, type StoredEntry, startFakeLokiQuery } from "../support/fakeLokiQuery.js";
import { withFolder } from "../support/learning.js";

const day = Date.UTC(2026, 10, 20) / 1000;
const ns = (seconds: number) => BigInt(seconds) * 1_000_000_000n;
const query = '{job="shop"}';
const range = ["--since", `${day}`, "--until", `${day + 86_400}`];
const log = shopLog(3, day, 4000, true);

/** Five lines an instant. */
const entriesOf = (text: string, more: Partial<StoredEntry> = {}): StoredEntry[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line, i) => ({ timeNs: ns(day + Math.floor(i / 5)), line, ...more }));

let fake: FakeLokiQuery;
beforeEach(async () => {
  fake = await startFakeLokiQuery();
  vi.stubEnv("LOKI_CLIENT_MIN_BACKOFF", "0");
  vi.stubEnv("LOKI_CLIENT_RETRIES", "2");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await fake.close();
});

const fromLoki = (...more: string[]) => ["--loki", fake.url, "--query", query, ...range, ...more];
const starts = () => fake.requests.map(({ parameters }) => BigInt(parameters.get("start")!));

/** The pieces that a source gives, as text, with their arrival. */
async function piecesOf(entries: StoredEntry[], pieceSeconds: number, keepTags = true) {
  fake.entries = entries;
  const client = new LokiClient(new LokiApi(lokiConnection(fake.url, {})), 7);
  const source = lokiSource(client, "x", { query, fromNs: 0n, toNs: ns(2000) }, { pieceSeconds, keepTags });
  const pieces: { seconds: number; text: string }[] = [];
  for await (const bytes of source.open()) {
    const seconds = Number(source.arrivalSeconds!());
    const last = pieces.at(-1);
    // pages cut pieces wherever they end
    if (last?.seconds === seconds) last.text += bytes.toString();
    else pieces.push({ seconds, text: bytes.toString() });
  }
  return pieces;
}

describe("lines of Loki as a source", () => {
  it("are text as it is, one record where they have several lines", async () => {
    const lines = [
      "plain",
      "",
      "two\nlines",
      "with its end\n",
      '{"a":1}',
      '{\n"a":1\n}',
      "{no object\n}",
      "caf\u00e9\r",
    ];
    const [piece] = await piecesOf(
      lines.map((line, i) => ({ timeNs: BigInt(i), line })),
      60,
    );
    expect(piece.text).toBe(
      'plain\n\n{"log":"two\\nlines"}\nwith its end\n{"a":1}\n{ "a":1 }\n{"log":"{no object\\n}"}\ncaf\u00e9\r\n',
    );
  });

  it("carry over that they were tagged, where that matters", async () => {
    const tagged = ["plain", '{"a":1}', "{}", '{ "a":{"b":1} }\n'].map((line, i) => ({
      timeNs: BigInt(i),
      line,
      labels: { job: "shop", anomaly_type: "novelty" },
    }));
    const [piece] = await piecesOf(tagged, 60);
    expect(piece.text.trimEnd().split("\n")).toEqual([
      '{"log":"plain","anomaly":{}}',
      '{"a":1,"anomaly":{}}',
      '{"anomaly":{}}',
      '{ "a":{"b":1},"anomaly":{}}',
    ]);
    const [untouched] = await piecesOf(tagged, 60, false);
    expect(untouched.text).toBe('plain\n{"a":1}\n{}\n{ "a":{"b":1} }\n');
  });

  it("come in pieces by when they arrived, whatever the pages", async () => {
    const entries = Array.from({ length: 50 }, (_, i) => ({ timeNs: ns(1000 + 7 * i), line: `${i}` }));
    const pieces = await piecesOf(entries, 60);
    expect(pieces.map(({ seconds }) => seconds)).toEqual([960, 1020, 1080, 1140, 1200, 1260, 1320]);
    expect(pieces.map(({ text }) => text).join("")).toBe(entries.map(({ line }) => `${line}\n`).join(""));
  });
});

describe("refresh from Loki", () => {
  it("gives the model that the same lines in a file give, and the same as a summary", async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      fake.entries = entriesOf(log);
      writeFileSync(path("log"), log);
      expect((await oddline("refresh", ...fromLoki("--out", path("loki.model")))).code).toBe(0);
      expect((await oddline("refresh", path("log"), "--out", path("file.model"))).code).toBe(0);
      expect(readFileSync(path("loki.model")).equals(readFileSync(path("file.model")))).toBe(true);
      writeFileSync(path("sum"), (await oddline("summarize", ...fromLoki())).out);
      expect((await oddline("refresh", "--summaries", path("sum"), "--out", path("sum.model"))).code).toBe(0);
      expect(readFileSync(path("sum.model")).equals(readFileSync(path("file.model")))).toBe(true);
    });
  });

  it("lets lines that had been tagged teach once they came on three days, as the day in Loki says", async () => {
    const weightAfter = async (days: number) => {
      const store = new SignatureStore();
      fake.entries = Array.from({ length: days }, (_, i) => ({
        timeNs: ns(day + i * 86_400),
        line: "the cellar was flooded",
        labels: { job: "shop", anomaly_type: "outlier" },
      }));
      const client = new LokiClient(new LokiApi(lokiConnection(fake.url, {})));
      const asked = { query, fromNs: ns(day), toNs: ns(day + 10 * 86_400) };
      await readSignatures(
        new Engine(),
        [lokiSource(client, "x", asked, { pieceSeconds: 3600, keepTags: true })],
        store,
      );
      expect(store.lines).toBe(days);
      expect(store.newestEventSeconds).toBe(day + (days - 1) * 86_400);
      return store.weight(0);
    };
    expect(await weightAfter(2)).toBe(0);
    expect(await weightAfter(3)).toBe(3);
  });

  it("goes on where it broke off, and tells nobody what it read", async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      fake.entries = entriesOf(log);
      fake.linesMax = 300;
      expect((await oddline("refresh", ...fromLoki("--out", path("whole.model")))).code).toBe(0);
      const resumable = fromLoki("--out", path("m"), "--resume", path("resume"));
      for (const pages of [4, 3]) {
        const down = [...new Array(pages).fill(undefined), ...new Array(9).fill({ status: 503, body: "restarting" })];
        fake.failures = down;
        fake.requests.length = 0;
        const broken = await oddline("refresh", ...resumable);
        expect([broken.code, existsSync(path("m"))]).toEqual([1, false]);
        expect(broken.err).toContain("LOKI_FAILED");
        expect(statSync(path("resume")).mode & 0o777).toBe(0o600);
        const rows = readFileSync(path("resume"), "utf8").trimEnd().split("\n").slice(2);
        const forms = rows.filter((row) => row.startsWith('{"form"'));
        expect(forms.length).toBeGreaterThan(10);
        for (const row of forms) {
          // digits are told by their number, addresses not at all
          expect(Buffer.from(JSON.parse(row).form, "base64").toString()).not.toMatch(/198|203|2026/);
        }
      }
      fake.failures = [];
      fake.requests.length = 0;
      const resumed = await oddline("refresh", ...resumable);
      expect(resumed.code, resumed.err).toBe(0);
      expect(resumed.err).toContain("resuming at 2026-11-20T00:0");
      expect(starts()[0]).toBeGreaterThan(ns(day + 200));
      expect(readFileSync(path("m")).equals(readFileSync(path("whole.model")))).toBe(true);
      expect(existsSync(path("resume"))).toBe(false);
    });
  });

  it("begins anew where what broke off was another question", async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      fake.entries = entriesOf(log);
      fake.linesMax = 300;
      fake.failures = [undefined, undefined, ...new Array(9).fill({ status: 503 })];
      const learning = fromLoki("--out", path("m"), "--resume", path("resume"));
      expect((await oddline("refresh", ...learning)).code).toBe(1);
      fake.failures = [];
      fake.requests.length = 0;
      const other = await oddline("refresh", ...learning, "--query", '{job="shop"} |= "GET"');
      expect(other.code).toBe(0);
      expect(other.err).toContain("is of another query: reading from the beginning");
      expect(starts()[0]).toBe(ns(day));
      writeFileSync(path("resume"), "damaged");
      expect((await oddline("refresh", ...learning)).err).toContain("is no such file");
    });
  });
});

describe("scan and replay from Loki", () => {
  it("print what they print for a file", async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      fake.entries = entriesOf(log);
      writeFileSync(path("log"), log);
      mkdirSync(path("tmp"));
      vi.stubEnv("TMPDIR", path("tmp"));
      const scanned = await oddline("scan", ...fromLoki());
      expect(scanned.out).toContain("[ANOMALY] ");
      expect(scanned.out).toBe((await oddline("scan", path("log"))).out);
      writeFileSync(path("learnt"), shopLog(4, day, 6000, false));
      await oddline("refresh", path("learnt"), "--out", path("m"));
      const judged = ["--model", path("m"), "--json", "--budget", "20/h"];
      fake.requests.length = 0;
      const replayed = await oddline("replay", ...fromLoki(...judged));
      expect(JSON.parse(replayed.out).tagged).toBeGreaterThan(5);
      expect(replayed.out).toBe((await oddline("replay", path("log"), ...judged)).out);
      // read once, judged many times
      expect(new Set(starts()).size).toBe(starts().length);
      expect(readdirSync(path("tmp"))).toEqual([]);
    });
  });

  it("replays lines without a time at the minute they reached Loki", async () => {
    fake.entries = [0, 1, 3600, 7200].map((seconds) => ({ timeNs: ns(day + seconds), line: "OutOfMemoryError" }));
    const { hours } = JSON.parse((await oddline("replay", ...fromLoki("--json"))).out);
    expect(hours.map(({ hour, lines }: { hour: string; lines: number }) => [hour, lines])).toEqual([
      ["2026-11-20T00:00:00Z", 2],
      ["2026-11-20T01:00:00Z", 1],
      ["2026-11-20T02:00:00Z", 1],
    ]);
  });
});

describe("how reading from Loki ends", () => {
  const commands = ["refresh", "summarize", "scan", "replay"];

  it.each(commands)("%s: nothing there is 3, Loki down is 1, a wrong query is 2", async (command) => {
    await withFolder(async (folder) => {
      const out = command === "refresh" ? ["--out", join(folder, "m")] : [];
      expect((await oddline(command, ...fromLoki(...out))).code).toBe(3);
      fake.failures = [{ status: 400, body: "parse error at line 1, col 2" }];
      expect(await oddline(command, ...fromLoki(...out))).toMatchObject({
        code: 2,
        err: expect.stringContaining("LOKI_QUERY_INVALID"),
      });
      fake.failures = new Array(3).fill({ status: 0, hangUp: true });
      expect(await oddline(command, ...fromLoki(...out))).toMatchObject({
        code: 1,
        err: expect.stringContaining("LOKI_UNREACHABLE"),
      });
      expect(existsSync(join(folder, "m"))).toBe(false);
    });
  });

  it.each([
    [["refresh", "some.log", "--query", query, "--loki", "http://127.0.0.1:1"], "OPTION_INVALID"],
    [["refresh", "--loki", "http://127.0.0.1:1"], "OPTION_MISSING"],
    [["scan", "--since", "24h"], "OPTION_MISSING"],
    [["replay", "--query", query], "LOKI_ADDRESS_MISSING"],
    [
      ["summarize", "--loki", "http://127.0.0.1:1", "--query", query, "--since", "1h", "--until", "2h"],
      "OPTION_INVALID",
    ],
    [["summarize", "some.log", "--resume", "r"], "OPTION_MISSING"],
    [["refresh", "--query", query, "--since", "yesterday"], "OPTION_INVALID"],
    [["scan"], "INPUT_UNREADABLE"],
  ])("%j is wrong use", async (words, code) => {
    vi.stubEnv("LOKI_ADDR", undefined);
    expect(await oddline(...words)).toMatchObject({ code: 2, err: expect.stringContaining(code) });
  });

  it("takes the address from LOKI_ADDR, secrets from files, and prints none of them", async () => {
    await withFolder(async (folder) => {
      const [password, token] = [join(folder, "password"), join(folder, "token")];
      writeFileSync(password, "pass-0815\n");
      writeFileSync(token, "token-4711\n");
      vi.stubEnv("LOKI_ADDR", fake.url);
      vi.stubEnv("LOKI_BEARER_TOKEN", "another");
      fake.failures = [{ status: 401, body: "no" }];
      const asked = ["summarize", "--query", query, "--loki-org-id", "team"];
      const refused = await oddline(...asked, "--loki-bearer-token-file", token);
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("LOKI_FORBIDDEN") });
      expect(refused.err).not.toContain("4711");
      expect(fake.requests[0].headers).toMatchObject({ authorization: "Bearer token-4711", "x-scope-orgid": "team" });
      vi.stubEnv("LOKI_BEARER_TOKEN", undefined);
      await oddline(...asked, "--loki-username", "reader", "--loki-password-file", password);
      const basic = Buffer.from("reader:pass-0815").toString("base64");
      expect(fake.requests[1].headers.authorization).toBe(`Basic ${basic}`);
    });
  });
});
