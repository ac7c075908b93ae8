/**
 * Files are replaced whole or not at all; devices, strangers' links and whatever is no ordinary file stay as they are.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { OddlineError } from "../../host/io/errors.js";
import { checkReplaceable, checkWritable, removeLeftovers, replaceFile } from "../../host/io/replaceFile.js";
import { installModel } from "../../host/model/modelFile.js";
import { withFolder } from "../support/learning.js";

const { writes, modesAtFirstByte } = vi.hoisted(() => ({ writes: [] as string[], modesAtFirstByte: [] as number[] }));
vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  return {
    ...fs,
    writeSync: (file: number, bytes: Uint8Array, offset: number) => {
      writes.push(readlinkSync(`/proc/self/fd/${file}`));
      modesAtFirstByte.push(fs.fstatSync(file).mode & 0o777);
      return fs.writeSync(file, bytes, offset);
    },
  };
});

const isRoot = process.getuid?.() === 0;
const bytes = Buffer.from("new");
const mode = (path: string) => statSync(path).mode & 0o777;

function device(path: string): boolean {
  return spawnSync("mknod", [path, "c", "1", "3"]).status === 0;
}

describe("a file is replaced", () => {
  it("under a random name of its own, with its mode from before the first byte, whatever the umask", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "file");
      writes.length = 0;
      modesAtFirstByte.length = 0;
      const umask = process.umask(0o077);
      try {
        for (const wanted of [0o600, 0o640, 0o644]) {
          replaceFile(path, bytes, wanted);
          expect(mode(path)).toBe(wanted);
        }
      } finally {
        process.umask(umask);
      }
      expect(modesAtFirstByte).toEqual([0o600, 0o640, 0o644]);
      expect(new Set(writes).size).toBe(3);
      for (const name of writes) expect(name).toMatch(/\/\.file\.[0-9a-f]{16}\.tmp$/);
      expect(readdirSync(folder)).toEqual(["file"]);
    });
  });

  it("where a link stands, the file that it points to: the link stays", async () => {
    await withFolder(async (folder) => {
      const [path, target] = [join(folder, "link"), join(folder, "elsewhere/target")];
      mkdirSync(join(folder, "elsewhere"));
      writeFileSync(target, "old");
      symlinkSync("elsewhere/target", path);
      replaceFile(path, bytes, 0o600);
      expect(readlinkSync(path)).toBe("elsewhere/target");
      expect(readFileSync(target, "utf8")).toBe("new");
      expect(readdirSync(join(folder, "elsewhere"))).toEqual(["target"]);
    });
  });

  it("as long as its name may be", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "ä".repeat(127));
      replaceFile(path, bytes, 0o600);
      replaceFile(path, bytes, 0o600);
      expect(readdirSync(folder)).toHaveLength(1);
    });
  });

  it("with owner and group as they were, where the mode is taken over too", async ({ skip }) => {
    if (!isRoot) skip("needs root, to give a file away");
    await withFolder(async (folder) => {
      const path = join(folder, "model");
      writeFileSync(path, "old");
      chmodSync(path, 0o666);
      chownSync(path, 1234, 2345);
      installModel(path, bytes);
      expect(statSync(path)).toMatchObject({ uid: 1234, gid: 2345 });
      expect(mode(path)).toBe(0o644); // nobody else may write a model
      replaceFile(path, bytes, 0o600); // private: ours
      expect(statSync(path)).toMatchObject({ uid: 0, gid: 0 });
    });
  });
});

describe("refused, and left as it is, is", () => {
  const said = (attempt: () => void) => {
    try {
      attempt();
    } catch (error) {
      return `${(error as OddlineError).code} ${(error as OddlineError).parts.found}`;
    }
    return "taken";
  };
  const refusal = (path: string) => {
    const found = said(() => replaceFile(path, bytes, 0o600));
    expect(said(() => checkReplaceable(path))).toBe(found);
    return found;
  };

  it("a name in a folder that is not there", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "none", "oddline.model");
      expect(said(() => replaceFile(path, bytes, 0o600))).toBe("FILE_MISSING ENOENT: nothing there");
      expect(said(() => checkWritable(path))).toBe("FILE_MISSING ENOENT: nothing there");
    });
  });

  it("a device", async ({ skip }) => {
    await withFolder(async (folder) => {
      const path = join(folder, "null");
      if (!isRoot || !device(path)) skip("needs root, to make a device");
      expect(refusal(path)).toBe("NOT_REGULAR a device");
      symlinkSync("null", join(folder, "link"));
      expect(refusal(join(folder, "link"))).toBe("NOT_REGULAR a device");
      expect(statSync(path).isCharacterDevice()).toBe(true);
    });
  });

  it("a FIFO, a directory, a link to nothing, a loop of links", async () => {
    await withFolder(async (folder) => {
      const path = (name: string) => join(folder, name);
      spawnSync("mkfifo", [path("fifo")]);
      mkdirSync(path("directory"));
      symlinkSync("nowhere", path("dangling"));
      symlinkSync("loop", path("loop"));
      expect(refusal(path("fifo"))).toBe("NOT_REGULAR a FIFO");
      expect(refusal(path("directory"))).toBe("IS_DIRECTORY EISDIR: a directory");
      expect(refusal(path("dangling"))).toBe("NOT_REGULAR a link to nothing");
      expect(refusal(path("loop"))).toMatch(/^LINK_LOOP ELOOP/);
      expect(lstatSync(path("fifo")).isFIFO()).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(["dangling", "directory", "fifo", "loop"]);
    });
  });

  it("what the shell has opened: it would go on writing to a file without a name", async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, "log"), "a line\n");
      const { stdout, stderr, status } = spawnSync(
        "sh",
        ["-c", `${process.execPath} dist/bin.js scan ${folder}/log --report /dev/stdout > ${folder}/out`],
        { encoding: "utf8" },
      );
      expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
      expect(stderr).toMatch(/^\/dev\/stdout: error NOT_REGULAR\n/);
    });
  });

  it("a stranger's file in a folder for all, where he would get to read what root writes", async ({ skip }) => {
    if (!isRoot) skip("needs root, to be two users");
    await withFolder(async (folder) => {
      chmodSync(folder, 0o1777);
      const path = join(folder, "report.html");
      writeFileSync(path, "a stranger's");
      chownSync(path, 1234, 1234);
      expect(refusal(path)).toMatch(/^PERMISSION_DENIED/);
      expect(readFileSync(path, "utf8")).toBe("a stranger's");
    });
  });
});

describe("oddline", () => {
  it("leaves /dev/null and every other device alone, for each of its outputs, before it begins", async ({ skip }) => {
    await withFolder(async (folder) => {
      const path = join(folder, "null");
      if (!isRoot || !device(path)) skip("needs root, to make a device");
      writeFileSync(join(folder, "log"), "a line\n");
      writeFileSync(join(folder, "oddline.yaml"), "");
      for (const args of [
        ["refresh", join(folder, "log"), "--out", path],
        ["refresh", join(folder, "log"), "--out", join(folder, "model"), "--changes", path],
        ["compile", join(folder, "oddline.yaml"), "--out", path],
        ["scan", join(folder, "log"), "--report", path],
        ["rollback", path],
        ["network", "--train", join(folder, "log"), "--save-forest", path],
        ["network", "--train", join(folder, "log"), "--model-out", path],
        ["network", "--score", join(folder, "log"), "--self-fit", "--state", path],
      ]) {
        const { status, stderr, stdout } = spawnSync(process.execPath, ["dist/bin.js", ...args], { encoding: "utf8" });
        expect(stderr, args.join(" ")).toContain(`${path}: error NOT_REGULAR`);
        expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
      }
      expect(statSync(path).isCharacterDevice()).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(["log", "null", "oddline.yaml"]);
    });
  });
});

describe("leftovers", () => {
  it("of killed runs go, others' files of a like name stay", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "oddline.model");
      writeFileSync(path, "");
      const random = "0123456789abcdef";
      const left = [
        `.oddline.model.${random}.tmp`,
        `.oddline.model.0.${random}.tmp`,
        `.oddline.model.undone.${random}.tmp`,
      ];
      const others = [`.oddline.model.lock.${random}.tmp`, ".oddline.model.tmp", `.other.model.${random}.tmp`];
      for (const name of [...left, ...others]) writeFileSync(join(folder, name), "");
      mkdirSync(join(folder, `.oddline.model.${"f".repeat(16)}.tmp`));
      removeLeftovers(path);
      for (const name of left) expect(existsSync(join(folder, name)), name).toBe(false);
      expect(readdirSync(folder)).toHaveLength(others.length + 2);
    });
  });
});
