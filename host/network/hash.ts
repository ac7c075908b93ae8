/**
 * The 32-bit hash of addresses and ports: FNV-1a over the bytes (http://www.isthe.com/chongo/tech/comp/fnv/), then
 * MurmurHash3's finaliser, since the sketches use the low bits. Short in every language, so the filter can share it.
 */

export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return hashBytes(Buffer.from(text));
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return mixed(hash);
}

function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return mixed(hash);
}

/** A small number's hash. */
export function hashNumber(value: number): number {
  return mixed(value + 0x9e3779b9);
}

function mixed(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
