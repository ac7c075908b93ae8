/** Which shippers this machine has. Without one its tests are skipped with a message; with ODDLINE_E2E=required they
 * fail instead, so that a machine meant to have it cannot pass by not having it. */
import { spawnSync } from "node:child_process";

export const endToEndRequired = process.env.ODDLINE_E2E === "required";

/** "fluent-bit 5.1.1" or so; undefined where the program is not on PATH. */
export function shipperVersion(program: "fluent-bit" | "vector" | "loki"): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, ["--version"], { encoding: "utf8", timeout: 20_000 });
  if (status !== 0) return undefined;
  return `${program} ${/\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? "of unknown version"}`;
}

/** True where its tests can run. */
export function hasShipper(program: "fluent-bit" | "vector" | "loki"): boolean {
  const version = shipperVersion(program);
  if (version !== undefined) return true;
  if (endToEndRequired) throw new Error(`ODDLINE_E2E=required, but ${program} is not on PATH`);
  console.warn(`${program} is not on PATH: its tests are skipped (ODDLINE_E2E=required would make them fail)`);
  return false;
}
