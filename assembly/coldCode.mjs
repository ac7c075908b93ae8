/**
 * A step of the build (`asc --transform`) that keeps code which few records reach out of the code that all of them do.
 * The optimiser inlines for speed; writing a tag, its reason and the counts, and taking a model in, would so be copied
 * to wherever they are called from: a tenth of the module for a few operations of a tagged record.
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
  "detect network forest nodesPtrOf",
  "detect network snapshot",
  "detect network usual validRows",
  "detect novelty suppression suppressionBytesMax",
  "detect windows clock startClock",
  "detect windows rules forgetWindows",
  "detect windows rules setRule",
  "detect windows snapshot",
  "detect windows watch apply",
  "event event initialiseEvent",
  "fields date otherClockAt",
  "fields date shortDateAt",
  "fields date taiAt",
  "fields date unixAt",
  "fields members takeFirst",
  "fields named noteZone",
  "fields named readEndpoint",
  "fields named settle",
  "fields paths addPath",
  "fields paths usePaths",
  "formats cisco",
  "formats columns",
  "formats rfc5424",
  "formats webError",
  "formats zeek",
  "operate counts",
  "operate modelFile",
  "operate modelSource",
  "operate snapshot",
  "operate stateFile",
  "record splice writeRecord",
  "runtime files",
  "runtime log",
  "runtime memory ensureMemory",
  "runtime memory initialise",
  "runtime memory reserve",
  "runtime nameTable add",
  "runtime nameTable nameHash",
  "runtime output putBytes",
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

export default class ColdCode extends Transform {
  afterCompile(module) {
    const functions = [...module.emitText().matchAll(/\(func \$(\S+)/g)].map(([, name]) => name);
    for (const pattern of cold) {
      const form = new RegExp(`^${pattern.replace(/[/.]/g, "\\$&").replaceAll("*", ".*")}$`);
      if (!functions.some((name) => form.test(name))) throw new Error(`no function is called ${pattern}: name what is`);
      binaryen.setPassArgument("no-inline", pattern);
      module.runPasses(["no-inline"]);
    }
    binaryen.clearPassArguments();
  }
}
