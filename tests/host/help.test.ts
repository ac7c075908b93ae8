import { describe, expect, it, vi } from "vitest";
import { buildProgram, runCli } from "../../host/cli.js";

describe("help", () => {
  const names = buildProgram().commands.map((command) => command.name());

  it.each(["", ...names])("oddline %s --help", async (name) => {
    let text = "";
    const out = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
      text += chunk;
      return true;
    });
    const code = await runCli(["node", "oddline", ...(name ? [name] : []), "--help"]);
    out.mockRestore();
    expect(code).toBe(0);
    expect(text).toContain("Usage: oddline");
  });
});
