/** What a terminal would obey is shown on it; where there is no terminal, not a byte changes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatError } from "../../host/io/errors.js";
import { oneLine, ShownText } from "../../host/io/terminal.js";

function shown(...pieces: (string | number[])[]): string {
  const text = new ShownText();
  const parts = pieces.map((piece) =>
    text.next(typeof piece === "string" ? Buffer.from(piece) : Uint8Array.from(piece)),
  );
  return Buffer.concat([...parts, text.end()]).toString("utf8");
}

describe("shown text", () => {
  it.each<[string, string | number[], string]>([
    ["colours", "\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"],
    ["a title", "\x1b]0;owned\x07", "\\x1b]0;owned\\x07"],
    ["what overwrites", "harmless\rharmful \b\b\x7f", "harmless\\x0dharmful \\x08\\x08\\u007f"],
    ["C1 as UTF-8", "\u009b31m \u0080\u009f", "\\u009b31m \\u0080\\u009f"],
    ["C1 as bare bytes", [0x61, 0x9b, 0x33, 0x31, 0x6d], "a\\x9b31m"],
    ["bytes that are no UTF-8", [0xff, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf5], "\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xf5"],
    [
      "bidirectional controls",
      "\u202a\u202e\u2066\u2069\u200e\u200f\u061c",
      "\\u202a\\u202e\\u2066\\u2069\\u200e\\u200f\\u061c",
    ],
    ["line and paragraph separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["NUL", "a\0b", "a\\x00b"],
  ])("shows %s", (_, text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it("leaves text of every language as it is, with its lines and tabs", () => {
    const text = "plain\ttext\nÄrger, Ошибка, エラー, שגיאה, خطأ, 👩‍👩‍👧 𝔘 \u00a0 \uffff \u{10ffff}\n";
    expect(shown(text)).toBe(text);
  });

  it("is the same wherever the text is cut", () => {
    const bytes = [...Buffer.from('é\u202e👩\x1b[0m\n{"a":"\u009b"}\n\u0085x'), 0xe2, 0x80, 0x41, 0xf0, 0x9f];
    const whole = shown(bytes);
    expect(whole).toBe('é\\u202e👩\\x1b[0m\n{"a":"\\u009b"}\n\\u0085x\\xe2\\x80A\\xf0\\x9f');
    for (let at = 0; at <= bytes.length; at++) {
      expect(shown(bytes.slice(0, at), bytes.slice(at)), `cut at ${at}`).toBe(whole);
    }
    expect(shown(...bytes.map((byte) => [byte]))).toBe(whole);
  });

  it("leaves JSON valid, and of the same meaning", () => {
    const value = { log: "\x1b[31m \u009b \u202e \x7f \u2028 \r \n \u200f", "\u061c": ["\x07"] };
    const line = `${JSON.stringify(value)}\n`;
    for (const printed of [shown(line), shown(line, line).slice(line.length), shown("text\n", line).slice(5)]) {
      const last = printed.trimEnd().split("\n").pop()!;
      expect(JSON.parse(last)).toEqual(value);
      expect(last).toMatch(/^[\x20-\x7e]+$/);
    }
    expect(JSON.parse(shown([0x7b, 0x22, 0x9b, 0x22, 0x3a, 0x31, 0x7d]))).toEqual({ "\ufffd": 1 });
  });

  it("holds no control, whatever it is made of", () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let round = 0; round < 300; round++) {
      const bytes = Array.from({ length: random(60) }, () =>
        random(3) === 0 ? [0xe2, 0x80, 0xc2, 0x1b, 0x0a, 0x7b][random(6)] : random(256),
      );
      const at = random(bytes.length + 1);
      const text = shown(bytes.slice(0, at), bytes.slice(at));
      expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufffd]/);
    }
  });
});

describe("a name within a message", () => {
  it("stays on its line, so that it cannot pass for the next message", () => {
    const name = "a\nb: error INTERNAL\r\u2028";
    expect(oneLine(name)).toBe("a\\nb: error INTERNAL\\r\\u2028");
    expect(formatError("FILE_MISSING", { subject: name, found: name }).split("\n")).toHaveLength(2);
  });
});

const hasScript = spawnSync("script", ["--version"]).status === 0;

describe.skipIf(!hasScript)("on a terminal (script, of util-linux)", () => {
  const nasty = "\x1b]0;title\x07 \u009b31m \u202e oops \x7f\r\b";
  let folder: string;
  let log: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "oddline-terminal-"));
    log = join(folder, "log");
    writeFileSync(log, `${`GET /index.html 200\n`.repeat(200)}${nasty}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
  function onTerminal(...args: string[]): string {
    const command = ["exec", process.execPath, "dist/bin.js", ...args].map(quoted).join(" ").replace("'exec'", "exec");
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { input: "", encoding: "utf8" });
    return stdout.replaceAll("\r\n", "\n"); // the terminal's own
  }
  const piped = (...args: string[]) => spawnSync(process.execPath, ["dist/bin.js", ...args]).stdout;
  /** What our progress bars say to it. */
  const ownControls = /\x1b(7|8|\[\?(25|7)[lh]|\[\d*G|\[[02]?K)/g;
  const control = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

  it.each([
    ["scan", ["scan", "LOG"]],
    ["scan --json", ["scan", "LOG", "--json"]],
    ["tag", ["tag", "--all", "LOG"]],
    ["inspect", ["inspect", "MODEL", "--explain", nasty]],
    ["replay", ["replay", "LOG"]],
    ["eval", ["eval", "--normal", "LOG", "--anomalous", "LOG"]],
    ["network", ["network", "--score", "LOG", "--self-fit"]],
    ["refresh", ["refresh", "LOG", "--out", "MODEL\x1b[31m"]],
    ["an error", ["tag", `nothing\x1b[31m\u202e\nthere`]],
    ["a wrong option", ["tag", `--wrong\x1b[31m\u009b`]],
    ["a wrong configuration", ["check", "CONFIG"]],
  ])("%s obeys nothing of a log's, a name's or an option's", (_, words) => {
    const model = join(folder, "model");
    if (words.includes("MODEL"))
      expect(spawnSync(process.execPath, ["dist/bin.js", "refresh", log, "--out", model]).status).toBe(0);
    const config = join(folder, "oddline.yaml");
    writeFileSync(config, `"windo\\u001b\\u202ews": 1\nknown: [{ pattern: "\\u009b" }]\n`);
    const printed = onTerminal(
      ...words.map((word) => word.replace("LOG", log).replace("MODEL", model).replace("CONFIG", config)),
    );
    expect(printed.length).toBeGreaterThan(20);
    expect(printed.replace(ownControls, "")).not.toMatch(control);
  });

  it("still draws its progress bars, and clears them", () => {
    const printed = onTerminal("refresh", log, "--out", join(folder, "other"));
    expect(printed).toMatch(/\x1b\[\?25l.*reading .*0%.*\x1b\[\?25h.*\x1b\[2Kmodel /s);
  });

  it("prints JSON that is valid and says the same as through a pipe", () => {
    for (const args of [
      ["scan", "--json", log],
      ["tag", "--all", log],
    ]) {
      const through = piped(...args)
        .toString("utf8")
        .trimEnd()
        .split("\n");
      const seen = onTerminal(...args)
        .replace(ownControls, "")
        .split("\n")
        .filter((line) => /^.*\{"/.test(line));
      expect(seen.map((line) => JSON.parse(line.slice(line.indexOf("{"))))).toEqual(
        through.map((line) => JSON.parse(line)),
      );
    }
  });

  it("is where it ends: a pipe and a file get every byte as it was", () => {
    const found = piped("scan", log);
    expect(found.equals(Buffer.from(`[ANOMALY] ${nasty.slice(0, -1)}\b\n`))).toBe(true);
    const file = join(folder, "out");
    onTerminal("scan", log);
    spawnSync("script", ["-qec", `${process.execPath} dist/bin.js scan ${log} > ${file}`, "/dev/null"], { input: "" });
    expect(readFileSync(file).equals(found)).toBe(true);
  });
});

describe("the host", () => {
  it("prints by the streams that are watched, never past them", () => {
    const files = readdirSync("host", { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
    for (const path of files) {
      const source = readFileSync(`host/${path}`, "utf8");
      expect(source, path).not.toMatch(
        /writeSync\([12],|createWriteStream\([^)]*fd: ?[12]|\/dev\/tty|stdio: ?"inherit"/,
      );
    }
  });
});
