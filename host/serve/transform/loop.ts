/**
 * Finds events that would go round in a circle: at the start where `--forward` names the server itself, later by the
 * hop that each server adds to `Via` (RFC 9110, 7.6.3), through however many others they come back.
 */
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { networkInterfaces } from "node:os";
import { isLoopback } from "../http/senders.js";

/** More servers of ours one behind the other than anybody sets up. */
const hopsMax = 8;
const wildcards = new Set(["0.0.0.0", "::"]);

export class Hops {
  private readonly name = `oddline-${randomBytes(8).toString("hex")}`;

  /** The header for what is sent on. */
  behind(via: string | undefined): string {
    return via === undefined ? `1.1 ${this.name}` : `${via}, 1.1 ${this.name}`;
  }

  /** Whether the request was here before, or has passed through too many. */
  isLoop(via: string | undefined): boolean {
    if (via === undefined) return false;
    return via.includes(this.name) || via.split("oddline-").length - 1 >= hopsMax;
  }
}

/** Whether the URL leads to a server that listens on this host and port, as far as names can be resolved. */
export async function leadsTo(url: URL, listen: { host: string; port: number }): Promise<boolean> {
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (port !== listen.port) return false;
  const own = new Set(await addressesOf(listen.host));
  const isOwn = [...own].some((address) => wildcards.has(address)) ? isOfThisMachine : (one: string) => own.has(one);
  return (await addressesOf(url.hostname)).some(isOwn);
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host.replace(/^\[|\]$/g, ""), { all: true })).map(({ address }) => address);
  } catch {
    return []; // not to be resolved yet: the hops tell later
  }
}

function isOfThisMachine(address: string): boolean {
  if (isLoopback(address) || wildcards.has(address)) return true;
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
}
