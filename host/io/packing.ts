/**
 * Packed input, recognised by its first bytes, not by its name: pipes and rotated files often lack the ending. What
 * Node unpacks is read as it is; of the rest an operator hears what it is, and the command that unpacks it.
 */

import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { exitCode, OddlineError } from "./errors.js";
import { ZstdFrames } from "./zstdFrames.js";

const chunkSize = 1 << 20;
/** A file that unpacks to itself must end. */
const layersMax = 3;

interface Packing {
  name: string;
  /** Where these bytes stand. */
  offset?: number;
  magic: number[][];
  /** The command that unpacks a file named behind it, to standard output; none where it holds no text. */
  command: string;
  /** Undefined where this Node has none. */
  unpacker?: (() => Duplex) | undefined;
  /** The command that checks it. */
  check?: string;
  /** Finds the ends of its frames, where the unpacker itself does not. */
  hasFrames?: boolean;
}

// Since Node 22.15; the types are those of the oldest Node that runs this.
const { createZstdDecompress } = zlib as typeof zlib & { createZstdDecompress?: (options: object) => Duplex };

const ascii = (text: string) => [...Buffer.from(text, "latin1")];

const packings: Packing[] = [
  {
    name: "gzip",
    magic: [[0x1f, 0x8b]],
    command: "gzip -dc",
    unpacker: () => zlib.createGunzip({ chunkSize }),
    check: "gzip -t",
  },
  {
    name: "zstd",
    // a frame, and frames to be skipped that some tools begin with
    magic: [[0x28, 0xb5, 0x2f, 0xfd], ...Array.from({ length: 16 }, (_, n) => [0x50 + n, 0x2a, 0x4d, 0x18])],
    command: "zstd -dc",
    unpacker: createZstdDecompress && (() => createZstdDecompress({ chunkSize })),
    check: "zstd -t",
    hasFrames: true,
  },
  { name: "xz", magic: [[0xfd, ...ascii("7zXZ"), 0]], command: "xz -dc" },
  {
    name: "bzip2",
    magic: Array.from({ length: 9 }, (_, n) => ascii(`BZh${n + 1}`)).flatMap((head) => [
      [...head, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
      [...head, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90],
    ]),
    command: "bzip2 -dc",
  },
  { name: "lz4", magic: [[0x04, 0x22, 0x4d, 0x18]], command: "lz4 -dc" },
  { name: "lzip", magic: [[...ascii("LZIP"), 1]], command: "lzip -dc" },
  { name: "lzop", magic: [[0x89, ...ascii("LZO"), 0]], command: "lzop -dc" },
  { name: "compress", magic: [[0x1f, 0x9d]], command: "gzip -dc" },
  { name: "zip", magic: [[...ascii("PK"), 3, 4]], command: "unzip -p" },
  { name: "7z", magic: [[...ascii("7z"), 0xbc, 0xaf, 0x27, 0x1c]], command: "7z x -so" },
  { name: "tar", offset: 257, magic: [ascii("ustar")], command: "tar -xOf" },
  { name: "journal", magic: [ascii("LPKSHHRH")], command: "journalctl -o json --file" },
];

/** Brotli has no first bytes of its own. */
const brotli: Packing = {
  name: "brotli",
  magic: [],
  command: "brotli -dc",
  unpacker: () => zlib.createBrotliDecompress({ chunkSize }),
  check: "brotli -t",
};

/** The longest of the first bytes, but those of tar: a pipe's first piece is not held back for them. */
const magicBytesMax = 10;

const beginsWith = (head: Buffer, magic: number[], offset: number) =>
  head.length >= offset + magic.length && magic.every((byte, index) => head[offset + index] === byte);

/** Whether more bytes could make a packed file of it. */
function isUndecided(head: Buffer): boolean {
  if (head.length >= magicBytesMax) return false;
  return packings.some(({ magic }) => magic.some((bytes) => [...head].every((byte, index) => byte === bytes[index])));
}

function packingOf(head: Buffer): Packing | undefined {
  return packings.find(({ magic, offset = 0 }) => magic.some((bytes) => beginsWith(head, bytes, offset)));
}

export async function* unpacked(name: string, chunks: AsyncGenerator<Buffer>, layer = 0): AsyncGenerator<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  let isEnd = false;
  while (!isEnd && (head.length === 0 || isUndecided(head))) {
    const { value, done } = await chunks.next();
    if (done) isEnd = true;
    else head = head.length > 0 ? Buffer.concat([head, value]) : value;
  }
  if (head.length === 0) return;
  const packing = layer === 0 && name.endsWith(".br") ? brotli : packingOf(head);
  if (!packing) {
    yield head;
    yield* chunks;
    return;
  }
  if (!packing.unpacker || layer >= layersMax) throw packed(name, packing, layer);
  const all = withFirst(head, chunks);
  const contents = packing.hasFrames ? eachFrame(name, packing, all) : through(name, packing, all);
  yield* unpacked(name, contents, layer + 1);
}

async function* through(name: string, packing: Packing, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const unpacker = packing.unpacker!();
  const feeding = pipeline(chunks, unpacker);
  feeding.catch(() => {}); // reported through the loop below
  try {
    for await (const chunk of unpacker) yield chunk as Buffer;
    await feeding;
  } catch (error) {
    if (error instanceof OddlineError) throw error;
    throw damaged(name, packing, (error as Error).message);
  }
}

async function* eachFrame(name: string, packing: Packing, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const frames = new ZstdFrames();
  let next = await chunks.next();
  async function* one() {
    do {
      const chunk: Buffer = next.value;
      const taken = frames.add(chunk);
      yield chunk.subarray(0, taken);
      next = taken < chunk.length ? { value: chunk.subarray(taken), done: false } : await chunks.next();
    } while (!next.done && !frames.isWhole);
  }
  while (!next.done) yield* through(name, packing, one());
  if (!frames.isWhole) throw damaged(name, packing, "unexpected end of file");
}

function damaged(name: string, { name: kind, check, command }: Packing, found: string): OddlineError {
  return new OddlineError("INPUT_DAMAGED", {
    subject: name,
    expected: `a complete ${kind} file`,
    found,
    remedy: `check it with ${check ?? command}, or leave the file out`,
  });
}

async function* withFirst(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

function packed(name: string, { name: kind, command }: Packing, layer: number): OddlineError {
  const readable = packings.filter(({ unpacker }) => unpacker).map((packing) => packing.name);
  const file = /^[\w./@%+=:,-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
  const pipe = layer > 0 ? `${command} UNPACKED` : name === "-" ? command.replace(/ (-xOf|--file)$/, "$& -") : "";
  return new OddlineError("INPUT_PACKED", {
    subject: name,
    expected: `a log as text, or compressed with ${[...readable, "brotli (.br)"].join(", ")}`,
    found: `${kind === "journal" ? "a systemd journal" : `a ${kind} file`}${layer > 0 ? ` inside a compressed one` : ""}`,
    remedy: `decompress it in a pipe: ${pipe || `${command} ${file}`} | oddline refresh - (or another command)`,
    exit: exitCode.usage,
  });
}
