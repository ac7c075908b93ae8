/** `refresh --embedder`: a sentence transformer that gives the words of the log vectors, or none. */
import { type Command, Option } from "commander";
import type { Configuration } from "../config/configuration.js";
import { type Embedder, type EmbedderName, embedderNames, openEmbedder } from "../embed/index.js";
import { type Taught, teach } from "../learn/teacher.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import type { Engine } from "../wasm/engine.js";

export interface TeacherChoice {
  embedder?: EmbedderName;
  modelPath?: string;
  embedderPath?: string;
  cacheDir?: string;
  /** False with --no-cache. */
  cache: boolean;
}

export function addTeacherOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--embedder <name>",
        "takes precedence over the configuration: builtin needs nothing; minilm uses word vectors from a small transformer",
      ).choices(embedderNames),
    )
    .option("--model-path <dir>", "minilm: local folder with the model; without it, the library downloads the model")
    .option("--embedder-path <dir>", "minilm: folder where @huggingface/transformers is installed")
    .option("--cache-dir <dir>", "minilm: folder that caches vectors between runs (default: ~/.cache/oddline)")
    .option("--no-cache", "minilm: do not use the cache");
}

/** Undefined for the embedder that needs none; opened before anything is read, so that a missing one fails first. */
export function openTeacher(choice: TeacherChoice, configuration: Configuration | undefined): Embedder | undefined {
  const name = choice.embedder ?? configuration?.learn.embedder ?? "builtin";
  if (name === "builtin") return undefined;
  const { modelPath, embedderPath, cacheDir: cacheFolder, cache: useCache } = choice;
  return openEmbedder(name, { modelPath, embedderPath, cacheFolder, useCache });
}

export async function taughtBy(teacher: Embedder, engine: Engine, store: SignatureStore): Promise<Taught | undefined> {
  try {
    return await teach(engine, store, teacher);
  } finally {
    await teacher.close();
  }
}
