/** Which MiniLM files: a local folder, or what the library downloads; and their version. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { exitCode, OddlineError } from "../io/errors.js";
import { readBounded } from "../io/readFile.js";
import { fileError } from "../io/systemErrors.js";
import { minilmGraph } from "./minilmGraph.js";
import { type MinilmWeights, minilmWeights } from "./minilmWeights.js";

export interface MinilmModel {
  /** As the library names it. */
  name: string;
  /** The folder that holds it; undefined where the library downloads. */
  folder: string | undefined;
  version: string;
  /** The network written anew for speed; undefined where the file is of another layout: the library then runs it. */
  graph: (() => Uint8Array) | undefined;
}

const modelName = "all-MiniLM-L6-v2";
/** The same weights in the layout that the library reads. */
const remoteName = `Xenova/${modelName}`;
/** The weights have 23 MB, as floats 90 MB. */
const weightsBytesMax = 256 << 20;
const weightsFile = "onnx/model_quantized.onnx";

/** `path` is the model's folder or the one it lies in. */
export function minilmModel(path: string | undefined): MinilmModel {
  if (path === undefined) {
    return { name: remoteName, folder: undefined, version: `minilm-q8-${modelName}`, graph: undefined };
  }
  const found = [resolve(path), join(resolve(path), modelName)].find((folder) => existsSync(join(folder, weightsFile)));
  if (found === undefined || !existsSync(join(found, "tokenizer.json"))) {
    throw new OddlineError("MODEL_PATH_INVALID", {
      subject: path,
      expected: `a folder with ${modelName}: tokenizer.json and ${weightsFile}`,
      found: existsSync(path) ? "a folder without these files" : "nothing there",
      remedy: "name the folder with the model, or omit --model-path to let the library download it",
      exit: exitCode.usage,
    });
  }
  const [tokenizer, file] = ["tokenizer.json", weightsFile].map((name) => readWeights(join(found, name)));
  const hash = createHash("sha256").update(tokenizer).update(file).digest("hex").slice(0, 8);
  const weights = minilmWeights(file);
  return {
    name: basename(found),
    folder: dirname(found),
    version: `minilm-${weights ? integerGraph : "q8"}-${hash}`,
    graph: weights && (() => sharedGraph(weights)),
  };
}

function readWeights(path: string): Buffer {
  try {
    return readBounded(path, weightsBytesMax);
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Names what minilmGraph.ts makes of the weights: to be changed with it, so that old vectors are not mixed with new.
 */
const integerGraph = "i8";

/** One copy for all threads. */
function sharedGraph(weights: MinilmWeights): Uint8Array {
  const graph = minilmGraph(weights);
  const shared = new Uint8Array(new SharedArrayBuffer(graph.length));
  shared.set(graph);
  return shared;
}
