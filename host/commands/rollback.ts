/** `oddline rollback`: the model before, back in place. */
import type { Command } from "commander";
import { withLock } from "../io/lock.js";
import { checkReplaceable } from "../io/replaceFile.js";
import { writeOut } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";
import { rollBack } from "../model/history.js";
import { loadModel, modelVersion } from "../model/modelFile.js";
import { Engine } from "../wasm/engine.js";

export function registerRollback(program: Command): void {
  program
    .command("rollback")
    .description("restore the previous model")
    .argument("[model]", "the model file", "oddline.model")
    .action(async (path: string) => {
      checkReplaceable(path);
      await withLock(`${path}.lock`, async () => {
        rollBack(path);
        await writeOut(`model ${modelVersion(loadModel(new Engine(), path))} is back in ${oneLine(path)}\n`);
      });
    });
}
