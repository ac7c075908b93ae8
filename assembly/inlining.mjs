/**
 * A step of the build (`asc --transform`) that inlines. The compiler's own optimiser inlines every function of up to
 * seventy expressions wherever it is called from; of twenty makes the module an eighth smaller and an interpreted
 * line up to five hundredths dearer, most of them one. Code that few records reach is kept out of the code that all of
 * them do: writing a tag, its reason and the counts, and taking a model in, would be copied to wherever they are called
 * from.
 */
import { Transform } from "assemblyscript/transform";
import binaryen from "binaryen";

/** Beginnings of names of functions, a folder and a file first. */
const beginnings = [
  "abi explain",
  "abi initialise",
  "abi learn",
  "abi numbers",
  "config generated",
  "config glob fitsPattern",
  "config model",
  "config section",
  "config settings",
  "detect * size",
  "detect * useUsual",
  "detect keywords section",
  "detect keywords tables",
  "detect known",
  "detect keywords accessLine findInRequest",
  "detect keywords accessLine findInField",
  "detect keywords matcher isWordByte",
  "detect network",
  "detect novelty detector",
  "detect novelty suppression isUnderWay",
  "detect novelty suppression suppressionBytesMax",
  "detect ranges fields",
  "detect windows clock startClock",
  "detect windows dominantKey",
  "detect windows grades",
  "detect windows keyTable listActive",
  "detect windows rates countRun",
  "detect windows rules clearOutcomes",
  "detect windows rules forgetWindows",
  "detect windows rules setRule",
  "detect windows schedule",
  "detect windows snapshot",
  "detect windows watch apply",
  "event address portAt",
  "event event initialiseEvent",
  "event skeleton forgetSkeletons",
  "fields client endsWith",
  "fields client fieldRank",
  "fields client isDnsServer",
  "fields date otherClockAt",
  "fields date shortDateAt",
  "fields date taiAt",
  "fields date unixAt",
  "fields date withHalfDay",
  "fields flow tenTo",
  "fields members copyMessage",
  "fields members takeFirst",
  "fields named joinQuery",
  "fields named leaveOutServer",
  "fields named noteZone",
  "fields named readEndpoint",
  "fields named settle",
  "fields paths addPath",
  "fields paths findPath",
  "fields paths usePaths",
  "formats access behindNames",
  "formats application skipSeparators",
  "formats cisco",
  "formats columns",
  "formats fieldsLine",
  "formats levelFirst parseKitchen",
  "formats levelFirst parseLogrus",
  "formats levelFirst parseNest",
  "formats levelFirst parseRuby",
  "formats levelFirst takeLevel",
  "formats list behindCount",
  "formats list noteWord",
  "formats list skipFirst",
  "formats otherPairs",
  "formats rfc5424",
  "formats webError",
  "formats wrapped joinInner",
  "formats zeek",
  "operate counts",
  "operate modelFile",
  "operate modelSource",
  "operate snapshot",
  "operate stateFile",
  "record envelope closeEnvelope",
  "record envelope keepEnvelope",
  "record envelope leaveEnvelope",
  "record envelope put",
  "record envelope saysLittle",
  "record envelope setOf",
  "record splice writeRecord",
  "runtime bytes digitsEnd",
  "runtime bytes equalsText",
  "runtime bytes findRarely",
  "runtime bytes hasDigit",
  "runtime bytes startsWith",
  "runtime files",
  "runtime log",
  "runtime memory ensureMemory",
  "runtime memory initialise",
  "runtime memory reserve",
  "runtime nameTable add",
  "runtime nameTable nameHash",
  "runtime nameTable slotOf",
  "runtime output putByte",
  "runtime output putEscaped",
  "runtime output putFixed",
  "runtime output putHex32",
  "runtime output putInteger",
  "runtime output putProbability",
  "runtime output putText",
  "runtime output putUtf8",
  // whatever writes a tag
  "detect * put",
  "verdict * put",
];
const cold = [...beginnings.map((words) => `assembly/${words.replaceAll(" ", "/")}*`), "*eason*"];

/** Expressions of a function that is called from several places; of one that is always inlined; with one caller. */
const EXPRESSIONS_MAX = 20;
const ALWAYS_MAX = 8;
const ONE_CALLER_MAX = 200;

export default class Inlining extends Transform {
  afterCompile(module) {
    const functions = [...module.emitText().matchAll(/\(func \$(\S+)/g)].map(([, name]) => name);
    for (const pattern of cold) {
      const form = new RegExp(`^${pattern.replace(/[/.]/g, "\\$&").replaceAll("*", ".*")}$`);
      if (!functions.some((name) => form.test(name))) throw new Error(`no function is called ${pattern}: name what is`);
      keepOut(module, pattern);
    }
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

/** Functions of that name are not inlined from now on. */
function keepOut(module, pattern) {
  binaryen.setPassArgument("no-inline", pattern);
  module.runPasses(["no-inline"]);
}
