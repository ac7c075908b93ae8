/**
 * What kind of end an address is: what is ordinary for a server inside is not for an address on the Internet, nor for
 * what is sent to everybody. assembly/detect/network/ends.ts does the same.
 */
import { type EndClass, endClasses } from "../model/usualFlows.js";

/** Private (RFC 1918, RFC 4193), shared (RFC 6598), link-local and loopback. */
export function classOf(address: string): EndClass {
  const dotted = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(address);
  if (dotted) return classOfV4(Number(dotted[1]), Number(dotted[2]));
  if (!address.includes(":")) return endClasses.none;
  if (/^ff/i.test(address)) return endClasses.group;
  return /^(f[cd]|fe[89ab]|::1$)/i.test(address) ? endClasses.inside : endClasses.outside;
}

function classOfV4(first: number, second: number): EndClass {
  if (first >= 224) return endClasses.group;
  const isInside =
    first === 10 ||
    first === 127 ||
    (first === 172 && second >> 4 === 1) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254) ||
    (first === 100 && second >> 6 === 1);
  return isInside ? endClasses.inside : endClasses.outside;
}
