/**
 * What the first bytes of an AOT file say (as the WebAssembly Micro Runtime reads them): the version of the format and
 * the machine it was compiled for. A runtime loads one version only and refuses every other.
 *
 *     0 magic "\0aot" | 4 version | 8 section 0: type, bytes | 16 target: word size, ABI, machine, …| 48 its name
 */

/** The one that WAMR 2.4.1 writes and loads, which Fluent Bit has had since 4.1; 3 before that. */
export const aotVersion = 5;
/** The first release of WAMR with it. */
export const compilerMin = "2.4.1";
/** The Fluent Bit releases that are known to load it. */
export const loadedBy = "Fluent Bit 4.1 to 5.1";

const magic = Buffer.from("\0aot", "latin1");
const targetNameAt = 48;
const targetNameBytes = 16;

export interface AotHeader {
  version: number;
  /** As the runtime names it: `x86_64`, `aarch64v8`. */
  target: string;
}

/** Undefined where this is no AOT file. */
export function readAotHeader(file: Uint8Array): AotHeader | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < targetNameAt + targetNameBytes || !bytes.subarray(0, 4).equals(magic)) return undefined;
  const name = bytes.toString("latin1", targetNameAt, targetNameAt + targetNameBytes);
  return { version: bytes.readUInt32LE(4), target: name.replace(/\0.*$/s, "") };
}
