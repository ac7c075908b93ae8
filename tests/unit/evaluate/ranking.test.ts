import { describe, expect, it } from "vitest";
import { figures } from "../../../host/evaluate/ranking.js";

describe("figures", () => {
  it("are perfect where every anomalous score is higher", () => {
    const result = figures(Float64Array.from([0, 0.1, 0.2]), Float64Array.from([2, 3]));
    expect(result.auc).toBe(1);
    expect(result.averagePrecision).toBe(1);
    expect(result.bestF1).toBe(1);
    expect(result.default).toEqual({ falsePositiveRate: 0, recall: 1 });
  });

  it("count ties half", () => {
    expect(figures(Float64Array.from([1, 1]), Float64Array.from([1, 1])).auc).toBe(0.5);
  });

  it("agree with scikit-learn 1.9 (roc_auc_score, average_precision_score, precision_recall_curve)", () => {
    // normal [.1 .4 .35 .8 .2], anomalous [.9 .35 .7]: its figures are the three below
    const result = figures(Float64Array.from([0.1, 0.4, 0.35, 0.8, 0.2]), Float64Array.from([0.9, 0.35, 0.7]));
    expect(result.auc).toBeCloseTo(0.7666667, 6);
    expect(result.averagePrecision).toBeCloseTo(0.7222222, 6);
    expect(result.bestF1).toBeCloseTo(0.6666667, 6);
  });
});
