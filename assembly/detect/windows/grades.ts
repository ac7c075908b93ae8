/** How grave a rate is: 1 low, 2 medium, 3 high, by how many times its threshold came. */
import { severityHigh, severityMedium } from "../../config/settings";

/** A threshold that was learnt is a multiple of the most that ever came: what is beyond it counts fourfold. */
const BEYOND_LEARNT: f64 = 4;

export function gradeOfRate(score: f64, isLearnt: bool): i32 {
  const parts: f64 = isLearnt ? BEYOND_LEARNT : 1;
  if (score >= 1 + (severityHigh - 1) / parts) return 3;
  return score >= 1 + (severityMedium - 1) / parts ? 2 : 1;
}
