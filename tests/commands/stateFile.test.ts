/** `--state` of tag and serve: what was counted goes on in the next run; what cannot be used or written is one line. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { summary } from "../../host/commands/tag.js";
import { Engine } from "../../host/wasm/engine.js";
import { readState } from "../differential/reference/snapshot.js";
import { oddline } from "../support/cli.js";
import { configuredModel } from "../support/configuredModel.js";
import { until } from "../support/waiting.mjs";

const program = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const line = (second: number, status: number) =>
  `192.0.2.7 - - [21/Nov/2026:12:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, "0")} +0000] "GET /cart HTTP/1.1" ${status} 312 "-" "curl/8"\n`;
const burst = line(0, 500).repeat(9);

let folder: string;
let state: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-state-"));
});
let runs = 0;
beforeEach(() => {
  const own = join(folder, `${runs++}`);
  mkdirSync(own);
  state = join(own, "oddline.state");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function logOf(text: string): string {
  const path = join(folder, `${runs++}.log`);
  writeFileSync(path, text);
  return path;
}

async function tag(text: string, ...options: string[]) {
  const { code, lines, err } = await oddline("tag", "--state", state, ...options, logOf(text));
  expect(code).toBe(0);
  return { tags: lines.map((record) => JSON.parse(record).anomaly), said: err.trimEnd().split("\n") };
}

describe("oddline tag --state", () => {
  it("goes on where the run before ended, and keeps the file to its owner", async () => {
    const first = await tag(burst);
    expect(first.said).toEqual([`[oddline] state ${state}: no such file yet; windows start empty`]);
    expect(statSync(state).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(state, ".."))).toEqual(["oddline.state"]);
    const second = await tag(line(20, 500) + line(90, 200));
    expect(second.said).toEqual([`[oddline] state ${state} restored, 1 alert in progress`]);
    expect(second.tags).toMatchObject([
      { state: "ERROR_RATE_ALERT", count: 10 },
      { state: "NORMAL", event: "NORMAL_ACTIVITY" },
    ]);
    expect((await tag(line(91, 500))).said).toEqual([`[oddline] state ${state} restored, 0 alerts in progress`]);
  });

  it("takes the seed that is given, else the model's, else the state's, else 0", async () => {
    const seed = () => readState(readFileSync(state)).seed;
    await tag(burst);
    expect(seed()).toBe(0n);
    const other = await tag(burst, "--seed", "7");
    expect(other.said[0]).toContain("made with another seed");
    expect(seed()).toBe(7n);
    expect((await tag(line(1, 500))).said[0]).toContain("restored, 1 alert");
    expect(seed()).toBe(7n);
    const model = join(folder, "seeded.model");
    writeFileSync(model, configuredModel("state: { seed: 12 }"));
    await tag(burst, "--model", model);
    expect(seed()).toBe(12n);
    expect((await tag(line(1, 500), "--model", model)).said[0]).toContain("restored, 1 alert");
  });

  it("leaves a state aside that cannot be used, with one line, and replaces it", async () => {
    await tag(burst);
    const good = readFileSync(state);
    for (const [bytes, reason] of [
      [good.subarray(0, -1), "truncated"],
      [Buffer.from("nothing that Oddline wrote, but long enough to be"), "no state of Oddline"],
      [Buffer.concat([good.subarray(0, -1), Buffer.of(1)]), "damaged"],
    ] as const) {
      writeFileSync(state, bytes);
      const { tags, said } = await tag(burst);
      expect(said).toHaveLength(1);
      expect(said[0]).toContain(reason);
      expect(tags.filter((found) => found?.event === "HIGH_ERROR_RATE")).toHaveLength(1);
      expect(readState(readFileSync(state)).tables[0].slots).toHaveLength(1);
    }
    const stale = await tag(line(0, 500).replaceAll("12:0", "14:0") + line(1, 500).replaceAll("12:0", "14:0"));
    expect(stale.said[1]).toContain("it was stale (the first events are 1 h later)");
  });

  it("goes on where it cannot be written, with one line", async () => {
    state = join(folder, "no such folder", "oddline.state");
    const { tags, said } = await tag(burst);
    expect(tags).toHaveLength(9);
    expect(said[1]).toBe(
      `[oddline] state ${state}: it cannot be written (ENOENT: nothing there); windows would be lost in a restart`,
    );
  });

  it("saves on a signal, while it waits for more", { timeout: 30_000 }, async () => {
    const child = run("tag", "--state", state, "-");
    let out = "";
    child.stdout?.on("data", (text) => {
      out += text;
    });
    child.stdin?.write(burst);
    await until(() => out.split("\n").length === 10, "nine lines");
    child.kill("SIGTERM");
    const signal = await new Promise((resolve) => child.on("exit", (_, by) => resolve(by)));
    expect(signal).toBe("SIGTERM");
    expect(readState(readFileSync(state)).tables[0].slots).toMatchObject([{ alert: true, own: 9 }]);
  });
});

function run(...words: string[]): ChildProcess {
  return spawn(process.execPath, [program, ...words], { stdio: ["pipe", "pipe", "pipe"] });
}

/** A server process on a port of its own choice. */
async function serve(...options: string[]) {
  const child = run("serve", "--listen", "127.0.0.1:0", "--state", state, ...options);
  let said = "";
  child.stderr?.on("data", (text) => {
    said += text;
  });
  await until(() => /listening on/.test(said), "the server listens");
  const port = /listening on 127\.0\.0\.1:(\d+)/.exec(said)![1];
  return {
    said: () => said,
    transform: async (text: string) => {
      const records = text
        .trimEnd()
        .split("\n")
        .map((log) => `${JSON.stringify({ log })}\n`);
      const reply = await fetch(`http://127.0.0.1:${port}/v1/transform`, { method: "POST", body: records.join("") });
      return (await reply.text())
        .trimEnd()
        .split("\n")
        .map((record) => JSON.parse(record).anomaly);
    },
    metrics: async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text(),
    stop: (signal: NodeJS.Signals) => {
      child.kill(signal);
      return new Promise((resolve) => child.on("exit", resolve));
    },
  };
}

describe("oddline serve --state", () => {
  it("goes on after a graceful stop, and after kill -9 from what was saved last", { timeout: 60_000 }, async () => {
    const model = join(folder, "every-second.model");
    writeFileSync(model, configuredModel("state: { saveEvery: 1s }"));
    let server = await serve();
    await server.transform(burst);
    expect(await server.metrics()).toMatch(/^oddline_events_late_total 0$/m);
    expect(await server.stop("SIGTERM")).toBe(0);
    expect(statSync(state).mode & 0o777).toBe(0o600);
    const { seed } = readState(readFileSync(state));
    expect(seed).not.toBe(0n); // nobody outside knows it

    server = await serve("--model", model);
    expect(server.said()).toContain(`state ${state} restored, 1 alert in progress`);
    expect(await server.transform(line(20, 500))).toMatchObject([{ state: "ERROR_RATE_ALERT", count: 10 }]);
    const saved = statSync(state).mtimeMs;
    await until(() => statSync(state).mtimeMs > saved, "saved again");
    await server.stop("SIGKILL");
    expect(readState(readFileSync(state)).seed).toBe(seed);

    server = await serve();
    expect(await server.transform(line(41, 500) + line(90, 200))).toMatchObject([
      { state: "ERROR_RATE_ALERT", count: 11 },
      { event: "NORMAL_ACTIVITY" },
    ]);
    await server.stop("SIGTERM");
  });
});

describe("the summary of oddline tag on a terminal", () => {
  it("says what was judged and tagged, by type", () => {
    const engine = new Engine();
    for (const _ of engine.tag(Buffer.from(burst + line(0, 500).replace("2026", "2025")), { flags: 0, seconds: 0n }));
    expect(summary(engine.counts())).toBe("10 lines judged, 1 tagged (error_rate 1), 1 late");
    expect(summary({ records: 1234, tagged: 0, byType: {}, cacheHits: 0, muted: 2, late: 0 })).toBe(
      "1,234 lines judged, 0 tagged, 2 muted",
    );
  });
});
