/** The lock of a model: one holder at a time, whoever died; of many that find a stale one, one takes over. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withLock } from "../../host/io/lock.js";
import { withFolder } from "../support/learning.js";

const gone = (id: string) => JSON.stringify({ pid: 2 ** 30, host: hostname(), started: "1", id });
const nothing = async () => {};

describe("a lock", () => {
  it("is never held by two of many processes that find it stale at once, again and again", async () => {
    await withFolder(async (folder) => {
      mkdirSync(join(folder, "marks"));
      writeFileSync(join(folder, "oddline.model.lock"), gone("first"));
      const racers = Array.from({ length: 12 }, () =>
        spawn(process.execPath, ["tests/support/lockRacer.mjs", folder, "8"], {
          stdio: ["ignore", "pipe", "inherit"],
        }),
      );
      writeFileSync(join(folder, "start"), "");
      const results = await Promise.all(
        racers.map(async (racer) => {
          let out = "";
          for await (const chunk of racer.stdout) out += chunk;
          return JSON.parse(out) as { held: number; overlaps: number };
        }),
      );
      const sum = (name: "held" | "overlaps") => results.reduce((total, result) => total + result[name], 0);
      expect(sum("overlaps")).toBe(0);
      expect(sum("held")).toBe(12 * 8);
      // The last one to leave puts a stale lock there; whatever the races left besides goes with the next holder.
      await withLock(join(folder, "oddline.model.lock"), nothing);
      expect(readdirSync(folder).sort()).toEqual(["marks", "start"]);
    });
  });

  it("passes from a holder that was killed to the next, over any number of them, and leaves nothing", async () => {
    await withFolder(async (folder) => {
      const lock = join(folder, "a.lock");
      for (let run = 0; run < 3; run++) {
        const script = `import("${process.cwd()}/dist/io/lock.js").then(({ withLock }) =>
          withLock(process.argv[1], () => process.kill(process.pid, "SIGKILL")))`;
        expect(spawnSync(process.execPath, ["-e", script, lock]).signal).toBe("SIGKILL");
        expect(readdirSync(folder)).toHaveLength(run + 1);
      }
      await withLock(lock, async () => expect(readdirSync(folder)).toHaveLength(4));
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it("is freed where the process ends within the work", async () => {
    await withFolder(async (folder) => {
      const lock = join(folder, "a.lock");
      const script = `import("${process.cwd()}/dist/io/lock.js").then(({ withLock }) =>
        withLock(process.argv[1], () => process.exit(7)))`;
      expect(spawnSync(process.execPath, ["-e", script, lock]).status).toBe(7);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it("refuses the second while the first is at work, and names it", async () => {
    await withFolder(async (folder) => {
      const lock = join(folder, "a.lock");
      await withLock(lock, async () => {
        const refused = { code: "LOCKED", exit: 4, parts: { found: `process ${process.pid} on ${hostname()}` } };
        await expect(withLock(lock, nothing)).rejects.toMatchObject(refused);
        expect(readdirSync(folder)).toEqual(["a.lock"]);
      });
      await withLock(lock, nothing);
    });
  });

  it("of another host is believed for six hours after it was touched last", async () => {
    await withFolder(async (folder) => {
      const lock = join(folder, "a.lock");
      writeFileSync(lock, JSON.stringify({ pid: 1, host: "elsewhere", started: "1" }));
      const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000);
      utimesSync(lock, ago(5.9), ago(5.9));
      await expect(withLock(lock, nothing)).rejects.toMatchObject({ code: "LOCKED" });
      utimesSync(lock, ago(6.1), ago(6.1));
      await withLock(lock, nothing);
      expect(readdirSync(folder)).toEqual([]);
    });
  });

  it("that was taken over while its holder was thought gone is left to who has it", async () => {
    await withFolder(async (folder) => {
      const lock = join(folder, "a.lock");
      await withLock(lock, async () => {
        const mine = readFileSync(lock);
        rmSync(lock); // as an operator might
        writeFileSync(lock, gone("another"));
        expect(mine.toString()).toContain(`${process.pid}`);
      });
      expect(readFileSync(lock, "utf8")).toBe(gone("another"));
    });
  });

  it("is taken from what a power cut left of one, but not from a file that is something else", async () => {
    await withFolder(async (folder) => {
      const lock = join(folder, "a.lock");
      for (const left of ["", "\0".repeat(80)]) {
        writeFileSync(lock, left);
        await withLock(lock, nothing);
        expect(existsSync(lock)).toBe(false);
      }
      writeFileSync(lock, "my own notes");
      await expect(withLock(lock, nothing)).rejects.toMatchObject({ code: "LOCKED" });
      expect(readFileSync(lock, "utf8")).toBe("my own notes");
    });
  });

  it("is not taken through a link, a FIFO or a directory", async () => {
    await withFolder(async (folder) => {
      const lock = join(folder, "a.lock");
      for (const make of [["ln", "-s", "/etc/passwd"], ["mkfifo"], ["mkdir"]]) {
        spawnSync(make[0], [...make.slice(1), lock]);
        await expect(withLock(lock, nothing)).rejects.toMatchObject({ code: "NOT_REGULAR", exit: 2 });
        rmSync(lock, { recursive: true });
      }
    });
  });

  it("sweeps what killed runs had written or linked beside it", async () => {
    await withFolder(async (folder) => {
      const lock = join(folder, "a.lock");
      const stray = `${lock}.${"0123456789abcdef".repeat(2)}`;
      writeFileSync(stray, gone("stray"));
      linkSync(stray, join(folder, "a.lock.kept"));
      linkSync(stray, join(folder, ".a.lock.0123456789abcdef.tmp"));
      await withLock(lock, nothing);
      expect(readdirSync(folder)).toEqual(["a.lock.kept"]);
    });
  });
});
