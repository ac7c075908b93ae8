/**
 * Writes and reads the model's container; the layout is drawn in assembly/operate/modelFile.ts, whose checks decide.
 * The version is a hash of the content, so equal learning and options give equal bytes.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { exitCode } from "../io/errors.js";
import { readBounded } from "../io/readFile.js";
import { replaceFile } from "../io/replaceFile.js";
import { fileError } from "../io/systemErrors.js";
import type { Engine } from "../wasm/engine.js";
import { modelBytesMax } from "../wasm/layout.js";

export const section = {
  thresholds: 1,
  features: 2,
  centroids: 3,
  provenance: 4,
  configuration: 5,
  keywords: 6,
  forest: 7,
  tokens: 8,
  grams: 9,
  usual: 10,
  texts: 11,
} as const;
export type Sections = Map<number, Uint8Array>;

const magic = 0x00454e494c44444fn;
export const modelFormat = 2;
const headerBytes = 32;
const rowBytes = 16;
const align = (bytes: number) => (bytes + 15) & ~15;

export function encodeModel(engine: Engine, sections: Sections): Uint8Array {
  const ids = [...sections.keys()].sort((a, b) => a - b);
  let total = align(headerBytes + ids.length * rowBytes);
  const offsets = ids.map((id) => {
    const offset = total;
    total = align(total + sections.get(id)!.length);
    return offset;
  });
  const model = new Uint8Array(total);
  const view = new DataView(model.buffer);
  view.setBigUint64(0, magic, true);
  view.setUint32(8, modelFormat, true);
  view.setUint32(12, ids.length, true);
  view.setUint32(16, total, true);
  ids.forEach((id, index) => {
    const row = headerBytes + index * rowBytes;
    view.setUint32(row, id, true);
    view.setUint32(row + 4, offsets[index], true);
    view.setUint32(row + 8, sections.get(id)!.length, true);
    model.set(sections.get(id)!, offsets[index]);
  });
  view.setUint32(20, Number(engine.modelChecksum(model) & 0xffffffffn), true);
  view.setBigUint64(24, engine.modelChecksum(model), true);
  return model;
}

/** Sections of a model whose checks the engine has passed. */
export function decodeSections(model: Uint8Array): Sections {
  const view = new DataView(model.buffer, model.byteOffset, model.byteLength);
  const sections: Sections = new Map();
  for (let index = 0; index < view.getUint32(12, true); index++) {
    const row = headerBytes + index * rowBytes;
    const offset = view.getUint32(row + 4, true);
    sections.set(view.getUint32(row, true), model.subarray(offset, offset + view.getUint32(row + 8, true)));
  }
  return sections;
}

/** Eight hexadecimal digits. */
export function modelVersion(model: Uint8Array): string {
  return new DataView(model.buffer, model.byteOffset).getUint32(20, true).toString(16).padStart(8, "0");
}

/** Reads a model and takes it into use. */
export function loadModel(engine: Engine, path: string): Uint8Array {
  const model = readModel(path);
  engine.useModel(model, path);
  return model;
}

/** The bytes of a file that may be a model. */
export function readModel(path: string): Uint8Array {
  try {
    return readBounded(path, modelBytesMax);
  } catch (error) {
    throw fileError(error, path, {
      code: "MODEL_UNREADABLE",
      expected: "a model file",
      remedy: "create one with oddline refresh FILE --out oddline.model",
      exit: exitCode.usage,
    });
  }
}

const ownerOnly = 0o600;

/**
 * In one atomic step; as readable as the model in place and with its owner, a first one by its owner only, unless
 * `mode` says otherwise. None is writable by others.
 */
export function installModel(path: string, model: Uint8Array, mode?: number): void {
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, model, (inPlace) => mode ?? (inPlace ? inPlace.mode & 0o644 : ownerOnly));
}
