export type Scanner = "acunetix" | "netsparker";
export const scanners: Record<Scanner, string>;
export function mixScanners(ordinary: string[], scans: Record<Scanner, string[]>): string[];
export function sourceOf(key: string | undefined): Scanner | "ordinary";
