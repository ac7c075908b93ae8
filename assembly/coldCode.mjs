/**
 * A step of the build (`asc --transform`) that keeps code which few records reach out of the code that all of them do.
 * The optimiser inlines for speed; writing a tag, its reason and the counts, and taking a model in, would so be copied
 * to wherever they are called from: a tenth of the module for a few operations of a tagged record.
 */
import { Transform } from "assemblyscript/transform";
import binaryen from "binaryen";

const cold = [
  "assembly/config/model/*",
  "assembly/config/section*",
  "assembly/detect/*/put*",
  "assembly/formats/cisco*",
  "assembly/formats/columns/*",
  "assembly/formats/rfc5424*",
  "assembly/formats/webError/*",
  "assembly/formats/zeek/*",
  "assembly/fields/date/otherClockAt",
  "assembly/fields/date/shortDateAt",
  "assembly/fields/date/taiAt",
  "assembly/fields/date/unixAt",
  "assembly/fields/members/takeFirst",
  "assembly/fields/named/noteZone",
  "assembly/fields/named/readEndpoint",
  "assembly/fields/named/settle",
  "assembly/operate/counts*",
  "assembly/operate/modelFile*",
  "assembly/operate/snapshot*",
  "assembly/operate/stateFile*",
  "assembly/runtime/nameTable/add*",
  "assembly/runtime/nameTable/nameHash",
  "assembly/runtime/output/putEscaped",
  "assembly/runtime/output/putFixed",
  "assembly/runtime/output/putHex32",
  "assembly/runtime/output/putInteger",
  "assembly/runtime/output/putProbability",
  "assembly/runtime/output/putText",
  "assembly/runtime/output/putUtf8",
  "assembly/verdict/*/put*",
  "*eason*",
];

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
