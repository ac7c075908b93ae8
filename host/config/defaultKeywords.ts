/**
 * The words that alert where no configuration says otherwise: what an operator would want reported whatever
 * the service. Left out on purpose: plain "error" or "failed" (the error rate counts them), failed log-ins (internet
 * noise; the windows count them), and anything under eleven bytes: the shortest word sets how far the matcher skips,
 * and "panic: " or "OOMKilled" in the phrases that programs print them in cost a quarter less than by themselves.
 */
import type { Keyword, Severity } from "./keywords.js";

const list: [name: string, severity: Severity, words: string[]][] = [
  [
    "panic",
    "high",
    [
      "kernel panic",
      "panic: runtime error",
      "panicked at",
      "panic serving",
      "observed a panic",
      "panic recovered",
      "recovered from panic",
      " [running]:", // what Go prints of every panic
    ],
  ],
  [
    "segmentation fault",
    "high",
    [
      "segmentation fault",
      "segmentation violation",
      "segfault at",
      "signal sigsegv",
      "received sigsegv",
      "sigsegv (0x",
      "on signal 11",
      "status=11/segv",
    ],
  ],
  [
    "out of memory",
    "high",
    [
      "out of memory",
      "outofmemoryerror",
      "invoked oom-killer",
      "oom-kill:constraint",
      "by the oom killer",
      "result 'oom-kill'",
      "reason: oomkilled",
      "reason:oomkilled",
      "reason=oomkilled",
      '"oomkilled"',
      "(oomkilled)",
      "was oomkilled",
      "cannot allocate memory",
      "std::bad_alloc",
    ],
  ],
  ["memory corruption", "high", ["double free or corruption", "heap corruption", "stack smashing detected"]],
  ["stack overflow", "high", ["stack overflow", "stackoverflowerror"]],
  [
    "disk full",
    "high",
    [
      "no space left on device",
      "disk full (",
      "disk is full",
      "file system full",
      "file system is full",
      "disk quota exceeded",
      "not enough space on the disk",
    ],
  ],
  ["disk failure", "high", ["buffer i/o error", "i/o error, dev", "unrecovered read error", "read-only file system"]],
  ["hardware error", "high", ["machine check exception", "[hardware error]", "uncorrectable ecc", "uncorrected ecc"]],
  ["data corruption", "high", ["data corruption", "database disk image is malformed", "invalid page in block"]],
  ["lockup", "high", ["soft lockup", "hard lockup", "blocked for more than 120 seconds"]],
  ["split brain", "high", ["split brain", "split-brain"]],
  [
    "jndi lookup",
    "high",
    [
      ...[
        "ldap",
        "rmi:",
        "dns:",
        "iiop",
        "corba",
        "nis:",
        "nds:",
        "http",
        "${lower",
        "${upper",
        "${env",
        "${sys",
        "${::",
      ].map((rest) => `\${jndi:${rest}`),
      ...["ldap", "rmi:", "dns:", "%24%7b", "$%7b"].map((rest) => `%7bjndi:${rest}`),
    ],
  ],
  [
    "deadlock",
    "medium",
    ["deadlock detected", "deadlock found", "deadlocked on", "asleep - deadlock", "java-level deadlock"],
  ],
  ["core dump", "medium", ["core dumped", "dumped core", "dumping core"]],
  ["certificate expired", "medium", ["certificate has expired", "certificate expired", "cert_has_expired"]],
  ["too many open files", "medium", ["too many open files", "file table overflow"]],
  ["too many connections", "medium", ["too many connections", "remaining connection slots are reserved"]],
  ["password file", "medium", ["/etc/passwd", "/etc/shadow", "%2fetc%2fpasswd", "%2fetc%2fshadow"]],
];

export const defaultKeywords: readonly Keyword[] = list.map(([name, severity, words]) => ({
  name,
  words,
  severity,
  wholeWord: false,
  matchCase: false,
  minCount: 1,
  isError: false,
  weigh: true,
}));
