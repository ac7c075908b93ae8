/**
 * One refresh at a time for one model. The lock names its holder; a holder that is gone (killed, rebooted) does not
 * block the next run.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { exitCode, OddlineError } from "../errors.js";

/** A holder on another host cannot be asked whether it lives: after this long it does not. */
const foreignSecondsMax = 6 * 3600;

interface Holder {
  pid: number;
  host: string;
  started: string;
}

export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  acquire(path);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function acquire(path: string): void {
  // Written aside and linked into place: a lock is never seen half written.
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}`;
  const holder: Holder = { pid: process.pid, host: hostname(), started: processStart(process.pid) };
  writeFileSync(mine, JSON.stringify(holder), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        linkSync(mine, path);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        if (!isStale(path)) break;
        rmSync(path, { force: true });
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new OddlineError("LOCKED", {
    subject: path,
    expected: "no other run at work on this model",
    found: describe(path),
    remedy: "wait for it, or remove the file if that run is gone",
    exit: exitCode.locked,
  });
}

function isStale(path: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(path, "utf8")) as Holder;
    if (holder.host !== hostname()) return Date.now() - statSync(path).mtimeMs > foreignSecondsMax * 1000;
    return processStart(holder.pid) !== holder.started;
  } catch {
    return true; // gone meanwhile, or no lock of ours
  }
}

/** When the process began, so that a process number used again is not taken for its former owner; "" if it is gone. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return isAlive(pid) ? "alive" : "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function describe(path: string): string {
  try {
    const holder = JSON.parse(readFileSync(path, "utf8")) as Holder;
    return `process ${holder.pid} on ${holder.host}`;
  } catch {
    return "a lock";
  }
}
