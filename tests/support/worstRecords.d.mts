export function worstRecords(bytes: number): { name: string; record: Buffer }[];
