/** Addresses in one form: IPv6 as RFC 5952 writes it, IPv4 in IPv6 as IPv4, names in lower case. */
import { isIPv4, isIPv6 } from "node:net";

const nameBytesMax = 255;
/** Logs repeat few addresses; the text of a scan of millions must not stay in memory. */
const cacheEntriesMax = 65_536;
let cache = new Map<string, string | undefined>();

/** Undefined where the text cannot be an address or a name. */
export function canonicalAddress(text: string): string | undefined {
  if (cache.has(text)) return cache.get(text);
  if (cache.size >= cacheEntriesMax) cache = new Map();
  const address = canonical(text);
  cache.set(text, address);
  return address;
}

function canonical(text: string): string | undefined {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (isIPv4(bare)) return bare;
  if (isIPv6(bare)) return canonicalIPv6(bare.split("%")[0]);
  if (bare === "" || bare === "-" || bare.length > nameBytesMax || /[\s\p{C}"'<>{},;=\\]/u.test(bare)) return undefined;
  return bare.toLowerCase();
}

function canonicalIPv6(text: string): string {
  const written = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(written);
  if (!mapped) return written;
  const [high, low] = [Number.parseInt(mapped[1], 16), Number.parseInt(mapped[2], 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
