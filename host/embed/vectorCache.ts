/**
 * Embeddings kept on disk by content hash, so that a nightly run pays only for new lines. One file a model version,
 * readable by its owner only, replaced whole: a run that is killed leaves the old one, of two runs at once each keeps
 * what the other wrote before it. A damaged file is a cold start.
 */
import { createHash } from "node:crypto";
import { mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { readBounded } from "../io/readFile.js";
import { replaceFile } from "../io/replaceFile.js";
import { note } from "../io/stdout.js";
import { unreadable } from "../io/systemErrors.js";

// File:
//   0 ┌──────────────────┬──────────┬───────────┬────────────────────────────────────┐
//     │ magic "oddline3" │ dims u32 │ count u32 │ checksum: SHA-256 of what follows  │  48
//     ├──────────────────┴──────────┴───────────┴────────────────────────────────────┤
//  48 │ count × (key: 16 bytes of SHA-256)   then   count × (dims × i16)             │
//     └──────────────────────────────────────────────────────────────────────────────┘
const magic = "oddline3";
const headBytes = 48;
const keyBytes = 16;
/** 157 MB at 384 dims; vectors not asked for longest are left out first. */
export const vectorsMaxDefault = 200_000;
/** Four times that: one of another size is not ours. */
const fileBytesMax = 640 << 20;
/** A coordinate of a unit vector in 16 bits: off by at most 1.5e-5, where eight bits would be off by 4e-3. */
const one = 32767;

export class VectorCache {
  readonly path: string;
  private known: Map<string, Int16Array>;
  private readonly used = new Map<string, Int16Array>();
  private changed = false;
  private stamp: string;

  constructor(
    folder: string,
    version: string,
    readonly dims: number,
    readonly vectorsMax = vectorsMaxDefault,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, `${version}.vectors`);
    this.stamp = stampOf(this.path);
    this.known = readVectors(this.path, dims);
  }

  static keyOf(text: string): string {
    return createHash("sha256").update(text).digest().toString("latin1", 0, keyBytes);
  }

  /** Writes the vector of this key to `row`; false where there is none. */
  read(key: string, row: Float32Array): boolean {
    const vector = this.known.get(key) ?? this.used.get(key);
    if (vector === undefined) return false;
    this.used.set(key, vector);
    for (let dim = 0; dim < this.dims; dim++) row[dim] = vector[dim] / one;
    return true;
  }

  set(key: string, vector: Float32Array): void {
    this.used.set(
      key,
      Int16Array.from(vector, (value) => Math.round(value * one)),
    );
    this.changed = true;
  }

  /** What this run used comes first, then what another run wrote meanwhile, then the rest as it stood. */
  save(): void {
    if (!this.changed) return;
    if (stampOf(this.path) !== this.stamp) this.known = new Map([...readVectors(this.path, this.dims), ...this.known]);
    const entries = [...new Map([...this.used, ...this.known])].slice(0, this.vectorsMax);
    const file = Buffer.alloc(headBytes + entries.length * (keyBytes + this.dims * 2));
    file.write(magic, 0, "latin1");
    file.writeUInt32LE(this.dims, 8);
    file.writeUInt32LE(entries.length, 12);
    const vectorsStart = headBytes + entries.length * keyBytes;
    entries.forEach(([key, vector], index) => {
      file.write(key, headBytes + index * keyBytes, "latin1");
      const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
      file.set(bytes, vectorsStart + index * this.dims * 2);
    });
    file.set(createHash("sha256").update(file.subarray(headBytes)).digest(), 16);
    replaceFile(this.path, file, 0o600);
    this.stamp = stampOf(this.path);
    this.changed = false;
  }
}

/** A vector as it comes back from the cache: a cold run must see what a warm one sees. */
export function asCached(vector: Float32Array): Float32Array {
  return vector.map((value) => Math.round(value * one) / one + 0); // no -0
}

/** Changes whenever the file is replaced. */
function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : "";
}

function readVectors(path: string, dims: number): Map<string, Int16Array> {
  const vectors = new Map<string, Int16Array>();
  let file: Buffer;
  try {
    file = readBounded(path, fileBytesMax);
  } catch (error) {
    const problem = unreadable(error);
    if (problem) note(`${path}: ${problem}; its embeddings are computed again`);
    return vectors;
  }
  if (!isWhole(file, dims)) {
    note(`${path}: damaged; its embeddings are computed again`);
    return vectors;
  }
  const count = file.readUInt32LE(12);
  const start = headBytes + count * keyBytes;
  const all = new Int16Array(new Uint8Array(file.subarray(start)).buffer);
  for (let index = 0; index < count; index++) {
    const key = file.toString("latin1", headBytes + index * keyBytes, headBytes + (index + 1) * keyBytes);
    vectors.set(key, all.subarray(index * dims, (index + 1) * dims));
  }
  return vectors;
}

function isWhole(file: Buffer, dims: number): boolean {
  if (file.length < headBytes || file.toString("latin1", 0, 8) !== magic || file.readUInt32LE(8) !== dims) return false;
  if (file.length !== headBytes + file.readUInt32LE(12) * (keyBytes + dims * 2)) return false;
  return createHash("sha256").update(file.subarray(headBytes)).digest().equals(file.subarray(16, headBytes));
}

/** `$XDG_CACHE_HOME/oddline`, by default `~/.cache/oddline`. */
export function defaultCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "oddline");
}
