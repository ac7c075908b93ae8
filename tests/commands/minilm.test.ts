import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { minilmModel } from "../../host/embed/minilmModel.js";
import { loadNetwork } from "../../host/embed/minilmNetwork.js";
import { minilmWeights } from "../../host/embed/minilmWeights.js";
import { findTransformers } from "../../host/embed/transformers.js";
import { withFolder } from "../support/learning.js";
import { embedderFolder, hasMinilm, minilmOptions, modelsFolder } from "../support/minilm.js";

const dims = 384;
const lines = [...new Set(shopLog(9, 1_795_000_000, 400, true).trimEnd().split("\n"))];

function scan(...words: string[]) {
  return spawnSync(process.execPath, ["dist/bin.js", "scan", ...words], { encoding: "utf8", maxBuffer: 1 << 28 });
}

describe("MiniLM without its library", () => {
  it("says what to install", async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, "log"), "a line\n");
      const { status, stderr } = scan(join(folder, "log"), "--embedder", "minilm", "--embedder-path", folder);
      if (stderr.includes("lines embedded")) return; // installed beside Oddline itself
      expect(status).toBe(2);
      expect(stderr).toContain("error EMBEDDER_MISSING");
      expect(stderr).toContain(
        `npm install --onnxruntime-node-install=skip --prefix ${folder} @huggingface/transformers@4`,
      );
    });
  });

  it("is an optional peer, in the lock file too, so that npm ci does not install it", () => {
    const manifest = JSON.parse(readFileSync("package.json", "utf8"));
    const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
    const name = "@huggingface/transformers";
    for (const root of [manifest, lock.packages[""]]) {
      expect(root.peerDependencies[name]).toBe("^4.0.0");
      expect(root.peerDependenciesMeta[name]).toEqual({ optional: true });
    }
    expect(Object.keys(lock.packages).filter((path) => path.includes(name))).toEqual([]);
  });

  it("takes a file of another layout for what it is", () => {
    expect(minilmWeights(new Uint8Array(0))).toBeUndefined();
    expect(minilmWeights(Buffer.from("no network at all"))).toBeUndefined();
  });
});

describe.skipIf(!hasMinilm)("MiniLM", () => {
  it("written anew lies close to the network as the library runs it", { timeout: 200_000 }, async () => {
    const model = minilmModel(modelsFolder);
    expect(model.graph).toBeDefined();
    const setup = {
      entry: findTransformers(embedderFolder),
      model: model.name,
      modelFolder: model.folder,
      cacheFolder: join(modelsFolder, "none"),
    };
    const texts = [...lines.filter((_, index) => index % 20 === 0), "x", "é 漢字 \u0000", "word ".repeat(600)];
    const fast = await (await loadNetwork({ ...setup, graph: model.graph!() }))(texts);
    const slow = await loadNetwork({ ...setup, graph: undefined });
    const cosines: number[] = [];
    for (const [row, text] of texts.entries()) {
      const expected = await slow([text]);
      const found = fast.subarray(row * dims, (row + 1) * dims);
      cosines.push(found.reduce((sum, value, dim) => sum + value * expected[dim], 0));
    }
    expect(cosines.length).toBeGreaterThan(20);
    expect(Math.min(...cosines)).toBeGreaterThan(0.96);
    expect(cosines.reduce((sum, cosine) => sum + cosine) / cosines.length).toBeGreaterThan(0.985);
  });

  it("embeds the new lines only, with the outcome of a run without a cache", { timeout: 200_000 }, async () => {
    await withFolder(async (folder) => {
      const log = join(folder, "log");
      const cached = (...more: string[]) =>
        scan(log, "--json", "--min-samples", "5", ...minilmOptions, "--cache-dir", join(folder, "cache"), ...more);
      writeFileSync(log, `${lines.slice(0, 40).join("\n")}\n`);
      expect(cached().stderr).toContain("\n40 lines embedded, 0 taken from the cache");
      writeFileSync(log, `${lines.slice(0, 46).join("\n")}\n${lines.slice(0, 30).join("\n")}\n`);
      const second = cached();
      expect(second.stderr).toContain("\n6 lines embedded, 40 taken from the cache");
      const third = cached();
      expect(third.stderr).toContain("\n0 lines embedded, 46 taken from the cache");
      const without = cached("--no-cache");
      expect(without.stderr).toContain("\n46 lines embedded, 0 taken from the cache");
      expect(without.stdout.length).toBeGreaterThan(0);
      for (const { stdout } of [second, third]) expect(stdout).toBe(without.stdout);
    });
  });
});
