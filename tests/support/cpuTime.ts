import { readFileSync } from "node:fs";

/** The processor time a process has taken since its start, all threads; Linux counts in hundredths of a second. */
export function cpuMillisecondsOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
