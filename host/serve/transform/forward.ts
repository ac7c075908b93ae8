/**
 * Sends tagged events on to Vector's `http_server` source and waits for its answer, however long the sinks behind it
 * take. On node:http, whose client has no timeouts of its own; undici would cut a held request off after 300 s.
 */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Notices } from "../observe/notices.js";

/** Informational answers (1xx) before the answer itself. */
const informationMax = 16;
/** Of an answer's body, which says nothing to us, so much is read for the connection to be used again. */
const answerBytesMax = 64 << 10;
const answerMilliseconds = 10_000;

/** The sender's answer: done, refused for good, or try again. */
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
  private readonly auth: string | undefined;

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
    if (url.username) this.auth = `${decode(url.username)}:${decode(url.password)}`;
  }

  /** `via`: the servers that the events have passed through. */
  post(chunks: Buffer[], contentType: string, via: string): Promise<Delivery> {
    return new Promise((resolve) => {
      const request = this.send(this.url, {
        method: "POST",
        agent: this.agent,
        headers: {
          "content-type": contentType,
          via,
          "content-length": chunks.reduce((sum, chunk) => sum + chunk.length, 0),
        },
        auth: this.auth,
      });
      this.running.add(request);
      const end = (outcome: Outcome) => {
        this.running.delete(request);
        resolve({ outcome, isWritten: request.writableFinished });
      };
      request.on("response", (response) => {
        readOut(response);
        end(this.outcomeOf(response.statusCode ?? 0));
      });
      request.on("upgrade", (response, socket) => {
        socket.destroy();
        end(this.outcomeOf(response.statusCode ?? 0));
      });
      let information = 0;
      request.on("information", () => {
        if (++information > informationMax) request.destroy(new Error("answers of 1xx without end"));
      });
      request.on("error", (error: NodeJS.ErrnoException) => {
        this.notices.warn(
          "FORWARD_FAILED",
          `${this.url.host}: ${error.code ?? error.message}; the events will be sent again`,
        );
        end(503);
      });
      request.on("close", () => end(503)); // where neither an answer nor an error came
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

/** To its end, or as far as is worth it. */
function readOut(response: IncomingMessage): void {
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), answerMilliseconds);
  timer.unref();
  response.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes > answerBytesMax) response.destroy();
  });
  response.on("error", () => {});
  response.on("close", () => clearTimeout(timer));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that stands for itself
  }
}
