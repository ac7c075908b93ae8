/**
 * all-MiniLM-L6-v2 written anew for speed on one line at a time: matrices as products of 8-bit integers, attention and
 * norms as one operator each, the mean over the tokens inside. Takes six tenths of the time of the file as it comes
 * (which multiplies in floats); cosine to it .98 and better. tests/commands/minilm.test.ts holds the two together.
 */

import { type Layer, type Matrix, type MinilmWeights, type Norm, shape } from "./minilmWeights.js";
import { elementType, modelFile, node, port, weights } from "./onnxFile.js";

const { dims, heads, positions } = shape;
const epsilon = { epsilon: { float: 1e-12 } };
/** Operators that only ONNX Runtime has. */
const runtime = "com.microsoft";
/**
 * Seven bits: two products of an unsigned byte and a weight must fit the 16 bits in which processors without VNNI add
 * them, else they are clipped.
 */
const weightMax = 64;
/**
 * Inputs of a matrix are quantised with one scale, so its loud columns would drown the quiet ones: part of their
 * loudness goes into the weights (SmoothQuant, https://arxiv.org/abs/2211.10438; mean cosine .9885 -> .9907; .5 gives
 * .9897). How loud they get is known from the norm before them, no text needed.
 */
const smoothing = 0.7;

/** Nodes and weights of the graph, in the order in which they are added. */
class GraphWriter {
  readonly nodes: Buffer[] = [];
  readonly weights: Buffer[] = [];

  floats(name: string, values: Float32Array): string {
    this.weights.push(weights(name, [values.length], elementType.float, values));
    return name;
  }

  apply(operator: string, inputs: string[], output: string, attributes = {}, domain = ""): string {
    this.nodes.push(node(operator, inputs, [output], attributes, domain));
    return output;
  }

  /** LayerNorm(a + b + bias). */
  norm(name: string, a: string, b: string, { weight, bias }: Norm, added?: Float32Array): string {
    const inputs = [a, b, this.floats(`${name}.weight`, weight), this.floats(`${name}.bias`, bias)];
    if (added) inputs.push(this.floats(`${name}.added`, added));
    return this.apply("SkipLayerNormalization", inputs, name, epsilon, runtime);
  }

  /** input × matrix + bias, in integers; `before` is the norm that the input comes from. */
  multiply(name: string, input: string, matrix: Real, bias?: Float32Array, before?: Norm): string {
    let from = input;
    let values = matrix.values;
    const { rows, columns } = matrix;
    if (before) {
      const factors = smoothingFactors(matrix, before);
      values = values.slice();
      factors.forEach((factor, row) => {
        for (let at = row * columns; at < (row + 1) * columns; at++) values[at] *= factor;
      });
      const inverse = this.floats(
        `${name}.smoothing`,
        factors.map((factor) => 1 / factor),
      );
      from = this.apply("Mul", [input, inverse], `${name}.smooth`);
    }
    const { quantised, scales } = quantise(values, columns);
    this.weights.push(weights(`${name}.weight`, [rows, columns], elementType.int8, quantised));
    const inputs = [from, `${name}.weight`, this.floats(`${name}.scale`, scales)];
    if (bias) inputs.push("", this.floats(`${name}.bias`, bias));
    return this.apply("DynamicQuantizeMatMul", inputs, name, {}, runtime);
  }
}

interface Real {
  rows: number;
  columns: number;
  values: Float32Array;
}

/** A file for `onnxruntime`: `tokens` and `positions` (1 × n, int64) in, `mean` (1 × 384) out. */
export function minilmGraph(minilm: MinilmWeights): Buffer {
  const writer = new GraphWriter();
  const { words } = minilm;
  writer.weights.push(weights("words", [words.rows, dims], elementType.int8, words.values));
  writer.weights.push(weights("words.scale", [words.rows, 1], elementType.float, words.scales));
  writer.weights.push(weights("positions.vectors", [positions, dims], elementType.float, minilm.positions));
  writer.weights.push(weights("thirds", [3], elementType.int64, new BigInt64Array(3).fill(BigInt(dims))));
  writer.apply("Gather", ["words", "tokens"], "word.bytes");
  writer.apply("Gather", ["words.scale", "tokens"], "word.scale");
  writer.apply("Cast", ["word.bytes"], "word.floats", { to: { integer: elementType.float } });
  writer.apply("Mul", ["word.floats", "word.scale"], "word");
  writer.apply("Gather", ["positions.vectors", "positions"], "position");
  let output = writer.norm("embedded", "word", "position", minilm.embeddedNorm);
  let before = minilm.embeddedNorm;
  minilm.layers.forEach((layer, index) => {
    output = writeLayer(writer, `layer${index}`, layer, output, before);
    before = layer.outputNorm;
  });
  writer.apply("ReduceMean", [output], "mean", { axes: { integers: [1] }, keepdims: { integer: 0 } });
  const inputs = ["tokens", "positions"].map((name) => port(name, elementType.int64, ["lines", "length"]));
  const graph = { ...writer, inputs, outputs: [port("mean", elementType.float, ["lines", dims])] };
  return modelFile(graph, { "": 17, [runtime]: 1 });
}

function writeLayer(writer: GraphWriter, name: string, layer: Layer, input: string, before: Norm): string {
  const { biases, attendedNorm, outputNorm } = layer;
  const joined = beside([layer.query, layer.key, layer.value].map(real));
  const bias = Float32Array.from([...biases.query, ...biases.key, ...biases.value]);
  const together = writer.multiply(`${name}.together`, input, joined, bias, before);
  const parts = [`${name}.query`, `${name}.key`, `${name}.value`];
  writer.nodes.push(node("Split", [together, "thirds"], parts, { axis: { integer: 2 } }));
  const heard = writer.apply("MultiHeadAttention", parts, `${name}.heard`, { num_heads: { integer: heads } }, runtime);
  const attended = writer.multiply(`${name}.attended`, heard, real(layer.attended));
  const middle = writer.norm(`${name}.middle`, attended, input, attendedNorm, biases.attended);
  const wide = writer.multiply(`${name}.wide`, middle, real(layer.widen), undefined, attendedNorm);
  const widened = writer.floats(`${name}.wide.bias`, biases.widen);
  const bent = writer.apply("BiasGelu", [wide, widened], `${name}.bent`, {}, runtime);
  const narrow = writer.multiply(`${name}.narrow`, bent, real(layer.narrow));
  return writer.norm(`${name}.out`, narrow, middle, outputNorm, biases.narrow);
}

function real({ rows, columns, values, scales }: Matrix): Real {
  const real = new Float32Array(values.length);
  for (let start = 0; start < real.length; start += columns) {
    for (let column = 0; column < columns; column++) real[start + column] = values[start + column] * scales[column];
  }
  return { rows, columns, values: real };
}

function beside(matrices: Real[]): Real {
  const rows = dims;
  const columns = matrices.reduce((sum, matrix) => sum + matrix.columns, 0);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    let at = row * columns;
    for (const matrix of matrices) {
      values.set(matrix.values.subarray(row * matrix.columns, (row + 1) * matrix.columns), at);
      at += matrix.columns;
    }
  }
  return { rows, columns, values };
}

/** One a row of the matrix: what the input is divided by and the weights are multiplied with. */
function smoothingFactors({ rows, columns, values }: Real, { weight, bias }: Norm): Float32Array {
  const factors = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 1e-6;
    for (let column = 0; column < columns; column++) {
      largest = Math.max(largest, Math.abs(values[row * columns + column]));
    }
    // A normalised number seldom exceeds three.
    const loudness = Math.abs(weight[row]) * 3 + Math.abs(bias[row]) + 1e-3;
    factors[row] = loudness ** smoothing / largest ** (1 - smoothing);
  }
  return factors;
}

function quantise(values: Float32Array, columns: number): { quantised: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(columns);
  for (let start = 0; start < values.length; start += columns) {
    for (let column = 0; column < columns; column++) {
      scales[column] = Math.max(scales[column], Math.abs(values[start + column]));
    }
  }
  for (let column = 0; column < columns; column++) scales[column] = (scales[column] || 1) / weightMax;
  const quantised = new Int8Array(values.length);
  for (let start = 0; start < values.length; start += columns) {
    for (let column = 0; column < columns; column++) {
      quantised[start + column] = Math.round(values[start + column] / scales[column]);
    }
  }
  return { quantised, scales };
}
