/**
 * The only place under tests/ that sleeps. A condition is awaited with a generous deadline, which ends a test that
 * hangs and measures nothing; a pause is for what needs time itself, where more of it never fails a test.
 */
import { setTimeout as sleep } from "node:timers/promises";

const firstPollMilliseconds = 5;
const pollMillisecondsMax = 100;

/**
 * Looks ever less often until `done` gives what counts as true.
 * @param {() => unknown} done may be asynchronous
 * @param {string | (() => string)} what is waited for, for the error
 * @param {number} [seconds]
 * @returns {Promise<void>}
 */
export async function until(done, what, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  for (let poll = firstPollMilliseconds; !(await done()); poll = Math.min(1.5 * poll, pollMillisecondsMax)) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${typeof what === "string" ? what : what()}`);
    await sleep(poll);
  }
}

/**
 * A pace, an interval that has to be over, a while in which nothing may come.
 * @param {number} milliseconds
 * @param {string} _why
 * @returns {Promise<void>}
 */
export async function pause(milliseconds, _why) {
  await sleep(milliseconds);
}

/**
 * Ends a process that was started here, by force where it does not go by itself.
 * @param {import("node:child_process").ChildProcess | undefined} child
 * @param {number} [seconds]
 * @returns {Promise<void>}
 */
export async function endProcess(child, seconds = 15) {
  const isGone = () => !child || child.exitCode !== null || child.signalCode !== null;
  child?.kill("SIGTERM");
  await until(isGone, "the end of a process", seconds).catch(() => child?.kill("SIGKILL"));
}
