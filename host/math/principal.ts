/**
 * Principal axes by subspace iteration on an even sample: orthonormal to rounding, deterministic, the first the widest.
 * How well they fit decides only how fast the callers are (or how a map looks), never whether they are right.
 */

/** Rows looked at. */
const sampleMax = 2000;
/** The leading axes settle in three rounds on log embeddings; five is safe. */
const rounds = 5;

export interface PrincipalAxes {
  mean: Float64Array;
  /** `axesCount` rows of `dims`. */
  axes: Float64Array;
}

export function principalAxes(values: Float32Array, count: number, dims: number, axesCount: number): PrincipalAxes {
  const sample = centredSample(values, count, dims);
  const axes = startingAxes(axesCount, dims);
  orthonormalise(axes, axesCount, dims);
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(axesCount * dims);
    for (const row of sample.rows) addProjections(row, axes, next, dims);
    axes.set(next);
    orthonormalise(axes, axesCount, dims);
  }
  return { mean: sample.mean, axes };
}

function centredSample(values: Float32Array, count: number, dims: number) {
  const size = Math.min(count, sampleMax);
  const mean = new Float64Array(dims);
  const rows: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const point = Math.floor((i * count) / size);
    const row = Float64Array.from(values.subarray(point * dims, (point + 1) * dims));
    for (let dim = 0; dim < dims; dim++) mean[dim] += row[dim] / size;
    rows.push(row);
  }
  for (const row of rows) for (let dim = 0; dim < dims; dim++) row[dim] -= mean[dim];
  return { mean, rows };
}

function addProjections(row: Float64Array, axes: Float64Array, into: Float64Array, dims: number): void {
  for (let offset = 0; offset < axes.length; offset += dims) {
    let dot = 0;
    for (let dim = 0; dim < dims; dim++) dot += row[dim] * axes[offset + dim];
    for (let dim = 0; dim < dims; dim++) into[offset + dim] += dot * row[dim];
  }
}

/** Any full-rank start does; a fixed generator keeps every run the same. */
function startingAxes(axesCount: number, dims: number): Float64Array {
  const axes = new Float64Array(axesCount * dims);
  let state = 0x9e3779b9;
  for (let i = 0; i < axes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    axes[i] = state / 0x100000000 - 0.5;
  }
  return axes;
}

/** Gram-Schmidt, twice over for orthogonality to rounding; an axis with nothing left becomes zero. */
function orthonormalise(axes: Float64Array, axesCount: number, dims: number): void {
  for (let axis = 0; axis < axesCount; axis++) {
    const row = axes.subarray(axis * dims, (axis + 1) * dims);
    const lengthBefore = length(row);
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < axis; other++) {
        const against = axes.subarray(other * dims, (other + 1) * dims);
        let dot = 0;
        for (let dim = 0; dim < dims; dim++) dot += row[dim] * against[dim];
        for (let dim = 0; dim < dims; dim++) row[dim] -= dot * against[dim];
      }
    }
    const lengthAfter = length(row);
    const scale = lengthAfter > lengthBefore * 1e-6 ? 1 / lengthAfter : 0;
    for (let dim = 0; dim < dims; dim++) row[dim] *= scale;
  }
}

function length(row: Float64Array): number {
  let sum = 0;
  for (const value of row) sum += value * value;
  return Math.sqrt(sum);
}
