/**
 * The last step of the build: optimises the module as it was written, with its names, once more, and leaves the names
 * out. What the interpreter of the WebAssembly Micro Runtime executes is not what is written (its loader and its fast
 * interpreter, 2.4.1, https://github.com/bytecodealliance/wasm-micro-runtime): a constant, a local that is read and one
 * that takes an operation's result cost nothing there, while `local.tee` and a constant that is put into a local are
 * instructions of their own, and each call copies the function's constants and clears its locals. So in functions that
 * ordinary records reach locals are set and read instead of teed, and constants stay where they are used. In all others
 * constants of several bytes that are used more than once are kept in a local, which makes the module smaller.
 */
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";
import { isUsual, keepRareOut } from "./usualFunctions.mjs";

const { BulkMemory, MutableGlobals, NontrappingFPToInt, SignExt } = binaryen.Features;
const file = process.argv[2];

const withoutTees = [
  ...["flatten", "simplify-locals-notee", "vacuum", "reorder-locals", "remove-unused-names", "merge-blocks"],
  ...["coalesce-locals", "simplify-locals-notee", "vacuum", "reorder-locals", "remove-unused-brs", "precompute"],
  "vacuum",
];
/** Functions whose constants take up so much that they go into locals all the same: 100 to 800 bytes each. */
const large = new Set(
  [
    ...["detect/novelty/textSignature/writePart", "detect/novelty/writeSignature/writeSignature"],
    ...["event/skeleton/hashCovered", "event/templates/keepTemplate"],
    ...["fields/escaped/stringEnd", "record/recall/cover", "runtime/json/unescape"],
  ].map((name) => `assembly/${name}`),
);

const module = binaryen.readBinary(readFileSync(file));
module.setFeatures(BulkMemory | MutableGlobals | NontrappingFPToInt | SignExt);
keepRareOut(module);
binaryen.setOptimizeLevel(3);
binaryen.setShrinkLevel(1);
module.optimize();
module.runPasses(["merge-similar-functions"]);
binaryen.setShrinkLevel(2);
for (const { ref, name } of functionsOf(module)) {
  if (isUsual(name)) module.runPassesOnFunction(ref, withoutTees);
  else module.optimizeFunction(ref);
  if (!isUsual(name) || large.has(name)) module.runPassesOnFunction(ref, ["const-hoisting"]);
}
binaryen.setShrinkLevel(1);
module.runPasses(["rse", "vacuum", "reorder-locals", "reorder-functions", "generate-stack-ir", "optimize-stack-ir"]);
if (!module.validate()) throw new Error("the optimised module is not valid");
writeFileSync(file, module.emitBinary());

/** Those that are written here, not imported. */
function functionsOf(module) {
  const refs = Array.from({ length: module.getNumFunctions() }, (_, i) => module.getFunctionByIndex(i));
  return refs
    .map((ref) => ({ ref, ...binaryen.getFunctionInfo(ref) }))
    .filter(({ module: importedFrom }) => !importedFrom);
}
