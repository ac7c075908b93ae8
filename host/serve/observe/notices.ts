/**
 * Messages to the operator of a running server: a line each on standard error, the same one at most once a minute.
 */
const repeatSeconds = 60;

export class Notices {
  private readonly last = new Map<string, { seconds: number; left: number }>();

  constructor(
    private readonly write: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  /** Always written. */
  log(text: string): void {
    this.write(`[oddline] ${text.replace(/\s*\n\s*/g, "; ")}`);
  }

  /** Written unless the same `code` was within the last minute; the next one says how many were left out. */
  warn(code: string, text: string): void {
    const known = this.last.get(code);
    const now = this.now();
    if (known && now - known.seconds < repeatSeconds) {
      known.left++;
      return;
    }
    const left = known?.left ? ` (${known.left} more since the last such line)` : "";
    this.last.set(code, { seconds: now, left: 0 });
    this.log(`${code}: ${text}${left}`);
  }
}
