/**
 * Prints 250 lines of the demo shop as MiniLM vectors in eight bits (value / 127), base64: what minilm-dbscan.py
 * labels.
 *   node tests/data/golden/minilm-vectors.mjs EMBEDDER_FOLDER MODELS_FOLDER
 */
import { shopLog } from "../../dist/demo/shop.js";
import { minilmModel } from "../../dist/embed/minilmModel.js";
import { loadNetwork } from "../../dist/embed/minilmNetwork.js";
import { findTransformers } from "../../dist/embed/transformers.js";

const [embedder, models] = process.argv.slice(2);
const lines = [...new Set(shopLog(11, 1_795_000_000, 320, true).trimEnd().split("\n"))].slice(0, 250);
const { name, folder } = minilmModel(models);
const setup = { entry: findTransformers(embedder), model: name, modelFolder: folder, cacheFolder: "none" };
const embed = await loadNetwork(setup);
const vectors = [];
for (const line of lines) vectors.push(...(await embed([line])));
console.log(Buffer.from(Int8Array.from(vectors, (value) => Math.round(value * 127)).buffer).toString("base64"));
