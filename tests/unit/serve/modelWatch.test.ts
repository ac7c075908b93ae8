/** The model file of `oddline serve`: each change is one line, one that is too old a line a day. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelVersion } from "../../../host/model/modelFile.js";
import { LocalJudge } from "../../../host/serve/judge/judge.js";
import { ModelWatch } from "../../../host/serve/judge/modelWatch.js";
import { Metrics } from "../../../host/serve/observe/metrics.js";
import { Notices } from "../../../host/serve/observe/notices.js";
import { configuredModel } from "../../support/configuredModel.js";

const noon = Date.UTC(2026, 10, 21, 12) / 1000;
const day = 86_400;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-watch-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the model watch", () => {
  it("says version and age of what it loads, and once a day that it is too old", async () => {
    const path = join(folder, "oddline.model");
    const said: string[] = [];
    let now = noon;
    const notices = new Notices((line) => said.push(line));
    const judge = new LocalJudge({ seed: 0n }, notices, new Metrics());
    expect(judge.modelCheckSeconds).toBe(5);
    const watch = new ModelWatch(path, judge, notices, new Metrics(), () => now);
    await watch.look();
    await watch.look();
    expect(said.splice(0)).toEqual([`[oddline] ${path} does not exist; the built-in detectors work meanwhile`]);

    const model = configuredModel("model: { checkEvery: 9s }", noon - 5 * 3600, 2 * day);
    const version = modelVersion(model);
    writeFileSync(path, model);
    await watch.look();
    expect(said.splice(0)).toEqual([`[oddline] model ${version} loaded from ${path}, newest event 5 hours old`]);
    expect(judge.modelCheckSeconds).toBe(9);
    for (let hour = 0; hour < 100; hour++) {
      now += 3600;
      await watch.look();
    }
    expect(said.splice(0)).toEqual([
      `[oddline] model ${version} is stale, newest event 2 days old; run oddline refresh`,
      `[oddline] model ${version} is stale, newest event 3 days old; run oddline refresh`,
      `[oddline] model ${version} is stale, newest event 4 days old; run oddline refresh`,
    ]);

    writeFileSync(path, model.subarray(0, 60));
    await watch.look();
    await watch.look();
    expect(said.filter((line) => !line.includes("stale"))).toEqual([
      `[oddline] ${path} is a truncated file; model ${version} stays`,
    ]);
    said.length = 0;

    const unlearnt = configuredModel("", 0, day);
    writeFileSync(path, unlearnt);
    await watch.look();
    now += 10 * day;
    await watch.look();
    expect(said).toEqual([`[oddline] model ${modelVersion(unlearnt)} loaded from ${path}`]);
  });
});
