/** Runs a command in this process and catches what it prints. */
import { vi } from "vitest";
import { runCli } from "../../host/cli.js";

export interface CliResult {
  code: number;
  out: string;
  err: string;
  /** Of standard output. */
  lines: string[];
}

export async function oddline(...args: string[]): Promise<CliResult> {
  const printed: Record<"stdout" | "stderr", string> = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((chunk) => {
      printed[stream] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
      return true;
    }),
  );
  try {
    const code = await runCli(["node", "oddline", ...args]);
    const { stdout: out, stderr: err } = printed;
    return { code, out, err, lines: out.split("\n").filter(Boolean) };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}
