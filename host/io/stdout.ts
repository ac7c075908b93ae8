/** Results on standard output, with backpressure: a slow reader slows us down, it does not fill our memory. */
import { once } from "node:events";

export async function writeOut(bytes: string | Uint8Array): Promise<void> {
  if (bytes.length > 0 && !process.stdout.write(bytes)) await once(process.stdout, "drain");
}

export function printJson(value: unknown): Promise<void> {
  return writeOut(`${JSON.stringify(value)}\n`);
}
