/**
 * One run at a time for one model. The lock names its holder; a holder that is gone (killed, rebooted) does not block
 * the next run, and of many that find it gone exactly one takes over.
 *
 * None but its holder removes a lock. Who finds it stale links its own beside it, under a name that only the stale one
 * leads to (`oddline.model.lock.TOKEN`), and holds it if the first lock is then still the one it began with: that name
 * can be taken once, and a first lock that is gone never comes back. "Look, remove, make anew" lets a second run remove
 * the fresh lock of a first that was quicker; so does proper-lockfile.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { exitCode, OddlineError } from "./errors.js";
import { kindOf, notRegular, readBounded } from "./readFile.js";
import { fileError } from "./systemErrors.js";

/**
 * A holder on another host cannot be asked whether it lives: one that has not touched its lock for so long does not.
 */
const foreignSecondsMax = 6 * 3600;
const touchSeconds = 600;
/** Each attempt in vain is one in which another run came or went. */
const attemptsMax = 100;
const lockBytesMax = 4096;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

interface Holder {
  pid: number;
  host: string;
  started: string;
  /** Makes each lock's content, and so its token, its own. */
  id: string;
}

/** The locks from the first one to the name that is free, or to one that is held. */
interface Chain {
  places: string[];
  /** Token of the first. */
  first: string | undefined;
  heldBy: string | undefined;
}

interface Held {
  path: string;
  places: string[];
  first: string;
  token: string;
}

export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const held = acquire(path);
  const free = () => release(held);
  const touching = setInterval(() => touch(held), touchSeconds * 1000);
  touching.unref();
  process.once("exit", free);
  try {
    return await work();
  } finally {
    process.off("exit", free);
    clearInterval(touching);
    free();
  }
}

function acquire(path: string): Held {
  try {
    mkdirSync(dirname(path), { recursive: true });
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const { places, first, heldBy } = follow(path);
      if (heldBy !== undefined) throw locked(path, heldBy);
      const place = places[places.length - 1];
      const token = put(path, place);
      if (token === undefined) continue;
      if (first === undefined || look(path)?.token === first) {
        sweep(path, places, token);
        return { path, places, first: first ?? token, token };
      }
      rmSync(place, { force: true });
    }
  } catch (error) {
    throw fileError(error, path);
  }
  throw locked(path, "runs that come and go");
}

/** The first lock goes first: from then on the others are names that nothing leads to. */
function release({ path, places, first, token }: Held): void {
  const wasTakenOver = look(nextOf(path, token)) !== undefined; // we were thought to be gone
  if (wasTakenOver || look(path)?.token !== first) return;
  for (const place of places) rmSync(place, { force: true });
}

function touch({ places }: Held): void {
  try {
    utimesSync(places[places.length - 1], new Date(), new Date());
  } catch {
    // removed by hand: then nobody asks for it
  }
}

function follow(path: string): Chain {
  const places = [path];
  let first: string | undefined;
  for (let found = look(path); found; found = look(places[places.length - 1])) {
    if (!found.isStale) return { places, first, heldBy: found.holder };
    first ??= found.token;
    places.push(nextOf(path, found.token));
  }
  return { places, first, heldBy: undefined };
}

const nextOf = (path: string, token: string) => `${path}.${token}`;
const tokenOf = (content: Uint8Array) => createHash("sha256").update(content).digest("hex").slice(0, 32);

/**
 * Its token, or undefined where another run was quicker. Written whole, then linked: a lock is never seen half written.
 */
function put(path: string, place: string): string | undefined {
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    started: processStart(process.pid) ?? "",
    id: randomUUID(),
  };
  const content = Buffer.from(JSON.stringify(holder));
  const aside = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
  const file = openSync(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    writeSync(file, content);
    linkSync(aside, place);
    return tokenOf(content);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOENT") return undefined; // ENOENT: swept by one who holds the lock by now
    throw error;
  } finally {
    closeSync(file);
    rmSync(aside, { force: true });
  }
}

function look(place: string): { token: string; isStale: boolean; holder: string } | undefined {
  const found = lstatSync(place, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!found.isFile()) throw notRegular(place, found.isSymbolicLink() ? "a link" : kindOf(found));
  let content: Buffer;
  try {
    content = readBounded(place, lockBytesMax);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const token = tokenOf(content);
  // What a power cut may leave of one.
  if (content.every((byte) => byte === 0)) return { token, isStale: true, holder: "nobody" };
  try {
    const holder = JSON.parse(content.toString("utf8")) as Holder;
    const ageSeconds = (Date.now() - found.mtimeMs) / 1000;
    const isStale = holder.host === hostname() ? !isRunning(holder) : ageSeconds > foreignSecondsMax;
    return { token, isStale, holder: `process ${holder.pid} on ${holder.host}` };
  } catch {
    return { token, isStale: false, holder: "a file that is no lock of Oddline's" };
  }
}

/**
 * What runs left behind that were killed while they took the lock: names that nothing leads to, and what was not
 * linked.
 */
function sweep(path: string, places: readonly string[], token: string): void {
  const start = `${basename(path)}.`;
  const kept = new Set([...places, nextOf(path, token)].map((place) => basename(place)));
  for (const name of readdirSync(dirname(path))) {
    const isLink = name.startsWith(start) && /^[0-9a-f]{32}$/.test(name.slice(start.length));
    const isAside = name.startsWith(`.${start}`) && /^[0-9a-f]{16}\.tmp$/.test(name.slice(start.length + 1));
    if (isAside || (isLink && !kept.has(name))) rmSync(join(dirname(path), name), { force: true });
  }
}

function isRunning({ pid, started }: Holder): boolean {
  const start = processStart(pid);
  return start === undefined ? isAlive(pid) : start === started;
}

/** When it began, so that a process number used again is not taken for its former owner; "" if it has ended. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "" : fields[19];
  } catch {
    return undefined; // gone, or a system that does not say
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

function locked(subject: string, found: string): OddlineError {
  return new OddlineError("LOCKED", {
    subject,
    expected: "no other run working on this model",
    found,
    remedy: "wait for it, or remove the file if that run no longer exists",
    exit: exitCode.locked,
  });
}
