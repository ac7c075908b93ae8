// @ts-check
/**
 * Counts which functions of the filter ordinary records call, on every kind of log, bare and with what shippers put
 * around a line, once the log was read before; those that one in five records of any kind calls are written to
 * assembly/usualFunctions.json, by which the build decides what it writes for speed. To be run when the path of a
 * record has changed, with ODDLINE_DATA; a list that is a little old costs speed alone.
 *   npm run build && node bench/usualFunctions.mjs
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { FilterHost } from "../tests/support/filterHost.mjs";
import { bare, inDocker, inPod } from "../tests/support/recordShapes.mjs";
import { linesOf, modelOf } from "./corpora.mjs";
import { kinds, sampleOf } from "./kinds.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const records = 6000;
const share = 0.2;
const seconds = 1_795_262_400;

const { BulkMemory, MutableGlobals, NontrappingFPToInt, SignExt } = binaryen.Features;

const shapes = { bare, pod: inPod, docker: inDocker };
const loghub = ["OpenStack", "Hadoop", "BGL", "Windows"].map((name) => `loghub/${name}_2k.log.gz`);

const { module, names } = countedModule();
/** @type {Map<string, number>} the largest share of the records of one kind that call it */
const called = new Map(names.map((name) => [name, 0]));
for (const kind of Object.keys(kinds).filter((each) => each !== "hostile")) countAll(kind, sampleOf(kind).lines);
for (const path of loghub) countAll(path, linesOf(path));

/** @type {Record<string, string[]>} */
const listed = {};
for (const [name, calls] of [...called].sort(([a], [b]) => (a < b ? -1 : 1))) {
  // an accessor of a field is an instruction or two; what is called rarely by its name is to be called
  if (calls < share || !name.startsWith("assembly/") || /#|Rarely$/.test(name)) continue;
  const [, file, last] = name.match(/^assembly\/(.+)\/([^/]+)$/) ?? [];
  listed[file] = [...(listed[file] ?? []), last];
}
writeFileSync(join(root, "assembly/usualFunctions.json"), `${JSON.stringify(listed, null, 2)}\n`);
console.log(`${Object.values(listed).flat().length} of ${names.length} functions are usual`);
spawnSync("npx", ["biome", "check", "--write", "assembly/usualFunctions.json"], { cwd: root, stdio: "inherit" });

function countAll(/** @type {string} */ title, /** @type {string[]} */ lines) {
  const some = lines.slice(0, records).map((line) => line.replace(/\r$/, ""));
  const model = modelOf(some, BigInt(seconds));
  for (const [shape, recordOf] of Object.entries(shapes)) {
    const host = new FilterHost({ module, model });
    host.lookAtClock();
    const sent = some.map((line, i) => Buffer.from(JSON.stringify(recordOf(line, i))));
    for (const record of sent) host.filter(record, { seconds });
    const before = names.map((_, i) => callsOf(host, i));
    for (const record of sent) host.filter(record, { seconds });
    names.forEach((name, i) => {
      const calls = (callsOf(host, i) - before[i]) / sent.length;
      called.set(name, Math.max(called.get(name) ?? 0, calls));
    });
    console.log(`${title}, ${shape}: ${sent.length} records`);
  }
}

function callsOf(/** @type {FilterHost} */ host, /** @type {number} */ i) {
  return Number(/** @type {any} */ (host.exports)[`calls ${i}`].value);
}

/** The filter as it is written, nothing inlined, with a counter in every function. */
function countedModule() {
  const folder = mkdtempSync(join(tmpdir(), "oddline-usual-"));
  try {
    const path = join(folder, "plain.wasm");
    const transforms = ["packText", "noHeap"].flatMap((name) => ["--transform", `./assembly/${name}.mjs`]);
    const options = ["--noAssert", "--optimizeLevel", "0", "--debug", "--outFile", path];
    const asc = ["asc", "assembly/index.ts", "--config", "asconfig.json"];
    const { status, stderr } = spawnSync("npx", [...asc, ...transforms, ...options], { cwd: root, encoding: "utf8" });
    if (status !== 0) throw new Error(stderr.slice(0, 2000));
    return withCounters(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withCounters(/** @type {Uint8Array} */ wasm) {
  const plain = binaryen.readBinary(wasm);
  plain.setFeatures(BulkMemory | MutableGlobals | NontrappingFPToInt | SignExt);
  /** @type {string[]} */
  const found = [];
  const text = plain
    .emitText()
    .replace(/\n \(func \$(\S+?)( .*)?\n((?: {2}\(local .*\n)*)/g, (_, name, head, locals) => {
      const counter = `$calls${found.length}`;
      found.push(name);
      const step = `(global.set ${counter} (i32.add (global.get ${counter}) (i32.const 1)))`;
      return `\n (func $${name}${head ?? ""}\n${locals}  ${step}\n`;
    });
  plain.dispose();
  const counters = found.map(
    (_, i) => `(global $calls${i} (mut i32) (i32.const 0)) (export "calls ${i}" (global $calls${i}))`,
  );
  const counted = binaryen.parseText(text.replace("\n (func ", `\n ${counters.join("\n ")}\n (func `));
  counted.setFeatures(BulkMemory | MutableGlobals | NontrappingFPToInt | SignExt);
  const bytes = counted.emitBinary();
  counted.dispose();
  return { module: new WebAssembly.Module(Uint8Array.from(bytes)), names: found };
}
