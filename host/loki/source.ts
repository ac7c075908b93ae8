/**
 * Lines of Loki as a source like any file: text as it is, what was tagged when it came with an `anomaly` of its own, so
 * that the rule about who may teach holds. An entry of several lines becomes one record.
 */
import type { ByteSource } from "../io/chunks.js";
import { startProgress } from "../io/progress.js";
import type { LokiEntry } from "./api.js";
import type { Cursor, LokiClient, Page } from "./client.js";

const nsPerSecond = 1_000_000_000n;

export interface LokiRange {
  query: string;
  fromNs: bigint;
  toNs: bigint;
}

export interface LokiSourceOptions {
  /** Lines that arrived within so many seconds make a piece; its arrival is their beginning, whatever the pages. */
  pieceSeconds: number;
  /** Carry over which lines had been tagged. */
  keepTags: boolean;
  cursor?: Cursor;
  /** Called once everything before the cursor was taken in: after a page, and when reading broke off there. */
  onPage?: (next: Cursor, isBroken: boolean) => void;
}

export function lokiSource(
  client: LokiClient,
  server: string,
  { query, fromNs, toNs }: LokiRange,
  options: LokiSourceOptions,
): ByteSource {
  let arrivalSeconds = 0n;
  async function* open(): AsyncGenerator<Buffer> {
    let done: Cursor = options.cursor ?? { timeNs: `${fromNs}`, seen: {} };
    const progress = startProgress("reading Loki", Number((toNs - fromNs) / nsPerSecond), "seconds");
    progress.advance(secondsBetween(fromNs, done));
    try {
      for await (const { entries, next } of ahead(client.pages(query, fromNs, toNs, options.cursor))) {
        for (const { startSeconds, bytes } of pieces(entries, options)) {
          arrivalSeconds = startSeconds;
          yield bytes;
        }
        if (!next) continue;
        progress.advance(secondsBetween(BigInt(done.timeNs), next));
        done = next;
        options.onPage?.(done, false);
      }
    } catch (error) {
      options.onPage?.(done, true);
      throw error;
    } finally {
      progress.stop();
    }
  }
  return { name: `${server} ${query}`, sizeBytes: undefined, open, arrivalSeconds: () => arrivalSeconds };
}

function secondsBetween(fromNs: bigint, { timeNs }: Cursor): number {
  return Number((BigInt(timeNs) - fromNs) / nsPerSecond);
}

/** The next page is asked for while this one is worked on. */
async function* ahead(pages: AsyncGenerator<Page>): AsyncGenerator<Page> {
  let coming = pages.next();
  for (;;) {
    const { value, done } = await coming;
    if (done) return;
    coming = pages.next();
    coming.catch(() => {}); // reported when it is awaited, unless nobody wants it any more
    yield value;
  }
}

function* pieces(
  entries: readonly LokiEntry[],
  { pieceSeconds, keepTags }: LokiSourceOptions,
): Generator<{ startSeconds: bigint; bytes: Buffer }> {
  const pieceNs = BigInt(pieceSeconds) * nsPerSecond;
  for (let start = 0; start < entries.length; ) {
    const piece = entries[start].timeNs / pieceNs;
    const endNs = (piece + 1n) * pieceNs;
    let text = "";
    let end = start;
    for (; end < entries.length && entries[end].timeNs < endNs; end++) text += `${recordOf(entries[end], keepTags)}\n`;
    yield { startSeconds: piece * BigInt(pieceSeconds), bytes: Buffer.from(text) };
    start = end;
  }
}

/** One line: a text, or a JSON object where there is more to say. */
function recordOf({ line: stored, labels }: LokiEntry, keepTags: boolean): string {
  // Container runtimes store the line's end with it.
  const line = stored.endsWith("\n") ? stored.slice(0, -1) : stored;
  const isTagged = keepTags && Boolean(labels.anomaly_type);
  const isOneLine = !line.includes("\n");
  if (isOneLine && !isTagged) return line;
  // A line break between the members of an object is white space; within a text it is written \n.
  if (isObject(line)) return isTagged ? withTag(line.replace(/\n/g, " ")) : line.replace(/\n/g, " ");
  return JSON.stringify(isTagged ? { log: line, anomaly: {} } : { log: line });
}

function isObject(line: string): boolean {
  if (!/^\s*\{/.test(line)) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function withTag(object: string): string {
  const members = object.slice(0, object.lastIndexOf("}")).trimEnd();
  return `${members}${members.endsWith("{") ? "" : ","}"anomaly":{}}`;
}
