/** Lines longer than the filter takes: never held, counted and told by every command that reads lines. */
import { spawn } from "node:child_process";
import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Draws } from "../../host/demo/draws.js";
import { openSources } from "../../host/io/chunks.js";
import { lineBatches } from "../../host/io/lines.js";
import { LongRecord } from "../../host/io/longRecord.js";
import { cutLines, lineBytesMax, wholeLines } from "../../host/io/wholeLines.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { withFolder } from "../support/learning.js";

const sourceOf = (chunks: Buffer[]) => ({
  name: "test",
  sizeBytes: undefined,
  open: async function* () {
    yield* chunks;
  },
});

function chunksOf(bytes: Buffer, random: Draws, most: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = random.integer(1, most);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

const line = (n: number) => `10.0.0.${n % 9} - - [20/Nov/2026:00:00:01 +0000] "GET /page HTTP/1.1" 200 5`;
const some = `${Array.from({ length: 2500 }, (_, n) => line(n)).join("\n")}\n`;
/** What copytruncate leaves where the writer does not append: a hole, and then a line. */
const hole = Buffer.concat([Buffer.from(some), Buffer.alloc(60_000_000), Buffer.from(`${line(0)}\n${some}`)]);
const letters = Buffer.concat([Buffer.from(some), Buffer.alloc(60_000_000, "x"), Buffer.from(`\n${some}`)]);
const lines = 5001;
/** A process of Node takes some 45 MB, the engine with room for a line of 4 MiB some 70. */
const residentBytesMax = 260e6;

async function oddline(folder: string, words: string[], input?: string) {
  const usage = join(folder, "usage");
  const preload = `data:text/javascript,${encodeURIComponent(
    `import { readFileSync, writeFileSync } from "node:fs";
     process.on("exit", () => writeFileSync(${JSON.stringify(usage)}, readFileSync("/proc/self/status")));`,
  )}`;
  const child = spawn(process.execPath, ["--import", preload, "dist/bin.js", ...words], {
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  if (input !== undefined) child.stdin!.end(readFileSync(input));
  const out = join(folder, "stdout");
  let stderr = "";
  child.stderr!.on("data", (text) => {
    stderr += text;
  });
  child.stdout!.pipe(createWriteStream(out));
  const exit = await new Promise((resolve) => child.on("close", resolve));
  const residentBytes = 1024 * Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync(usage, "utf8"))![1]);
  return { exit, stderr, out, residentBytes };
}

describe("lines that are cut from chunks", () => {
  it("are the same however the chunks are, with an empty one where one is too long", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new Draws(seed);
      const texts = Array.from({ length: 6 }, (_, n) => {
        const length = random.pick([0, 1, 20, lineBytesMax - 1, lineBytesMax, lineBytesMax + 1, lineBytesMax * 2]);
        return String.fromCharCode(97 + n).repeat(n % 2 ? length % 30 : length);
      });
      const bytes = Buffer.from(`${texts.join("\n")}${seed % 2 ? "\n" : ""}`);
      const expected = texts.map((text) => (text.length > lineBytesMax ? "" : text));
      const isEnded = seed % 2 === 1;
      const source = sourceOf(chunksOf(bytes, random, random.pick([70_000, 1 << 20, lineBytesMax * 9])));
      const found: string[] = [];
      let tooLong = 0;
      const pieces: Buffer[] = [];
      for await (const piece of wholeLines(source, undefined, () => tooLong++)) pieces.push(Buffer.from(piece));
      for await (const batch of lineBatches(source)) found.push(...batch.map((text) => text.toString("latin1")));
      const last = texts[texts.length - 1];
      // an empty last line is none, unless a newline or a line that is too long says so
      if (!isEnded && last === "") expected.pop();
      expect(found).toEqual(expected);
      expect(tooLong).toBe(texts.filter((text) => text.length > lineBytesMax).length);
      const whole = Buffer.concat(pieces).toString("latin1");
      expect(whole.replace(/\n$/, "")).toBe(expected.join("\n").replace(/\n$/, ""));
    }
  });

  it("become the records that the filter makes of shorter ones, cut anywhere", async () => {
    const random = new Draws(4);
    const engine = new Engine();
    const parts = ["é", "\u{1f375}", "\xff\xfe", "€", 'a"b\\c', "\0\x1f\t", "plain text ", "\xed\xa0\x80", "\xf0\x90"];
    for (let round = 0; round < 60; round++) {
      const text = Buffer.concat(
        Array.from({ length: 400 }, (_, n) => Buffer.from(random.pick(parts), n % 3 ? "utf8" : "latin1")),
      );
      const bytes = Buffer.concat([text, Buffer.from(random.pick(["", "\r"]))]);
      const taken = engine.tag(Buffer.concat([bytes, Buffer.from("\n")]), { flags: batchFlag.noCache, seconds: 0n });
      const chunks = chunksOf(bytes, random, 40);
      const record = new LongRecord();
      const written = chunks.flatMap((chunk, n) => [
        ...record.take({ bytes: chunk, part: { isFirst: n === 0, isLast: n === chunks.length - 1 } }),
      ]);
      const expected = Buffer.concat([...taken].map(({ output }) => output)).toString();
      expect(Buffer.concat(written).toString()).toBe(expected.replace(/,"anomaly":.*\n$/, "}\n"));
    }
  });

  it("hand on a line that is too long in parts, in its place", async () => {
    const random = new Draws(5);
    const source = sourceOf(chunksOf(hole, random, 1 << 20));
    const kinds: string[] = [];
    for await (const { bytes, part } of cutLines(source)) {
      expect(bytes.length).toBeLessThanOrEqual(lineBytesMax + (1 << 20));
      const kind = part ? "part" : "lines";
      if (kinds[kinds.length - 1] !== kind) kinds.push(kind);
    }
    expect(kinds).toEqual(["lines", "part", "lines"]);
  });
});

describe.skipIf(process.platform !== "linux")("sixty megabytes without a newline", () => {
  const commands: [string, (path: (name: string) => string) => string[]][] = [
    ["refresh", (path) => ["refresh", path("log"), "--out", path("model"), "--json"]],
    ["refresh of .gz", (path) => ["refresh", path("log.gz"), "--out", path("model"), "--json"]],
    ["refresh of standard input", (path) => ["refresh", "-", "--out", path("model"), "--json"]],
    ["summarize", (path) => ["summarize", path("log")]],
    ["scan", (path) => ["scan", path("log")]],
    ["replay", (path) => ["replay", path("log"), "--json"]],
    ["eval", (path) => ["eval", "--normal", path("log"), "--anomalous", path("log")]],
    ["network", (path) => ["network", "--self-fit", "--score", path("log")]],
    ["tag", (path) => ["tag", path("letters")]],
    ["tag --only", (path) => ["tag", "--only", path("letters")]],
  ];
  it("are left out, counted and told by every command, in bounded memory", { timeout: 120_000 }, async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      writeFileSync(path("log"), hole);
      writeFileSync(path("letters"), letters);
      writeFileSync(path("log.gz"), gzipSync(hole, { level: 1 }));
      for (const [name, wordsOf] of commands) {
        const words = wordsOf(path);
        const run = await oddline(folder, words, words.includes("-") ? path("log") : undefined);
        expect(run.stderr, name).toMatch(/: 1 line over 4 MiB (left out|not judged) \(of 60,000,\d{3} bytes\)/);
        expect(run.residentBytes, name).toBeLessThan(residentBytesMax);
        expect(run.exit, name).toBe(name === "network" ? 3 : 0);
        if (name.startsWith("refresh")) expect(JSON.parse(readFileSync(run.out, "utf8")).linesTooLong).toBe(1);
        if (name !== "tag") continue;
        // one event for each line, in order; that of the long one has all of it
        const events: number[] = [];
        let partBytes = 0;
        for await (const { bytes, part } of cutLines(openSources([run.out])[0])) {
          partBytes += part ? bytes.length : 0;
          if (part?.isLast) events.push(partBytes);
          else if (!part) for (const text of bytes.toString().trimEnd().split("\n")) events.push(text.length);
        }
        expect(events).toHaveLength(lines);
        expect(events[2500]).toBe('{"log":""}'.length + 60_000_000);
      }
    });
  });
});
