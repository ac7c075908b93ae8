/** Every count of tags is the number of tags: what the batch says, `--only`, the counts since the start and by type. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../host/config/configuration.js";
import { configuredModel } from "../../host/model/configuredModel.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { oddline } from "../support/cli.js";
import { withFolder } from "../support/learning.js";
import { Served } from "../support/serveHere.js";

const seconds = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);
const upstream = { score: 2.5, type: "keyword", state: "NORMAL" };
const access = (status: number, address: string) =>
  `${address} - - [21/Nov/2026:02:11:09 +0000] "GET / HTTP/1.1" ${status} 12`;
/** No two texts are of one kind: a keyword in those is thinned out. */
const name = (i: number) => `w${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}x`;
/** Words that alert, errors that pile up and calm, each with and without a verdict from the shipper before. */
const records = Array.from({ length: 120 }, (_, i) => ({
  log:
    i % 3 === 0 ? `${name(i)} kernel panic - not syncing: ${i}` : access(i % 3 === 1 ? 500 : 200, `192.0.2.${i % 4}`),
  ...(i % 2 ? { anomaly: upstream } : {}),
}));
const lines = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(""));

interface Counted {
  output: Record<string, { score: number; type?: string }>[];
  batch: number;
  sinceStart: number;
  byType: number;
}

function tag(yaml: string, flags: number): Counted {
  const engine = new Engine(3n);
  engine.useModel(configuredModel(engine, parseConfiguration(yaml, "oddline.yaml").configuration), "as configured");
  const parts = [...engine.tag(lines, { flags, seconds })];
  const output = Buffer.concat(parts.map((part) => part.output)).toString();
  const { tagged, byType } = engine.counts();
  return {
    output: output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
    batch: parts.reduce((sum, part) => sum + part.tagged, 0),
    sinceStart: tagged,
    byType: Object.values(byType).reduce((sum, count) => sum + count, 0),
  };
}

/** Members that the filter wrote: an upstream's verdict is none. */
const ours = ({ output }: Pick<Counted, "output">) =>
  output.filter(({ anomaly }) => anomaly?.type !== undefined && anomaly.score !== upstream.score).length;

describe("a tag that is counted was made", () => {
  for (const yaml of ["", "trustUpstream: true", "trustUpstream: true\ntagAll: true", "tagAll: true"]) {
    it(`with ${JSON.stringify(yaml)}`, () => {
      const whole = tag(yaml, 0);
      const only = tag(yaml, batchFlag.only);
      expect(ours(whole)).toBeGreaterThanOrEqual(20);
      for (const counted of [whole, only, tag(yaml, batchFlag.all), tag(yaml, batchFlag.noCache)]) {
        expect([counted.batch, counted.sinceStart, counted.byType]).toEqual(Array(3).fill(ours(whole)));
      }
      expect(only.output.length).toBe(ours(whole));
    });
  }

  it("in shadow mode all counts are of what would have been tagged", () => {
    const whole = tag("", 0);
    const shadow = tag("mode: shadow", 0);
    expect(ours(shadow)).toBe(0);
    expect([shadow.batch, shadow.sinceStart, shadow.byType]).toEqual(Array(3).fill(ours(whole)));
    expect(tag("mode: shadow", batchFlag.only).output.length).toBe(ours(whole));
    const trusting = tag("mode: shadow\ntrustUpstream: true", batchFlag.only);
    expect(trusting.output.length).toBe(tag("trustUpstream: true", 0).batch);
  });

  it("by the command, replay and the server alike", async () => {
    const yaml = "trustUpstream: true\n";
    const { batch: expected } = tag(yaml, 0);
    await withFolder(async (folder) => {
      const [configuration, model, log] = ["oddline.yaml", "oddline.model", "log"].map((name) => join(folder, name));
      writeFileSync(configuration, yaml);
      writeFileSync(log, lines);
      expect((await oddline("compile", configuration, "--out", model)).code).toBe(0);
      const { lines: only } = await oddline("tag", log, "--model", model, "--only", "--time", String(seconds));
      expect(only.length).toBe(expected);
      const replayed = await oddline("replay", log, "--model", model, "--json");
      // Rates depend on when lines without a time arrive, words do not.
      const words = records.filter(({ log, anomaly }) => log.includes("kernel") && !anomaly);
      expect(JSON.parse(replayed.out).types.keyword).toBe(words.length);
    });
    const served = await new Served({ markAll: false }).start();
    try {
      const { configuration } = parseConfiguration(yaml, "oddline.yaml");
      served.judge.useModel(configuredModel(new Engine(), configuration));
      const reply = await served.post(lines);
      expect(reply.status).toBe(200);
      expect(served.metric("oddline_transform_tagged_total")).toBeGreaterThan(0);
      const output = reply.body
        .toString()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(served.metric("oddline_transform_tagged_total")).toBe(ours({ output }));
    } finally {
      await served.stop();
    }
  });
});
