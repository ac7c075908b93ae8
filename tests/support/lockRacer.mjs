/**
 * One of many processes that take the same lock, each so many times: `node lockRacer.mjs FOLDER TIMES`. Whoever holds
 * it leaves a mark; another mark beside its own means that two held it. On leaving it puts a stale lock in place, as a
 * holder that was killed would, so that nearly every time is a takeover. Prints how often it held it, and the overlaps
 * it saw.
 */
import { existsSync, linkSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { withLock } from "#host/io/lock.js";
import { pause, until } from "./waiting.mjs";

const [folder, times] = [process.argv[2], Number(process.argv[3])];
const lock = join(folder, "oddline.model.lock");
const marks = join(folder, "marks");
const mark = join(marks, `${process.pid}`);
let held = 0;
let overlaps = 0;

await until(() => existsSync(join(folder, "start")), "the start");
for (let turn = 0; held < times; turn++) {
  try {
    await withLock(lock, async () => {
      writeFileSync(mark, "");
      await pause(1, "holding it");
      overlaps += readdirSync(marks).length - 1;
      held++;
      rmSync(mark);
    });
    leaveStale(turn);
  } catch (error) {
    if (codeOf(error) !== "LOCKED") throw error;
    await pause(turn % 3, "before another try");
  }
}
process.stdout.write(JSON.stringify({ held, overlaps }));

function codeOf(error) {
  return error.code;
}

/** Of a process number that the kernel never gives. */
function leaveStale(turn) {
  const gone = join(folder, `gone.${process.pid}`);
  writeFileSync(gone, JSON.stringify({ pid: 2 ** 30, host: hostname(), started: "1", id: `${process.pid} ${turn}` }));
  try {
    linkSync(gone, lock);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
  rmSync(gone);
}
