/**
 * Both directions of one flow in two lines, as NetFlow's exporters write them: the second, with ends and ports swapped,
 * is the reply of the first. It counts to the same windows, as bytes that came in, and is no flow of its own. Where
 * ports say that the reply was written first, or alone, it counts where it stands, but what it brings is a download:
 * nothing that was sent away. Whoever sends data away may choose the port that it comes from, though, so what goes from
 * inside to outside is that only where a service has been asked from outside before.
 *
 * What a request sent merely acknowledges a download where its reply brings far more. A reply that came first leaves
 * room for so much; one that comes later takes back what its request counted as sent.
 * assembly/detect/network/directions.ts does the same.
 */
import { endClasses } from "../model/usualFlows.js";
import { classOf } from "./ends.js";
import type { Flow, Sent } from "./flow.js";

/** Flows whose reply is waited for, and services that were asked: as many again are kept before the oldest go. */
const flowsMax = 32_768;
const servicePorts = 1024;
/** From here on systems choose the ports of those who ask. */
const dynamicPorts = 32_768;
/**
 * A flow that brought in so many times as many bytes as it sent sent nothing of its own. TCP acknowledges every second
 * segment or more of them at once, at worst each: 40 to 72 bytes for 1,500, a twentieth.
 */
export const receivedFactor = 20;
const replyFactor = receivedFactor - 1;
/** Replies are waited for in a log in which one of so many requests found its own. */
const repliedEvery = 1024;

interface Mark {
  /** What the newest reply brought, less what the lines behind it need to acknowledge so much. */
  received: number;
  /** By the newest request, which has no reply yet. */
  sent?: Sent;
}

export class Directions {
  private recent = new Map<string, Mark>();
  private older = new Map<string, Mark>();
  private repliesDue = 0;

  /** The flow as it counts, at that time. */
  settle(flow: Flow, timeMs: number): Flow {
    const { source, destination, port, sourcePort = -1, bytes, failed } = flow;
    if (sourcePort < 0 || port < 0 || failed || flow.bytesOut < bytes) return flow;
    const isRequest = isService(port, sourcePort);
    const isReply = isService(sourcePort, port);
    const turned = this.find(`${destination} ${port} ${source} ${sourcePort}`);
    if (turned) {
      if (isRequest || isReply) this.repliesDue = repliedEvery;
      // the request of a reply that was written first asks for nothing more
      if (isRequest) return acknowledges(turned, bytes) ? { ...flow, bytesOut: 0 } : flow;
      const answers = answer(turned, bytes);
      const ends = { source: destination, destination: source, port: sourcePort };
      return { ...flow, ...ends, bytesOut: 0, continues: true, ...(answers && { answers }) };
    }
    const mark = this.note(`${source} ${sourcePort} ${destination} ${port}`);
    if (isRequest && leaves(destination, source)) this.note(`${destination} ${port}`);
    if (!isReply) return this.ask(flow, timeMs, mark);
    answer(mark, bytes);
    const isServed = !leaves(source, destination) || this.find(`${source} ${sourcePort}`);
    return isServed ? { ...flow, bytesOut: 0 } : flow;
  }

  /** A line that is no reply. */
  private ask(flow: Flow, timeMs: number, mark: Mark): Flow {
    const { bytes, durationSeconds, startsAtTime } = flow;
    if (acknowledges(mark, bytes)) return { ...flow, bytesOut: 0 };
    mark.received = 0;
    mark.sent = { bytes, timeMs, durationSeconds, startsAtTime };
    if (this.repliesDue === 0) return flow;
    this.repliesDue--;
    return { ...flow, awaitsReply: true };
  }

  private find(name: string): Mark | undefined {
    return this.recent.get(name) ?? this.older.get(name);
  }

  private note(name: string): Mark {
    const known = this.recent.get(name);
    if (known) return known;
    const mark = this.older.get(name) ?? { received: 0 };
    if (this.recent.size >= flowsMax) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(name, mark);
    return mark;
  }
}

/** Whether so many bytes do no more than acknowledge what was received; they use it up. */
function acknowledges(mark: Mark, bytes: number): boolean {
  if (replyFactor * bytes >= mark.received) return false;
  mark.received -= replyFactor * bytes;
  return true;
}

/** Of a reply; what the request before it sent, where there is one that had none. */
function answer(mark: Mark, bytes: number): Flow["answers"] {
  const { sent } = mark;
  mark.received = Math.max(bytes - replyFactor * (sent?.bytes ?? 0), 0);
  mark.sent = undefined;
  return sent && { sent, isDownload: mark.received > 0 };
}

/** Whether of two ports the first is that of a service, and the second that of one who asks it. */
function isService(port: number, other: number): boolean {
  return port < servicePorts ? other >= servicePorts : port < dynamicPorts && other >= dynamicPorts;
}

function leaves(from: string, to: string): boolean {
  return classOf(from) === endClasses.inside && classOf(to) === endClasses.outside;
}
