import { logarithm, powerOfTwo } from "../../../assembly/runtime/exponential";

/** A few units in the last place. */
const LEAST: f64 = 4e-16;

function differ(value: f64, other: f64): bool {
  return Math.abs(value - other) > LEAST * max(1, Math.abs(other));
}

// Golden values: the library's, exact to half a unit in the last place.
describe("logarithm", () => {
  it("says what the library's says", () => {
    for (let value: f64 = 1e-300; value < 1e300; value *= 1.37)
      expect(differ(logarithm(value), Math.log(value))).toBe(false);
    for (let value: f64 = 0.001; value < 4; value += 0.0007)
      expect(differ(logarithm(value), Math.log(value))).toBe(false);
    expect(logarithm(1)).toBe(0);
    expect(logarithm(2)).toBe(Math.LN2);
  });

  it("is a number for whatever is given", () => {
    expect(logarithm(0)).toBeLessThan(-708);
    expect(logarithm(-1)).toBeLessThan(-708);
    expect(isFinite(logarithm(Infinity))).toBe(true);
  });
});

describe("power of two", () => {
  it("says what the library's says", () => {
    for (let value: f64 = -40; value < 1; value += 0.0113)
      expect(differ(powerOfTwo(value), Math.pow(2, value))).toBe(false);
    expect(powerOfTwo(0)).toBe(1);
    expect(powerOfTwo(-1)).toBe(0.5);
  });

  it("is a number for whatever is given", () => {
    expect(powerOfTwo(-1022)).toBe(Math.pow(2, -1022));
    expect(powerOfTwo(-1023)).toBe(0);
    expect(powerOfTwo(-Infinity)).toBe(0);
    expect(powerOfTwo(NaN)).toBe(0);
  });
});
