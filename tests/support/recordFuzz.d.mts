import type { FilterHost } from "./filterHost.mjs";

export interface FuzzSummary {
  records: number;
  valid: number;
  planted: number;
  plantedTagged: number;
  tagged: number;
  renamed: number;
  changedInvalid: number;
  failures: number;
  memoryBytesMax: number;
  bytes: number;
  operations: number;
  dearestShare: number;
  dearestOperations: number;
  dearestBytes: number;
}
export interface FuzzOptions {
  count: number;
  seed: number;
  regressions?: Buffer[];
  twin?: FilterHost;
  everything?: boolean;
  trusting?: boolean;
  operations?: () => number;
  costMax?: (bytes: number) => number;
  onFailure?: (record: Buffer, what: string) => void;
  onProgress?: (done: number) => void;
}
export interface Tag {
  score: number;
  type?: string;
  severity?: string;
  reason?: string;
  state: string;
  key?: string;
  model?: string;
}
export const startSeconds: number;
export const profileTags: Record<"off" | "all" | "shadow" | "web", string>;
export const ceilings: Record<"none" | "ordinary" | "everything", (bytes: number) => number>;
export function ordinaryLog(seed: number, lines: number): string;
export function complain(record: Buffer, output: Buffer | undefined): string | undefined;
export function tagOf(record: Buffer, output: Buffer | undefined): Tag | undefined;
export function complainOfTag(tag: Tag): string | undefined;
export function fuzz(host: FilterHost, options: FuzzOptions): FuzzSummary;
