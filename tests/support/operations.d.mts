export function countOperations(wasm: Uint8Array): Uint8Array<ArrayBuffer>;
export function operationsOf(exports: WebAssembly.Exports): { all: number; byFunction: Map<string, number> };
