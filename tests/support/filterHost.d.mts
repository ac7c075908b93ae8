export class FilterHost {
  model: Uint8Array | undefined;
  inode: bigint;
  modifiedNanoseconds: bigint;
  hasFolder: boolean;
  clockMilliseconds: number;
  errors: string[];
  readonly memoryBytes: number;
  constructor(options?: { model?: Uint8Array; url?: URL });
  replaceModel(model: Uint8Array | undefined, modifiedNanoseconds?: bigint): void;
  filter(
    record: Uint8Array,
    options?: { tag?: string; seconds?: number },
  ): { output: Buffer | undefined; same: boolean };
}
