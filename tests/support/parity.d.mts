export interface EvaluationLog {
  name: string;
  read(): Buffer;
}
export interface Verdicts {
  records: number;
  different: number;
  tagged: number;
  types: Record<string, number>;
  states: Record<string, number>;
  examples: { record: number; fluentBit: unknown; v8: unknown }[];
}
export interface FluentBitRun {
  /** The run's own. */
  folder: string;
  modelFolder: string;
  bytes: Buffer;
  /** Lines that are one JSON object come as records of many fields. */
  json?: boolean;
}
export function evaluationLogs(folder: string): EvaluationLog[];
export function firstLines(bytes: Buffer, count: number): Buffer;
export function blocksOf(bytes: Buffer): Generator<{ bytes: Buffer; seconds: number }>;
export function throughFluentBit(run: FluentBitRun): Promise<Buffer>;
export function compareVerdicts(fromFluentBit: Buffer, fromV8: Buffer, options?: { whole?: boolean }): Verdicts;
