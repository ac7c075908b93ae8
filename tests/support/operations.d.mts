export function countOperations(wasm: Uint8Array, options?: { byFunction?: boolean }): Uint8Array<ArrayBuffer>;
export function operationsOf(exports: WebAssembly.Exports): { all: number; byFunction: Map<string, number> };
export function allOperations(exports: WebAssembly.Exports): number;
