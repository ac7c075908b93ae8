/**
 * Keeps web pages out. A page that somebody on this machine looks at can make their browser send requests to a loopback
 * address, and a name of its own that suddenly means 127.0.0.1 (DNS rebinding) lets it read the answers. Browsers name
 * the page in `Origin` and the name in `Host`; no shipper sends the one, and the other is then a name of this machine.
 */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

export interface SenderOptions {
  /** What the server listens on: only where that is loopback must `Host` be one of its names. */
  host: string;
  /** Further names, without a port. */
  allowedHosts?: readonly string[];
  /** Origins of pages that may send, such as https://app.example; `*` for any. */
  allowedOrigins?: readonly string[];
}

export interface Refusal {
  code: "HOST_REFUSED" | "ORIGIN_REFUSED";
  reason: string;
}

const loopbackAddresses = new BlockList();
loopbackAddresses.addSubnet("127.0.0.0", 8, "ipv4");
loopbackAddresses.addAddress("::1", "ipv6");
/** Name or bracketed address, and a port. */
const hostPattern = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/;

/** `localhost`, 127.0.0.0/8 or ::1, IPv6 without brackets. */
export function isLoopback(name: string): boolean {
  if (/^localhost\.?$/i.test(name)) return true;
  const version = isIP(name);
  return version !== 0 && loopbackAddresses.check(name, version === 4 ? "ipv4" : "ipv6");
}

export class Senders {
  private readonly hosts: Set<string>;
  private readonly origins: Set<string>;
  private readonly asksForHost: boolean;

  constructor({ host, allowedHosts = [], allowedOrigins = [] }: SenderOptions) {
    this.hosts = new Set(allowedHosts.map((name) => name.toLowerCase()));
    this.origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
    this.asksForHost = isLoopback(host);
  }

  /** Undefined where the request may come in. `authority` is that of the request line, where it has one. */
  refusal({ headers }: IncomingMessage, authority: string | undefined): Refusal | undefined {
    const origin = headers.origin;
    if (origin !== undefined && !this.allowsOrigin(origin)) {
      const reason = `requests of web pages are refused, this one is of ${shown(origin)}; --allow-origin lets one in`;
      return { code: "ORIGIN_REFUSED", reason };
    }
    if (!this.asksForHost) return undefined;
    for (const host of [headers.host, authority]) {
      if (host === undefined || this.allowsHost(host)) continue;
      const reason = `Host must be a name of the loopback address, found ${shown(host)}; --allow-host lets one in`;
      return { code: "HOST_REFUSED", reason };
    }
    return undefined;
  }

  get allowsAnyOrigin(): boolean {
    return this.origins.has("*");
  }

  private allowsOrigin(origin: string): boolean {
    return this.allowsAnyOrigin || this.origins.has(origin.toLowerCase());
  }

  private allowsHost(host: string): boolean {
    const parts = hostPattern.exec(host);
    const name = parts?.[1] ?? parts?.[2];
    return name !== undefined && (isLoopback(name) || this.hosts.has(name.toLowerCase()));
  }
}

/** Of a peer's making, so short, and nothing that a terminal obeys. */
function shown(text: string): string {
  const visible = text.replace(/[^\x20-\x7e]/g, "?");
  return JSON.stringify(visible.length > 100 ? `${visible.slice(0, 100)}…` : visible);
}
