/**
 * What must survive a restart: how far was scored, which alerts are open, what has not been delivered yet. Written
 * whole and atomically before anything is sent, so an alert may come twice after a crash but is never lost.
 */
import { exitCode, OddlineError } from "../io/errors.js";
import { readBounded } from "../io/readFile.js";
import { replaceFile } from "../io/replaceFile.js";
import { fileError } from "../io/systemErrors.js";
import type { Notification } from "./alert.js";
import type { OpenAlerts } from "./tracker.js";

/** Ten thousand alerts that could not be delivered have 10 MB. */
const stateBytesMax = 256 << 20;

export interface Undelivered {
  receiver: string;
  notification: Notification;
  sinceMs: number;
}

export interface AlertState {
  version: 1;
  /** Of query, window and subject: a state of another question is of no use. */
  question: string;
  /** Windows before this time are done; 0 before the first. */
  scoredToMs: number;
  open: OpenAlerts;
  outbox: Undelivered[];
}

export function emptyState(question: string): AlertState {
  return { version: 1, question, scoredToMs: 0, open: {}, outbox: [] };
}

/** `path` undefined: kept in memory only. `log` hears when a state was set aside. */
export class AlertStateFile {
  readonly state: AlertState;

  constructor(
    private readonly path: string | undefined,
    question: string,
    log: (note: string) => void,
  ) {
    const read = path === undefined ? undefined : readState(path);
    if (read && read.question !== question) log(`${path} belongs to another query or window: starting afresh`);
    this.state = read && read.question === question ? read : emptyState(question);
  }

  save(): void {
    if (this.path === undefined) return;
    try {
      replaceFile(this.path, Buffer.from(`${JSON.stringify(this.state)}\n`), 0o600);
    } catch (error) {
      throw fileError(error, this.path, {
        code: "STATE_UNWRITABLE",
        expected: "a writable file",
        remedy: "check the directory and its permissions",
      });
    }
  }
}

function readState(path: string): AlertState | undefined {
  let text: string;
  try {
    text = readBounded(path, stateBytesMax).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, path, { code: "STATE_INVALID", ...asWritten });
  }
  try {
    const state = JSON.parse(text);
    const valid =
      state?.version === 1 &&
      typeof state.question === "string" &&
      Number.isFinite(state.scoredToMs) &&
      typeof state.open === "object" &&
      state.open !== null &&
      Array.isArray(state.outbox);
    if (valid) return state;
  } catch {
    // reported below
  }
  throw new OddlineError("STATE_INVALID", { ...asWritten, subject: path, found: "something else" });
}

const asWritten = {
  expected: "a state written by oddline network",
  remedy: "name another file, or remove this one to start afresh",
  exit: exitCode.usage,
};
