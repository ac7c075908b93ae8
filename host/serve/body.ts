/** Reads a request's body within a limit, unpacked where it is compressed. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { type BrotliOptions, brotliDecompress, gunzip, inflate, type ZlibOptions } from "node:zlib";
import type { BufferPool } from "./bufferPool.js";

export class BodyRefused extends Error {
  constructor(
    readonly status: 400 | 413 | 415,
    readonly code: "BODY_DAMAGED" | "BODY_TOO_LARGE" | "ENCODING_UNKNOWN",
    reason: string,
  ) {
    super(reason);
  }
}

/** The client has gone before its body was whole. */
export class BodyCut extends Error {}

/** A map: every object knows `constructor` and more, which a peer may name. */
const unpackers = new Map([
  ["gzip", promisify<Buffer, ZlibOptions, Buffer>(gunzip)],
  ["deflate", promisify<Buffer, ZlibOptions, Buffer>(inflate)],
  ["br", promisify<Buffer, BrotliOptions, Buffer>(brotliDecompress)],
]);

/** The body as it came; `unpack` makes sense of it. A long one comes out of the pool, to be given back by the caller. */
export function readBody(request: IncomingMessage, bytesMax: number, pool: BufferPool): Promise<Buffer> {
  const declared =
    request.headers["content-length"] === undefined ? undefined : Number(request.headers["content-length"]);
  if (declared !== undefined && declared > bytesMax) return Promise.reject(tooLarge(bytesMax));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let whole: Buffer | undefined;
    let bytes = 0;
    const fail = (error: Error) => {
      request.removeAllListeners("data");
      if (whole) pool.give(whole);
      whole = undefined;
      reject(error);
    };
    request.on("data", (chunk: Buffer) => {
      if (bytes + chunk.length > bytesMax) return fail(tooLarge(bytesMax));
      if (declared !== undefined && chunk.length < declared) {
        whole ??= pool.take(declared);
        chunk.copy(whole, bytes);
      } else chunks.push(chunk);
      bytes += chunk.length;
    });
    request.on("end", () => resolve(whole ?? (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes))));
    request.on("error", (error) => fail(new BodyCut(error.message)));
    request.on("close", () => {
      if (!request.complete) fail(new BodyCut("the sender has gone"));
    });
  });
}

export async function unpack(body: Buffer, encoding: string | undefined, bytesMax: number): Promise<Buffer> {
  const name = (encoding ?? "identity").trim().toLowerCase();
  if (name === "identity" || name === "") return body;
  const unpacker = unpackers.get(name);
  if (!unpacker) throw new BodyRefused(415, "ENCODING_UNKNOWN", "known content encodings are gzip, deflate and br");
  try {
    return await unpacker(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(bytesMax);
    throw new BodyRefused(400, "BODY_DAMAGED", `bytes that do not unpack as ${name}`);
  }
}

function tooLarge(bytesMax: number): BodyRefused {
  return new BodyRefused(413, "BODY_TOO_LARGE", `a body over ${bytesMax} bytes`);
}
