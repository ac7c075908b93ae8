/** The reader of the configuration section alone. */
import { proxies, proxiesPtr } from "../../../assembly/config";
import { isTrusted } from "../../../assembly/parse/forwarded";

export * from "../../../assembly/config";
export { containsPattern, fitsPattern } from "../../../assembly/glob";
export { reserve } from "../../../assembly/memory";

/** Of the sixteen bytes of an address, IPv4 as ::ffff:a.b.c.d. */
export function isTrustedProxy(ptr: usize): bool {
  return isTrusted(bswap(load<u64>(ptr)), bswap(load<u64>(ptr, 8)), proxiesPtr, proxies);
}
