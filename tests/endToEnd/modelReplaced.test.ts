/**
 * The model is replaced while a real Fluent Bit is under load: good ones are taken up within seconds, bad ones leave
 * the last good one in place with one line each, and no record is lost on the way.
 */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FluentBit } from "../support/fluentBit.js";
import { markerModel } from "../support/markerModel.js";
import { hasShipper } from "../support/shippers.js";
import { pause, until } from "../support/waiting.mjs";

const present = hasShipper("fluent-bit");
const filter = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
const linesPerStep = 40;
const stepMilliseconds = 10;
/** The filter looks every five seconds; "within seconds" leaves room for a busy machine. */
const pickedUpSeconds = 15;
/** Long enough for one more look. */
const anotherLookMilliseconds = 6000;
const year2000 = new Date("2000-01-01");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-model-replaced-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Appends numbered lines until it is stopped. */
class Load {
  lines = 0;
  private running = true;
  private readonly done: Promise<void>;

  constructor(private readonly log: string) {
    writeFileSync(log, "");
    this.done = this.run();
  }

  private async run(): Promise<void> {
    while (this.running) {
      let text = "";
      for (let i = 0; i < linesPerStep; i++) text += `order ${this.lines++} was packed\n`;
      appendFileSync(this.log, text);
      await pause(stepMilliseconds, "the pace of the load");
    }
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.done;
  }
}

describe.skipIf(!present)("a model replaced under load", () => {
  test("good ones are used at once, bad ones change nothing, no record is lost", { timeout: 240_000 }, async () => {
    const modelFolder = join(folder, "model");
    const path = join(modelFolder, "oddline.model");
    mkdirSync(modelFolder);
    const [first, second] = [markerModel(1), markerModel(2)];
    const moveIn = (bytes: Uint8Array, modified = new Date()) => {
      writeFileSync(`${path}.new`, bytes);
      utimesSync(`${path}.new`, modified, modified);
      renameSync(`${path}.new`, path);
    };
    const changed = (change: (bytes: Uint8Array) => Uint8Array) => change(second.bytes.slice());

    moveIn(first.bytes);
    const log = join(folder, "load.log");
    const load = new Load(log);
    const shipper = new FluentBit(join(folder, "run"), { wasm: filter, log, modelFolder });
    const said = async (lines: number, pattern: RegExp) => {
      const all = await shipper.waitForLines(/^\[oddline\]/, lines, pickedUpSeconds);
      expect(all).toHaveLength(lines);
      expect(all[lines - 1]).toMatch(pattern);
    };
    try {
      await said(1, new RegExp(`model ${first.version} loaded`));
      moveIn(second.bytes);
      await said(2, new RegExp(`model ${second.version} loaded`));
      moveIn(first.bytes, year2000);
      await said(3, new RegExp(`model ${first.version} loaded`));

      moveIn(changed((bytes) => bytes.subarray(0, bytes.length - 7)));
      await said(4, new RegExp(`truncated.*${first.version} stays`));
      moveIn(changed((bytes) => flip(bytes, bytes.length - 20)));
      await said(5, new RegExp(`damaged.*${first.version} stays`));
      await pause(anotherLookMilliseconds, "another look at the same file says nothing");
      moveIn(changed((bytes) => bytes.fill(99, 8, 9)));
      await said(6, new RegExp(`newer format.*${first.version} stays`));
      rmSync(path);
      await said(7, /gone.*stays/);
      await pause(anotherLookMilliseconds, "another look at the same file says nothing");

      moveIn(second.bytes);
      await said(8, new RegExp(`model ${second.version} loaded`));
      const enough = load.lines + 10 * linesPerStep;
      await until(() => load.lines >= enough, "more lines for the model");
      await load.stop();
      await shipper.waitForRecords(load.lines);
    } finally {
      await load.stop();
      await shipper.stop();
    }

    const records = readFileSync(shipper.outputPath, "utf8").trimEnd().split("\n");
    expect(records).toHaveLength(load.lines);
    const judges: string[] = [];
    for (const [number, record] of records.entries()) {
      const { log: line, anomaly } = JSON.parse(record);
      expect(line).toBe(`order ${number} was packed`);
      if (judges.at(-1) !== anomaly.model) judges.push(anomaly.model);
    }
    expect(judges).toEqual([first.version, second.version, first.version, second.version]);
  });
});

function flip(bytes: Uint8Array, at: number): Uint8Array {
  bytes[at] ^= 0x10;
  return bytes;
}
