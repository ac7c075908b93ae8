/** `oddline inspect --explain -`: an object for every line, in order, the same as for the line alone. */
import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

const bin = new URL("../../dist/bin.js", import.meta.url).pathname;
const time = "2026-11-21T03:00:00Z";
const lines = [
  '10.0.0.7 - - [21/Nov/2026:02:11:09 +0000] "GET /cart?id=1 HTTP/1.1" 500 312 "-" "curl/8"',
  "",
  '{"level":"error","msg":"no such user","ts":"2026-11-21T02:11:09.5Z"}',
  "src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=1500",
  'not json: {"a":1}',
  "säule 7 ist schief",
];

function explain(...args: string[]): string {
  return execFileSync("node", [bin, "inspect", "--explain", ...args, "--time", time], { encoding: "utf8" });
}

function explainAll(input: string, ...args: string[]): string {
  const { stdout } = spawnSync("node", [bin, "inspect", "--explain", "-", "--time", time, ...args], {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return stdout;
}

const parsed = (out: string) =>
  out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe("inspect --explain -", () => {
  it("ends with a table of what was recognised on standard error, and with lines that nothing was found in", () => {
    const { stderr } = spawnSync("node", [bin, "inspect", "--explain", "-", "--time", time, "--json"], {
      input: lines.join("\n"),
      encoding: "utf8",
    });
    expect(stderr).toMatch(/^format +lines +time +key +level +status +flow\n/);
    expect(stderr).toMatch(/^access +1 +100 % +100 % +0 % +100 % +0 %$/m);
    expect(stderr).toMatch(/^firewall +1 +0 % +100 % +0 % +0 % +100 %$/m);
    expect(stderr).toContain("nothing found in: säule 7 ist schief\n");
  });

  it("prints an object a line, without a model", () => {
    const explained = parsed(explainAll(lines.join("\n"), "--json"));
    expect(explained).toHaveLength(lines.length);
    expect(explained[0]).toMatchObject({
      format: "access",
      time: "2026-11-21T02:11:09.000Z",
      key: "10.0.0.7",
      endpoint: "/cart",
      level: null,
      status: 500,
      bytes: 312,
      isError: true,
      flow: null,
    });
    expect(explained[1]).toMatchObject({ format: "text", time: null, key: null, message: null, template: null });
    expect(explained[2]).toMatchObject({ format: "json", level: "error", isError: true, message: "no such user" });
    expect(explained[3].flow).toEqual({ source: "10.0.0.1", destination: "10.0.0.2", bytes: 1500 });
    expect(explained[5].message).toBe("säule 7 ist schief");
  });

  it("says of each line what --explain LINE says", () => {
    const explained = explainAll(lines.join("\n"), "--json").split("\n");
    lines.forEach((line, i) => {
      if (line !== "") expect(explain(line, "--json")).toBe(`${explained[i]}\n`);
    });
  });

  it("counts windows on from line to line", () => {
    const explained = parsed(explainAll(`${lines[0]}\n`.repeat(7), "--json"));
    expect(explained.map(({ detectors }) => detectors.error_rate.count)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(explained[6].detectors.error_rate.score).toBeGreaterThan(1);
  });

  it("keeps the order over many buffers, a line too long to be read among them", () => {
    const numbered = Array.from({ length: 60_000 }, (_, i) => `line of worker ${i} is done`);
    numbered[30_000] = "x".repeat(5 << 20);
    const messages = parsed(explainAll(numbered.join("\n"), "--json")).map(({ message }) => message);
    numbered[30_000] = null as unknown as string;
    expect(messages).toEqual(numbered);
  });

  it("prints a table a line for people", () => {
    const text = explainAll(lines.join("\n"));
    expect(text.match(/^format /gm)).toHaveLength(lines.length);
    expect(text).toMatch(/^flow +10\.0\.0\.1 to 10\.0\.0\.2, 1500 bytes$/m);
  });

  it("wants a model or lines", () => {
    const { status, stderr } = spawnSync("node", [bin, "inspect"], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toContain("OPTION_MISSING");
  });
});
