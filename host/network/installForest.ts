/** Hands the filter a forest: puts it into the model at `out` in one atomic step, the one before kept for rollback. */
import { existsSync } from "node:fs";
import { withLock } from "../io/lock.js";
import { checkReplaceable } from "../io/replaceFile.js";
import { type ForestOrigin, withForest } from "../model/forestInModel.js";
import type { NetworkForest } from "../model/forestSection.js";
import { installKeeping, keptDefault } from "../model/history.js";
import { loadModel, modelVersion } from "../model/modelFile.js";
import { Engine } from "../wasm/engine.js";

/** `from`: the model to take the learnt parts from; the one in place by default. Returns the new model's version. */
export async function installForest(
  out: string,
  from: string | undefined,
  network: NetworkForest,
  origin: ForestOrigin | undefined,
): Promise<string> {
  checkReplaceable(out);
  return withLock(`${out}.lock`, async () => {
    const engine = new Engine();
    const source = from ?? (existsSync(out) ? out : undefined);
    const model = withForest(engine, source ? loadModel(engine, source).slice() : undefined, network, origin);
    installKeeping(out, model, keptDefault);
    return modelVersion(model);
  });
}
