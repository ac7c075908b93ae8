/** From the body of a request to what is sent on: decoded, judged, spliced. Both codecs of Vector's http sink. */

import { lineBytesMax } from "../../io/wholeLines.js";
import { linesOfArray } from "../judge/jsonArray.js";
import { type Judge, type Verdicts, withNewline } from "../judge/judge.js";
import { nextTurn, type SliceSize } from "../resources/turns.js";
import { asValidLines, textBytesMax, withoutLeadingSpace } from "./lines.js";
import { isNative, partsOfFrames, tagNative } from "./native.js";

export interface Prepared {
  /** In order; no chunk cuts an event. */
  chunks: Buffer[];
  contentType: string;
  /** Cuts a chunk into parts of at most so many bytes. */
  split(bytes: Buffer, bytesMax: number): Buffer[];
  events: number;
  tagged: number;
  wrapped: number;
  /** Says that the chunks are not read any more. */
  release?(): void;
}

const ndjson = "application/x-ndjson";

export interface PrepareOptions {
  /** Arrays of events, for Vector's source. */
  arrays: boolean;
  /** A copy of the body that may be written over. */
  copy(body: Buffer): Buffer;
  slices: SliceSize;
}

export async function prepare(
  body: Buffer,
  contentType: string | undefined,
  judge: Judge,
  { arrays, copy, slices }: PrepareOptions,
): Promise<Prepared> {
  const type = (contentType ?? "").split(";")[0].trim().toLowerCase();
  if (isNative(body, type)) {
    const { bytes, ...counts } = await tagNative(body, judge);
    return { chunks: [bytes], contentType: "application/octet-stream", split: partsOfFrames, ...counts };
  }
  const lines = (type === "application/json" ? await linesOfArray(copy(body)) : undefined) ?? body;
  const tagging = new LineTagging(judge, { validOnly: true, arrays });
  for (let at = 0; at < lines.length; ) {
    if (at > 0) await nextTurn();
    const end = sliceEnd(lines, at, slices.next);
    const slice = lines.subarray(at, end);
    if (slice.length > lineBytesMax) await tagging.addLong(slice);
    else slices.took(await tagging.add(slice));
    at = end;
  }
  const { chunks, releases, ...counts } = tagging;
  return {
    chunks,
    contentType: ndjson,
    split: partsOfLines,
    events: counts.events,
    tagged: counts.tagged,
    wrapped: counts.wrapped,
    release: () => {
      for (const release of releases) release();
    },
  };
}

/** Whole lines of about so many bytes; one line at least. */
function sliceEnd(lines: Buffer, at: number, bytes: number): number {
  if (at + bytes >= lines.length) return lines.length;
  const end = lines.subarray(at, at + bytes).lastIndexOf(0x0a) + 1;
  if (end > 0) return at + end;
  return lines.indexOf(0x0a, at + bytes) + 1 || lines.length;
}

/** Judges slices of a batch, in order. */
class LineTagging {
  readonly chunks: Buffer[] = [];
  readonly releases: (() => void)[] = [];
  events = 0;
  tagged = 0;
  wrapped = 0;

  constructor(
    private readonly judge: Judge,
    private readonly how: { validOnly: true; arrays: boolean },
  ) {}

  /** Milliseconds that nothing else could be done meanwhile. */
  async add(lines: Buffer): Promise<number> {
    let start = performance.now();
    const judging = this.judge.tag(lines, this.how);
    let spent = performance.now() - start;
    const { bytes } = this.take(await judging);
    if (bytes === lines.length) return spent;
    start = performance.now();
    const mended = asValidLines(lines.subarray(bytes), (some) => this.judge.validJsonBytes(some));
    const judgingMended = this.judge.tag(mended.lines, this.how);
    spent += performance.now() - start;
    if (this.take(await judgingMended).bytes < mended.lines.length)
      throw new Error("a line that was made valid is not");
    this.wrapped += mended.wrapped;
    return spent;
  }

  /** A line too long to be judged: it passes, as an object or as texts of a piece of it each. */
  async addLong(given: Buffer): Promise<void> {
    const line = withoutLeadingSpace(given);
    if (line[0] === 0x7b && this.judge.isValidJson(line)) return this.pass(line);
    for (let at = 0; at < line.length; at += textBytesMax) {
      await nextTurn();
      const { lines, wrapped } = asValidLines(line.subarray(at, at + textBytesMax), () => 0);
      this.wrapped += wrapped;
      if (lines.length > 0) this.pass(lines);
    }
  }

  private pass(line: Buffer): void {
    const whole = withNewline(line);
    const [before, behind] = this.how.arrays ? ["[", "]\n"] : ["", "\n"];
    this.chunks.push(Buffer.concat([Buffer.from(before), whole.subarray(0, -1), Buffer.from(behind)]));
    this.events++;
  }

  private take(verdicts: Verdicts): Verdicts {
    for (const chunk of verdicts.chunks) if (chunk.length > 0) this.chunks.push(chunk);
    if (verdicts.release) this.releases.push(verdicts.release);
    this.events += verdicts.events;
    this.tagged += verdicts.tagged;
    return verdicts;
  }
}

/** Nothing judged, nothing checked; a copy, for the body's memory is used again. */
export function asItCame(body: Buffer, contentType = ndjson): Prepared {
  return { chunks: [Buffer.from(body)], contentType, split: (bytes) => [bytes], events: 0, tagged: 0, wrapped: 0 };
}

/** Requests of at most `bytesMax` each, as lists of chunks. */
export function requestsOf({ chunks, split }: Prepared, bytesMax: number): Buffer[][] {
  const requests: Buffer[][] = [];
  let bytes = bytesMax + 1;
  for (const chunk of chunks.flatMap((one) => split(one, bytesMax))) {
    if (chunk.length === 0) continue;
    if (bytes + chunk.length > bytesMax) {
      requests.push([]);
      bytes = 0;
    }
    requests[requests.length - 1].push(chunk);
    bytes += chunk.length;
  }
  return requests;
}

/** A single line over `bytesMax` stays whole. */
export function partsOfLines(lines: Buffer, bytesMax: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = lines.length;
    if (end - at > bytesMax) {
      end = lines.lastIndexOf(0x0a, at + bytesMax - 1) + 1;
      if (end <= at) end = lines.indexOf(0x0a, at) + 1 || lines.length;
    }
    parts.push(lines.subarray(at, end));
    at = end;
  }
  return parts;
}
