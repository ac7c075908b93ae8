/**
 * Finds the optional peer `@huggingface/transformers`: in --embedder-path, ODDLINE_EMBEDDER_PATH, the folder we run in,
 * or beside Oddline. It weighs hundreds of megabytes, so nobody gets it without asking.
 */
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { exitCode, OddlineError } from "../io/errors.js";
import { installCommand } from "./installCommand.js";

const packageName = "@huggingface/transformers";

export interface Tensor {
  data: Float32Array | BigInt64Array;
  dims: number[];
}
type Encoded = Record<string, Tensor>;
export interface Tokenizer {
  (texts: string[], options: object): Encoded;
  encode(text: string): number[];
}
type Loading = { dtype: "q8"; local_files_only: boolean; session_options?: Record<string, unknown> };

/** The part of the library that is used. */
export interface Transformers {
  env: { allowRemoteModels: boolean; localModelPath: string; cacheDir: string };
  AutoTokenizer: { from_pretrained(model: string): Promise<Tokenizer> };
  AutoModel: { from_pretrained(model: string, options: Loading): Promise<(inputs: Encoded) => Promise<Encoded>> };
}

/** The part of `onnxruntime-node` that is used; the library depends on it. */
export interface Runtime {
  InferenceSession: {
    create(file: Uint8Array, options: object): Promise<{ run(inputs: object): Promise<Encoded> }>;
  };
  Tensor: new (type: "int64", data: BigInt64Array, dims: number[]) => Tensor;
}

export function loadRuntime(entry: string): Runtime {
  return createRequire(entry)("onnxruntime-node");
}

/** Address of the library's entry. */
export function findTransformers(folder: string | undefined): string {
  const asked = folder ?? process.env.ODDLINE_EMBEDDER_PATH;
  const places = [asked, process.cwd(), new URL(".", import.meta.url)];
  for (const place of places) {
    if (place === undefined) continue;
    const from = place instanceof URL ? place : pathToFileURL(join(resolve(place), "entry.js"));
    try {
      return pathToFileURL(createRequire(from).resolve(packageName)).href;
    } catch {
      // not there; the next place
    }
  }
  const root = fileURLToPath(new URL("../..", import.meta.url));
  throw new OddlineError("EMBEDDER_MISSING", {
    subject: "--embedder minilm",
    expected: `the optional package ${packageName}, here or in --embedder-path`,
    found: "none",
    remedy: `${installCommand(`${packageName}@4`, root, asked)}  (or use --embedder builtin, which needs nothing)`,
    exit: exitCode.usage,
  });
}
