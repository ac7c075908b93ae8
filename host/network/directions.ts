/**
 * Both directions of one flow in two lines, as NetFlow's exporters write them: the second, with ends and ports swapped,
 * is the reply of the first. It counts to the same windows, as bytes that came in, and is no flow of its own. Ports
 * decide where the second goes to a service below 1024: then the reply was written first, and counted as it stood.
 * assembly/detect/network/directions.ts does the same.
 */
import type { Flow } from "./flow.js";

/** Flows whose reply is waited for: as many again are kept before the oldest go. */
const flowsMax = 32_768;
const servicePorts = 1024;

export class Directions {
  private recent = new Set<string>();
  private older = new Set<string>();

  /** The flow as it counts. */
  settle(flow: Flow): Flow {
    const { source, destination, port, sourcePort = -1, failed } = flow;
    if (sourcePort < 0 || port < 0 || failed) return flow;
    const isRequest = port < servicePorts && sourcePort >= servicePorts;
    const request = `${destination} ${port} ${source} ${sourcePort}`;
    if (isRequest || !(this.recent.has(request) || this.older.has(request))) {
      this.note(`${source} ${sourcePort} ${destination} ${port}`);
      return flow;
    }
    return { ...flow, source: destination, destination: source, port: sourcePort, bytesOut: 0, continues: true };
  }

  private note(flow: string): void {
    if (this.recent.size >= flowsMax) {
      this.older = this.recent;
      this.recent = new Set();
    }
    this.recent.add(flow);
  }
}
