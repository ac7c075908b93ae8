/**
 * Sends tagged events on to Vector's `http_server` source and waits for its answer, however long the sinks behind it
 * take. On node:http, whose client has no timeouts of its own; undici would cut a held request off after 300 s.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Notices } from "../notices.js";

/** What the sender is told: done, refused for good, or come again. */
export type Outcome = 200 | 400 | 503;

export interface Delivery {
  outcome: Outcome;
  /** Nothing of the chunks is still to be written. */
  isWritten: boolean;
}

export class Forwarder {
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly send;
  private readonly running = new Set<ClientRequest>();

  constructor(
    private readonly url: URL,
    private readonly notices: Notices,
  ) {
    const secure = url.protocol === "https:";
    this.agent = new (secure ? HttpsAgent : HttpAgent)({
      keepAlive: true,
      keepAliveMsecs: 10_000,
      maxSockets: Infinity,
    });
    this.send = secure ? httpsRequest : httpRequest;
  }

  post(chunks: Buffer[], contentType: string): Promise<Delivery> {
    return new Promise((resolve) => {
      const request = this.send(this.url, {
        method: "POST",
        agent: this.agent,
        headers: {
          "content-type": contentType,
          "content-length": chunks.reduce((sum, chunk) => sum + chunk.length, 0),
        },
        auth: this.url.username ? `${decode(this.url.username)}:${decode(this.url.password)}` : undefined,
      });
      this.running.add(request);
      const end = (outcome: Outcome) => {
        this.running.delete(request);
        resolve({ outcome, isWritten: request.writableFinished });
      };
      request.on("response", (response) => {
        response.resume();
        response.on("error", () => {});
        end(this.outcomeOf(response.statusCode ?? 0));
      });
      request.on("error", (error: NodeJS.ErrnoException) => {
        this.notices.warn(
          "FORWARD_FAILED",
          `${this.url.host}: ${error.code ?? error.message}; the events will be sent again`,
        );
        end(503);
      });
      for (const chunk of chunks) request.write(chunk);
      request.end();
    });
  }

  /** Gives up what still waits. */
  close(): void {
    for (const request of this.running) request.destroy();
    this.agent.destroy();
  }

  /** Every success is one; of the failures only 400 is about the events. All others would make the sink drop them. */
  private outcomeOf(status: number): Outcome {
    if (status >= 200 && status < 300) return 200;
    if (status === 400) {
      this.notices.warn(
        "FORWARD_REJECTED",
        `${this.url.host} answered 400: a sink behind it has rejected these events`,
      );
      return 400;
    }
    this.notices.warn("FORWARD_REFUSED", `${this.url.host} answered ${status}; the events will be sent again`);
    return 503;
  }
}

function decode(text: string): string {
  return decodeURIComponent(text);
}
