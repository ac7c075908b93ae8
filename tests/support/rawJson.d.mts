export interface RawMember {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
}
export function readObject(text: string): { members: RawMember[]; brace: number } | undefined;
export function decodeKey(raw: string): string;
