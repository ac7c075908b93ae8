export interface MutantSummary {
  accepted: number;
  records: number;
  failures: number;
  dearestShare: number;
}
export interface MutantOptions {
  modules: WebAssembly.Module[];
  models: Uint8Array[];
  count: number;
  seed: number;
  records?: number;
  operations?: (exports: WebAssembly.Exports) => number;
  costMax?: (bytes: number) => number;
  onFailure?: (bytes: Buffer, what: string) => void;
  onProgress?: (done: number) => void;
}
export function fuzzModels(options: MutantOptions): MutantSummary;
export function fuzzStates(options: MutantOptions): MutantSummary;
export function fuzzForms(options: {
  module: WebAssembly.Module;
  model: Uint8Array;
  count: number;
  seed: number;
  onFailure?: (bytes: Buffer, what: string) => void;
}): MutantSummary;
