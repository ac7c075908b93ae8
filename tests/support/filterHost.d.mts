export class FilterHost {
  model: Uint8Array | undefined;
  inode: bigint;
  modifiedNanoseconds: bigint;
  hasFolder: boolean;
  modelType: number;
  stateType: number;
  modelLookProblem: number;
  modelOpenProblem: number;
  modelOpened: number;
  stateFiles: Map<string, Buffer> | undefined;
  stateProblem: number;
  stateRoomBytes: number;
  stateSteps: string[];
  random: number;
  clockMilliseconds: number;
  clockLooks: number;
  errors: string[];
  poison: number | undefined;
  readonly memoryBytes: number;
  readonly brokenGuards: number;
  readonly exports: WebAssembly.Exports;
  lookAtClock(): void;
  constructor(options?: {
    model?: Uint8Array;
    url?: URL;
    stateFiles?: Map<string, Buffer>;
    module?: WebAssembly.Module;
    poison?: number;
  });
  replaceModel(model: Uint8Array | undefined, modifiedNanoseconds?: bigint): void;
  filter(
    record: Uint8Array,
    options?: { tag?: string | Uint8Array; seconds?: number; isParsedTime?: boolean },
  ): { output: Buffer | undefined; same: boolean };
}
