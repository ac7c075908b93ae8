/** What is left out of the history a forest learns from: known incidents, tagged windows, destinations. */
import { BlockList, isIP } from "node:net";
import { exitCode, OddlineError } from "../io/errors.js";
import { readBounded } from "../io/readFile.js";
import { fileError } from "../io/systemErrors.js";
import type { Entity } from "../model/networkFeatures.js";
import type { Flow } from "./flow.js";
import type { ClosedWindow } from "./flowWindows.js";
import { canonicalAddress } from "./inputs/address.js";

/** Four million addresses. */
const listBytesMax = 64 << 20;

export interface Incident {
  fromMs: number;
  toMs: number;
}

export class Excludes {
  windowsLeftOut = 0;

  constructor(
    private readonly windowSeconds: number,
    private readonly incidents: readonly Incident[] = [],
    private readonly tagged: boolean = false,
    private readonly destinations: DestinationList | undefined = undefined,
  ) {}

  keepsFlow(flow: Flow): boolean {
    return !this.destinations?.has(flow.destination);
  }

  /** Of a window that was summed before: what a source sent there is in its own windows all the same. */
  keepsKey(key: string, entity: Entity): boolean {
    return entity === "source" || !this.destinations?.has(key.split(" ").at(-1)!);
  }

  /** A window that an incident touches is left out whole. */
  keepsWindow(window: ClosedWindow): boolean {
    if (!this.touches(window)) return true;
    this.windowsLeftOut++;
    return false;
  }

  touches(window: Pick<ClosedWindow, "startMs" | "tagged">): boolean {
    const endMs = window.startMs + this.windowSeconds * 1000;
    if (this.tagged && window.tagged) return true;
    return this.incidents.some(({ fromMs, toMs }) => window.startMs <= toMs && endMs > fromMs);
  }
}

/** Addresses, networks (`10.0.0.0/8`) and names, one a line; `#` begins a comment. */
export class DestinationList {
  private readonly networks = new BlockList();
  private readonly names = new Set<string>();

  static read(path: string): DestinationList {
    let text: string;
    try {
      text = readBounded(path, listBytesMax).toString("utf8");
    } catch (error) {
      throw fileError(error, path, {
        code: "INPUT_UNREADABLE",
        expected: "a readable list of destinations",
        remedy: "check the path and its permissions",
        exit: exitCode.usage,
      });
    }
    const list = new DestinationList();
    text.split("\n").forEach((line, i) => {
      const entry = line.replace(/#.*/, "").trim();
      if (entry !== "" && !list.add(entry)) throw wrongEntry(`${path}:${i + 1}:1`, entry);
    });
    return list;
  }

  /** False where the entry is neither an address, a network nor a name. */
  add(entry: string): boolean {
    const [address, prefix] = entry.split("/");
    const version = isIP(address);
    if (prefix !== undefined) {
      const bitsMax = version === 4 ? 32 : 128;
      if (version === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bitsMax) return false;
      this.networks.addSubnet(address, Number(prefix), version === 4 ? "ipv4" : "ipv6");
      return true;
    }
    const canonical = canonicalAddress(entry);
    if (canonical === undefined) return false;
    this.names.add(canonical);
    return true;
  }

  has(destination: string): boolean {
    if (this.names.has(destination)) return true;
    const version = isIP(destination);
    return version !== 0 && this.networks.check(destination, version === 4 ? "ipv4" : "ipv6");
  }
}

function wrongEntry(subject: string, found: string): OddlineError {
  return new OddlineError("DESTINATIONS_INVALID", {
    subject,
    expected: "an address, a network like 10.0.0.0/8, or a name",
    found: JSON.stringify(found.slice(0, 80)),
    remedy: "correct the line, or comment it out with #",
    exit: exitCode.usage,
  });
}
