/**
 * The network of all-MiniLM-L6-v2: texts in, unit vectors out. On one core each: two threads with a network of their
 * own embed half as many lines again as one network that shares its matrices among two cores.
 */
import { shape } from "./minilmWeights.js";
import { loadRuntime, type Tensor, type Tokenizer, type Transformers } from "./transformers.js";

export interface NetworkSetup {
  entry: string;
  model: string;
  modelFolder: string | undefined;
  cacheFolder: string;
  /** The network written anew, where there is one. */
  graph: Uint8Array | undefined;
}
/** Where sentence-transformers cuts for this model. */
const tokensMax = 256;
const { dims } = shape;
const sessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1 };

export type Embed = (texts: string[]) => Promise<Float32Array>;

export async function loadNetwork(setup: NetworkSetup): Promise<Embed> {
  const library: Transformers = await import(setup.entry);
  library.env.cacheDir = setup.cacheFolder;
  if (setup.modelFolder !== undefined) {
    library.env.allowRemoteModels = false;
    library.env.localModelPath = `${setup.modelFolder}/`;
  }
  const tokenizer = await library.AutoTokenizer.from_pretrained(setup.model);
  return setup.graph ? oneByOne(setup.graph, setup.entry, tokenizer) : inBatches(library, setup, tokenizer);
}

/** The network written anew: no padding, so that a line's vector depends on nothing but the line. */
async function oneByOne(graph: Uint8Array, entry: string, tokenizer: Tokenizer): Promise<Embed> {
  const { InferenceSession, Tensor } = loadRuntime(entry);
  // A copy: the runtime refuses shared memory.
  const session = await InferenceSession.create(new Uint8Array(graph), sessionOptions);
  const places = BigInt64Array.from({ length: tokensMax }, (_, place) => BigInt(place));
  return async (texts) => {
    const vectors = new Float32Array(texts.length * dims);
    for (const [row, text] of texts.entries()) {
      const all = tokenizer.encode(text);
      const tokens = all.length <= tokensMax ? all : [...all.slice(0, tokensMax - 1), all[all.length - 1]];
      const size = [1, tokens.length];
      const { mean } = await session.run({
        tokens: new Tensor("int64", BigInt64Array.from(tokens, BigInt), size),
        positions: new Tensor("int64", places.subarray(0, tokens.length), size),
      });
      vectors.set(mean.data as Float32Array, row * dims);
    }
    return unitRows(vectors, dims);
  };
}

/** The file as it comes, through the library: the slower way, and what the other is compared with. */
async function inBatches(library: Transformers, setup: NetworkSetup, tokenizer: Tokenizer): Promise<Embed> {
  const network = await library.AutoModel.from_pretrained(setup.model, {
    dtype: "q8",
    local_files_only: setup.modelFolder !== undefined,
    session_options: sessionOptions,
  });
  return async (texts) => {
    const inputs = tokenizer(texts, { padding: true, truncation: true, max_length: tokensMax });
    const outputs = await network(inputs);
    return meanOfTokens(outputs.last_hidden_state, inputs.attention_mask);
  };
}

/** Mean over the tokens that are no padding, made one long. */
function meanOfTokens(hidden: Tensor, mask: Tensor): Float32Array {
  const [texts, tokens, width] = hidden.dims;
  const data = hidden.data as Float32Array;
  const vectors = new Float32Array(texts * width);
  for (let text = 0; text < texts; text++) {
    const vector = vectors.subarray(text * width, (text + 1) * width);
    for (let token = 0; token < tokens; token++) {
      if (Number(mask.data[text * tokens + token]) === 0) continue;
      const start = (text * tokens + token) * width;
      for (let dim = 0; dim < width; dim++) vector[dim] += data[start + dim];
    }
  }
  return unitRows(vectors, width);
}

function unitRows(vectors: Float32Array, width: number): Float32Array {
  for (let start = 0; start < vectors.length; start += width) {
    const vector = vectors.subarray(start, start + width);
    let square = 0;
    for (const value of vector) square += value * value;
    const scale = 1 / (Math.sqrt(square) || 1);
    for (let dim = 0; dim < width; dim++) vector[dim] *= scale;
  }
  return vectors;
}
