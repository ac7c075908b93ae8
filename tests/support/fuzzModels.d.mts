export function ordinaryModel(lines?: number): Promise<Uint8Array>;
export function everythingModel(
  ordinary: Uint8Array,
  options?: { keywords?: number; trees?: number; trusting?: boolean },
): Uint8Array;
