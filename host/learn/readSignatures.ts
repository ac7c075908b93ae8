/** One streaming pass over logs into a signature store. */

import { timelessArrival } from "../io/arrival.js";
import type { ByteSource } from "../io/chunks.js";
import { startProgress } from "../io/progress.js";
import { wholeLines } from "../io/wholeLines.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import type { Engine } from "../wasm/engine.js";

export async function readSignatures(
  engine: Engine,
  sources: ByteSource[],
  store: SignatureStore,
  arrival = timelessArrival,
): Promise<void> {
  const sizes = sources.map((source) => source.sizeBytes);
  const total = sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  const progress = startProgress("reading", total, "bytes");
  try {
    for (const source of sources) {
      const onRead = (bytes: number) => progress.advance(bytes);
      for await (const lines of wholeLines(source, onRead, () => store.linesTooLong++)) {
        const seconds = source.arrivalSeconds?.() ?? arrival;
        for (const { records, keywords } of engine.signatures(lines, { flags: 0, seconds })) {
          store.addRecords(records, seconds, keywords);
        }
      }
    }
  } finally {
    progress.stop();
  }
}
