export const offenders: string[];
export interface FloodOptions {
  /** Different forged addresses. */
  addresses: number;
  perSecond: number;
  seed?: number;
}
export function floodChunks(count: number, options: FloodOptions): Generator<Buffer<ArrayBuffer>>;
export class FloodTally {
  readonly tagged: Map<string, number>;
  readonly states: Map<string, string>;
  accused: number;
  take(output: Uint8Array): void;
}
