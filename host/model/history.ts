/** The models before: `oddline.model.1` is the one installed last before the present, up to a stated number. */
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { exitCode, OddlineError } from "../io/errors.js";
import { removeLeftovers } from "../io/replaceFile.js";
import { installModel, readModel } from "./modelFile.js";

export const keptDefault = 5;
const keptMax = 100;
const previous = (path: string, number: number) => `${path}.${number}`;

/**
 * Installs a model and keeps the one in place; killed at any moment, `path` holds the old one or the new one, whole. To
 * be called with the model's lock held: what others had begun to write is removed.
 */
export function installKeeping(path: string, model: Uint8Array, kept: number, mode?: number): void {
  if (kept > 0 && existsSync(path)) {
    // Aside first: where there is no room for it, nothing has moved.
    installModel(previous(path, 0), readModel(path), modeOf(path));
    for (let number = kept - 1; number >= 1; number--) {
      if (existsSync(previous(path, number))) renameSync(previous(path, number), previous(path, number + 1));
    }
    renameSync(previous(path, 0), previous(path, 1));
  }
  installModel(path, model, mode);
  removeLeftovers(path);
  for (let number = kept + 1; number <= keptMax && existsSync(previous(path, number)); number++) {
    rmSync(previous(path, number), { force: true });
  }
}

/** Puts the model before back in place; the one it replaces is kept as `.undone`. */
export function rollBack(path: string): void {
  if (!existsSync(previous(path, 1))) {
    throw new OddlineError("NO_PREVIOUS_MODEL", {
      subject: path,
      expected: `the previous model, ${previous(path, 1)}`,
      found: "none",
      remedy: "refresh keeps the models it replaces (see --keep); nothing was changed",
      exit: exitCode.nothing,
    });
  }
  const before = readModel(previous(path, 1));
  if (existsSync(path)) installModel(`${path}.undone`, readModel(path), modeOf(path));
  installModel(path, before, modeOf(previous(path, 1)));
  rmSync(previous(path, 1));
  for (let number = 2; existsSync(previous(path, number)); number++) {
    renameSync(previous(path, number), previous(path, number - 1));
  }
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o644;
}
