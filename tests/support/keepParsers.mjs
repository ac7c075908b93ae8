/** A step of a test's build (`asc --transform`): parsers of formats stay functions of their own, to be counted. */
import { Transform } from "assemblyscript/transform";
import binaryen from "binaryen";

/** What says of a line whether it is of its format; list.ts asks others. */
export const parser = /^\$?assembly\/formats\/(?!list\/|wrapped\/unwrapMembers)\w+\/(parse|unwrap)\w+$/;

export default class KeepParsers extends Transform {
  /** Without decorators: what is marked to be inlined never becomes a function. */
  afterParse({ sources }) {
    for (const { normalizedPath, statements } of sources) {
      const folder = normalizedPath.replace(/\.ts$/, "");
      for (const it of statements) if (it.name && parser.test(`${folder}/${it.name.text}`)) it.decorators = null;
    }
  }

  afterCompile(module) {
    for (const [, name] of module.emitText().matchAll(/\(func \$(\S+)/g)) {
      if (!parser.test(name)) continue;
      binaryen.setPassArgument("no-inline", name);
      module.runPasses(["no-inline"]);
    }
    binaryen.clearPassArguments();
  }
}
