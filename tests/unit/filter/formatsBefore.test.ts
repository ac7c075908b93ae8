/** Models and states in the format before this one, written by the code of its time (tests/data/formats-before). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { modelFormat } from "../../../host/model/modelFile.js";
import { EngineStateFile } from "../../../host/state/engineStateFile.js";
import { Engine } from "../../../host/wasm/engine.js";
import { FilterHost } from "../../support/filterHost.mjs";
import { tagOf } from "../../support/recordFuzz.mjs";

const folder = new URL("../../data/formats-before/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder));
const second = (at: number) => Date.UTC(2026, 10, 21, 12, 0, at) / 1000;
const errorLine = (at: number) =>
  `192.0.2.7 - - [21/Nov/2026:12:00:${String(at).padStart(2, "0")} +0000] "GET /cart HTTP/1.1" 500 312 "-" "curl/8"`;

function filterLine(host: FilterHost, line: string, at: number) {
  const record = Buffer.from(JSON.stringify({ log: line }));
  host.clockMilliseconds = second(at) * 1000;
  return tagOf(record, host.filter(record, { seconds: second(at) }).output);
}

describe.each(["state-2.bin"])("%s", (name) => {
  it("goes on in the filter", () => {
    const host = new FilterHost({ stateFiles: new Map([["oddline.state", read(name)]]) });
    const tag = filterLine(host, errorLine(1), 1);
    expect(host.errors[1]).toBe("[oddline] oddline.state restored, 1 alert in progress");
    expect(tag).toMatchObject({ type: "error_rate", state: "ERROR_RATE_ALERT", count: 10 });
  });

  it("goes on in the host", () => {
    const engine = new Engine();
    const said: string[] = [];
    const path = new URL(name, folder).pathname;
    new EngineStateFile(
      path,
      () => engine,
      (text) => said.push(text),
    ).restore(true);
    expect(said).toEqual([`state ${path} restored, 1 alert in progress`]);
    expect(engine.restoredAlerts).toBe(1);
  });

  it("is refused when any byte of it is not as it was written", () => {
    const engine = new Engine();
    const state = read(name);
    for (let at = 0; at < state.length; at++) {
      const changed = Buffer.from(state);
      changed[at] ^= 0x11;
      expect(engine.restoreState(changed, true), `byte ${at}`).toBeDefined();
      expect(engine.restoreState(state.subarray(0, at), true), `${at} bytes`).toBeDefined();
    }
  });
});

it("a state newer than this format or older than the one before is left aside", () => {
  for (const [version, reason] of [
    [4, "of a newer format than this version reads"],
    [1, "too old to be read"],
  ] as const) {
    const state = read("state-2.bin");
    state.writeUInt32LE(version, 8);
    expect(new Engine().restoreState(state, true)).toBe(reason);
  }
});

describe("model-1.bin", () => {
  const odd = '198.51.7.8 - - [21/Nov/2026:12:00:02 +0000] "GET /cart?id=a%27--b HTTP/1.1" 200 310 "-" "curl/8"';
  const usual = '198.51.7.8 - - [21/Nov/2026:12:00:02 +0000] "GET /cart?id=4711 HTTP/1.1" 200 310 "-" "curl/8"';

  it("judges in the filter", () => {
    const host = new FilterHost({ model: read("model-1.bin") });
    expect(filterLine(host, usual, 2)).toBeUndefined();
    expect(filterLine(host, odd, 2)).toMatchObject({ type: "novelty", model: expect.stringMatching(/^[0-9a-f]{8}$/) });
    expect(filterLine(host, "payment declined", 2)).toMatchObject({ type: "keyword", keyword: "payment declined" });
  });

  it("is taken by the host", () => {
    expect(new Engine().tryModel(read("model-1.bin"))).toBeUndefined();
  });
});

it("CHANGELOG says which formats this version writes and reads", () => {
  const source = (path: string, name: string) =>
    Number(readFileSync(path, "utf8").match(new RegExp(`const ${name}: u32 = (\\d+);`))?.[1]);
  const model = source("assembly/operate/modelFile.ts", "MODEL_FORMAT");
  const state = source("assembly/operate/snapshot.ts", "VERSION");
  const before = source("assembly/operate/snapshot.ts", "VERSION_BEFORE");
  expect([modelFormat, before]).toEqual([model, state - 1]);
  const [, row] = readFileSync("CHANGELOG.md", "utf8").split("|---|---|---|---|---|---|\n");
  expect(
    row
      .split("|")
      .slice(2, 6)
      .map((cell) => cell.trim()),
  ).toEqual([`${model}`, model === 1 ? "1" : `${model - 1}, ${model}`, `${state}`, `${before}, ${state}`]);
});
