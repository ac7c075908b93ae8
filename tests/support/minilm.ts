/** The sentence model and its library, where they are at hand; neither is part of the repository. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

export const modelsFolder = resolve(process.env.ODDLINE_MODELS ?? "../shared/models");
export const embedderFolder = resolve(process.env.ODDLINE_EMBEDDER ?? "../oddline-minilm");
export const hasMinilm =
  existsSync(join(modelsFolder, "all-MiniLM-L6-v2")) && existsSync(join(embedderFolder, "node_modules"));
if (!hasMinilm) console.warn("MiniLM is not at hand (ODDLINE_MODELS, ODDLINE_EMBEDDER): what needs it is not tested");

/** Options of the command line that find them. */
export const minilmOptions = ["--embedder", "minilm", "--embedder-path", embedderFolder, "--model-path", modelsFolder];
