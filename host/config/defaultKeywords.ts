/**
 * The words that alert where no configuration says otherwise: what an operator would want to be told about whatever
 * the service. Left out on purpose: plain "error" or "failed" (the error rate counts them), failed log-ins (internet
 * noise; the windows count them), and anything under seven bytes (the shortest word sets how far the matcher skips).
 */
import type { Keyword, Severity } from "../model/keywordSection.js";

const list: [name: string, severity: Severity, words: string[]][] = [
  ["panic", "high", ["kernel panic", "panic: ", "panicked at"]],
  ["segmentation fault", "high", ["segmentation fault", "segfault at", "sigsegv"]],
  [
    "out of memory",
    "high",
    ["out of memory", "outofmemoryerror", "oom-kill", "oomkilled", "cannot allocate memory", "std::bad_alloc"],
  ],
  ["memory corruption", "high", ["double free or corruption", "heap corruption", "stack smashing detected"]],
  ["stack overflow", "high", ["stack overflow", "stackoverflowerror"]],
  [
    "disk full",
    "high",
    ["no space left on device", "disk full", "disk is full", "disk quota exceeded", "not enough space on the disk"],
  ],
  ["disk failure", "high", ["buffer i/o error", "i/o error, dev", "unrecovered read error", "read-only file system"]],
  ["hardware error", "high", ["machine check exception", "[hardware error]", "uncorrectable ecc", "uncorrected ecc"]],
  ["data corruption", "high", ["data corruption", "database disk image is malformed", "invalid page in block"]],
  ["lockup", "high", ["soft lockup", "hard lockup", "blocked for more than 120 seconds"]],
  ["split brain", "high", ["split brain", "split-brain"]],
  ["jndi lookup", "high", ["${jndi:", "$%7bjndi:", "%24%7bjndi:"]],
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
}));
