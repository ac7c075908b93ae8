/** Which MiniLM files: a local folder, or what the library downloads; and their version. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { exitCode, OddlineError } from "../errors.js";

export interface MinilmModel {
  /** As the library names it. */
  name: string;
  /** The folder that holds it; undefined where the library downloads. */
  folder: string | undefined;
  version: string;
}

const modelName = "all-MiniLM-L6-v2";
/** The same weights in the layout that the library reads. */
const remoteName = `Xenova/${modelName}`;
const weightsFile = "onnx/model_quantized.onnx";

/** `path` is the model's folder or the one it lies in. */
export function minilmModel(path: string | undefined): MinilmModel {
  if (path === undefined) return { name: remoteName, folder: undefined, version: `minilm-q8-${modelName}` };
  const found = [resolve(path), join(resolve(path), modelName)].find((folder) => existsSync(join(folder, weightsFile)));
  if (found === undefined || !existsSync(join(found, "tokenizer.json"))) {
    throw new OddlineError("MODEL_PATH_INVALID", {
      subject: path,
      expected: `a folder with ${modelName}: tokenizer.json and ${weightsFile}`,
      found: existsSync(path) ? "a folder without them" : "nothing there",
      remedy: "name the folder that holds the model, or leave --model-path out and let the library download it",
      exit: exitCode.usage,
    });
  }
  return { name: basename(found), folder: dirname(found), version: `minilm-q8-${versionOf(found)}` };
}

function versionOf(folder: string): string {
  const hash = createHash("sha256");
  for (const file of ["tokenizer.json", weightsFile]) hash.update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 8);
}
