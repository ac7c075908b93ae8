/** The records that learning reads, one a line that can be judged, as the engine writes them. */
import { noTime } from "./layout.js";

const headBytes = 32;

export interface LearningRecord {
  /** Hash of the signature, in two halves. */
  low: number;
  high: number;
  /** Hashes of the sender and of its network; 0 where there is none. */
  key: number;
  network: number;
  /** Unix seconds; undefined where the line has no time. */
  seconds: number | undefined;
  /** Whether the line came with an `anomaly` of its own. */
  isTagged: boolean;
  signatureStart: number;
  signatureBytes: number;
}

/** The same object each time. */
export function* learningRecords(records: Uint8Array): Generator<LearningRecord> {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const record = {} as LearningRecord;
  for (let at = 0; at < records.length; at += (headBytes + record.signatureBytes + 7) & ~7) {
    const time = view.getBigInt64(at + 16, true);
    record.low = view.getUint32(at, true);
    record.high = view.getUint32(at + 4, true);
    record.key = view.getUint32(at + 8, true);
    record.network = view.getUint32(at + 12, true);
    record.seconds = time === noTime ? undefined : Number(time);
    record.isTagged = (view.getUint32(at + 24, true) & 1) === 1;
    record.signatureStart = at + headBytes;
    record.signatureBytes = view.getUint32(at + 28, true);
    yield record;
  }
}
