/** From the body of a request to what is sent on: decoded, judged, spliced. Both codecs of Vector's http sink. */
import type { Judge } from "../judge.js";
import { linesOfArray } from "./jsonArray.js";
import { soundLines } from "./lines.js";
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

/** `arrays`: for Vector's source. */
export async function prepare(
  body: Buffer,
  contentType: string | undefined,
  judge: Judge,
  arrays: boolean,
): Promise<Prepared> {
  const type = (contentType ?? "").split(";")[0].trim().toLowerCase();
  if (isNative(body, type)) {
    const { bytes, ...counts } = await tagNative(body, judge);
    return { chunks: [bytes], contentType: "application/octet-stream", split: partsOfFrames, ...counts };
  }
  const lines = (type === "application/json" ? linesOfArray(body) : undefined) ?? body;
  const how = { sound: true, arrays };
  const verdicts = [await judge.tag(lines, how)];
  let wrapped = 0;
  if (verdicts[0].bytes < lines.length) {
    const mended = soundLines(lines.subarray(verdicts[0].bytes), (some) => judge.soundBytes(some));
    verdicts.push(await judge.tag(mended.lines, how));
    if (verdicts[1].bytes < mended.lines.length) throw new Error("a line that was made sound is not");
    wrapped = mended.wrapped;
  }
  return {
    chunks: verdicts.flatMap(({ chunks }) => chunks),
    contentType: ndjson,
    split: partsOfLines,
    events: verdicts.reduce((sum, { events }) => sum + events, 0),
    tagged: verdicts.reduce((sum, { tagged }) => sum + tagged, 0),
    wrapped,
    release: () => {
      for (const { release } of verdicts) release?.();
    },
  };
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
