/**
 * What the operating system refuses, reported as every other error: each reason that an operator can act on has a code
 * and a remedy of its own, whatever the file was wanted for. INTERNAL is left to errors of ours.
 */
import { type ExitCode, exitCode, OddlineError } from "./errors.js";

interface Reason {
  code: string;
  found: string;
  remedy: string;
  exit: ExitCode;
}

const { failed, usage } = exitCode;
const full: Reason = {
  code: "DISK_FULL",
  found: "no space left",
  remedy: "free some space or raise the quota, then try again",
  exit: failed,
};
const denied: Reason = {
  code: "PERMISSION_DENIED",
  found: "permission denied",
  remedy: "run as a user with access, or change the permissions of the file and its directories",
  exit: usage,
};
const tooMany: Reason = {
  code: "TOO_MANY_FILES",
  found: "too many files are open",
  remedy: "raise the limit (ulimit -n; LimitNOFILE= in a unit)",
  exit: failed,
};

export const reasons: Readonly<Record<string, Reason>> = {
  ENOSPC: full,
  EDQUOT: full,
  EACCES: denied,
  EPERM: denied,
  EMFILE: tooMany,
  ENFILE: tooMany,
  EISDIR: { code: "IS_DIRECTORY", found: "a directory", remedy: "name a file in it", exit: usage },
  ENOTDIR: {
    code: "NOT_DIRECTORY",
    found: "a path component that is not a directory",
    remedy: "correct the path",
    exit: usage,
  },
  ELOOP: {
    code: "LINK_LOOP",
    found: "symbolic links that form a loop",
    remedy: "name the file itself, or fix the link (readlink shows its target)",
    exit: usage,
  },
  EROFS: {
    code: "READ_ONLY",
    found: "a read-only file system",
    remedy: "name a writable path, or mount it for writing",
    exit: failed,
  },
  ENAMETOOLONG: { code: "NAME_TOO_LONG", found: "a name that is too long", remedy: "shorten it", exit: usage },
  EIO: {
    code: "IO_FAILED",
    found: "an input/output error",
    remedy: "check the disk or the mount; the kernel log (dmesg) has details",
    exit: failed,
  },
};
const absent = "ENOENT: nothing there";
const missing: Reason = {
  code: "FILE_MISSING",
  found: "nothing there",
  remedy: "check the path; the directory of a new file must exist",
  exit: usage,
};

/** What a file was wanted for: said where nothing is there, or where the reason has no code of its own. */
export interface Role {
  code: string;
  expected: string;
  remedy: string;
  exit?: ExitCode;
}

/** The error to throw for what was caught while a file was at work; an error of ours comes back as it is. */
export function fileError(error: unknown, subject: string, role?: Role): unknown {
  if (error instanceof OddlineError || !isSystemError(error)) return error;
  if (!role || error.code in reasons) return refused(error.code, subject, role?.expected, error.message);
  const { code, ...said } = role;
  return new OddlineError(code, { ...said, subject, found: error.code === "ENOENT" ? absent : error.code });
}

/** The same, where nothing is known but what was thrown. */
export function systemError(error: unknown): OddlineError | undefined {
  if (error instanceof OddlineError) return error;
  if (!isSystemError(error)) return undefined;
  return refused(error.code, error.path ?? error.address ?? "oddline", undefined, error.message);
}

export function refused(errno: string, subject: string, expected?: string, message = ""): OddlineError {
  const reason = reasons[errno] ?? (errno === "ENOENT" ? missing : undefined);
  if (reason) {
    const { code, found, remedy, exit } = reason;
    return new OddlineError(code, { subject, expected, found: `${errno}: ${found}`, remedy, exit });
  }
  return new OddlineError("SYSTEM_REFUSED", {
    subject,
    expected,
    found: message || errno,
    remedy: "the operating system refused; its error code is above",
  });
}

/** In a few words, for a line that says more itself. */
export function reasonOf(error: unknown): string {
  if (error instanceof OddlineError) return error.parts.found ?? error.code;
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}

/** Of a file that could not be read, to be put behind its name; undefined where there is no such file. */
export function unreadable(error: unknown): string | undefined {
  const reason = reasonOf(error);
  return reason === "ENOENT" ? undefined : `cannot be read (${reason})`;
}

type SystemError = NodeJS.ErrnoException & { code: string; address?: string };

/** Node's own complaints have a code as well (ERR_…), but no call to the system. */
function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && typeof (error as NodeJS.ErrnoException).code === "string";
}
