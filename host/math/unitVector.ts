/** A vector of whole numbers, such as the sums of an embedding, scaled to length 1. */
export function unitVector(sums: Int16Array): Float32Array {
  let square = 0;
  for (const sum of sums) square += sum * sum;
  const length = Math.sqrt(square) || 1;
  return Float32Array.from(sums, (sum) => sum / length);
}
