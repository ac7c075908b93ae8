/**
 * Results on standard output, with backpressure: a slow reader slows us down, it does not fill our memory. Notes on
 * standard error, a line each, whatever is in the names they mention.
 */
import { once } from "node:events";
import { oneLine } from "./terminal.js";

export async function writeOut(bytes: string | Uint8Array): Promise<void> {
  if (bytes.length > 0 && !process.stdout.write(bytes)) await once(process.stdout, "drain");
}

export function printJson(value: unknown): Promise<void> {
  return writeOut(`${JSON.stringify(value)}\n`);
}

export function note(text: string): void {
  process.stderr.write(`${oneLine(text)}\n`);
}
