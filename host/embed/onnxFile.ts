/**
 * The few messages of an ONNX file that are needed to read a network's weights and to write another network around
 * them. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; encoding: https://protobuf.dev
 */

export const elementType = { float: 1, int8: 3, int64: 7 } as const;
type ElementType = (typeof elementType)[keyof typeof elementType];

export interface Weights {
  dims: number[];
  type: number;
  bytes: Uint8Array;
}

/** Wire types of protobuf. */
const wire = { varint: 0, eightBytes: 1, bytes: 2, fourBytes: 5 } as const;
const field = {
  model: { irVersion: 1, graph: 7, operatorSet: 8 },
  graph: { node: 1, name: 2, weights: 5, input: 11, output: 12 },
  weights: { dims: 1, type: 2, name: 8, bytes: 9 },
} as const;

/** All weights that lie in the file itself, by name. */
export function readWeights(file: Uint8Array): Map<string, Weights> {
  const found = new Map<string, Weights>();
  for (const [modelField, graph] of fields(file)) {
    if (modelField !== field.model.graph || typeof graph === "number") continue;
    for (const [graphField, tensor] of fields(graph)) {
      if (graphField !== field.graph.weights || typeof tensor === "number") continue;
      const weights: Weights = { dims: [], type: 0, bytes: new Uint8Array(0) };
      let name = "";
      for (const [key, value] of fields(tensor)) {
        if (typeof value === "number") {
          if (key === field.weights.dims) weights.dims.push(value);
          else if (key === field.weights.type) weights.type = value;
        } else if (key === field.weights.name) name = Buffer.from(value).toString();
        else if (key === field.weights.bytes) weights.bytes = value;
      }
      found.set(name, weights);
    }
  }
  return found;
}

function* fields(message: Uint8Array): Generator<[number, number | Uint8Array]> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; at < message.length; scale *= 128) {
      const byte = message[at++];
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < message.length) {
    const key = varint();
    const kind = key & 7;
    const number = Math.floor(key / 8);
    if (kind === wire.varint) yield [number, varint()];
    else {
      const length = kind === wire.bytes ? varint() : kind === wire.fourBytes ? 4 : 8;
      yield [number, message.subarray(at, at + length)];
      at += length;
    }
  }
}

type Attribute = { float: number } | { integer: number } | { integers: number[] };

export function node(
  operator: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, Attribute> = {},
  domain = "",
): Buffer {
  const parts = [...inputs.map((name) => text(1, name)), ...outputs.map((name) => text(2, name))];
  parts.push(text(3, outputs[0]), text(4, operator));
  for (const [name, value] of Object.entries(attributes)) parts.push(bytes(5, attribute(name, value)));
  if (domain !== "") parts.push(text(7, domain));
  return Buffer.concat(parts);
}

function attribute(name: string, value: Attribute): Buffer {
  if ("float" in value) {
    const float = Buffer.alloc(5);
    float[0] = (2 << 3) | wire.fourBytes;
    float.writeFloatLE(value.float, 1);
    return Buffer.concat([text(1, name), float, integer(20, 1)]);
  }
  if ("integer" in value) return Buffer.concat([text(1, name), integer(3, value.integer), integer(20, 2)]);
  return Buffer.concat([text(1, name), ...value.integers.map((one) => integer(8, one)), integer(20, 7)]);
}

export function weights(name: string, dims: number[], type: ElementType, values: ArrayBufferView): Buffer {
  return Buffer.concat([
    ...dims.map((size) => integer(field.weights.dims, size)),
    integer(field.weights.type, type),
    text(field.weights.name, name),
    bytes(field.weights.bytes, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}

/** What goes in or comes out; a name among the dims is a size not fixed. */
export function port(name: string, type: ElementType, dims: (number | string)[]): Buffer {
  const shape = dims.map((size) => bytes(1, typeof size === "string" ? text(2, size) : integer(1, size)));
  return Buffer.concat([
    text(1, name),
    bytes(2, bytes(1, Buffer.concat([integer(1, type), bytes(2, Buffer.concat(shape))]))),
  ]);
}

export interface Graph {
  nodes: Buffer[];
  weights: Buffer[];
  inputs: Buffer[];
  outputs: Buffer[];
}

/** The bytes of a whole file, in pieces: the weights are large, joining them once is enough. */
export function modelFile(graph: Graph, operatorSets: Record<string, number>): Buffer {
  const body = [
    ...graph.nodes.map((one) => bytes(field.graph.node, one)),
    text(field.graph.name, "oddline"),
    ...graph.weights.flatMap((one) => [head(field.graph.weights, one.length), one]),
    ...graph.inputs.map((one) => bytes(field.graph.input, one)),
    ...graph.outputs.map((one) => bytes(field.graph.output, one)),
  ];
  const sets = Object.entries(operatorSets).map(([domain, version]) =>
    bytes(field.model.operatorSet, Buffer.concat([text(1, domain), integer(2, version)])),
  );
  const length = body.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([integer(field.model.irVersion, 8), ...sets, head(field.model.graph, length), ...body]);
}

function varintOf(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
  return Buffer.from(out);
}

const head = (number: number, length: number) =>
  Buffer.concat([varintOf((number << 3) | wire.bytes), varintOf(length)]);
const bytes = (number: number, content: Uint8Array) => Buffer.concat([head(number, content.length), content]);
const text = (number: number, content: string) => bytes(number, Buffer.from(content));
const integer = (number: number, value: number) => Buffer.concat([varintOf(number << 3), varintOf(value)]);
