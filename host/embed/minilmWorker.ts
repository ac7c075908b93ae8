/**
 * One thread of the MiniLM embedder: texts in, unit vectors out. Each thread has a session of its own with one core:
 * two such threads embed half as many lines again as one session that shares its matrices among two cores.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Tensor, Transformers } from "./transformers.js";

export interface WorkerSetup {
  entry: string;
  model: string;
  modelFolder: string | undefined;
  cacheFolder: string;
}
export interface WorkerAnswer {
  vectors?: Float32Array;
  problem?: string;
}

/** Where sentence-transformers cuts for this model. */
const tokensMax = 256;

async function load({ entry, model, modelFolder, cacheFolder }: WorkerSetup) {
  const library: Transformers = await import(entry);
  library.env.cacheDir = cacheFolder;
  if (modelFolder !== undefined) {
    library.env.allowRemoteModels = false;
    library.env.localModelPath = `${modelFolder}/`;
  }
  const tokenizer = await library.AutoTokenizer.from_pretrained(model);
  const network = await library.AutoModel.from_pretrained(model, {
    dtype: "q8",
    local_files_only: modelFolder !== undefined,
    session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
  });
  return async (texts: string[]): Promise<Float32Array> => {
    const inputs = tokenizer(texts, { padding: true, truncation: true, max_length: tokensMax });
    const outputs = await network(inputs);
    return meanOfTokens(outputs.last_hidden_state, inputs.attention_mask);
  };
}

/** Mean over the tokens that are no padding, made one long. */
function meanOfTokens(hidden: Tensor, mask: Tensor): Float32Array {
  const [texts, tokens, dims] = hidden.dims;
  const data = hidden.data as Float32Array;
  const vectors = new Float32Array(texts * dims);
  for (let text = 0; text < texts; text++) {
    const vector = vectors.subarray(text * dims, (text + 1) * dims);
    for (let token = 0; token < tokens; token++) {
      if (Number(mask.data[text * tokens + token]) === 0) continue;
      const start = (text * tokens + token) * dims;
      for (let dim = 0; dim < dims; dim++) vector[dim] += data[start + dim];
    }
    let square = 0;
    for (const value of vector) square += value * value;
    const scale = 1 / (Math.sqrt(square) || 1);
    for (let dim = 0; dim < dims; dim++) vector[dim] *= scale;
  }
  return vectors;
}

if (parentPort) {
  const port = parentPort;
  const loading = load(workerData as WorkerSetup);
  loading.then(
    () => port.postMessage({} satisfies WorkerAnswer),
    (error: Error) => port.postMessage({ problem: error.message } satisfies WorkerAnswer),
  );
  port.on("message", async (texts: string[]) => {
    try {
      const vectors = await (await loading)(texts);
      port.postMessage({ vectors } satisfies WorkerAnswer, [vectors.buffer as ArrayBuffer]);
    } catch (error) {
      port.postMessage({ problem: (error as Error).message } satisfies WorkerAnswer);
    }
  });
}
