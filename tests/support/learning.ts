/** Shared by tests that learn: a log as text in, a model or a summary out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormStore, formsMaxDefault } from "../../host/forms/formStore.js";
import { openSources } from "../../host/io/chunks.js";
import { readForms } from "../../host/learn/readForms.js";
import { type LearnOptions, type LearnSummary, learn } from "../../host/learn/refresh.js";
import { Engine } from "../../host/wasm/engine.js";

export const learnDefaults: LearnOptions = {
  share: 0.001,
  eps: 0.5,
  minSamples: 20,
  ageSecondsMax: 0,
  embedder: "builtin",
  given: new Map(),
};

export async function learnFiles(
  files: string[],
  options: Partial<LearnOptions> = {},
  formsMax = formsMaxDefault,
): Promise<{ model: Uint8Array; summary: LearnSummary; store: FormStore }> {
  const engine = new Engine();
  const store = new FormStore(formsMax);
  await readForms(engine, openSources(files), store);
  return { ...learn(engine, store, { ...learnDefaults, ...options }), store };
}

export async function learnText(text: string, options: Partial<LearnOptions> = {}, formsMax?: number) {
  return withFolder(async (folder) => {
    const path = join(folder, "log");
    writeFileSync(path, text);
    return learnFiles([path], options, formsMax);
  });
}

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "oddline-test-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
