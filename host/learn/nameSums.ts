/**
 * What many names add up to, at most: names that share a place count together. A log may have a name of its own in
 * each line; what has to be counted of a name exactly is counted only where its sum may be enough.
 */

const placesBits = 18;

export class NameSums {
  private readonly sums = new Float64Array(2 ** placesBits);

  add(name: Uint8Array, count: number): void {
    this.sums[placeOf(name)] += count;
  }

  atMost(name: Uint8Array): number {
    return this.sums[placeOf(name)];
  }
}

function placeOf(name: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name[at], 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> (32 - placesBits);
}
