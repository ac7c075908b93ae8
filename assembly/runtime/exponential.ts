/**
 * Logarithm and power to the last bit but one or two, by series (Abramowitz and Stegun, 4.1.27 and 4.2.1). Those of the
 * language's library are exact to half a bit, for which they carry nine kilobytes of tables.
 */

const EXPONENT_BIAS: i64 = 1023;
const MANTISSA_BITS: u64 = 52;
const MANTISSA: u64 = 0x000fffffffffffff;
const ONE: u64 = 0x3ff0000000000000;
const LOG_TERMS: i32 = 11;
const POWER_TERMS: i32 = 14;

/** Natural logarithm; of what is not above 0 that of the smallest number. */
export function logarithm(value: f64): f64 {
  const bits = reinterpret<u64>(max(value, f64.MIN_NORMAL_VALUE));
  let exponent = <i64>(bits >> MANTISSA_BITS) - EXPONENT_BIAS;
  let mantissa = reinterpret<f64>((bits & MANTISSA) | ONE);
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  // 2 artanh((m - 1) / (m + 1))
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let sum: f64 = 0;
  for (let term = LOG_TERMS; term > 0; term--) sum = sum * square + 1 / <f64>(2 * term - 1);
  return <f64>exponent * Math.LN2 + 2 * ratio * sum;
}

/** Two to that power, which is none above 1023; 0 below -1022. */
export function powerOfTwo(exponent: f64): f64 {
  if (!(exponent >= <f64>(<i64>1 - EXPONENT_BIAS))) return 0;
  const whole = nearest(exponent);
  const rest = (exponent - whole) * Math.LN2;
  let sum: f64 = 1;
  for (let term = POWER_TERMS; term > 0; term--) sum = 1 + (sum * rest) / <f64>term;
  return sum * reinterpret<f64>((<u64>(<i64>whole + EXPONENT_BIAS)) << MANTISSA_BITS);
}
