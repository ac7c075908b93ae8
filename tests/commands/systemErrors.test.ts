/** What the operating system refuses has a code and a remedy of its own; INTERNAL is left to mistakes of ours. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exitCode, OddlineError } from "../../host/io/errors.js";
import { fileError, systemError } from "../../host/io/systemErrors.js";

const role = { code: "MODEL_UNREADABLE", expected: "a model file", remedy: "write one", exit: exitCode.usage };

/** As Node throws it. */
function thrown(code: string): NodeJS.ErrnoException {
  const errno = -(constants.errno as Record<string, number>)[code];
  return Object.assign(new Error(`${code}: said by the system, open '/a'`), {
    code,
    errno,
    syscall: "open",
    path: "/a",
  });
}

describe("a reason of the system's", () => {
  it.each([
    ["ENOSPC", "DISK_FULL", 1],
    ["EDQUOT", "DISK_FULL", 1],
    ["EACCES", "PERMISSION_DENIED", 2],
    ["EPERM", "PERMISSION_DENIED", 2],
    ["EISDIR", "IS_DIRECTORY", 2],
    ["ENOTDIR", "NOT_DIRECTORY", 2],
    ["ELOOP", "LINK_LOOP", 2],
    ["EMFILE", "TOO_MANY_FILES", 1],
    ["ENFILE", "TOO_MANY_FILES", 1],
    ["EROFS", "READ_ONLY", 1],
    ["ENAMETOOLONG", "NAME_TOO_LONG", 2],
    ["EIO", "IO_FAILED", 1],
  ])("%s is %s, whatever the file was wanted for", (errno, code, exit) => {
    for (const error of [
      fileError(thrown(errno), "/a", role),
      fileError(thrown(errno), "/a"),
      systemError(thrown(errno)),
    ]) {
      expect(error).toMatchObject({ code, exit, parts: { subject: "/a" } });
      expect((error as OddlineError).parts.found).toMatch(new RegExp(`^${errno}: `));
      expect((error as OddlineError).parts.remedy).toBeTruthy();
    }
    const row = readFileSync("docs/errors.md", "utf8")
      .split("\n")
      .find((line) => line.startsWith(`| \`${code}\``));
    expect(row).toContain(`\`${errno}\``);
    expect(row).toContain(`| ${exit} |`);
  });

  it("is the role's where nothing is there, for what to do then is another thing each time", () => {
    expect(fileError(thrown("ENOENT"), "/a", role)).toMatchObject({ code: "MODEL_UNREADABLE", exit: 2 });
    expect(fileError(thrown("ENOENT"), "/a")).toMatchObject({ code: "FILE_MISSING", exit: 2 });
  });

  it("never is INTERNAL, even where nobody has thought of it", () => {
    for (const errno of Object.keys(constants.errno)) {
      expect(systemError(thrown(errno))?.code, errno).toMatch(/^[A-Z]+_[A-Z_]+$/);
      expect(fileError(thrown(errno), "/a"), errno).toBeInstanceOf(OddlineError);
    }
    expect(systemError(thrown("EXDEV"))).toMatchObject({ code: "SYSTEM_REFUSED", exit: 1 });
  });

  it("is not what a mistake of ours ends as", () => {
    const mistake = new TypeError("undefined is not a function");
    expect(systemError(mistake)).toBeUndefined();
    expect(fileError(mistake, "/a", role)).toBe(mistake);
    expect(systemError(Object.assign(new RangeError("of Node"), { code: "ERR_OUT_OF_RANGE" }))).toBeUndefined();
  });
});

const isRoot = process.getuid?.() === 0;
/** In a process of its own, as somebody who is not root: nothing is denied to root. */
function oddline(args: string[], how: { stdout?: number | "pipe"; asNobody?: boolean } = {}) {
  const owner = how.asNobody && isRoot ? { uid: 65534, gid: 65534 } : {};
  const { status, stderr } = spawnSync(process.execPath, [join(process.cwd(), "dist/bin.js"), ...args], {
    ...owner,
    encoding: "utf8",
    stdio: ["ignore", how.stdout ?? "pipe", "pipe"],
    timeout: 30_000,
  });
  expect(stderr).not.toMatch(/INTERNAL|\n\s+at /);
  return { status, stderr };
}

describe("really", () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "oddline-system-"));
    chmodSync(folder, 0o755);
    writeFileSync(path("log"), "a line\n".repeat(2000));
    mkdirSync(path("closed"), { mode: 0o555 });
    mkdirSync(path("directory"));
    symlinkSync("loop", path("loop"));
    writeFileSync(path("unreadable"), "", { mode: 0o000 });
  });
  afterAll(() => {
    if (isRoot) spawnSync("umount", [path("full")], { stdio: "ignore" });
    rmSync(folder, { recursive: true, force: true });
  });

  it("a full disk behind standard output", () => {
    const full = openSync("/dev/full", "w");
    const { status, stderr } = oddline(["tag", "--all", path("log")], { stdout: full });
    closeSync(full);
    expect(stderr).toMatch(/^standard output: error DISK_FULL\n {2}found: {4}ENOSPC: no space left\n/);
    expect(status).toBe(1);
  });

  it("a full disk under a model: the old one stays, and nothing beside it", ({ skip }) => {
    mkdirSync(path("full"));
    const mounted = isRoot && spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "none", path("full")]).status === 0;
    if (!mounted) skip("needs root, to mount a small file system");
    expect(oddline(["compile", "--out", path("full/model"), path("small.yaml")]).stderr).toContain("CONFIG_UNREADABLE");
    writeFileSync(path("small.yaml"), "keywords: { defaults: false }\n");
    expect(oddline(["compile", "--out", path("full/model"), path("small.yaml")]).status).toBe(0);
    const before = readFileSync(path("full/model"));
    const words = Array.from({ length: 2000 }, (_, index) => `{ word: "disturbance number ${index}" }`);
    writeFileSync(path("large.yaml"), `keywords: { list: [${words.join(", ")}] }\n`);
    const { status, stderr } = oddline(["compile", "--out", path("full/model"), path("large.yaml")]);
    expect(stderr).toContain(`${path("full/model")}: error DISK_FULL`);
    expect(status).toBe(1);
    expect(readFileSync(path("full/model")).equals(before)).toBe(true);
    expect(readdirSync(path("full")).filter((name) => /tmp|lock/.test(name))).toEqual([]);
    spawnSync("mount", ["-o", "remount,ro", path("full")]);
    const readOnly = oddline(["compile", "--out", path("full/model"), path("small.yaml")]);
    expect(readOnly.stderr).toContain("error READ_ONLY\n");
    expect(readOnly.status).toBe(1);
  });

  it("a folder that nobody may write to, a file that nobody may read", () => {
    const written = oddline(["refresh", path("log"), "--out", path("closed/model")], { asNobody: true });
    expect(written.stderr).toContain("error PERMISSION_DENIED\n");
    expect(written.status).toBe(2);
    const report = oddline(["scan", path("log"), "--report", path("closed/report.html")], { asNobody: true });
    expect(report.stderr).toContain(`${path("closed/report.html")}: error PERMISSION_DENIED\n`);
    for (const args of [["inspect"], ["check"], ["tag", path("log"), "--model"]]) {
      const { status, stderr } = oddline([...args, path("unreadable")], { asNobody: true });
      expect(stderr).toContain(`${path("unreadable")}: error PERMISSION_DENIED\n`);
      expect(status).toBe(2);
    }
  });

  it.each([
    ["directory", "IS_DIRECTORY"],
    ["log/model", "NOT_DIRECTORY"],
    ["loop", "LINK_LOOP"],
    ["x".repeat(300), "NAME_TOO_LONG"],
  ])("%s, given as model, configuration and output", (name, code) => {
    const uses = [["inspect"], ["check"], ["tag", path("log"), "--model"], ["scan", path("log"), "--report"]];
    for (const args of uses) {
      const { status, stderr } = oddline([...args, path(name)]);
      expect(stderr, args[0]).toContain(`${path(name)}: error ${code}\n`);
      expect(status).toBe(2);
    }
  });

  it("too many open files", () => {
    // How many Node needs for itself depends on Node; one less than what suffices is where our own files begin to lack.
    const run = (files: number) =>
      spawnSync(
        "sh",
        ["-c", `ulimit -n ${files}; exec "$@"`, "sh", process.execPath, "dist/bin.js", "tag", path("log")],
        {
          encoding: "utf8",
        },
      );
    let [enough, few] = [64, 8];
    while (enough - few > 1) {
      const files = (enough + few) >> 1;
      const isEnough = run(files);
      if (isEnough.status === 0) enough = files;
      else few = files;
    }
    const { status, stderr } = run(few);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).toContain("error TOO_MANY_FILES\n");
    expect(status).toBe(1);
    expect(run(enough).status).toBe(0);
  });

  it("a reader that has seen enough ends it silently", () => {
    const { status, stdout, stderr } = spawnSync(
      "bash",
      [
        "-c",
        `${process.execPath} dist/bin.js tag --all "$1" "$1" | head -n 1; exit "\${PIPESTATUS[0]}"`,
        "bash",
        path("log"),
      ],
      { encoding: "utf8" },
    );
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toHaveLength(2);
    expect(status).toBe(0);
  });
});
