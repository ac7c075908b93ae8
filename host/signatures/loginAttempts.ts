/** Which lines about a failed log-in are a new attempt: the same rule as in assembly/detect/windows/rates.ts. */

/** In the order of their numbers (assembly/detect/windows/logins.ts). */
export const loginKinds = ["none", "hinted", "refused", "failed", "succeeded"] as const;

/** Lines of one attempt come within so many seconds. */
const attemptSeconds = 10;

export class LoginAttempts {
  private last = new Map<number, { kind: number; seconds: number }>();
  private before = new Map<number, { kind: number; seconds: number }>();
  private since = 0;

  /** `key` 0: nobody knows whose it is. */
  read(kind: number, key: number, seconds: number): "none" | "failed" | "seen" {
    if (kind === 0) return "none";
    if (kind === 4) return "seen";
    if (key === 0) return kind > 1 ? "failed" : "seen";
    this.age(seconds);
    const last = this.last.get(key) ?? this.before.get(key);
    const isSame = last !== undefined && Math.abs(seconds - last.seconds) <= attemptSeconds && last.kind !== kind;
    if (isSame && kind < last.kind) return "seen";
    this.last.set(key, { kind, seconds });
    return isSame ? "seen" : "failed";
  }

  /** Keys that are silent for a while are forgotten. */
  private age(seconds: number): void {
    if (Math.abs(seconds - this.since) <= attemptSeconds) return;
    this.before = this.last;
    this.last = new Map();
    this.since = seconds;
  }
}
