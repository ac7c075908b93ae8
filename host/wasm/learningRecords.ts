/** The records that learning reads, one a line that can be judged, as the engine writes them. */
import { noTime } from "./layout.js";

const noTimeHigh = Number(noTime >> 32n);
const noTimeLow = Number(noTime & 0xffffffffn);

const headBytes = 48;

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
  isError: boolean;
  hasLevel: boolean;
  hasStatus: boolean;
  hasFlow: boolean;
  /** Where the module's memory has the name of its format (`Engine.textAt`). */
  format: number;
  /** Its number in loginKinds (signatures/loginAttempts.ts). */
  login: number;
  /** Hashes that rates are learnt by, in two halves: its source (an even one), and its kind where that is counted. */
  sourceLow: number;
  sourceHigh: number;
  kindLow: number;
  kindHigh: number;
  signatureStart: number;
  signatureBytes: number;
  /** Where pairs of a hash and a number follow, and how many: what the line says beside its signature. */
  pairsStart: number;
  pairs: number;
}

export const pairBytes = 16;

/** The same object each time. */
export function* learningRecords(records: Uint8Array): Generator<LearningRecord> {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const record = {} as LearningRecord;
  for (let at = 0; at < records.length; at = record.pairsStart + record.pairs * pairBytes) {
    // In halves: a BigInt for each line is left to be collected.
    const [timeLow, timeHigh] = [view.getUint32(at + 16, true), view.getInt32(at + 20, true)];
    record.low = view.getUint32(at, true);
    record.high = view.getUint32(at + 4, true);
    record.key = view.getUint32(at + 8, true);
    record.network = view.getUint32(at + 12, true);
    const isTimeless = timeHigh === noTimeHigh && timeLow === noTimeLow;
    record.seconds = isTimeless ? undefined : timeHigh * 2 ** 32 + timeLow;
    const flags = view.getUint32(at + 24, true);
    record.isTagged = (flags & 1) === 1;
    record.isError = (flags & 2) !== 0;
    record.login = (flags >> 2) & 7;
    record.hasLevel = (flags & 32) !== 0;
    record.hasStatus = (flags & 64) !== 0;
    record.hasFlow = (flags & 128) !== 0;
    record.format = flags >>> 8;
    record.sourceLow = view.getUint32(at + 32, true);
    record.sourceHigh = view.getUint32(at + 36, true);
    record.kindLow = view.getUint32(at + 40, true);
    record.kindHigh = view.getUint32(at + 44, true);
    record.signatureStart = at + headBytes;
    record.signatureBytes = view.getUint16(at + 28, true);
    record.pairsStart = at + ((headBytes + record.signatureBytes + 7) & ~7);
    record.pairs = view.getUint16(at + 30, true);
    yield record;
  }
}
