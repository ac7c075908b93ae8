/**
 * Secrets come from the environment or from a file, never from an option: options are in every process list. A file is
 * read anew by whoever asks again, so that tokens can be rotated.
 */
import { exitCode, OddlineError } from "./errors.js";
import { readBounded, secretBytesMax } from "./readFile.js";
import { fileError } from "./systemErrors.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `NAME` itself, else the content of the file that `NAME_FILE` names, else that of `file` (an option). */
export function readSecret(name: string, environment: Environment, file?: string): string | undefined {
  const direct = environment[name];
  if (direct) return direct.trim();
  const path = file ?? environment[`${name}_FILE`];
  if (!path) return undefined;
  const secret = readBytes(path, `the secret ${name}`).toString("utf8").trim();
  if (secret === "") {
    const what = asNeeded(`the secret ${name}`);
    throw new OddlineError("SECRET_UNREADABLE", { ...what, subject: path, found: "an empty file" });
  }
  return secret;
}

/** A certificate or key. */
export function readBytes(path: string, what: string): Buffer {
  try {
    return readBounded(path, secretBytesMax);
  } catch (error) {
    throw fileError(error, path, { code: "SECRET_UNREADABLE", ...asNeeded(what) });
  }
}

function asNeeded(what: string) {
  return { expected: `a file with ${what}`, remedy: "check the path and its permissions", exit: exitCode.usage };
}

/** A server's address without credentials in it, which a process list would show. */
export function serverUrl(text: string, subject: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // reported below
  }
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw invalidUrl(subject, "an address like http://127.0.0.1:3100", "correct it");
  }
  if (url.username || url.password) {
    throw invalidUrl(subject, "an address without name and password", "put those into the environment or a file");
  }
  return url;
}

function invalidUrl(subject: string, expected: string, remedy: string): OddlineError {
  // What was found may hold a password, so it is not shown.
  return new OddlineError("URL_INVALID", { subject, expected, remedy, exit: exitCode.usage });
}
