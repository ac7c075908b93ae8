import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { asCached, VectorCache } from "../../../host/embed/vectorCache.js";
import { randomFrom } from "../../support/clouds.js";
import { withFolder } from "../../support/learning.js";

const dims = 384;
const random = randomFrom(5);
const vectors = Array.from({ length: 40 }, () => {
  const values = Float32Array.from({ length: dims }, () => random() - 0.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
});
const keys = vectors.map((_, index) => VectorCache.keyOf(`line ${index}`));

function open(folder: string, version = "model-1", vectorsMax?: number) {
  return new VectorCache(folder, version, dims, vectorsMax);
}
function held(cache: VectorCache): number[] {
  const row = new Float32Array(dims);
  return [...keys.keys()].filter((index) => {
    if (!cache.read(keys[index], row)) return false;
    expect(Buffer.from(row.buffer).equals(Buffer.from(asCached(vectors[index]).buffer))).toBe(true);
    return true;
  });
}
function fill(cache: VectorCache, from: number, to: number) {
  for (let index = from; index < to; index++) cache.set(keys[index], vectors[index]);
  cache.save();
}

describe("embeddings on disk", () => {
  it("come back as a run without a cache sees them, within 1.6e-5 of what was embedded", async () => {
    await withFolder(async (folder) => {
      fill(open(folder), 0, 40);
      expect(held(open(folder))).toHaveLength(40);
      const differences = vectors.flatMap((vector) => [...asCached(vector).map((value, i) => value - vector[i])]);
      expect(Math.max(...differences.map(Math.abs))).toBeLessThan(1.6e-5);
    });
  });

  it("are readable by their owner only", async () => {
    await withFolder(async (folder) => {
      const cache = open(join(folder, "inner"));
      fill(cache, 0, 2);
      expect(statSync(cache.path).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder, "inner")).mode & 0o777).toBe(0o700);
    });
  });

  it("are made anew when the file is cut anywhere or any part of it is damaged", async () => {
    await withFolder(async (folder) => {
      const { path } = open(folder);
      const whole = () => {
        fill(open(folder), 0, 10);
        return readFileSync(path);
      };
      for (const bytes of [0, 7, 47, 48, 300, whole().length - 1]) {
        writeFileSync(path, whole());
        truncateSync(path, bytes);
        expect(held(open(folder)), `cut at ${bytes}`).toEqual([]);
      }
      for (const at of [0, 9, 13, 20, 60, 500, whole().length - 1]) {
        const damaged = Buffer.from(whole());
        damaged[at] ^= 64;
        writeFileSync(path, damaged);
        expect(held(open(folder)), `damaged at ${at}`).toEqual([]);
      }
      whole();
      expect(held(open(folder))).toHaveLength(10);
    });
  });

  it("of another model are not taken", async () => {
    await withFolder(async (folder) => {
      fill(open(folder, "model-1"), 0, 10);
      expect(held(open(folder, "model-2"))).toEqual([]);
      fill(open(folder, "model-2"), 10, 20);
      expect(held(open(folder, "model-1"))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });
  });

  it("of two runs at once are all kept, and the file is whole at any moment", async () => {
    await withFolder(async (folder) => {
      const [one, other] = [open(folder), open(folder)];
      fill(one, 0, 10);
      expect(held(open(folder))).toHaveLength(10);
      fill(other, 10, 20);
      expect(held(open(folder))).toHaveLength(20);
      fill(one, 20, 30);
      expect(held(open(folder))).toHaveLength(30);
    });
  });

  it("beyond the limit are left out, those not asked for longest first", async () => {
    await withFolder(async (folder) => {
      fill(open(folder), 0, 20);
      const cache = open(folder, "model-1", 15);
      const row = new Float32Array(dims);
      for (const index of [17, 18, 19]) expect(cache.read(keys[index], row)).toBe(true);
      fill(cache, 20, 25);
      expect(held(open(folder))).toEqual([0, 1, 2, 3, 4, 5, 6, 17, 18, 19, 20, 21, 22, 23, 24]);
    });
  });

  it("are no reason to fail where there is a folder in place of the file", async () => {
    await withFolder(async (folder) => {
      mkdirSync(join(folder, "model-1.vectors"));
      expect(held(open(folder))).toEqual([]);
    });
  });
});
