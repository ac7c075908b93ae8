/** `oddline aot` with compilers and a Fluent Bit that are scripts: what is checked, refused and said. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { aotVersion } from "../../host/aot/aotFile.js";
import { ownTarget, type Target } from "../../host/aot/compiler.js";
import { sampleRecords } from "../../host/aot/sample.js";
import { oddline } from "../support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "oddline-aot-test-"));
const path = (name: string) => join(folder, name);
const tools = path("tools");
const out = path("oddline.aot");
const machine: Target = ownTarget ?? "x86_64";
const foreign: Target = machine === "x86_64" ? "aarch64" : "x86_64";
const systemFolders = "/usr/bin:/bin";

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(tools, { recursive: true });
  vi.stubEnv("PATH", tools); // the machine's own compiler and Fluent Bit are out of sight
  vi.stubEnv("TMPDIR", tools);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function script(name: string, text: string): string {
  writeFileSync(join(tools, name), `#!/bin/sh\nPATH=${systemFolders}\n${text}\n`);
  chmodSync(join(tools, name), 0o755);
  return join(tools, name);
}

/** Writes its arguments to `arguments`, and a file of this version for this machine to the one behind -o. */
function compiler(release: string, { version = aotVersion, target = machine as string, name = "wamrc" } = {}) {
  const file = Buffer.alloc(80);
  file.write("\0aot", 0, "latin1");
  file.writeUInt32LE(version, 4);
  file.write(target, 48, "latin1");
  writeFileSync(join(tools, "made.aot"), file);
  const says = `if [ "$1" = --version ]; then echo "wamrc ${release}"; exit 0; fi`;
  const writes = `while [ $# -gt 0 ]; do if [ "$1" = -o ]; then cp ${tools}/made.aot "$2"; fi; shift; done`;
  return script(name, `${says}\necho "$@" > ${tools}/arguments\n${writes}`);
}

/** Passes the sample on with `change` (of sed); `refuses` what it says of a compiled filter. */
function fluentBit({ change = "", refuses = "" } = {}) {
  script(
    "fluent-bit",
    `if [ "$1" = --version ]; then echo "Fluent Bit v9.8.7"; exit 0; fi
value() { sed -n "s/^ *$1 //p" "$conf" | head -1; }
conf="$3"
sed 's/^/out /' "$(value Path)" > "${tools}/records"
case "$(value Wasm_Path)" in *.aot)
  if [ -n "${refuses}" ]; then echo "[2026/11/29 05:14:06] [error] ${refuses}" >&2; exit 255; fi
  sed -i '${change}' "${tools}/records";;
esac
cp "${tools}/records" "$(dirname "$conf")/$(value File)"`,
  );
}

describe("the compiler", () => {
  it("is told what is safe everywhere: checked bounds, no SIMD, no processor of this machine", async () => {
    const { code, err } = await oddline("aot", "--target", "x86_64", "--wamrc", compiler("2.4.1"), "--out", out);
    expect(code, err).toBe(machine === "x86_64" ? 0 : 1);
    const said = readFileSync(join(tools, "arguments"), "utf8");
    expect(said).toContain("--target=x86_64 --cpu=x86-64 --bounds-checks=1 --stack-bounds-checks=1 --disable-simd -o");
    expect(said.trim()).toMatch(/build\/oddline\.wasm$/);
  });

  it("is Fluent Bit's own where PATH has both", async () => {
    compiler("1.0.0");
    compiler("2.4.1", { name: "flb-wamrc" });
    const { code, err } = await oddline("aot", "--out", out);
    expect(code, err).toBe(0);
    expect(err).toContain("flb-wamrc 2.4.1");
  });

  const cases: [string, () => string[], RegExp][] = [
    ["missing", () => [], /^flb-wamrc or wamrc: error AOT_COMPILER_MISSING\n.*2\.4\.1.*\n.*none on PATH/],
    ["not there", () => ["--wamrc", path("nowhere")], /nowhere: error AOT_COMPILER_MISSING\n.*\n.*nothing there/],
    ["no program", () => ["--wamrc", tools], /error AOT_COMPILER_MISSING\n.*\n.*EACCES/],
    ["Fluent Bit 4.0's", () => ["--wamrc", compiler("1.3.3")], /AOT_COMPILER_OLD\n.*2\.4\.1.*\n.*wamrc 1\.3\.3/],
    ["a little too old", () => ["--wamrc", compiler("2.4.0")], /AOT_COMPILER_OLD\n.*version 5.*\n.*wamrc 2\.4\.0/],
    ["another program", () => ["--wamrc", script("cc", "echo cc 12")], /AOT_COMPILER_UNKNOWN\n.*\n.*cc 12/],
    ["newer, version unknown", () => ["--wamrc", compiler("3.0.0", { version: 6 })], /AOT_VERSION_UNKNOWN\n.*5.*\n.*6/],
    ["for another machine", () => ["--wamrc", compiler("2.4.1", { target: "mips" })], /COMPILE_FAILED\n.*\n.*for mips/],
    [
      "failing",
      () => ["--wamrc", failing("echo error: no LLVM >&2; exit 3")],
      /COMPILE_FAILED\n.*\n.*code 3; error: no/,
    ],
    ["killed", () => ["--wamrc", failing("kill -9 $$")], /AOT_COMPILE_FAILED\n.*\n.*ended by SIGKILL/],
    ["silent", () => ["--wamrc", failing("exit 0")], /AOT_COMPILE_FAILED\n.*\n.*no AOT file/],
  ];
  const failing = (how: string) => script("bad", `if [ "$1" = --version ]; then echo wamrc 2.4.1; exit 0; fi\n${how}`);
  it.each(cases)("%s: an error with its code, and the file in place stays", async (_, args, message) => {
    writeFileSync(out, "in place");
    const { code, err } = await oddline("aot", "--out", out, ...args());
    expect(err).toMatch(message);
    expect(code).toBe(1);
    expect(readFileSync(out, "utf8")).toBe("in place");
    expect(readdirSync(tools).filter((name) => name.startsWith("oddline-aot-"))).toEqual([]);
  });
});

describe("the options", () => {
  it("a machine that is none of the two: wrong usage", async () => {
    const { code, err } = await oddline("aot", "--target", "mips", "--out", out);
    expect(err).toMatch(/^--target: error OPTION_INVALID\n.*x86_64 or aarch64\n.*"mips"/);
    expect(code).toBe(2);
  });

  it("a place that cannot be written: known before anything is compiled", async () => {
    const { code, err } = await oddline("aot", "--wamrc", compiler("2.4.1"), "--out", tools);
    expect(err).toContain("error IS_DIRECTORY");
    expect(code).toBe(2);
    expect(existsSync(join(tools, "arguments"))).toBe(false);
    const nowhere = await oddline("aot", "--wamrc", compiler("2.4.1"), "--out", path("no/oddline.aot"));
    expect(nowhere.err).toContain("error FILE_MISSING");
    expect(nowhere.code).toBe(2);
  });
});

describe("what comes out", () => {
  it("can be read by who runs the shipper, keeps the permissions in place, and says what to configure", async () => {
    const first = await oddline("aot", "--wamrc", compiler("2.4.1"), "--out", out);
    expect(first.code, first.err).toBe(0);
    expect(first.out).toContain(`AOT version 5 (Fluent Bit 4.1 to 5.1)`);
    expect(first.out).toContain("compared  with nothing, fluent-bit is not on PATH");
    expect(first.out).toContain(`use       Wasm_Path ${out}\n`);
    expect(statSync(out).mode & 0o777).toBe(0o644);
    chmodSync(out, 0o640);
    await oddline("aot", "--wamrc", compiler("2.4.1"), "--out", out);
    expect(statSync(out).mode & 0o777).toBe(0o640);
    expect(readFileSync(out)).toEqual(readFileSync(join(tools, "made.aot")));
  });

  it("as JSON", async () => {
    fluentBit();
    const { lines, code } = await oddline("aot", "--json", "--wamrc", compiler("2.4.1"), "--out", out);
    expect(code).toBe(0);
    const compared = { fluentBit: "9.8.7", records: sampleRecords().length };
    const told = { out, bytes: 80, target: machine, compiler: "2.4.1", aotVersion: 5, compared, wasmPath: out };
    expect(JSON.parse(lines.join())).toEqual(told);
  });

  it("is compared on this machine's target only", async () => {
    fluentBit({ refuses: "never asked" });
    const made = compiler("2.4.1", { target: foreign === "aarch64" ? "aarch64v8" : foreign });
    const { out: said, code, err } = await oddline("aot", "--target", foreign, "--wamrc", made, "--out", out);
    expect(code, err).toBe(0);
    expect(said).toContain(`compared  with nothing, this machine is no ${foreign}`);
  });

  it("of a release to come: where the Fluent Bit on PATH loads it", async () => {
    fluentBit();
    const { out: said, code, err } = await oddline("aot", "--wamrc", compiler("3.1.0", { version: 6 }), "--out", out);
    expect(code, err).toBe(0);
    expect(said).toContain("AOT version 6 (Fluent Bit 9.8.7)");
  });

  it("is refused where Fluent Bit does not load it", async () => {
    fluentBit({ refuses: "AOT module load failed: unknown binary version" });
    const { code, err } = await oddline("aot", "--wamrc", compiler("2.4.1"), "--out", out);
    expect(err).toMatch(/Fluent Bit 9\.8\.7: error AOT_NOT_LOADED\n.*version 5\n.*unknown binary version/);
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ["another verdict", "12s/log/LOG/", /AOT_DIFFERS\n {2}expected: out .*"log".*\n {2}found: {4}out .*"LOG"/],
    ["a record less", "$d", /AOT_DIFFERS\n {2}expected: out .*\n {2}found: {4}no record/],
  ])("is refused where it differs: %s", async (_, change, message) => {
    fluentBit({ change });
    const { code, err } = await oddline("aot", "--wamrc", compiler("2.4.1"), "--out", out);
    expect(err).toMatch(message);
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  it("is not compared with a Fluent Bit that does not run the interpreted filter either", async () => {
    script("fluent-bit", `[ "$1" = --version ] && echo v1.2.3 && exit 0\necho "[error] no filter wasm" >&2; exit 1`);
    const { out: said, code, err } = await oddline("aot", "--wamrc", compiler("2.4.1"), "--out", out);
    expect(code, err).toBe(0);
    expect(said).toContain("with nothing, Fluent Bit 1.2.3 does not run the interpreted filter: no filter wasm");
  });
});
