/**
 * Whatever stands where the model or the state should be, and whatever befalls the disk, the clock or the process: a
 * real Fluent Bit brings every record through, the built-in keywords go on, and each fault is one line.
 */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readState } from "../differential/reference/snapshot.js";
import { configuredModel } from "../support/configuredModel.js";
import { FluentBit } from "../support/fluentBit.js";
import { markerModel } from "../support/markerModel.js";
import { hasShipper } from "../support/shippers.js";
import { pause, until } from "../support/waiting.mjs";

const present = hasShipper("fluent-bit");
const filter = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
const clockSource = fileURLToPath(new URL("../support/steppedClock.c", import.meta.url));
const isRoot = process.getuid?.() === 0;
const canMount = present && isRoot && mounts();
const canCompile = present && spawnSync("cc", ["--version"]).status === 0;
if (present && !canMount) console.warn("no root, or no mounts: the tests of full and read-only disks are skipped");
if (present && !canCompile) console.warn("no C compiler: the test of a clock that steps is skipped");
const nobody = 65_534;
const timeout = 90_000;
/** How often the filter looks for a model, and saves, where the configuration below says so. */
const intervalMilliseconds = 1000;
const everySecond = "{ model: { checkEvery: 1s }, state: { saveEvery: 1s }, counts: { every: 0s }, alerts: every }";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "oddline-faults-"));
  chmodSync(root, 0o755);
});
afterAll(() => {
  for (const folder of mounted) spawnSync("umount", [folder]);
  rmSync(root, { recursive: true, force: true });
});

let folders = 0;
function folderOf(name: string): string {
  const folder = join(root, `${name}-${folders++}`);
  mkdirSync(folder);
  return folder;
}

const mounted: string[] = [];
function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "oddline-mount-"));
  const works = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status === 0;
  if (works) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true });
  return works;
}

/** A file system of its own, as small as this. */
function diskOf(name: string, size: string): string {
  const folder = folderOf(name);
  expect(spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]).status).toBe(0);
  mounted.push(folder);
  return folder;
}

function make(command: string, ...words: string[]): void {
  const { status, stderr } = spawnSync(command, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

/** What may stand at a path instead of a file that can be used. */
const inPlace = {
  FIFO: (path: string) => make("mkfifo", path),
  folder: (path: string) => mkdirSync(path),
  device: (path: string) => make("mknod", path, "c", "1", "5"),
  socket: (path: string) => void createServer().listen(path).unref(),
  loop: (path: string) => symlinkSync(basename(path), path),
  "link to a FIFO": (path: string) => {
    make("mkfifo", `${path}.fifo`);
    symlinkSync(`${basename(path)}.fifo`, path);
  },
  "link out of the folder": (path: string) => symlinkSync("/dev/zero", path),
  "huge file": (path: string) => {
    writeFileSync(path, "");
    truncateSync(path, 2 ** 40); // takes no room
  },
};
type Kind = keyof typeof inPlace;
const kinds = (Object.keys(inPlace) as Kind[]).filter((kind) => kind !== "device" || isRoot);

const keyword = "kernel: Out of memory: Killed process 4211 (java)";

/** The numbers of the lines that came out; the last one of a run that was killed may be half: then it comes again. */
function seenIn(shipper: FluentBit): Set<number> {
  const text = existsSync(shipper.outputPath) ? readFileSync(shipper.outputPath, "utf8") : "";
  return new Set([...text.matchAll(/"log":"\S+ (\d+) failed".*\}$/gm)].map(([, number]) => Number(number)));
}

/** A Fluent Bit, a log that is written to, and what is expected of it in the end. */
class Run {
  readonly shipper: FluentBit;
  private readonly log: string;
  private lines = 0;

  constructor(pipeline: Partial<ConstructorParameters<typeof FluentBit>[1]>) {
    const folder = folderOf("run");
    chmodSync(folder, 0o777);
    this.log = join(folder, "app.log");
    writeFileSync(this.log, "");
    this.shipper = new FluentBit(folder, { wasm: filter, log: this.log, ...pipeline });
  }

  /** Numbered lines, the last of them with a keyword; all of them come out. */
  async flow(lines = 10): Promise<void> {
    let text = "";
    for (let i = 0; i < lines; i++) text += `${this.lines++} ${i === lines - 1 ? keyword : "an order was packed"}\n`;
    appendFileSync(this.log, text);
    await this.shipper.waitForRecords(this.lines);
  }

  /** Records, in their order, until there is such a line. */
  async flowUntilSaid(pattern: RegExp, lines = 1): Promise<void> {
    await this.flowUntil(() => this.said(pattern).length >= lines, String(pattern));
  }

  /** For so many of its looks and saves. */
  async flowFor(intervals: number): Promise<void> {
    const end = Date.now() + intervals * intervalMilliseconds;
    while (Date.now() < end) {
      await this.flow(2);
      await pause(100, "a pace");
    }
  }

  async flowUntil(done: () => boolean, what: string): Promise<void> {
    const isDoneYet = async () => {
      if (done()) return true;
      await this.flow(2);
      return false;
    };
    await until(isDoneYet, () => `${what}\n${this.shipper.standardError}`);
  }

  /** What the filter said, but for what it says where all is well. */
  said(pattern = /./): string[] {
    const ordinary = /^\[oddline\] (model [0-9a-f]{8} loaded|counts |no oddline\.(model|state) )/;
    return this.shipper.standardError
      .split("\n")
      .filter((line) => line.startsWith("[oddline]") && !ordinary.test(line) && pattern.test(line));
  }

  records(): { log: string; anomaly?: Record<string, unknown> }[] {
    return readFileSync(this.shipper.outputPath, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((record) => JSON.parse(record));
  }

  /** Ends it: every line is there once, in order, and those with a keyword are tagged. */
  async end(): Promise<void> {
    await this.shipper.stop();
    const records = this.records();
    expect(records.map(({ log }) => Number(log.split(" ", 1)[0]))).toEqual(
      Array.from({ length: this.lines }, (_, i) => i),
    );
    for (const { log, anomaly } of records)
      if (log.endsWith(keyword)) expect(anomaly).toMatchObject({ type: "keyword" });
  }
}

describe.skipIf(!present).concurrent("in a real Fluent Bit", () => {
  describe("a model", () => {
    test.for([
      ["FIFO", /is no regular file: built-in keywords and rates/],
      ["folder", /is no regular file: built-in keywords and rates/],
      ["device", /is no regular file: built-in keywords and rates/],
      ["socket", /is no regular file: built-in keywords and rates/],
      ["link to a FIFO", /is no regular file: built-in keywords and rates/],
      ["loop", /cannot be read \(a loop of links\): built-in keywords and rates/],
      ["link out of the folder", /cannot be read \(no permission, or a link out of the folder\): built-in keywords/],
      ["huge file", /is larger than 16 MiB: built-in keywords and rates/],
    ] as const)(
      "that is a %s at the start is one line; a good one is taken later",
      { timeout },
      async ([kind, line], { skip }) => {
        skip(!kinds.includes(kind), "devices are made by root");
        const modelFolder = folderOf("model");
        const path = join(modelFolder, "oddline.model");
        inPlace[kind](path);
        const run = new Run({ modelFolder });
        try {
          for (let i = 0; i < 4; i++) await run.flow();
          rmSync(path, { recursive: true });
          const { bytes, version } = markerModel(1);
          writeFileSync(`${path}.new`, bytes);
          renameSync(`${path}.new`, path);
          await run.flowUntil(() => run.records().at(-1)?.anomaly?.model === version, "the good model");
        } finally {
          await run.shipper.stop();
        }
        await run.end();
        expect(run.said()).toEqual([expect.stringMatching(line)]);
      },
    );

    test("that nobody may read is one line, and read once it may be", { timeout }, async () => {
      const modelFolder = folderOf("model");
      const path = join(modelFolder, "oddline.model");
      const { bytes, version } = markerModel(1);
      writeFileSync(path, bytes, { mode: 0 });
      const run = new Run({ modelFolder, userId: isRoot ? nobody : undefined });
      try {
        for (let i = 0; i < 4; i++) await run.flow();
        chmodSync(path, 0o444);
        await run.flowUntil(() => run.records().at(-1)?.anomaly?.model === version, "the model");
      } finally {
        await run.shipper.stop();
      }
      await run.end();
      expect(run.said()).toEqual([
        expect.stringMatching(/cannot be read \(no permission\): built-in keywords and rates/),
      ]);
    });

    /** Runs with a model, does something to its file, puts it back; the lines in between, but for `is gone`. */
    async function whileRecordsFlow(
      spoil: (path: string, run: Run, good: Uint8Array) => Promise<void>,
    ): Promise<string[]> {
      const modelFolder = folderOf("model");
      const path = join(modelFolder, "oddline.model");
      const good = configuredModel(everySecond);
      writeFileSync(path, good);
      const run = new Run({ modelFolder });
      try {
        await run.flow();
        await spoil(path, run, good);
        await run.flowUntilSaid(/: model [0-9a-f]{8} stays/);
        await run.flowFor(1.5);
        rmSync(path, { recursive: true });
        writeFileSync(`${path}.new`, good);
        renameSync(`${path}.new`, path);
        await run.flowUntil(() => /loaded[\s\S]*loaded/.test(run.shipper.standardError), "the good model");
      } finally {
        await run.shipper.stop();
      }
      await run.end();
      // a look may fall between the removal and what is put in its place
      return run.said().filter((line) => !/is gone/.test(line));
    }

    test.for(kinds.map((kind) => [kind] as const))(
      "that becomes a %s is one line; the one in memory stays",
      { timeout },
      async ([kind]) => {
        const said = await whileRecordsFlow(async (path) => {
          rmSync(path);
          inPlace[kind](path);
        });
        expect(said).toEqual([expect.stringMatching(/: model [0-9a-f]{8} stays$/)]);
      },
    );

    test("that grows for a while is one line", { timeout }, async () => {
      const said = await whileRecordsFlow(async (path, run, good) => {
        for (let bytes = 10; bytes < good.length; bytes += good.length >> 4) {
          writeFileSync(path, good.subarray(0, bytes));
          await run.flow(2);
          await pause(250, "looks in between");
        }
      });
      expect(said).toEqual([expect.stringMatching(/is truncated: model [0-9a-f]{8} stays$/)]);
    });
  });

  describe("a state", () => {
    test.for(["FIFO", "folder", "device", "socket", "loop", "link out of the folder"] as const)(
      "that is a %s is left alone, with one line",
      { timeout },
      async (kind, { skip }) => {
        skip(!kinds.includes(kind), "devices are made by root");
        const [modelFolder, stateFolder] = [folderOf("model"), folderOf("state")];
        writeFileSync(join(modelFolder, "oddline.model"), configuredModel(everySecond));
        const path = join(stateFolder, "oddline.state");
        inPlace[kind](path);
        const run = new Run({ modelFolder, stateFolder });
        try {
          await run.flowFor(2.5);
        } finally {
          await run.shipper.stop();
        }
        await run.end();
        expect(run.said()).toEqual([
          "[oddline] oddline.state is no regular file: it is left alone, a restart forgets the windows",
        ]);
        expect(lstatSync(path).isFile()).toBe(false);
        expect(existsSync(`${path}.new`)).toBe(false);
      },
    );

    test("that is huge is one line, and replaced", { timeout }, async () => {
      const [modelFolder, stateFolder] = [folderOf("model"), folderOf("state")];
      writeFileSync(join(modelFolder, "oddline.model"), configuredModel(everySecond));
      const path = join(stateFolder, "oddline.state");
      inPlace["huge file"](path);
      const run = new Run({ modelFolder, stateFolder });
      try {
        await run.flowUntil(() => statSync(path).size < 2 ** 30, "a state of ours");
      } finally {
        await run.shipper.stop();
      }
      await run.end();
      expect(run.said()).toEqual(["[oddline] oddline.state is too large: windows start empty"]);
    });

    test.for(["FIFO", "device", "socket", "loop", "link out of the folder"] as const)(
      "is written where a %s stands in the place it is prepared in",
      { timeout },
      async (kind, { skip }) => {
        skip(!kinds.includes(kind), "devices are made by root");
        const [modelFolder, stateFolder] = [folderOf("model"), folderOf("state")];
        writeFileSync(join(modelFolder, "oddline.model"), configuredModel(everySecond));
        const path = join(stateFolder, "oddline.state");
        inPlace[kind](`${path}.new`);
        const run = new Run({ modelFolder, stateFolder });
        try {
          await run.flowUntil(() => existsSync(path), "a state");
        } finally {
          await run.shipper.stop();
        }
        await run.end();
        expect(run.said()).toEqual([]);
        expect(statSync(path).isFile()).toBe(true);
        readState(readFileSync(path));
      },
    );

    test("cannot be written where a folder stands in that place: one line", { timeout }, async () => {
      const [modelFolder, stateFolder] = [folderOf("model"), folderOf("state")];
      writeFileSync(join(modelFolder, "oddline.model"), configuredModel(everySecond));
      mkdirSync(join(stateFolder, "oddline.state.new"));
      const run = new Run({ modelFolder, stateFolder });
      try {
        await run.flowFor(2.5);
      } finally {
        await run.shipper.stop();
      }
      await run.end();
      expect(run.said()).toEqual([expect.stringContaining("cannot be written (something else is in its place)")]);
    });

    test.skipIf(!canMount)("on a full disk is one line, and written once there is room", { timeout }, async () => {
      const modelFolder = folderOf("model");
      writeFileSync(join(modelFolder, "oddline.model"), configuredModel(everySecond));
      const stateFolder = diskOf("full", "64k");
      const ballast = join(stateFolder, "ballast");
      spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=4k"]);
      const run = new Run({ modelFolder, stateFolder });
      try {
        await run.flowFor(3.5);
        expect(existsSync(join(stateFolder, "oddline.state"))).toBe(false);
        expect(existsSync(join(stateFolder, "oddline.state.new"))).toBe(false);
        rmSync(ballast);
        await run.flowUntil(() => existsSync(join(stateFolder, "oddline.state")), "a state");
      } finally {
        await run.shipper.stop();
      }
      await run.end();
      expect(run.said()).toEqual([expect.stringContaining("oddline.state cannot be written (no space left)")]);
      readState(readFileSync(join(stateFolder, "oddline.state")));
    });

    test.skipIf(!canMount)("on a disk that becomes read-only is one line", { timeout }, async () => {
      const folder = diskOf("read-only", "1m");
      writeFileSync(join(folder, "oddline.model"), configuredModel(everySecond));
      const run = new Run({ modelFolder: folder, stateFolder: folder });
      try {
        await run.flowUntil(() => existsSync(join(folder, "oddline.state")), "a state");
        make("mount", "-o", "remount,ro", folder);
        await run.flowFor(3.5);
      } finally {
        await run.shipper.stop();
      }
      await run.end();
      expect(run.said()).toEqual([expect.stringContaining("oddline.state cannot be written (read-only file system)")]);
    });
  });

  describe("a process", () => {
    test("that may open no further file loses nothing, and reads the model once it may", { timeout }, async () => {
      const modelFolder = folderOf("model");
      const [first, second] = [
        configuredModel(everySecond),
        configuredModel(`${everySecond.slice(0, -2)}, windows: { seconds: 36 } }`),
      ];
      const path = join(modelFolder, "oddline.model");
      writeFileSync(path, first);
      const stateFolder = folderOf("state");
      const run = new Run({ modelFolder, stateFolder, toStandardOutput: true });
      const limit = (files: string) => make("prlimit", `--pid=${run.shipper.child.pid}`, `--nofile=${files}`);
      try {
        await run.flow();
        limit("20:4096"); // it needs more than 50 to start at all
        writeFileSync(`${path}.new`, second);
        renameSync(`${path}.new`, path);
        await run.flowUntilSaid(/model/);
        await run.flowFor(3);
        limit("4096:4096");
        await run.flowUntil(() => /loaded[\s\S]*loaded/.test(run.shipper.standardError), "the second model");
      } finally {
        await run.shipper.stop();
      }
      await run.end();
      expect(run.said(/model/)).toEqual([
        expect.stringMatching(/cannot be read \(too many open files\): model .* stays/),
      ]);
      expect(run.said(/state/)).toEqual([expect.stringContaining("cannot be written (too many open files)")]);
    });

    test("that is killed again and again goes on, with a state that is whole", { timeout }, async () => {
      const [modelFolder, stateFolder, storageFolder] = [folderOf("model"), folderOf("state"), folderOf("storage")];
      writeFileSync(join(modelFolder, "oddline.model"), configuredModel(everySecond));
      const folder = folderOf("run");
      const log = join(folder, "app.log");
      writeFileSync(log, "");
      let written = 0;
      const seen = new Set<number>();
      let said = "";
      const runs = 5;
      for (let number = 0; number <= runs; number++) {
        const own = join(folder, `${number}`);
        const shipper = new FluentBit(own, { wasm: filter, log, modelFolder, stateFolder, storageFolder });
        try {
          for (const end = Date.now() + 1.5 * intervalMilliseconds; Date.now() < end; ) {
            let text = "";
            for (let i = 0; i < 20; i++) text += `192.0.2.${i} ${written++} failed\n`;
            appendFileSync(log, text);
            await pause(10, "a pace");
          }
          // whatever it is doing now
          if (number < runs) await shipper.stop("SIGKILL");
          else await until(() => new Set([...seen, ...seenIn(shipper)]).size === written, "every line, over all runs");
        } finally {
          await shipper.stop();
        }
        said += shipper.standardError;
        for (const number of seenIn(shipper)) seen.add(number);
      }
      expect(seen.size).toBe(written);
      expect(said.match(/oddline\.state restored/g)?.length).toBeGreaterThanOrEqual(1);
      expect(said).not.toMatch(/oddline\.state (is|cannot|was)/);
      readState(readFileSync(join(stateFolder, "oddline.state")));
    });

    test.skipIf(!canCompile)("whose clock steps by years loses nothing and says nothing", { timeout }, async () => {
      const [modelFolder, stateFolder] = [folderOf("model"), folderOf("state")];
      const path = join(modelFolder, "oddline.model");
      writeFileSync(path, configuredModel(everySecond));
      const [library, step] = [join(stateFolder, "clock.so"), join(stateFolder, "step")];
      make("cc", "-shared", "-fPIC", "-O1", "-o", library, clockSource);
      const stepTo = (seconds: number) => {
        const bytes = Buffer.alloc(8);
        bytes.writeBigInt64LE(BigInt(seconds));
        writeFileSync(step, bytes, { flag: existsSync(step) ? "r+" : "w" });
      };
      stepTo(0);
      const run = new Run({
        modelFolder,
        stateFolder,
        environment: { LD_PRELOAD: library, STEPPED_CLOCK: step },
      });
      const day = 86_400;
      try {
        await run.flow();
        for (const days of [0.05, 400, -4000, -20_000, 3650, 0]) {
          stepTo(days * day);
          await run.flow();
          const saved = statSync(join(stateFolder, "oddline.state"), { throwIfNoEntry: false })?.mtimeMs;
          await run.flowUntil(
            () => statSync(join(stateFolder, "oddline.state"), { throwIfNoEntry: false })?.mtimeMs !== saved,
            `a state at ${days} days`,
          );
        }
        writeFileSync(`${path}.new`, configuredModel(`${everySecond.slice(0, -2)}, windows: { seconds: 36 } }`));
        renameSync(`${path}.new`, path);
        await run.flowUntil(() => /loaded[\s\S]*loaded/.test(run.shipper.standardError), "the second model");
      } finally {
        await run.shipper.stop();
      }
      await run.end();
      expect(run.said()).toEqual([]);
    });
  });
});
