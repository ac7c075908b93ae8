/**
 * The weights of all-MiniLM-L6-v2 out of an ONNX file whose matrices are kept as 8-bit numbers and scales. The layout
 * is checked in full; a file of another layout gives undefined, and the library then runs it as it is.
 */
import { elementType, readWeights, type Weights } from "./onnxFile.js";

export const shape = { dims: 384, inner: 1536, layers: 6, heads: 12, positions: 512, words: 30_522 } as const;

/** Row by row; the value is `values` × the scale of its column (of its row in `words`). */
export interface Matrix {
  rows: number;
  columns: number;
  values: Int8Array;
  scales: Float32Array;
}
export interface Norm {
  weight: Float32Array;
  bias: Float32Array;
}
export interface Layer {
  query: Matrix;
  key: Matrix;
  value: Matrix;
  attended: Matrix;
  widen: Matrix;
  narrow: Matrix;
  biases: Record<"query" | "key" | "value" | "attended" | "widen" | "narrow", Float32Array>;
  attendedNorm: Norm;
  outputNorm: Norm;
}
export interface MinilmWeights {
  words: Matrix;
  /** Vector of each position, that of the (only) token type added. */
  positions: Float32Array;
  embeddedNorm: Norm;
  layers: Layer[];
}

const matrixOrder = ["query", "key", "value", "attended", "widen", "narrow"] as const;

export function minilmWeights(file: Uint8Array): MinilmWeights | undefined {
  try {
    return gather(readWeights(file));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function gather(all: Map<string, Weights>): MinilmWeights {
  const { dims, inner, layers, positions, words } = shape;
  const prefix = [...all.keys()].find((name) => name.endsWith("embeddings.LayerNorm.weight"))?.split("embeddings.")[0];
  if (prefix === undefined) throw new RangeError("no embeddings");
  const floats = (name: string, ...size: number[]) => {
    const bytes = bytesOf(all, `${prefix}${name}`, elementType.float, size);
    return new Float32Array(bytes.buffer);
  };
  const matrix = (name: string, rows: number, columns: number, scaleDims: number[]): Matrix => ({
    rows,
    columns,
    values: new Int8Array(bytesOf(all, `${name}_q`, elementType.int8, [rows, columns]).buffer),
    scales: new Float32Array(bytesOf(all, `${name}_scale`, elementType.float, scaleDims).buffer),
  });
  const norm = (name: string): Norm => ({ weight: floats(`${name}.weight`, dims), bias: floats(`${name}.bias`, dims) });
  // The exporter names a matrix by its number in the graph: six a layer, in the order in which they are applied.
  const numbered = [...all.keys()].flatMap((name) => /^val_(\d+)_q$/.exec(name)?.[1] ?? []).map(Number);
  numbered.sort((a, b) => a - b);
  if (numbered.length !== layers * matrixOrder.length) throw new RangeError("another number of matrices");
  const layer = (index: number): Layer => {
    const at = (name: (typeof matrixOrder)[number], rows: number, columns: number) =>
      matrix(`val_${numbered[index * matrixOrder.length + matrixOrder.indexOf(name)]}`, rows, columns, [1, columns]);
    const name = `encoder.layer.${index}`;
    return {
      query: at("query", dims, dims),
      key: at("key", dims, dims),
      value: at("value", dims, dims),
      attended: at("attended", dims, dims),
      widen: at("widen", dims, inner),
      narrow: at("narrow", inner, dims),
      biases: {
        query: floats(`${name}.attention.self.query.bias`, dims),
        key: floats(`${name}.attention.self.key.bias`, dims),
        value: floats(`${name}.attention.self.value.bias`, dims),
        attended: floats(`${name}.attention.output.dense.bias`, dims),
        widen: floats(`${name}.intermediate.dense.bias`, inner),
        narrow: floats(`${name}.output.dense.bias`, dims),
      },
      attendedNorm: norm(`${name}.attention.output.LayerNorm`),
      outputNorm: norm(`${name}.output.LayerNorm`),
    };
  };
  const position = matrix(`${prefix}embeddings.position_embeddings.weight`, positions, dims, [positions, 1]);
  const type = floats("embeddings.token_type_embeddings.weight", 2, dims);
  return {
    words: matrix(`${prefix}embeddings.word_embeddings.weight`, words, dims, [words, 1]),
    positions: Float32Array.from(
      position.values,
      (value, at) => value * position.scales[Math.floor(at / dims)] + type[at % dims],
    ),
    embeddedNorm: norm("embeddings.LayerNorm"),
    layers: Array.from({ length: layers }, (_, index) => layer(index)),
  };
}

function bytesOf(all: Map<string, Weights>, name: string, type: number, dims: number[]): Uint8Array<ArrayBuffer> {
  const found = all.get(name);
  const bytes = dims.reduce((product, size) => product * size, type === elementType.int8 ? 1 : 4);
  const fits = found?.type === type && found.dims.join() === dims.join() && found.bytes.length === bytes;
  if (!fits) throw new RangeError(`${name} is not as expected`);
  return new Uint8Array(found.bytes); // a copy of its own, aligned
}
