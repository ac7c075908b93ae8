/**
 * Fields named by path in the configuration (assembly/fields/paths.ts, configured.ts), over the members of records and
 * lines.
 */
import { BlockList, isIPv4 } from "node:net";
import { readHost } from "./address.js";
import { levelOfField, statusOfField } from "./fields.js";
import type { Bytes } from "./hash.js";
import type { ParsedEvent } from "./parse.js";
import { membersOf, withoutEscapes } from "./record.js";

export const uses = ["message", "level", "status", "endpoint", "key", "forwarded", "source"] as const;
export type Use = (typeof uses)[number];
/** Paths of each use as UTF-8 bytes, in order of preference. */
export type FieldSettings = Record<Use, Bytes[]> & { trustedProxies: string[] };

export class ConfiguredFields {
  private depth = 0;
  private readonly found = new Map<Use, { place: number; depth: number; value: Bytes }>();
  private readonly proxies = new BlockList();

  constructor(private readonly settings: FieldSettings) {
    for (const network of settings.trustedProxies) {
      const [address, bits] = network.split("/");
      const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address);
      const family = mapped || isIPv4(address) ? "ipv4" : "ipv6";
      const prefix = bits === undefined ? (family === "ipv4" ? 32 : 128) : Number(bits) - (mapped ? 96 : 0);
      this.proxies.addSubnet(mapped?.[1] ?? address, prefix, family);
    }
  }

  /** What comes now stands in the line itself. */
  enterLine(): void {
    this.depth++;
    this.found.delete("message");
  }

  /** A member of the outermost object, its name as it stands between the quotes. */
  note(name: Bytes, value: Bytes): void {
    for (const use of uses) {
      if (use === "forwarded" && this.settings.trustedProxies.length === 0) continue;
      for (const [place, path] of this.settings[use].entries()) this.follow(use, place, path, name, value);
    }
  }

  private follow(use: Use, place: number, path: Bytes, name: Bytes, value: Bytes): void {
    const key = withoutEscapes(name);
    if (key === undefined || key === "") return;
    if (key === path) {
      const best = this.found.get(use);
      const isBetter = !best || place < best.place || (place === best.place && this.depth > best.depth);
      if (isBetter && saysSomething(use, value)) this.found.set(use, { place, depth: this.depth, value });
    } else if (path.startsWith(`${key}.`) && value.startsWith("{")) {
      for (const member of membersOf(value).members) {
        this.follow(use, place, path.slice(key.length + 1), member.key, member.value);
      }
    }
  }

  value(use: Use): Bytes | undefined {
    return this.found.get(use)?.value;
  }

  text(use: Use): Bytes | undefined {
    const value = this.value(use);
    const text = value === undefined ? undefined : textOf(value);
    return text === "" ? undefined : text;
  }

  /** The message: null where none is configured or there, undefined where it cannot be read. */
  message(): Bytes | undefined | null {
    const value = this.value("message");
    return value === undefined ? null : textOf(value);
  }

  /** What goes before all that the line says. */
  apply(event: ParsedEvent): void {
    event.source = this.text("source") ?? event.source;
    event.level = levelOfField(this.text("level") ?? "") || event.level;
    event.status = statusOfField(this.text("status") ?? "") ?? event.status;
    event.endpoint = this.text("endpoint") ?? event.endpoint;
    const key = this.text("key");
    if (key !== undefined) event.key = readHost(key) ?? key;
    const peer = event.key === "" ? undefined : readHost(event.key);
    if (event.key !== "" && (peer === undefined || !this.isTrusted(peer))) return;
    const list = this.list();
    event.key = (list !== undefined && this.resolve(list.split(","))) || event.key;
  }

  private isTrusted(address: Bytes): boolean {
    return this.proxies.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  }

  private list(): Bytes | undefined {
    const value = this.value("forwarded");
    if (value === undefined || !value.startsWith("[")) return this.text("forwarded");
    const inside = /^\[\s*((?:"(?:[^"\\]|\\.)*"\s*,?\s*)*)\]$/s.exec(value);
    const parts = inside?.[1].match(/"(?:[^"\\]|\\.)*"/gs)?.map(textOf);
    return parts === undefined || parts.includes(undefined) ? undefined : parts.join(",");
  }

  /** The last that is no proxy's; undefined where it is no address. */
  private resolve(elements: Bytes[]): Bytes | undefined {
    for (let left = 32; left > 0 && elements.length > 0; left--) {
      const address = addressOf(elements.pop()!);
      if (address === undefined || elements.length === 0 || !this.isTrusted(address)) return address;
    }
    return undefined;
  }
}

function addressOf(element: Bytes): Bytes | undefined {
  const text = element.replace(/^[\t-\r ]+|[\t-\r ]+$/g, "");
  if (!text.includes("=")) return readHost(text);
  const pair = text.split(";").find((part) => /^[\t-\r ]*for=./is.test(part));
  const value = pair?.replace(/^[\t-\r ]*for=/i, "") ?? "";
  return readHost(/^".+"$/s.test(value) ? value.slice(1, -1) : value);
}

function saysSomething(use: Use, value: Bytes): boolean {
  if (value.startsWith("{")) return use === "message";
  if (value.startsWith("[")) return use === "message" || use === "forwarded";
  return !["null", "", '""', '"', '"-"', "-"].includes(value);
}

/** A JSON string's text, anything else as it stands; undefined where it cannot be read. */
function textOf(value: Bytes): Bytes | undefined {
  if (!value.startsWith('"')) return value;
  const inside = /^"((?:[^"\\]|\\.)*)"/s.exec(value);
  return inside ? withoutEscapes(inside[1]) : undefined;
}
