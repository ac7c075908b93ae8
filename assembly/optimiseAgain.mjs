/**
 * The last step of the build: optimises the module as it was written, once more, which takes out what the compiler's
 * optimiser left, and keeps constants of several bytes that a function needs more than once, most of them addresses, in
 * a local. A sixteenth of the module for nothing: lines of text and JSON cost a hundredth less, access lines as much
 * more, a local's first copy counted.
 */
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

const { BulkMemory, MutableGlobals, NontrappingFPToInt, SignExt } = binaryen.Features;
const file = process.argv[2];

const module = binaryen.readBinary(readFileSync(file));
module.setFeatures(BulkMemory | MutableGlobals | NontrappingFPToInt | SignExt);
binaryen.setOptimizeLevel(3);
binaryen.setShrinkLevel(1);
module.optimize();
module.runPasses(["const-hoisting", "reorder-locals", "reorder-functions"]);
if (!module.validate()) throw new Error("the optimised module is not valid");
writeFileSync(file, module.emitBinary());
