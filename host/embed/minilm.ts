/**
 * The sentence embedder of the article this tool grew from: all-MiniLM-L6-v2 on each distinct line as it is, cut at 256
 * tokens. What the cache holds is not embedded again. One thread a core, a line at a time: then nothing is padded, a
 * line's numbers stay in the core's cache, and its vector depends on nothing but the line.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { OddlineError } from "../io/errors.js";
import type { Embedded, Embedder, EmbedProgress } from "./embedder.js";
import { hashNumber, noContent } from "./embedder.js";
import { type MinilmModel, minilmModel } from "./minilmModel.js";
import type { NetworkSetup } from "./minilmNetwork.js";
import type { WorkerAnswer } from "./minilmWorker.js";
import { findTransformers } from "./transformers.js";
import { asCached, defaultCacheFolder, VectorCache } from "./vectorCache.js";

const dims = 384;
/** Lines a thread is given at once; where the library runs the network they are padded to one length. */
const batchTexts = 16;
/** The cache is written this often during a long run, so that a killed one keeps most of its work. */
const textsBetweenSaves = 5000;
/** 256 tokens are never more than this; a longer line need not be held. */
const textCharactersMax = 8192;

export interface MinilmOptions {
  modelPath?: string;
  embedderPath?: string;
  cacheFolder?: string;
  /** False: neither read nor write the cache. */
  useCache?: boolean;
}

export class MinilmEmbedder implements Embedder {
  readonly name = "minilm";
  readonly dims = dims;
  readonly linesNotKept = 0;
  contentsEmbedded = 0;
  private readonly entry: string;
  private readonly model: MinilmModel;
  private readonly cacheFolder: string;
  private readonly cache: VectorCache | undefined;
  private readonly contents = new Map<string, number>();
  private workers: MinilmThread[] = [];

  constructor({ modelPath, embedderPath, cacheFolder, useCache = true }: MinilmOptions) {
    this.entry = findTransformers(embedderPath);
    this.model = minilmModel(modelPath);
    this.cacheFolder = cacheFolder ?? defaultCacheFolder();
    if (useCache) this.cache = new VectorCache(this.cacheFolder, this.model.version, dims);
  }

  get version(): string {
    return this.model.version;
  }

  get contentCount(): number {
    return this.contents.size;
  }

  contentsOf(lines: Uint8Array): Int32Array {
    const texts = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength).toString("utf8").split("\n");
    if (texts.at(-1) === "") texts.pop();
    return Int32Array.from(texts, (line) => {
      const text = line.slice(0, textCharactersMax).trim();
      if (text === "") return noContent;
      const known = this.contents.get(text);
      if (known !== undefined) return known;
      this.contents.set(text, this.contents.size);
      return this.contents.size - 1;
    });
  }

  async embed(progress: EmbedProgress): Promise<Embedded> {
    const texts = [...this.contents.keys()];
    const points = new Float32Array(texts.length * dims);
    const missing: number[] = [];
    texts.forEach((text, content) => {
      const row = points.subarray(content * dims, (content + 1) * dims);
      if (!this.cache?.read(VectorCache.keyOf(text), row)) missing.push(content);
    });
    this.contentsEmbedded = missing.length;
    progress.advance(texts.length - missing.length);
    if (missing.length > 0) await this.embedMissing(texts, missing, points, progress);
    this.cache?.save();
    return {
      count: texts.length,
      pointOf: Int32Array.from(texts.keys()),
      hashOf: (point) => {
        const key = Buffer.from(VectorCache.keyOf(texts[point]), "latin1");
        return hashNumber(key.readUInt32LE(0), key.readUInt32LE(4));
      },
      rows: (wanted) => {
        const rows = new Float32Array(wanted.length * dims);
        wanted.forEach((point, row) => {
          rows.set(points.subarray(point * dims, (point + 1) * dims), row * dims);
        });
        return rows;
      },
    };
  }

  /**
   * Lines of one length together, so that little is spent on padding; the longest first, so that no thread ends late.
   */
  private async embedMissing(
    texts: string[],
    missing: number[],
    points: Float32Array,
    progress: EmbedProgress,
  ): Promise<void> {
    missing.sort((a, b) => texts[b].length - texts[a].length || a - b);
    let next = 0;
    let sinceSave = 0;
    const drain = async (thread: MinilmThread) => {
      while (next < missing.length) {
        const batch = missing.slice(next, next + batchTexts);
        next += batch.length;
        const vectors = await thread.embed(batch.map((content) => texts[content]));
        batch.forEach((content, row) => {
          const vector = asCached(vectors.subarray(row * dims, (row + 1) * dims));
          points.set(vector, content * dims);
          this.cache?.set(VectorCache.keyOf(texts[content]), vector);
        });
        progress.advance(batch.length);
        sinceSave += batch.length;
        if (sinceSave >= textsBetweenSaves) {
          sinceSave = 0;
          this.cache?.save();
        }
      }
    };
    const threads = Math.min(availableParallelism(), Math.ceil(missing.length / batchTexts));
    // One after the other: the first may have to download what the others then find.
    const setup = this.setup(this.model.graph?.());
    for (let index = 0; index < threads; index++) {
      const thread = new MinilmThread(setup);
      this.workers.push(thread);
      if (index === 0 && this.model.folder === undefined) await thread.ready;
    }
    await Promise.all(this.workers.map(drain));
  }

  private setup(graph: Uint8Array | undefined): NetworkSetup {
    return {
      entry: this.entry,
      model: this.model.name,
      modelFolder: this.model.folder,
      cacheFolder: join(this.cacheFolder, "models"),
      graph,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((thread) => thread.close()));
    this.workers = [];
  }
}

class MinilmThread {
  private readonly worker: Worker;
  readonly ready: Promise<void>;

  constructor(setup: NetworkSetup) {
    this.worker = new Worker(new URL("./minilmWorker.js", import.meta.url), { workerData: setup });
    this.ready = this.answer().then(() => {});
    this.ready.catch(() => {}); // reported by whoever asks for vectors
  }

  async embed(texts: string[]): Promise<Float32Array> {
    await this.ready;
    const answer = this.answer();
    this.worker.postMessage(texts);
    return (await answer).vectors!;
  }

  private async answer(): Promise<WorkerAnswer> {
    const answer = await new Promise<WorkerAnswer>((resolve) => {
      const failed = (error: Error) => resolve({ problem: error.message });
      this.worker.once("error", failed);
      this.worker.once("message", (message: WorkerAnswer) => {
        this.worker.off("error", failed);
        resolve(message);
      });
    });
    if (answer.problem === undefined) return answer;
    throw new OddlineError("EMBEDDER_FAILED", {
      subject: "--embedder minilm",
      expected: "the model to load and run",
      found: answer.problem.split("\n")[0],
      remedy:
        "name a local copy with --model-path DIR (tokenizer.json, onnx/model_quantized.onnx), or allow the download",
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}
