/** Points like log embeddings: tight and loose clouds, copies, strays. */

/** A small generator with a fixed seed (mulberry32), so that a failing case can be run again. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

export function clouds(random: () => number, count: number, dims: number, cloudCount: number) {
  const centres = Array.from({ length: cloudCount }, () => ({
    at: Array.from({ length: dims }, () => (random() * 2 - 1) / Math.sqrt(dims)),
    spread: (random() * 1.2) / Math.sqrt(dims),
  }));
  const points = new Float32Array(count * dims);
  for (let point = 0; point < count; point++) {
    const copied = point > 0 && random() < 0.1 ? Math.floor(random() * point) : -1;
    const { at, spread } = centres[Math.floor(random() * cloudCount)];
    for (let dim = 0; dim < dims; dim++) {
      points[point * dims + dim] =
        copied >= 0 ? points[copied * dims + dim] : at[dim] + spread * (random() * 2 - 1) * (random() < 0.03 ? 4 : 1);
    }
  }
  return { points, count, dims };
}
