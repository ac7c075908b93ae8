/**
 * A flood: access-log lines from addresses forged at random, few lines each, and among them some real offenders that
 * send one line in a thousand each, errors all of them. The same seed gives the same lines.
 */
import { seededRandom } from "./hostile.mjs";

export const offenders = Array.from({ length: 10 }, (_, i) => `203.0.113.${i + 1}`);
const offendersShare = 0.01;
const forgedErrorShare = 0.02;
const linesPerChunk = 5000;
const startSeconds = Date.UTC(2026, 10, 21) / 1000;

/** Chunks of whole lines, `perSecond` lines to a second of the log's own time; offenders from the first line on. */
export function* floodChunks(count, { addresses, perSecond, seed = 1 }) {
  const random = seededRandom(seed);
  const lines = [];
  for (let i = 0; i < count; i++) {
    const time = stampOf(startSeconds + Math.floor(i / perSecond));
    const real = random() < offendersShare;
    const who = real ? offenders[Math.floor(random() * offenders.length)] : addressOf(Math.floor(random() * addresses));
    const status = real || random() < forgedErrorShare ? 500 : 200;
    lines.push(`${who} - - [${time}] "GET /item/${i % 1000} HTTP/1.1" ${status} 512\n`);
    if (lines.length === linesPerChunk || i === count - 1) yield Buffer.from(lines.splice(0).join(""), "latin1");
  }
}

/** Different numbers below 2^24 are different addresses, far apart. */
function addressOf(number) {
  const mixed = Math.imul(number + 1, 0x9e3779b1) & 0xffffff;
  return `10.${mixed >>> 16}.${(mixed >>> 8) & 255}.${mixed & 255}`;
}

let stampSeconds = -1;
let stamp = "";

function stampOf(seconds) {
  if (seconds === stampSeconds) return stamp;
  stampSeconds = seconds;
  const [, day, month, year, clock] = new Date(seconds * 1000).toUTCString().split(" ");
  stamp = `${day}/${month}/${year}:${clock} +0000`;
  return stamp;
}

/** What one run made of the flood, counted from the tagged events alone. */
export class FloodTally {
  /** By offender: events tagged, and the first state told. */
  tagged = new Map(offenders.map((address) => [address, 0]));
  states = new Map();
  /** Events of other addresses that were tagged. */
  accused = 0;

  /** @param {Uint8Array} output */
  take(output) {
    for (const line of Buffer.from(output).toString("latin1").split("\n")) {
      if (line === "") continue;
      const { anomaly } = JSON.parse(line);
      if (!this.tagged.has(anomaly.key)) {
        this.accused++;
        continue;
      }
      this.tagged.set(anomaly.key, (this.tagged.get(anomaly.key) ?? 0) + 1);
      if (!this.states.has(anomaly.key)) this.states.set(anomaly.key, anomaly.state);
    }
  }
}
