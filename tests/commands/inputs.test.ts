/** What is handed to a command as a log: packed, UTF-16, binary, or another log than yesterday's. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../../host/cli.js";
import { Draws } from "../../host/demo/draws.js";
import { shopLog } from "../../host/demo/shop.js";
import { openSources } from "../../host/io/chunks.js";
import { unpacked } from "../../host/io/packing.js";
import { textOnly } from "../../host/io/textInput.js";
import { wholeLines } from "../../host/io/wholeLines.js";
import { ZstdFrames } from "../../host/io/zstdFrames.js";
import { dataFile } from "../support/data.js";
import { withFolder } from "../support/learning.js";

const day = Date.UTC(2026, 10, 20) / 1000;
const log = shopLog(1, day, 3000, false);
/** The same in every run: two of them in 65,536 would begin like UTF-16. */
function randomBytes(count: number): Buffer {
  const random = new Draws(count);
  return Buffer.from(Array.from({ length: count }, () => random.integer(0, 255)));
}
let stderr = "";

beforeAll(() => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterAll(() => vi.restoreAllMocks());
beforeEach(() => {
  stderr = "";
});

async function readAll(name: string, bytes: Buffer, chunkBytes = 1 << 20): Promise<string> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield Buffer.from(bytes.subarray(at, at + chunkBytes));
  }
  const parts: Buffer[] = [];
  for await (const part of textOnly(name, unpacked(name, chunks()))) parts.push(part);
  return Buffer.concat(parts).toString();
}

const chunkSizes = [1, 2, 3, 7, 300, 1 << 20];
const withMark = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");

describe("input that is read as the text it holds", () => {
  const short = log.slice(0, 3000);
  const forms: Record<string, [string, Buffer]> = {
    plain: ["log", Buffer.from(short)],
    gzip: ["log", zlib.gzipSync(short)],
    "two members of gzip": [
      "-",
      Buffer.concat([zlib.gzipSync(short.slice(0, 1000)), zlib.gzipSync(short.slice(1000))]),
    ],
    "brotli by its name": ["log.br", zlib.brotliCompressSync(short)],
    "gzip within gzip": ["log", zlib.gzipSync(zlib.gzipSync(short))],
    "UTF-16 with a mark": ["log", withMark(short)],
    "UTF-16 of the other order": ["log", withMark(short).swap16()],
    "UTF-16 within gzip": ["log", zlib.gzipSync(withMark(short))],
  };
  for (const [name, [file, bytes]] of Object.entries(forms)) {
    it(`is ${name}, cut anywhere`, async () => {
      for (const size of chunkSizes) expect(await readAll(file, bytes, size)).toBe(short);
    });
  }

  it("is UTF-16 without a mark", async () => {
    const bytes = Buffer.from(`é${short}`, "utf16le");
    expect(await readAll("log", bytes)).toBe(`é${short}`);
    expect(await readAll("log", Buffer.from(bytes).swap16())).toBe(`é${short}`);
  });

  it("is text in any encoding that keeps ASCII, with colours, holes, and what attackers send raw", async () => {
    const random = new Draws(1);
    const bytes = (high: number) => Buffer.from(Array.from({ length: 30 }, () => random.integer(high, 255)));
    const lines = Array.from({ length: 4000 }, (_, n) =>
      Buffer.concat([Buffer.from(`\x1b[32mINFO\x1b[0m line ${n} `), bytes(n % 3 === 0 ? 0 : 0x80), Buffer.from("\n")]),
    );
    await readAll("log", Buffer.concat([Buffer.alloc(3 << 20), ...lines]));
    await readAll("log", Buffer.from("one \x01\x02\x03\x04 line\n"));
    await readAll("log", Buffer.alloc(0));
  });

  const { zstdCompressSync } = zlib as typeof zlib & { zstdCompressSync?: (bytes: string) => Buffer };
  it.skipIf(!zstdCompressSync)("is zstd, where Node has it", async () => {
    const bytes = zstdCompressSync!(short);
    for (const size of chunkSizes) expect(await readAll("-", bytes, size)).toBe(short);
    const skipped = Buffer.from("532a4d180300000007070700", "hex").subarray(0, 11);
    for (const size of chunkSizes) {
      const frames = Buffer.concat([skipped, bytes, skipped, bytes, skipped]);
      expect(await readAll("-", frames, size)).toBe(short + short);
    }
    await expect(readAll("-", bytes.subarray(0, bytes.length / 2))).rejects.toThrow("INPUT_DAMAGED");
  });
});

describe("input that is refused", () => {
  const tar = Buffer.alloc(10_240);
  tar.write("access.log");
  tar.write("ustar", 257);
  const magic: Record<string, [Buffer, string]> = {
    xz: [Buffer.from("fd377a585a00", "hex"), "xz -dc FILE | oddline refresh -"],
    bzip2: [Buffer.from("425a6839314159265359", "hex"), "bzip2 -dc FILE | oddline refresh -"],
    lz4: [Buffer.from("04224d18", "hex"), "lz4 -dc FILE | oddline refresh -"],
    zip: [Buffer.from("504b0304", "hex"), "unzip -p FILE | oddline refresh -"],
    "7z": [Buffer.from("377abcaf271c", "hex"), "7z x -so FILE | oddline refresh -"],
    tar: [tar, "tar -xOf FILE | oddline refresh -"],
    journal: [Buffer.from("LPKSHHRH"), "journalctl -o json --file FILE | oddline refresh -"],
    ...("createZstdDecompress" in zlib
      ? {}
      : { zstd: [Buffer.from("28b52ffd", "hex"), "zstd -dc FILE | oddline refresh -"] as [Buffer, string] }),
  };
  for (const [name, [head, remedy]] of Object.entries(magic)) {
    it(`is ${name}: the error names the command that unpacks it`, async () => {
      await withFolder(async (folder) => {
        const [file, model] = [join(folder, "access.log"), join(folder, "model")];
        writeFileSync(file, Buffer.concat([head, randomBytes(5000)]));
        writeFileSync(model, "the model in place");
        expect(await runCli(["node", "oddline", "refresh", file, "--out", model])).toBe(2);
        expect(stderr).toContain("INPUT_PACKED");
        expect(stderr).toContain(remedy.replace("FILE", file));
        expect(readFileSync(model, "utf8")).toBe("the model in place");
        for (const command of ["scan", "tag", "replay", "summarize"]) {
          expect(await runCli(["node", "oddline", command, file])).toBe(2);
        }
        // also where the first piece of a pipe is short, and within gzip
        for (const bytes of [head, zlib.gzipSync(head)]) {
          await expect(readAll("-", bytes, name === "tar" ? 512 : 3)).rejects.toThrow("INPUT_PACKED");
        }
      });
    });
  }

  it("is random bytes, or a program", async () => {
    for (const bytes of [randomBytes(600), randomBytes(100_000), readFileSync(process.execPath).subarray(0, 300_000)]) {
      await expect(readAll("log", bytes)).rejects.toThrow("INPUT_NOT_TEXT");
    }
    await withFolder(async (folder) => {
      writeFileSync(join(folder, "log"), randomBytes(100_000));
      expect(await runCli(["node", "oddline", "refresh", join(folder, "log"), "--out", join(folder, "m")])).toBe(2);
      expect(stderr).toContain("INPUT_NOT_TEXT");
    });
  });

  it("is a file that unpacks to packed files without end", async () => {
    let bytes = Buffer.from(log);
    for (let layer = 0; layer < 5; layer++) bytes = zlib.gzipSync(bytes);
    await expect(readAll("log", bytes)).rejects.toThrow("INPUT_PACKED");
  });

  it("is a packed file that breaks off", async () => {
    const bytes = zlib.brotliCompressSync(log);
    await expect(readAll("a.br", bytes.subarray(0, bytes.length / 2))).rejects.toThrow("INPUT_DAMAGED");
    await expect(readAll("a", zlib.gzipSync(log).subarray(0, 900))).rejects.toThrow("INPUT_DAMAGED");
  });
});

it("holds no line back that a pipe brings", async () => {
  let give: (value: Buffer) => void = () => {};
  async function* pipe() {
    yield Buffer.from("hi\n");
    yield await new Promise<Buffer>((resolve) => {
      give = resolve;
    });
  }
  const source = { name: "-", sizeBytes: undefined, open: () => textOnly("-", unpacked("-", pipe())) };
  const lines = wholeLines(source);
  expect(Buffer.from((await lines.next()).value!).toString()).toBe("hi\n");
  const next = lines.next();
  await Promise.resolve();
  give(Buffer.from("ho\n"));
  expect(Buffer.from((await next).value!).toString()).toBe("ho\n");
  expect(() => openSources(["/nowhere"])).toThrow("INPUT_UNREADABLE");
});

it("of zstd is cut into frames, and seen to be whole or not, wherever it breaks off", () => {
  const raw = (text: string, isLast: boolean) => {
    const header = (text.length << 3) | (isLast ? 1 : 0);
    return [header & 255, (header >> 8) & 255, header >> 16, ...Buffer.from(text)];
  };
  const magic = [0x28, 0xb5, 0x2f, 0xfd];
  const repeated = [((300 << 3) & 255) | 3, (300 << 3) >> 8, 0, 0x61];
  const frames = [
    [...magic, 0x20, 5, ...raw("hello", true)], // one segment, its size
    [...magic, 0x44, 0x58, 9, 0, ...raw("he", false), ...raw("llo", false), ...repeated, 1, 2, 3, 4], // a checksum
    [0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 7, 7, 7], // to be skipped
  ];
  const bytes = Buffer.from(frames.flat());
  const ends = [0, frames[0].length, frames[0].length + frames[1].length, bytes.length];
  for (let length = 0; length <= bytes.length; length++) {
    for (const size of [1, 4, 1000]) {
      const seen = new ZstdFrames();
      const found = [0];
      for (let at = 0; at < length; ) {
        at += seen.add(bytes.subarray(at, Math.min(length, at + size)));
        if (seen.isWhole) found.push(at);
      }
      expect(found).toEqual(ends.filter((end) => end <= length));
      expect(seen.isWhole).toBe(ends.includes(length));
    }
  }
});

describe("another log than the one in place", () => {
  const other = (count: number) => {
    const random = new Draws(5);
    const words = [
      "session",
      "opened",
      "for",
      "user",
      "root",
      "closed",
      "by",
      "timer",
      "started",
      "unit",
      "disk",
      "full",
    ];
    return `${Array.from(
      { length: count },
      (_, n) =>
        `Nov 20 10:00:${10 + (n % 50)} host cron[${n}]: ${[0, 1, 2, 3].map(() => random.pick(words)).join(" ")}`,
    ).join("\n")}\n`;
  };
  const refresh = (folder: string, text: string, ...more: string[]) => {
    writeFileSync(join(folder, "log"), text);
    const words = ["refresh", join(folder, "log"), "--out", join(folder, "model"), "--max-alert-share", "1", ...more];
    return runCli(["node", "oddline", ...words]);
  };

  it("is refused, either way, unless it is meant", async () => {
    await withFolder(async (folder) => {
      for (const [first, second] of [
        [log, other(2000)],
        [other(2000), log],
      ]) {
        expect(await refresh(folder, first, "--force")).toBe(0);
        const inPlace = readFileSync(join(folder, "model"));
        stderr = "";
        expect(await refresh(folder, second)).toBe(5);
        expect(stderr).toContain("ANOTHER_KIND");
        expect(stderr).toContain("--force");
        expect(readFileSync(join(folder, "model")).equals(inPlace)).toBe(true);
        expect(await refresh(folder, second, "--force")).toBe(0);
      }
    });
  });

  it("is nothing to a first refresh, to a model of few lines, or the same log a day later, grown or shrunk", async () => {
    await withFolder(async (folder) => {
      expect(await refresh(folder, other(500))).toBe(0);
      expect(await refresh(folder, log)).toBe(0);
      expect(await refresh(folder, shopLog(2, day + 86_400, 9000, true))).toBe(0);
      expect(await refresh(folder, shopLog(3, day + 2 * 86_400, 60, true))).toBe(0);
      expect(await refresh(folder, log + other(1500))).toBe(0);
    });
  });

  const samples = [
    ...["Android", "Apache", "BGL", "HDFS", "HPC", "Hadoop", "HealthApp", "Linux", "Mac", "OpenSSH", "OpenStack"],
    ...["Proxifier", "Spark", "Thunderbird", "Windows", "Zookeeper"],
  ].map((name) => `loghub/${name}_2k.log.gz`);
  const real = [...samples, "web/apache_elastic_10k.log.gz", "web/apache_gtkcyber.log.gz"];
  it.skipIf(!dataFile(real[0]))(
    "is not the second half of a real log",
    async () => {
      for (const name of real) {
        const file = dataFile(name);
        if (!file) continue;
        const lines = zlib.gunzipSync(readFileSync(file)).toString("latin1").trimEnd().split("\n");
        const half = (from: number, to?: number) => `${lines.slice(from, to).join("\n")}\n`;
        await withFolder(async (folder) => {
          expect(await refresh(folder, half(0, lines.length / 2)), name).toBe(0);
          expect(await refresh(folder, half(lines.length / 2)), name).toBe(0);
        });
      }
    },
    60_000,
  );
});
