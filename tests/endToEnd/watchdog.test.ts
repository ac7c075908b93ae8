/** What systemd is told, on a socket that stands for its own: signs of life come only while loop and threads live. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort, Running } from "../support/vector.js";
import { pause, until } from "../support/waiting.mjs";

const oddline = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const tools: [string, string][] = [
  ["systemd-notify", "--version"],
  ["python3", "--version"],
];
const missing = tools.filter(([tool, option]) => spawnSync(tool, [option]).status !== 0).map(([tool]) => tool);
if (missing.length > 0) console.warn(`${missing.join(", ")}: not on PATH, tests of the watchdog are skipped`);
/** Node opens no datagram socket of this kind. */
const listener = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True: print(s.recv(4096).decode().replace("\\n", " "), flush=True)`;
const watchdogMilliseconds = 1000;

let folder: string;
let socket: Running;
const open: Running[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "oddline-watchdog-"));
  if (missing.length > 0) return;
  socket = new Running("python3", ["-c", listener, join(folder, "notify")]);
  open.push(socket);
  await until(() => socket.said.includes("bound"), "the socket");
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.kill();
  rmSync(folder, { recursive: true, force: true });
});

const signs = () => socket.said.match(/WATCHDOG=1/g)?.length ?? 0;

/** `where` is true in the thread that is to hang once the file "hang" is there. */
async function start(where: string): Promise<Running> {
  const hang = join(folder, "hang");
  const preload = join(folder, "preload.mjs");
  writeFileSync(
    preload,
    `import { existsSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
if (${where}) setInterval(() => { while (existsSync(${JSON.stringify(hang)})); }, 20).unref();`,
  );
  const environment = [`NOTIFY_SOCKET=${join(folder, "notify")}`, `WATCHDOG_USEC=${watchdogMilliseconds * 1000}`];
  const command = [process.execPath, "--import", preload, oddline, "serve", "--workers", "2"];
  const running = new Running("env", [...environment, ...command, "--listen", `127.0.0.1:${await freePort()}`]);
  open.push(running);
  await until(
    () => socket.said.includes("READY=1"),
    () => `ready: ${running.said}`,
  );
  return running;
}

async function signsCome(): Promise<void> {
  const before = signs();
  await until(() => signs() > before + 1, "signs of life");
}

describe.skipIf(missing.length > 0)("systemd", () => {
  test("is told of the start, of life and of the end", async () => {
    const running = await start("false");
    await signsCome();
    expect(await running.stop()).toBe(0);
    await until(() => socket.said.includes("STOPPING=1"), "word of the end");
    expect(socket.said.indexOf("READY=1")).toBeLessThan(socket.said.indexOf("WATCHDOG=1"));
  });

  test.each([
    ["the event loop", "isMainThread"],
    ["a thread", "!isMainThread"],
  ])("hears nothing more while %s hangs", async (_, where) => {
    await start(where);
    await signsCome();
    writeFileSync(join(folder, "hang"), "");
    await pause(watchdogMilliseconds, "what is on its way");
    const before = signs();
    await pause(2 * watchdogMilliseconds, "no sign may come");
    expect(signs()).toBe(before);
    rmSync(join(folder, "hang"));
    await signsCome();
  });
});
