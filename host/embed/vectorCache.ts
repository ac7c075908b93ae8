/**
 * Embeddings kept on disk by content hash, so that a nightly run pays only for new lines. One file a model version,
 * readable by its owner only, replaced whole: a run that is killed leaves the old one. A damaged file is a cold start.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { replaceFile } from "../io/replaceFile.js";

// File:
//   0 ┌──────────────────┬──────────┬───────────┬────────────────────────────────────┐
//     │ magic "oddline2" │ dims u32 │ count u32 │ checksum: SHA-256 of what follows  │  48
//     ├──────────────────┴──────────┴───────────┴────────────────────────────────────┤
//  48 │ count × (key: 16 bytes of SHA-256)   then   count × (dims × float32)         │
//     └──────────────────────────────────────────────────────────────────────────────┘
const magic = "oddline2";
const headBytes = 48;
const keyBytes = 16;
/** 155 MB at 384 dims; vectors not asked for longest are left out first. */
const vectorsMax = 100_000;

export class VectorCache {
  private readonly path: string;
  private known = new Map<string, Float32Array>();
  private readonly used = new Map<string, Float32Array>();
  private changed = false;

  constructor(
    folder: string,
    version: string,
    readonly dims: number,
  ) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, `${version}.vectors`);
    this.known = readVectors(this.path, dims);
  }

  static keyOf(text: string): string {
    return createHash("sha256").update(text).digest().toString("latin1", 0, keyBytes);
  }

  get(key: string): Float32Array | undefined {
    const vector = this.known.get(key) ?? this.used.get(key);
    if (vector) this.used.set(key, vector);
    return vector;
  }

  set(key: string, vector: Float32Array): void {
    this.used.set(key, vector);
    this.changed = true;
  }

  /** What this run used comes first, the rest as it stood. */
  save(): void {
    if (!this.changed) return;
    const entries = [...new Map([...this.used, ...this.known])].slice(0, vectorsMax);
    const file = Buffer.alloc(headBytes + entries.length * (keyBytes + this.dims * 4));
    file.write(magic, 0, "latin1");
    file.writeUInt32LE(this.dims, 8);
    file.writeUInt32LE(entries.length, 12);
    const vectorsStart = headBytes + entries.length * keyBytes;
    entries.forEach(([key, vector], index) => {
      file.write(key, headBytes + index * keyBytes, "latin1");
      const bytes = new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
      file.set(bytes, vectorsStart + index * this.dims * 4);
    });
    file.set(createHash("sha256").update(file.subarray(headBytes)).digest(), 16);
    replaceFile(this.path, file, 0o600);
    this.changed = false;
  }
}

function readVectors(path: string, dims: number): Map<string, Float32Array> {
  const vectors = new Map<string, Float32Array>();
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return vectors;
  }
  if (!isWhole(file, dims)) {
    process.stderr.write(`${path}: damaged, its embeddings are made anew\n`);
    return vectors;
  }
  const count = file.readUInt32LE(12);
  const start = headBytes + count * keyBytes;
  const all = new Float32Array(new Uint8Array(file.subarray(start)).buffer);
  for (let index = 0; index < count; index++) {
    const key = file.toString("latin1", headBytes + index * keyBytes, headBytes + (index + 1) * keyBytes);
    vectors.set(key, all.subarray(index * dims, (index + 1) * dims));
  }
  return vectors;
}

function isWhole(file: Buffer, dims: number): boolean {
  if (file.length < headBytes || file.toString("latin1", 0, 8) !== magic || file.readUInt32LE(8) !== dims) return false;
  if (file.length !== headBytes + file.readUInt32LE(12) * (keyBytes + dims * 4)) return false;
  return createHash("sha256").update(file.subarray(headBytes)).digest().equals(file.subarray(16, headBytes));
}

/** `$XDG_CACHE_HOME/oddline`, by default `~/.cache/oddline`. */
export function defaultCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "oddline");
}
