/**
 * Points in Euclidean space and the one question DBSCAN asks of them: are these two within a radius? Exact, but most
 * pairs are settled by a few coordinates along the principal axes: what is left out of them bounds the rest from both
 * sides (|a' - b'|² + (ra - rb)² <= |a - b|² <= |a' - b'|² + (ra + rb)², r the length of the part left out).
 */
import { type PrincipalAxes, principalAxes } from "./principal.js";

/** 16 axes settled 97 % of the pairs of 4,000 distinct access-log lines; 8 left twice as many open, 32 cost more. */
const axesCount = 16;
/** Fewer dims than this are compared outright. */
const outrightDimsMax = 32;
/** Of the largest squared length: far above the rounding of the projection (a root of 1e-15), far below any radius. */
const slackShare = 1e-6;

export class Points {
  private readonly axes: PrincipalAxes | undefined;
  private readonly shadow: Float64Array | undefined;
  private readonly rest: Float64Array | undefined;
  private readonly slack: number = 0;

  /** `values` row by row, `count` rows of `dims`; the first of them may be `known` from before. */
  constructor(
    readonly values: Float32Array,
    readonly count: number,
    readonly dims: number,
    known?: Points,
  ) {
    if (values.length !== count * dims) throw new RangeError(`${count} x ${dims} points need ${count * dims} values`);
    if (dims <= outrightDimsMax || count < 64) return;
    this.axes = known?.axes ?? principalAxes(values, count, dims, axesCount);
    this.shadow = new Float64Array(count * axesCount);
    this.rest = new Float64Array(count);
    const from = known?.shadow ? known.count : 0;
    if (from > 0) {
      this.shadow.set(known!.shadow!);
      this.rest.set(known!.rest!);
    }
    const squaredLengthMax = project(this, this.axes, this.shadow, this.rest, from);
    this.slack = Math.max(known?.slack ?? 0, squaredLengthMax * slackShare);
  }

  /** These points and, behind them, `values` more: along the same axes, so that little is worked out anew. */
  with(values: Float32Array): Points {
    const joined = new Float32Array(this.values.length + values.length);
    joined.set(this.values);
    joined.set(values, this.values.length);
    return new Points(joined, joined.length / this.dims, this.dims, this);
  }

  /** Squared distance, in doubles, eight coordinates at a time. */
  squaredDistance(a: number, b: number): number {
    return this.squaredUpTo(a, b, Number.POSITIVE_INFINITY);
  }

  distance(a: number, b: number): number {
    return Math.sqrt(this.squaredDistance(a, b));
  }

  /** Whether the distance of two points is at most `radius`, exactly. */
  within(a: number, b: number, radius: number): boolean {
    const limit = radius * radius;
    if (this.rest !== undefined) {
      const sum = this.axesUpTo(a, b, limit + this.slack);
      if (sum > limit + this.slack) return false;
      // (ra + rb)² = (ra - rb)² + 4 ra rb
      if (sum + 4 * this.rest[a] * this.rest[b] < limit - this.slack) return true;
    }
    return this.squaredUpTo(a, b, limit) <= limit;
  }

  /** Position of the first of `among` (its first `amongCount`) within `radius` of `point`; `amongCount` if none is. */
  firstWithin(point: number, among: Int32Array, amongCount: number, radius: number): number {
    for (let at = 0; at < amongCount; at++) if (this.within(point, among[at], radius)) return at;
    return amongCount;
  }

  /** The nearest of `among`, the first of equals; undefined where there is none. */
  nearest(point: number, among: Int32Array): { point: number; distance: number } | undefined {
    let least = Number.POSITIVE_INFINITY;
    let nearest = -1;
    for (const other of among) {
      if (this.surelyBeyond(point, other, least)) continue;
      const squared = this.squaredUpTo(point, other, least);
      if (squared >= least) continue;
      least = squared;
      nearest = other;
    }
    return nearest < 0 ? undefined : { point: nearest, distance: Math.sqrt(least) };
  }

  /** True only where the squared distance is above `limit`: what the principal axes alone can tell. */
  private surelyBeyond(a: number, b: number, limit: number): boolean {
    return this.rest !== undefined && this.axesUpTo(a, b, limit + this.slack) > limit + this.slack;
  }

  /**
   * The squared distance along the principal axes with the least that the others can add, or any number above `limit`
   * as soon as it is known to be larger. Only where there are axes.
   */
  private axesUpTo(a: number, b: number, limit: number): number {
    const shadow = this.shadow!;
    const rest = this.rest!;
    const offsetA = a * axesCount;
    const offsetB = b * axesCount;
    const difference = rest[a] - rest[b];
    let sum = difference * difference;
    for (let axis = 0; axis < axesCount && sum <= limit; axis += 4) {
      const d0 = shadow[offsetA + axis] - shadow[offsetB + axis];
      const d1 = shadow[offsetA + axis + 1] - shadow[offsetB + axis + 1];
      const d2 = shadow[offsetA + axis + 2] - shadow[offsetB + axis + 2];
      const d3 = shadow[offsetA + axis + 3] - shadow[offsetB + axis + 3];
      sum += d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
    }
    return sum;
  }

  /** The squared distance, or any number above `limit` as soon as it is known to be larger. */
  private squaredUpTo(a: number, b: number, limit: number): number {
    const { values, dims } = this;
    let atA = a * dims;
    let atB = b * dims;
    const endA = atA + dims;
    let sum = 0;
    // Eight at a time: one chain of additions would wait for each before the next.
    for (; atA + 8 <= endA; atA += 8, atB += 8) {
      const d0 = values[atA] - values[atB];
      const d1 = values[atA + 1] - values[atB + 1];
      const d2 = values[atA + 2] - values[atB + 2];
      const d3 = values[atA + 3] - values[atB + 3];
      const d4 = values[atA + 4] - values[atB + 4];
      const d5 = values[atA + 5] - values[atB + 5];
      const d6 = values[atA + 6] - values[atB + 6];
      const d7 = values[atA + 7] - values[atB + 7];
      sum += d0 * d0 + d1 * d1 + (d2 * d2 + d3 * d3) + (d4 * d4 + d5 * d5 + (d6 * d6 + d7 * d7));
      if (sum > limit) return sum;
    }
    for (; atA < endA; atA++, atB++) {
      const d = values[atA] - values[atB];
      sum += d * d;
    }
    return sum;
  }
}

/** Fills in what the axes show of the points from `start` on; returns the largest squared length. */
function project(
  { values, count, dims }: Points,
  { mean, axes }: PrincipalAxes,
  shadow: Float64Array,
  rest: Float64Array,
  start: number,
): number {
  const centred = new Float64Array(dims);
  let squaredLengthMax = 0;
  for (let point = start; point < count; point++) {
    let squaredLength = 0;
    for (let dim = 0; dim < dims; dim++) {
      const value = values[point * dims + dim] - mean[dim];
      centred[dim] = value;
      squaredLength += value * value;
    }
    squaredLengthMax = Math.max(squaredLengthMax, squaredLength);
    for (let axis = 0; axis < axesCount; axis++) {
      let dot = 0;
      for (let dim = 0; dim < dims; dim++) dot += centred[dim] * axes[axis * dims + dim];
      shadow[point * axesCount + axis] = dot;
      squaredLength -= dot * dot;
    }
    rest[point] = Math.sqrt(Math.max(0, squaredLength));
  }
  return squaredLengthMax;
}
