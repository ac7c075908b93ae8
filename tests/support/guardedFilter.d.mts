export function compileEntry(entry: string, furtherFlags?: string[]): Promise<Uint8Array<ArrayBuffer>>;
export function guardedFilter(): Promise<WebAssembly.Module>;
