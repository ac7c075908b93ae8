/** IP addresses by way of Node's own checks and the URL parser, which writes IPv6 as RFC 5952 asks. */
import { isIPv4, isIPv6 } from "node:net";
import type { Bytes } from "./hash.js";

export interface Address {
  text: Bytes;
  hasPort: boolean;
}

/** What consists of nothing but an address and, possibly, its port. */
export function readAddress(text: Bytes): Address | undefined {
  const dotted = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?!\d)([\s\S]*)$/.exec(text);
  const four = dotted ? fourOf(dotted[1]) : undefined;
  if (dotted && four) {
    if (dotted[2] === "") return { text: four, hasPort: false };
    const port = portOf(dotted[2].slice(1));
    const hasPort = (dotted[2][0] === ":" && port >= 0) || (dotted[2][0] === "." && port > 255);
    return hasPort ? { text: four, hasPort } : undefined;
  }
  const six = sixOf(text);
  if (six) return { text: six, hasPort: false };
  const colon = text.lastIndexOf(":");
  const before = colon < 0 || portOf(text.slice(colon + 1)) < 0 ? undefined : sixOf(text.slice(0, colon));
  return before ? { text: before, hasPort: true } : undefined;
}

/** A field's value: also [ADDRESS], [ADDRESS]:PORT and ADDRESS%ZONE. */
export function readHost(text: Bytes): Bytes | undefined {
  const bracketed = /^\[([^\]%]*)(?:%[^\]]*)?\](?::(\d+))?$/.exec(text);
  const inside = bracketed ? bracketed[1] : text.includes("%") ? text.slice(0, text.indexOf("%")) : undefined;
  if (bracketed?.[2] !== undefined && portOf(bracketed[2]) < 0) return undefined;
  if (inside === undefined) return readAddress(text)?.text;
  const address = readAddress(inside);
  return address && !address.hasPort ? address.text : undefined;
}

/** Whether a host that was read has a port behind its address. */
export function hasPort(text: Bytes): boolean {
  return text.startsWith("[") ? !text.endsWith("]") : readAddress(text)?.hasPort === true;
}

function portOf(text: Bytes): number {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : -1;
}

function fourOf(text: Bytes): Bytes | undefined {
  const plain = text.split(".").map(Number).join(".");
  return isIPv4(plain) ? plain : undefined;
}

function sixOf(text: Bytes): Bytes | undefined {
  const tail = /(?<![0-9A-Fa-f])\d{1,3}(?:\.\d{1,3}){3}$/.exec(text);
  const plain = tail ? text.slice(0, tail.index) + (fourOf(tail[0]) ?? "none") : text;
  if (!isIPv6(plain)) return undefined;
  const short = new URL(`http://[${plain}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (!mapped) return short;
  const [high, low] = mapped.slice(1).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
