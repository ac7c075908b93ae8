export function writeNoopFilter(path: string): Promise<void>;
