export function compileEntry(entry: string, furtherFlags?: string[]): Promise<Uint8Array<ArrayBuffer>>;
export function guardedFilter(): Promise<Uint8Array<ArrayBuffer>>;
export function withMemoryLimit(wasm: Uint8Array, pagesMax: number): Uint8Array<ArrayBuffer>;
