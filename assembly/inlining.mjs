/**
 * A step of the build (`asc --transform`) that inlines. The compiler's own optimiser inlines every function of up to
 * seventy expressions wherever it is called from; of twenty makes the module an eighth smaller and an interpreted
 * line up to five hundredths dearer, most of them one. Functions that few records reach stay out of the others.
 */
import { Transform } from "assemblyscript/transform";
import binaryen from "binaryen";
import { callsOf } from "./calls.mjs";
import { checkListed, keepOut, keepRareOut } from "./usualFunctions.mjs";

/** Expressions of a function that is called from several places; of one that is always inlined; with one caller. */
const EXPRESSIONS_MAX = 20;
const ALWAYS_MAX = 8;
const ONE_CALLER_MAX = 200;

export default class Inlining extends Transform {
  afterCompile(module) {
    const calls = callsOf(module);
    checkListed(calls);
    keepRareOut(module, calls);
    binaryen.setOptimizeLevel(3);
    binaryen.setShrinkLevel(0);
    binaryen.setFlexibleInlineMaxSize(EXPRESSIONS_MAX);
    binaryen.setAlwaysInlineMaxSize(ALWAYS_MAX);
    binaryen.setOneCallerInlineMaxSize(ONE_CALLER_MAX);
    binaryen.setAllowInliningFunctionsWithLoops(true);
    // the second time finds what the first made small
    module.optimize();
    module.optimize();
    keepOut(module, "*");
    binaryen.clearPassArguments();
  }
}
