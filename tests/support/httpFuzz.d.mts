export interface HttpFuzzOptions {
  port: number;
  /** Answers to wait for. */
  count: number;
  seed: number;
  connections?: number;
  /** Of the server, for its memory. */
  pid?: number;
  /** What the server has written on standard error. */
  said?: () => string;
  onProgress?: (answered: number) => void;
}
export interface HttpFuzzSummary {
  answered: number;
  /** By status. */
  answers: Record<string, number>;
  connections: number;
  failures: string[];
  residentBytesMax: number;
}
export function fuzzHttp(options: HttpFuzzOptions): Promise<HttpFuzzSummary>;
