/** Oddline beside and inside a real Vector: the verdicts of `oddline tag`, and nothing lost, changed or doubled. */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readState } from "../differential/reference/snapshot.js";
import { configuredModel } from "../support/configuredModel.js";
import { dataFile } from "../support/data.js";
import { hasShipper } from "../support/shippers.js";
import { besideBlocks, freePort, type Running, startServe, startVector, waitForLines } from "../support/vector.js";
import { canBuildModule, vectorModule } from "../support/vectorModule.js";
import { pause, until } from "../support/waiting.mjs";

const present = hasShipper("vector");
const elastic = dataFile("web/apache_elastic_10k.log.gz");
const oddline = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const time = "2026-11-21T04:00:00Z";

let folder: string;
let runs = 0;
const running: Running[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-vector-"));
});
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Event {
  message: string;
  anomaly?: Record<string, unknown>;
  [field: string]: unknown;
}

class Pipeline {
  readonly folder = join(folder, String(runs++));
  readonly log = join(this.folder, "app.log");
  readonly out = join(this.folder, "out.ndjson");
  vector!: Running;
  serve: Running | undefined;

  constructor() {
    mkdirSync(this.folder, { recursive: true });
  }

  source(): string {
    return `
[sources.app]
type = "file"
include = ["${this.log}"]
max_line_bytes = 4194304
glob_minimum_cooldown_ms = 200
`;
  }

  sink(input: string): string {
    return `
[sinks.out]
type = "file"
inputs = ["${input}"]
path = "${this.out}"
encoding.codec = "json"
acknowledgements.enabled = true
`;
  }

  async beside(codec: "json" | "native", options: string[]): Promise<void> {
    const [port, sourcePort] = [await freePort(), await freePort()];
    this.serve = startServe(port, sourcePort, "--time", time, ...options);
    running.push(this.serve);
    this.vector = startVector(
      this.folder,
      this.source() +
        besideBlocks({ codec, input: "app", output: "from_oddline", port, sourcePort }) +
        this.sink("from_oddline"),
    );
    running.push(this.vector);
  }

  inside(library: string, ...folders: string[]): void {
    this.vector = startVector(
      this.folder,
      `${this.source()}
[transforms.oddline]
type = "lua"
version = "2"
inputs = ["app"]
search_dirs = ["${library}"]
hooks.process = "require('oddline').process(${folders.map((one) => `'${one}'`).join(", ")})"
${this.sink("oddline")}`,
    );
    running.push(this.vector);
  }

  async events(count: number, seconds = 40): Promise<Event[]> {
    const said = () => `${this.vector.said}\n${this.serve?.said ?? ""}`;
    return (await waitForLines(this.out, count, seconds, said)).map((line) => JSON.parse(line));
  }
}

/** Each line's `anomaly` as `oddline tag` gives it. */
function tagged(log: string, model: string): (Record<string, unknown> | undefined)[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [oddline, "tag", log, "--model", model, "--time", time],
    { encoding: "utf8", maxBuffer: 256 << 20 },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).anomaly);
}

describe.skipIf(!present || !elastic)("the verdicts of `oddline tag`, field by field", () => {
  const lineCount = 4000;
  let lines: string[];
  let model: string;
  let expected: (Record<string, unknown> | undefined)[];

  beforeAll(() => {
    const all = gunzipSync(readFileSync(elastic as string))
      .toString("latin1")
      .trimEnd()
      .split("\n");
    const learnt = join(folder, "learn.log");
    writeFileSync(learnt, `${all.slice(0, 6000).join("\n")}\n`, "latin1");
    model = join(folder, "model/oddline.model");
    const { status, stderr } = spawnSync(process.execPath, [oddline, "refresh", learnt, "--out", model], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    lines = all.slice(6000, 6000 + lineCount);
    const log = join(folder, "judged.log");
    writeFileSync(log, `${lines.join("\n")}\n`, "latin1");
    expected = tagged(log, model);
    expect(expected.filter((anomaly) => anomaly !== undefined).length).toBeGreaterThan(1);
  });

  const compare = (events: Event[]) => {
    expect(events.map(({ message }) => message)).toEqual(lines);
    expect(events.map(({ anomaly }) => anomaly)).toEqual(expected);
  };

  test.each(["json", "native"] as const)("beside, %s", async (codec) => {
    const pipeline = new Pipeline();
    writeFileSync(pipeline.log, `${lines.join("\n")}\n`, "latin1");
    await pipeline.beside(codec, ["--model", model]);
    compare(await pipeline.events(lineCount));
  });

  test.skipIf(!canBuildModule)(
    "inside",
    async () => {
      const pipeline = new Pipeline();
      writeFileSync(pipeline.log, `${lines.join("\n")}\n`, "latin1");
      pipeline.inside(vectorModule(), join(folder, "model"));
      compare(await pipeline.events(lineCount));
    },
    400_000,
  ); // the module is compiled first
});

describe.skipIf(!present || !canBuildModule)("the state folder inside Vector", () => {
  test("lets an alert outlive a kill", async () => {
    const [models, states] = ["models", "states"].map((name) => {
      mkdirSync(join(folder, name));
      return join(folder, name);
    });
    writeFileSync(join(models, "oddline.model"), configuredModel("alerts: every\nstate: { saveEvery: 1s }"));
    const line = (second: number, status: number) =>
      `192.0.2.7 - - [21/Nov/2026:12:00:${second} +0000] "GET /cart HTTP/1.1" ${status} 312 "-" "curl/8"\n`;
    const first = new Pipeline();
    writeFileSync(first.log, line(10, 500).repeat(9));
    first.inside(vectorModule(), models, states);
    await first.events(9);
    await pause(1500, "until the state is due to be saved");
    appendFileSync(first.log, line(11, 200));
    await first.events(10);
    await first.vector.kill();
    expect(first.vector.said).toContain("no oddline.state in the second accessible folder yet");
    expect(readState(readFileSync(join(states, "oddline.state"))).tables[0].slots).toMatchObject([{ alert: true }]);

    const second = new Pipeline();
    writeFileSync(second.log, line(12, 500));
    second.inside(vectorModule(), models, states);
    expect(await second.events(1)).toMatchObject([{ anomaly: { state: "ERROR_RATE_ALERT", count: 10 } }]);
    expect(second.vector.said).toContain("oddline.state restored, 1 alert in progress");
  });
});

describe.skipIf(!present || !canBuildModule)("what is no file in the folders inside Vector", () => {
  test("holds nothing up: the built-in keywords go on, with a line each", async () => {
    const [models, states] = ["odd models", "odd states"].map((name) => {
      mkdirSync(join(folder, name));
      return join(folder, name);
    });
    spawnSync("mkfifo", [join(models, "oddline.model"), join(states, "oddline.state")]);
    const pipeline = new Pipeline();
    writeFileSync(pipeline.log, "kernel: Out of memory: Killed process 4211 (java)\n".repeat(9));
    pipeline.inside(vectorModule(), models, states);
    const events = await pipeline.events(9);
    for (const { anomaly } of events) expect(anomaly).toMatchObject({ type: "keyword" });
    expect(pipeline.vector.said).toContain("oddline.model is no regular file: built-in keywords and rates");
    expect(pipeline.vector.said).toContain("oddline.state is no regular file: it is left alone");
  });
});

describe.skipIf(!present)("a killed Oddline", () => {
  test("loses nothing, and events flow again within five seconds", async () => {
    const pipeline = new Pipeline();
    const [port, sourcePort] = [await freePort(), await freePort()];
    writeFileSync(pipeline.log, "");
    let serve = startServe(port, sourcePort);
    running.push(serve);
    pipeline.vector = startVector(
      pipeline.folder,
      pipeline.source() +
        besideBlocks({
          ...{ codec: "json", input: "app", output: "from_oddline", port, sourcePort },
          pace: `batch = { max_events = 500, timeout_secs = 0.1 }
request = { concurrency = 4, retry_max_duration_secs = 2 }`,
        }) +
        pipeline.sink("from_oddline"),
    );
    running.push(pipeline.vector);
    const perKill = 4000;
    const kills = 3;
    let sent = 0;
    const write = () => {
      appendFileSync(pipeline.log, Array.from({ length: perKill }, () => `order ${sent++} was packed\n`).join(""));
    };
    write();
    await pipeline.events(1);
    for (let kill = 0; kill < kills; kill++) {
      write();
      await serve.kill();
      const before = (await pipeline.events(0)).length;
      serve = startServe(port, sourcePort);
      running.push(serve);
      await pipeline.events(Math.min(before + 1, sent), 5);
    }
    const seen = new Set<string>();
    const haveAllCome = async () => {
      for (const { message } of await pipeline.events(0)) seen.add(message);
      return seen.size >= sent;
    };
    await until(haveAllCome, () => `${seen.size} of ${sent} events`);
    expect(seen.size).toBe(sent);
  }, 120_000);
});
