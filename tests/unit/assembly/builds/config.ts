/** The reader of the configuration section alone. */
import { knownFits, nextKnown, proxies, proxiesPtr } from "../../../../assembly/config/settings";
import { isTrusted } from "../../../../assembly/fields/forwarded";

export { containsPattern, fitsPattern } from "../../../../assembly/config/glob";
export * from "../../../../assembly/config/settings";
export { reserve } from "../../../../assembly/runtime/memory";

/** Of the sixteen bytes of an address, IPv4 as ::ffff:a.b.c.d. */
export function isTrustedProxy(ptr: usize): bool {
  return isTrusted(bswap(load<u64>(ptr)), bswap(load<u64>(ptr, 8)), proxiesPtr, proxies);
}

/** Whether any entry that holds at that time fits the text. */
export function isKnown(ptr: usize, bytes: usize, seconds: i64): bool {
  for (let at = nextKnown(0, seconds); at != 0; at = nextKnown(at, seconds)) if (knownFits(at, ptr, bytes)) return true;
  return false;
}
