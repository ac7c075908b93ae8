export function seededRandom(seed: number): () => number;
export function hostileLines(count: number, seed?: number): Generator<string>;
export function hostileChunks(count: number, seed?: number): Generator<Buffer>;
