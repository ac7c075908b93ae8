/** Reads a request's body within a limit, unpacked where it is compressed. */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";

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

/** The body as it came; `unpack` makes sense of it. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > bytesMax) throw tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BodyRefused) throw error;
    throw new BodyCut((error as Error).message);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes);
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
