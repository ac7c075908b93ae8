/**
 * The windows a forest learns from, bounded: past the bound a seeded reservoir (Vitter's algorithm R) keeps an even
 * sample, so months of history and a million destinations cost the same memory.
 */
import { type Random, seededRandom } from "../math/random.js";
import { featureNames } from "../model/networkFeatures.js";
import type { EntityWindow } from "./flowTable.js";

/** 6 MB. A forest draws 25,600 rows. */
export const rowsMaxDefault = 200_000;

export class TrainingRows {
  /** Windows offered, kept or not. */
  offered = 0;
  private values = new Float32Array(1024 * featureNames.length);
  private count = 0;
  private readonly random: Random;

  constructor(
    seed: number,
    private readonly rowsMax = rowsMaxDefault,
  ) {
    this.random = seededRandom(seed);
  }

  add({ values }: Pick<EntityWindow, "values">): void {
    this.offered++;
    const row = this.count < this.rowsMax ? this.count++ : Math.floor(this.random() * this.offered);
    if (row >= this.rowsMax) return;
    const width = featureNames.length;
    if (this.count * width > this.values.length) {
      const larger = new Float32Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    for (let i = 0; i < width; i++) this.values[row * width + i] = values[featureNames[i]];
  }

  get rowCount(): number {
    return this.count;
  }

  /** All seven features, row by row. */
  rows(): Float32Array {
    return this.values.subarray(0, this.count * featureNames.length);
  }
}
