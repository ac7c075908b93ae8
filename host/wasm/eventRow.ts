/**
 * The rows of assembly/abi/explain.ts: numbers, lengths of texts, and the texts behind them. The fields stand here in
 * the order of its EventRow; tests/unit/wasm/eventRow.test.ts holds the two lists together.
 */
import { noTime } from "./layout.js";

const fieldBytes = { u32: 4, i32: 4, i64: 8, f64: 8 } as const;

export const eventRowFields = {
  rowBytes: "u32",
  marks: "u32",
  bytes: "i64",
  timeSeconds: "i64",
  flowBytes: "f64",
  flowBytesOut: "f64",
  flowSeconds: "f64",
  flowDecision: "f64",
  score: "f64",
  noveltyScore: "f64",
  outlierScore: "f64",
  leastProbability: "f64",
  nearestDistance: "f64",
  nearestRadius: "f64",
  errorsThreshold: "f64",
  requestsThreshold: "f64",
  nearestCluster: "i32",
  errorsCount: "u32",
  requestsCount: "u32",
  keywordCount: "u32",
  level: "i32",
  status: "i32",
  destinationPort: "i32",
  sourcePort: "i32",
  flowFlaw: "u32",
  formatBytes: "u32",
  messageBytes: "u32",
  bodyBytes: "u32",
  keyBytes: "u32",
  sourceBytes: "u32",
  methodBytes: "u32",
  targetBytes: "u32",
  endpointBytes: "u32",
  senderBytes: "u32",
  destinationBytes: "u32",
  signatureBytes: "u32",
  keywordBytes: "u32",
  memberBytes: "u32",
  reasonBytes: "u32",
} as const satisfies Record<string, keyof typeof fieldBytes>;

export const rowMark = {
  read: 1,
  request: 2,
  marked: 4,
  error: 8,
  flow: 16,
  failed: 32,
  least: 64,
  record: 128,
  tagged: 256,
} as const;

type Field = keyof typeof eventRowFields;
type TextField = Extract<Field, `${string}Bytes`>;

const offsets = {} as Record<Field, number>;
let headBytes = 0;
for (const [name, type] of Object.entries(eventRowFields)) {
  offsets[name as Field] = headBytes;
  headBytes += fieldBytes[type];
}
const textFields = (Object.keys(eventRowFields) as Field[]).slice(Object.keys(eventRowFields).indexOf("formatBytes"));

/** Reads one row after another of what a call wrote; nothing is decoded that nobody asks for. */
export class EventRows {
  private readonly view: DataView;
  private readonly rows: Buffer;
  private at = 0;

  constructor(rows: Uint8Array) {
    this.rows = Buffer.from(rows.buffer, rows.byteOffset, rows.length);
    this.view = new DataView(rows.buffer, rows.byteOffset, rows.length);
  }

  *[Symbol.iterator](): Generator<this> {
    for (this.at = 0; this.at < this.rows.length; this.at += this.number("rowBytes")) yield this;
  }

  has(mark: keyof typeof rowMark): boolean {
    return (this.number("marks") & rowMark[mark]) !== 0;
  }

  number(field: Field): number {
    const at = this.at + offsets[field];
    const type = eventRowFields[field];
    if (type === "u32") return this.view.getUint32(at, true);
    if (type === "i32") return this.view.getInt32(at, true);
    return type === "f64" ? this.view.getFloat64(at, true) : Number(this.view.getBigInt64(at, true));
  }

  /** Undefined where the line has none. */
  timeSeconds(): number | undefined {
    const seconds = this.view.getBigInt64(this.at + offsets.timeSeconds, true);
    return seconds === noTime ? undefined : Number(seconds);
  }

  /** Empty where the line has none. */
  text(field: TextField, encoding: "utf8" | "latin1" = "utf8"): string {
    let start = this.at + headBytes;
    for (const name of textFields) {
      const bytes = this.view.getUint32(this.at + offsets[name], true);
      if (name === field) return bytes === 0 ? "" : this.rows.toString(encoding, start, start + bytes);
      start += bytes;
    }
    return "";
  }
}
