/**
 * Both directions of one flow in two lines, as NetFlow's exporters write them: the second, with ends and ports swapped,
 * is the reply of the first. It counts to the same windows, as bytes that came in, and is no flow of its own. Where
 * ports say that the reply was written first, or alone, it counts where it stands, but what it brings is a download:
 * nothing that was sent away. Whoever sends data away may choose the port that it comes from, though, so what goes from
 * inside to outside is that only where a service has been asked from outside before.
 * assembly/detect/network/directions.ts does the same.
 */
import { endClasses } from "../model/usualFlows.js";
import { classOf } from "./ends.js";
import type { Flow } from "./flow.js";

/** Flows whose reply is waited for, and services that were asked: as many again are kept before the oldest go. */
const flowsMax = 32_768;
const servicePorts = 1024;
/** From here on systems choose the ports of those who ask. */
const dynamicPorts = 32_768;

export class Directions {
  private recent = new Set<string>();
  private older = new Set<string>();

  /** The flow as it counts. */
  settle(flow: Flow): Flow {
    const { source, destination, port, sourcePort = -1, failed } = flow;
    if (sourcePort < 0 || port < 0 || failed) return flow;
    const isRequest = isService(port, sourcePort);
    if (this.knows(`${destination} ${port} ${source} ${sourcePort}`)) {
      // the request of a reply that was written first asks for nothing more
      if (isRequest) return flow;
      return { ...flow, source: destination, destination: source, port: sourcePort, bytesOut: 0, continues: true };
    }
    this.note(`${source} ${sourcePort} ${destination} ${port}`);
    if (isRequest && leaves(destination, source)) this.note(`${destination} ${port}`);
    if (!isService(sourcePort, port)) return flow;
    const isServed = !leaves(source, destination) || this.knows(`${source} ${sourcePort}`);
    return isServed ? { ...flow, bytesOut: 0 } : flow;
  }

  private knows(name: string): boolean {
    return this.recent.has(name) || this.older.has(name);
  }

  private note(name: string): void {
    if (this.recent.size >= flowsMax) {
      this.older = this.recent;
      this.recent = new Set();
    }
    this.recent.add(name);
  }
}

/** Whether of two ports the first is that of a service, and the second that of one who asks it. */
function isService(port: number, other: number): boolean {
  return port < servicePorts ? other >= servicePorts : port < dynamicPorts && other >= dynamicPorts;
}

function leaves(from: string, to: string): boolean {
  return classOf(from) === endClasses.inside && classOf(to) === endClasses.outside;
}
