/** Models, states, configurations and secrets: kind and size are looked at before a byte is read; nothing hangs. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSources } from "../../host/io/chunks.js";
import { readBounded, readBoundedLater } from "../../host/io/readFile.js";
import { LocalJudge } from "../../host/serve/judge/judge.js";
import { ModelWatch } from "../../host/serve/judge/modelWatch.js";
import { Metrics } from "../../host/serve/observe/metrics.js";
import { Notices } from "../../host/serve/observe/notices.js";
import { configuredModel } from "../support/configuredModel.js";

let folder: string;
const path = (name: string) => join(folder, name);
const socket = createServer();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oddline-read-"));
  spawnSync("mkfifo", [path("fifo")]);
  symlinkSync("fifo", path("link to fifo"));
  symlinkSync("/dev/zero", path("link to device"));
  mkdirSync(path("directory"));
  for (const name of ["huge", "huge too"]) {
    writeFileSync(path(name), "");
    truncateSync(path(name), 3 * 2 ** 30); // a hole: no byte of it is on the disk
  }
  writeFileSync(path("log"), "a line\n");
  writeFileSync(path("model"), configuredModel("", 0, 0));
  await once(socket.listen(path("socket")), "listening");
});
afterAll(() => {
  socket.close();
  rmSync(folder, { recursive: true, force: true });
});

const unfit = [
  ["fifo", "NOT_REGULAR", "a FIFO"],
  ["link to fifo", "NOT_REGULAR", "a FIFO"],
  ["link to device", "NOT_REGULAR", "a device"],
  ["socket", "NOT_REGULAR", "a socket"],
  ["directory", "IS_DIRECTORY", "EISDIR: a directory"],
  ["huge", "FILE_TOO_LARGE", "3221225472 bytes, more than 1000"],
] as const;

describe("a bounded read", () => {
  it.each(unfit)("of %s is %s", async (name, code, found) => {
    const expected = { code, exit: 2, parts: { subject: path(name), found } };
    await expect((async () => readBounded(path(name), 1000))()).rejects.toMatchObject(expected);
    await expect(readBoundedLater(path(name), 1000, () => true)).rejects.toMatchObject(expected);
  });

  it("gives the bytes up to the bound and not one more", async () => {
    for (const bytes of [0, 1, 999, 1000]) {
      const content = Buffer.alloc(bytes, "x");
      writeFileSync(path("file"), content);
      expect(readBounded(path("file"), 1000).equals(content)).toBe(true);
      expect((await readBoundedLater(path("file"), 1000, () => true))?.equals(content)).toBe(true);
    }
    writeFileSync(path("file"), Buffer.alloc(1001));
    expect(() => readBounded(path("file"), 1000)).toThrow("FILE_TOO_LARGE");
    expect(await readBoundedLater(path("file"), 1000, () => false)).toBeUndefined();
  });

  it("ends at the bound also where the size says nothing, as in /proc", async () => {
    const content = readFileSync("/proc/self/mountinfo");
    expect(readBounded("/proc/self/mountinfo", 1 << 20).length).toBe(content.length);
    expect(() => readBounded("/proc/self/mountinfo", 10)).toThrow("FILE_TOO_LARGE");
    await expect(readBoundedLater("/proc/self/mountinfo", 10, () => true)).rejects.toThrow("FILE_TOO_LARGE");
  });

  it("goes on to the end of a file that is longer than it was said to be", () => {
    const content = Buffer.alloc(300_000, "abcdefg");
    writeFileSync(path("file"), content);
    const { stdout } = spawnSync(
      "bash",
      [
        "-c",
        `cat "$1" | ${process.execPath} -e '
        import("${process.cwd()}/dist/io/readFile.js").then(({ readBounded }) =>
          process.stdout.write(readBounded("/dev/stdin", 300_000)))'`,
        "bash",
        path("file"),
      ],
      { maxBuffer: 1 << 20 },
    );
    expect(stdout.equals(content)).toBe(true);
  });
});

/** In a process of its own: what hung would hang us. */
function oddline(...args: string[]) {
  return spawnSync(process.execPath, ["dist/bin.js", ...args], { encoding: "utf8", timeout: 20_000 });
}

describe("a command", () => {
  const uses = [
    ["inspect"],
    ["check"],
    ["compile"],
    ["rollback"],
    ["vector-config"],
    ["compile", "--out", "/nowhere/model", "--from"],
    ["tag", "LOG", "--model"],
    ["eval", "--normal", "LOG", "--anomalous", "LOG", "--model"],
    ["replay", "LOG", "--model"],
    ["refresh", "LOG", "--out"],
    ["refresh", "LOG", "--out", "NEW", "--config"],
    ["refresh", "LOG", "--out", "NEW", "--forest-from"],
    ["network", "--score", "LOG", "--forest"],
    ["network", "--score", "LOG", "--self-fit", "--state"],
    ["network", "--train", "LOG", "--exclude-destinations"],
    ["serve", "--token-file"],
  ];
  it.each(uses.map((use) => [use.join(" "), use]))("%s FIFO ends at once and says what it found", (_, use) => {
    const named = use.map((word) => (word === "LOG" ? path("log") : word === "NEW" ? path("new") : word));
    if (use[0] === "compile" && use.length > 1) {
      writeFileSync(path("oddline.yaml"), "");
      named.splice(1, 0, path("oddline.yaml"));
    }
    const { status, stderr } = oddline(...named, path("fifo"));
    expect(stderr).toContain(`${path("fifo")}: error NOT_REGULAR`);
    expect(status).toBe(2);
  });

  it("reads no gigabytes: the bound of a model is that of the filter", () => {
    const { status, stderr } = oddline("inspect", path("huge"));
    expect(stderr).toContain(`${path("huge")}: error FILE_TOO_LARGE`);
    expect(stderr).toContain("at most 16777216 bytes");
    expect(status).toBe(2);
  });

  it("starts with empty windows where the state is a FIFO, a directory or too large, and says so", () => {
    for (const [name, found] of [
      ["fifo", "a FIFO"],
      ["directory", "EISDIR: a directory"],
      ["huge too", "3221225472 bytes, more than 536870912"],
    ]) {
      const state = path(`${name} as state`);
      symlinkSync(name, state);
      const { status, stderr } = oddline("tag", path("log"), "--state", state);
      expect(stderr).toContain(`[oddline] state ${state}: it cannot be read (${found}); windows start empty`);
      expect(status).toBe(0);
    }
  });

  it("still reads logs, configurations and secrets from a pipe that the shell hands over", () => {
    const bash = (script: string) =>
      spawnSync("bash", ["-c", script.replaceAll("oddline", `${process.execPath} dist/bin.js`), "bash", path("log")], {
        encoding: "utf8",
        timeout: 20_000,
      });
    expect(bash('oddline tag --all <(cat "$1" "$1")').stdout.split("\n")).toHaveLength(3);
    expect(bash('mkfifo "$1.pipe"; cat "$1" > "$1.pipe" & oddline tag --all "$1.pipe"').stdout).toContain("a line");
    expect(bash("oddline check <(echo 'falsePositiveShare: 0.01')").status).toBe(0);
    expect(bash("echo 'falsePositiveShare: 0.01' | oddline check /dev/stdin").status).toBe(0);
  });
});

describe("a log", () => {
  it.each([
    ["/dev/zero", "NOT_REGULAR", "a device"],
    ["link to device", "NOT_REGULAR", "a device"],
    ["socket", "NOT_REGULAR", "a socket"],
    ["directory", "IS_DIRECTORY", "EISDIR: a directory"],
    ["nothing", "INPUT_UNREADABLE", "ENOENT: nothing there"],
  ])("is not read from %s", (name, code, found) => {
    const log = name.startsWith("/") ? name : path(name);
    expect(() => openSources([log])).toThrow(`${log}: error ${code}`);
    expect(() => openSources([log])).toThrow(`found:    ${found}`);
  });

  it("may be /dev/null or a FIFO", () => {
    expect(openSources(["/dev/null", path("fifo")]).map(({ sizeBytes }) => sizeBytes)).toEqual([undefined, undefined]);
  });
});

describe("oddline serve", () => {
  it("judges on with what it has while the model is a FIFO, a device, a directory or huge", async () => {
    const said: string[] = [];
    const notices = new Notices((line) => said.push(line));
    const judge = new LocalJudge({ seed: 0n }, notices, new Metrics());
    const model = path("watched");
    const put = (name: string) => {
      rmSync(model, { force: true });
      symlinkSync(path(name), model);
    };
    const watch = new ModelWatch(model, judge, notices, new Metrics());
    put("model");
    await watch.look();
    expect(said.splice(0)[0]).toMatch(/model [0-9a-f]{8} loaded/);
    for (const [name, found] of [
      ["fifo", "a FIFO"],
      ["link to device", "a device"],
      ["directory", "EISDIR: a directory"],
      ["huge", "3221225472 bytes, more than 16777216"],
    ]) {
      put(name);
      await watch.look();
      await watch.look();
      expect(said.splice(0)).toEqual([
        `[oddline] ${model} cannot be read (${found}); model ${judge.modelVersion} stays`,
      ]);
    }
    put("model");
    await watch.look();
    expect(said.splice(0)[0]).toMatch(/model [0-9a-f]{8} loaded/);
  });

  it("starts and answers with a FIFO for a model and for a state", async () => {
    const args = ["serve", "--listen", "127.0.0.1:0", "--model", path("fifo"), "--state", path("link to fifo")];
    const child = spawn(process.execPath, ["dist/bin.js", ...args], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    for await (const chunk of child.stderr) {
      said += chunk;
      if (said.includes("listening on")) break;
    }
    expect(said).toContain(`${path("fifo")} cannot be read (a FIFO); the built-in detectors work meanwhile`);
    expect(said).toContain(`state ${path("link to fifo")}: it cannot be read (a FIFO); windows start empty`);
    const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(said)!;
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    child.kill();
    await once(child, "exit");
  });
});
