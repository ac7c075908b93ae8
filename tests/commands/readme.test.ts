/** README's shell blocks, in their order, in a folder of its own; system folders are moved into it. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { othersShare, shopLog } from "../../host/demo/shop.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]);
/** What installs or packs: the runs of a fresh clone try these. */
const installs = /^npm (ci|pack|install)\b/;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-readme-"));
  symlinkSync(join(root, "build"), join(folder, "build"));
  mkdirSync(join(folder, "var/log/nginx"), { recursive: true });
  // The logs of `npm start`: 2026-11-20 and -21, 08:00 UTC.
  writeFileSync(
    join(folder, "var/log/nginx/access.log.1"),
    shopLog(1, Date.UTC(2026, 10, 20, 8) / 1000, 20_000, false, othersShare),
  );
  writeFileSync(
    join(folder, "var/log/nginx/access.log"),
    shopLog(2, Date.UTC(2026, 10, 21, 8) / 1000, 2000, true, othersShare),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The command as a reader types it, at places that this test may write to. */
function here(command: string): string {
  return command
    .replace(/^sudo /, "")
    .replaceAll(/(?<=\s)\/(var|usr)\//g, `${folder}/$1/`)
    .replace(/^npx oddline\b/, `'${process.execPath}' '${join(root, "dist/bin.js")}'`);
}

/** Line for line, but for the first: a model's version and its very size change with the format. */
function expectReportShown(stdout: string): void {
  const firstLine = /^model [0-9a-f]{8} -> oddline\.model \((\d+) KiB\)$/m;
  const kibibytes = (text: string) => Number(firstLine.exec(text)?.[1]);
  expect(readme).toContain(stdout.slice(stdout.indexOf("\n")));
  expect(kibibytes(stdout)).toBeLessThanOrEqual(1.25 * kibibytes(readme));
  expect(kibibytes(stdout)).toBeGreaterThanOrEqual(0.75 * kibibytes(readme));
}

describe("README's commands", () => {
  it("do what they say, one after the other", () => {
    const commands = blocks.flatMap((block) => block.trim().split("\n"));
    const run = commands.filter((command) => !installs.test(command));
    expect(run.length).toBeGreaterThanOrEqual(6);
    for (const command of run) {
      const { status, stdout, stderr } = spawnSync("sh", ["-c", here(command)], { cwd: folder, encoding: "utf8" });
      if (command.includes("oddline refresh")) expectReportShown(stdout);
      expect({ command, status, stderr: status === 0 ? "" : stderr }).toEqual({ command, status: 0, stderr: "" });
    }
    for (const file of ["usr/lib/oddline/oddline.wasm", "var/lib/oddline/oddline.model"]) {
      expect(existsSync(join(folder, file)), file).toBe(true);
    }
  });

  it("lead to a tag like the one shown", () => {
    const shown = /"anomaly":(\{.*?\})\}\n/.exec(readme);
    const command = ["dist/bin.js", "tag", "--only", "--model", join(folder, "oddline.model")];
    const tagged = execFileSync(process.execPath, [...command, join(folder, "var/log/nginx/access.log")], {
      cwd: root,
      encoding: "utf8",
    });
    const members = tagged
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).anomaly);
    const { type, severity, state, key, p } = JSON.parse(shown?.[1] ?? "null");
    expect(members).toContainEqual(expect.objectContaining({ type, severity, state, key, p }));
  });

  it.each([
    [1999, true],
    [2000, false],
  ])("say that a threshold from %d lines is a guess: %s", (lines, isGuess) => {
    expect(readme).toContain("Below 2,000 lines the threshold is a guess, and it says so.");
    writeFileSync(join(folder, "few.log"), shopLog(4, Date.UTC(2026, 10, 20, 8) / 1000, lines, false));
    const command = ["dist/bin.js", "refresh", join(folder, "few.log"), "--out", join(folder, "few.model")];
    const said = execFileSync(process.execPath, command, { cwd: root, encoding: "utf8" });
    expect(said.includes("fewer than 2,000 lines")).toBe(isGuess);
  });

  it("put filter and model where the configurations look for them", () => {
    const settings = /```ini\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
    expect(settings).toMatch(/Wasm_Path +\/usr\/lib\/oddline\/oddline\.wasm\n/);
    expect(settings).toMatch(/Accessible_Paths +\/var\/lib\/oddline\n/);
    const example = readFileSync(join(root, "fluent-bit.conf"), "utf8");
    expect(example).toContain("@SET filter=build/oddline.wasm\n");
    expect(example).toContain("@SET model_folder=.\n");
    expect(readme).toContain(" --out oddline.model\n");
  });
});
