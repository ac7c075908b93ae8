import { describe, expect, it, vi } from "vitest";
import { buildProgram, runCli } from "../../host/cli.js";

const namesOf = async (name?: string) => (await buildProgram(name)).commands.map((command) => command.name());
const names = await namesOf();

it.each(names)("%s is loaded by its name alone", async (name) => {
  expect(await namesOf(name)).toEqual([name]);
});

describe("help", () => {
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
