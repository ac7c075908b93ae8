/**
 * Reads a request's body within its limits, and unpacks it where it is compressed. Bytes count as they come and as they
 * unpack; they lie in one buffer that grows, since a million chunks of a byte each would cost two hundred times that.
 */
import type { IncomingMessage } from "node:http";
import { Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { BufferPool } from "../resources/bufferPool.js";
import type { Holding } from "../resources/byteBudget.js";

export class BodyRefused extends Error {
  constructor(
    readonly status: 400 | 413 | 415 | 503,
    readonly code: "BODY_FRAGMENTED" | "BODY_DAMAGED" | "BODY_TOO_LARGE" | "ENCODING_UNKNOWN" | "TOO_MANY_BYTES",
    reason: string,
  ) {
    super(reason);
  }
}

/** The client has gone before its body was whole. */
export class BodyCut extends Error {}

/** So little of it comes that the client may as well have gone. */
export class BodyStalled extends BodyCut {}

export interface BodyLimits {
  /** Of the body, packed and unpacked each. */
  bytesMax: number;
  /** Within so many seconds … */
  progressSeconds: number;
  /** … so many bytes have to come, or the end. */
  progressBytes: number;
}

/** A map: every object knows `constructor` and more, which a peer may name. */
const unpackers = new Map<string, () => Transform>([
  ["gzip", () => createGunzip({ chunkSize: unpackedChunkBytes })],
  ["deflate", () => createInflate({ chunkSize: unpackedChunkBytes })],
  ["br", () => createBrotliDecompress({ chunkSize: unpackedChunkBytes })],
]);
const unpackedChunkBytes = 64 << 10;
const growthBytesMin = 64 << 10;

/** Each chunk costs the time of a thousand bytes: behind the first ones they have to be of some size on average. */
const chunksFree = 10_000;
const chunkBytesMin = 64;

export function encodingName(header: string | undefined): string {
  return (header ?? "").trim().toLowerCase() || "identity";
}

/** What unpacks an encoding, `undefined` for none; throws for one that is not known. */
export function unpackerOf(encoding: string | undefined): Transform | undefined {
  const name = encodingName(encoding);
  if (name === "identity") return undefined;
  const make = unpackers.get(name);
  if (!make) throw new BodyRefused(415, "ENCODING_UNKNOWN", "known content encodings are gzip, deflate and br");
  return make();
}

/** Bytes on their way into one buffer of the pool, within limit and budget. */
class Gathered {
  private whole: Buffer | undefined;
  private bytes = 0;

  constructor(
    private readonly bytesMax: number,
    private readonly holding: Holding,
    private readonly pool: BufferPool,
    /** All there will be, where it is known. */
    private readonly declaredBytes = Infinity,
  ) {}

  add(chunk: Buffer): void {
    const needed = this.bytes + chunk.length;
    if (needed > this.bytesMax) throw tooLarge(this.bytesMax);
    if (!this.whole && chunk.length === this.declaredBytes) {
      this.take(chunk.length);
      this.whole = chunk;
    } else {
      if (needed > (this.whole?.length ?? 0)) this.grow(needed);
      chunk.copy(this.whole as Buffer, this.bytes);
    }
    this.bytes = needed;
  }

  private grow(needed: number): void {
    const before = this.whole;
    const aim = Math.max(needed, 2 * (before?.length ?? 0), growthBytesMin);
    const capacity = Math.max(needed, Math.min(aim, this.declaredBytes, this.bytesMax));
    const bytesBefore = before?.buffer.byteLength ?? 0;
    this.take(capacity - bytesBefore);
    this.whole = this.pool.take(capacity);
    // The pool's buffers are somewhat larger than asked for.
    this.holding.add(this.whole.buffer.byteLength - Math.max(capacity, bytesBefore));
    if (!before) return;
    before.copy(this.whole, 0, 0, this.bytes);
    this.pool.give(before);
  }

  private take(bytes: number): void {
    if (bytes > 0 && !this.holding.take(bytes)) throw tooMany("no room for another body");
  }

  get result(): Buffer {
    return this.whole?.subarray(0, this.bytes) ?? Buffer.alloc(0);
  }

  drop(): void {
    if (this.whole) this.pool.give(this.whole);
    this.whole = undefined;
  }
}

/** The body as it came; `unpack` makes sense of it. It may be one of the pool's, to be given back by the caller. */
export function readBody(
  request: IncomingMessage,
  { bytesMax, progressSeconds, progressBytes }: BodyLimits,
  holding: Holding,
  pool: BufferPool,
): Promise<Buffer> {
  const length = request.headers["content-length"];
  const declaredBytes = length === undefined ? undefined : Number(length);
  if (declaredBytes !== undefined && declaredBytes > bytesMax) return Promise.reject(tooLarge(bytesMax));
  return new Promise((resolve, reject) => {
    const gathered = new Gathered(bytesMax, holding, pool, declaredBytes);
    let sinceLook = 0;
    let chunks = 0;
    let bytes = 0;
    let timer: NodeJS.Timeout;
    const end = (error: Error | undefined) => {
      clearTimeout(timer);
      holding.mayBeGivenUp(undefined);
      request.off("data", take).off("end", whole).off("close", close);
      if (!error) return resolve(gathered.result);
      gathered.drop();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      sinceLook += chunk.length;
      bytes += chunk.length;
      try {
        if (++chunks > chunksFree && bytes < chunks * chunkBytesMin) throw fragmented();
        gathered.add(chunk);
      } catch (error) {
        end(error as Error);
      }
    };
    const whole = () => end(undefined);
    const close = () => end(new BodyCut("the sender has gone"));
    const look = () => {
      if (sinceLook < progressBytes) {
        return end(new BodyStalled(`${sinceLook} bytes within ${progressSeconds} s of a body that goes on`));
      }
      sinceLook = 0;
      timer = setTimeout(look, progressSeconds * 1000);
    };
    timer = setTimeout(look, progressSeconds * 1000);
    holding.mayBeGivenUp((reason) => end(tooMany(reason)));
    request.on("data", take).on("end", whole).on("close", close);
  });
}

/** The body itself where it is not compressed. What is too much is given up as soon as it is. */
export async function unpack(
  body: Buffer,
  encoding: string | undefined,
  bytesMax: number,
  holding: Holding,
  pool: BufferPool,
): Promise<Buffer> {
  const unpacker = unpackerOf(encoding);
  if (!unpacker) return body;
  const gathered = new Gathered(bytesMax, holding, pool);
  try {
    for await (const chunk of Readable.from([body]).pipe(unpacker)) gathered.add(chunk as Buffer);
    return gathered.result;
  } catch (error) {
    gathered.drop();
    if (error instanceof BodyRefused) throw error;
    throw new BodyRefused(400, "BODY_DAMAGED", `bytes that do not unpack as ${encoding?.trim()}`);
  }
}

function fragmented(): BodyRefused {
  return new BodyRefused(
    400,
    "BODY_FRAGMENTED",
    `over ${chunksFree} chunks of less than ${chunkBytesMin} bytes on average`,
  );
}

function tooLarge(bytesMax: number): BodyRefused {
  return new BodyRefused(413, "BODY_TOO_LARGE", `a body over ${bytesMax} bytes`);
}

export function tooMany(reason: string): BodyRefused {
  return new BodyRefused(503, "TOO_MANY_BYTES", reason);
}
