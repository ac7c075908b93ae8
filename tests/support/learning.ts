/** Shared by tests that learn: a log as text in, a model or a summary out. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSources } from "../../host/io/chunks.js";
import { readSignatures } from "../../host/learn/readSignatures.js";
import { type LearnOptions, type LearnSummary, learn } from "../../host/learn/refresh.js";
import { SignatureStore, signaturesMaxDefault } from "../../host/signatures/signatureStore.js";
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
  signaturesMax = signaturesMaxDefault,
): Promise<{ model: Uint8Array; summary: LearnSummary; store: SignatureStore }> {
  const engine = new Engine();
  const store = new SignatureStore(signaturesMax);
  await readSignatures(engine, openSources(files), store);
  return { ...learn(engine, store, { ...learnDefaults, ...options }), store };
}

export async function learnText(text: string, options: Partial<LearnOptions> = {}, signaturesMax?: number) {
  return withFolder(async (folder) => {
    const path = join(folder, "log");
    writeFileSync(path, text);
    return learnFiles([path], options, signaturesMax);
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
