/** What the filter knows of one line, as raw bytes: host/wasm/engine.ts's `explain` is for people and decodes them. */
import { batchFlag, type Engine } from "../../host/wasm/engine.js";
import type { EventRows } from "../../host/wasm/eventRow.js";
import type { Bytes } from "../differential/reference/hash.js";
import type { Format, ParsedEvent } from "../differential/reference/parse.js";

const lineBytesMax = 1 << 18;

export interface Inspected {
  event: ParsedEvent;
  signature: Bytes;
  novelty: number;
  outlier: number;
  score: number;
  nearest: number;
  distance: number;
}

export class Inspector {
  private readonly linePtr: number;

  constructor(readonly engine: Engine) {
    this.linePtr = engine.exports.oddline_buffer(lineBytesMax);
  }

  /** Undefined where the line cannot be judged at all. */
  inspect(line: Bytes, arrival: number): Inspected | undefined {
    const lines = Buffer.from(line === "" ? "\r" : line, "latin1");
    for (const rows of this.engine.rows(lines, { flags: batchFlag.oneLine, seconds: BigInt(arrival) })) {
      for (const row of rows) return inspected(row);
    }
    return undefined;
  }

  /** Features of a signature as (kind, group, value); with `words` those of its words. */
  features(signature: Bytes, words: boolean): { kind: number; group: bigint; value: bigint }[] {
    const { exports } = this.engine;
    this.put(signature);
    exports.oddline_signature_features(this.linePtr, signature.length, words ? 1 : 0);
    const view = new DataView(exports.memory.buffer, exports.featuresPtr.value as number);
    return Array.from({ length: exports.featureCount.value as number }, (_, i) => ({
      kind: view.getUint32(i * 32 + 16, true),
      group: view.getBigUint64(i * 32, true),
      value: view.getBigUint64(i * 32 + 8, true),
    }));
  }

  /** Tokens of the text whose features were asked for last. */
  tokens(): bigint[] {
    const { exports } = this.engine;
    const global = (name: string) => (exports[name] as WebAssembly.Global).value as number;
    const view = new DataView(exports.memory.buffer, global("tokensPtr"));
    return Array.from({ length: global("tokenCount") }, (_, i) => view.getBigUint64(i * 16, true));
  }

  private put(bytes: Bytes): void {
    if (bytes.length > lineBytesMax) throw new RangeError(`a line of ${bytes.length} bytes`);
    Buffer.from(this.engine.exports.memory.buffer).write(bytes, this.linePtr, "latin1");
  }
}

function inspected(row: EventRows): Inspected {
  const text = (field: Parameters<EventRows["text"]>[0]) => row.text(field, "latin1");
  const event: ParsedEvent = {
    format: row.text("formatBytes") as Format,
    message: text("messageBytes"),
    body: text("bodyBytes"),
    level: row.number("level"),
    status: row.number("status"),
    bytes: row.number("bytes") < 0 ? undefined : row.number("bytes"),
    timeSeconds: row.timeSeconds(),
    key: text("keyBytes"),
    source: text("sourceBytes"),
    request: row.has("request") ? { method: text("methodBytes"), target: text("targetBytes") } : undefined,
    endpoint: text("endpointBytes") || (row.has("request") ? "" : text("targetBytes")),
    markedError: row.has("marked"),
    sender: text("senderBytes"),
    destination: text("destinationBytes"),
    destinationPort: row.number("destinationPort") < 0 ? undefined : row.number("destinationPort"),
  };
  return {
    event,
    signature: text("signatureBytes"),
    novelty: row.number("noveltyScore"),
    outlier: row.number("outlierScore"),
    score: row.number("score"),
    nearest: row.number("nearestCluster"),
    distance: row.number("nearestDistance"),
  };
}
