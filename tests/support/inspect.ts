/** What the filter knows of one line, as raw bytes: host/wasm/engine.ts's `explain` is for people and decodes them. */
import { type Engine, formatNames } from "../../host/wasm/engine.js";
import type { Bytes } from "../differential/reference/hash.js";
import type { Format, ParsedEvent } from "../differential/reference/parse.js";

const lineBytesMax = 1 << 18;

export interface Inspected {
  event: ParsedEvent;
  form: Bytes;
  novelty: number;
  outlier: number;
  score: number;
  nearest: number;
  distance: number;
}

export class Inspector {
  private readonly linePtr: number;
  private readonly scratchPtr: number;

  constructor(readonly engine: Engine) {
    this.linePtr = engine.exports.oddline_buffer(lineBytesMax);
    this.scratchPtr = engine.exports.oddline_buffer(lineBytesMax * 6 + 4096);
  }

  /** Undefined where the line cannot be judged at all. */
  inspect(line: Bytes, arrival: number): Inspected | undefined {
    const { exports } = this.engine;
    this.put(line);
    exports.oddline_explain(this.linePtr, line.length, this.scratchPtr, BigInt(arrival));
    const number = (which: number) => exports.oddline_event_number(which);
    const time = number(4);
    const event: ParsedEvent = {
      format: formatNames[Number(number(0))] as Format,
      message: this.range(0),
      body: this.range(1),
      level: Number(number(1)),
      status: Number(number(2)),
      bytes: number(3) < 0n ? undefined : Number(number(3)),
      timeSeconds: time === -(2n ** 63n) ? undefined : Number(time),
      key: this.range(2),
      source: this.range(3),
      request: number(5) === 1n ? { method: this.range(4), target: this.range(5) } : undefined,
      endpoint: this.range(10) || (number(5) === 1n ? "" : this.range(5)),
      markedError: number(6) === 1n,
      sender: this.range(8),
      destination: this.range(7),
      destinationPort: number(7) < 0n ? undefined : Number(number(7)),
    };
    const global = (name: string) => (exports[name] as WebAssembly.Global).value as number;
    return {
      event,
      form: this.range(6),
      novelty: global("noveltyScore"),
      outlier: global("outlierScore"),
      score: global("score"),
      nearest: global("nearestCluster"),
      distance: global("nearestDistance"),
    };
  }

  /** Features of a form as (kind, group, value); with `words` those of its words. */
  features(form: Bytes, words: boolean): { kind: number; group: bigint; value: bigint }[] {
    const { exports } = this.engine;
    this.put(form);
    exports.oddline_form_features(this.linePtr, form.length, words ? 1 : 0);
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

  private range(which: number): Bytes {
    const span = BigInt.asUintN(64, this.engine.exports.oddline_event_range(which));
    const start = Number(span & 0xffffffffn);
    const end = Number(span >> 32n);
    return Buffer.from(this.engine.exports.memory.buffer, start, end - start).toString("latin1");
  }
}
