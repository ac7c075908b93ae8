/** Reads a request's body within a limit, unpacked where it is compressed. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import type { BufferPool } from "./bufferPool.js";

export class BodyRefused extends Error {
  constructor(
    readonly status: 400 | 413 | 415,
    reason: string,
  ) {
    super(reason);
  }
}

/** The client has gone before its body was whole. */
export class BodyCut extends Error {}

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) } as const;

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
  const unpacker = unpackers[name as keyof typeof unpackers];
  if (!unpacker) throw new BodyRefused(415, `content-encoding ${name}; known are gzip, deflate and br`);
  try {
    return await unpacker(body, { maxOutputLength: bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(bytesMax);
    throw new BodyRefused(400, `a damaged ${name} body`);
  }
}

function tooLarge(bytesMax: number): BodyRefused {
  return new BodyRefused(413, `a body over ${bytesMax} bytes`);
}
