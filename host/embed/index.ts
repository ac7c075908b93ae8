/** The embedders by name. */
import { BuiltinEmbedder } from "./builtin.js";
import type { Embedder } from "./embedder.js";
import { MinilmEmbedder, type MinilmOptions } from "./minilm.js";

export type { Embedded, Embedder } from "./embedder.js";

export interface EmbedderOptions extends MinilmOptions {
  /** Distinct contents that the builtin embedder keeps. */
  contentsMax?: number;
}

const embedders = {
  builtin: ({ contentsMax }: EmbedderOptions): Embedder => new BuiltinEmbedder(contentsMax),
  minilm: (options: EmbedderOptions): Embedder => new MinilmEmbedder(options),
};

export type EmbedderName = keyof typeof embedders;
export const embedderNames = Object.keys(embedders) as EmbedderName[];

export function openEmbedder(name: EmbedderName, options: EmbedderOptions): Embedder {
  return embedders[name](options);
}
