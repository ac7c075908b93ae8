/** What a route of the server is, and what it may use. A route is one file under routes/ and one entry in server.ts. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Judge } from "./judge.js";
import type { Metrics } from "./metrics.js";
import type { Notices } from "./notices.js";
import type { Target } from "./target.js";

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  target: Target;
}

export interface Route {
  /** GET answers HEAD too. */
  method: "GET" | "POST";
  path: string;
  /** Needs no token: probes have none. */
  open?: boolean;
  /** Reads its request while it answers: no limit on how long that takes but its own. */
  streams?: boolean;
  /**
   * Answers where the server itself refuses a request (token, limits) instead of the plain status. For senders that
   * throw their data away on a 4xx.
   */
  refuse?(exchange: Exchange, status: number, code: string, reason: string): void;
  handle(exchange: Exchange): Promise<void> | void;
}

export interface Service {
  judge: Judge;
  metrics: Metrics;
  notices: Notices;
  limits: Limits;
}

export interface Limits {
  /** One body, unpacked. */
  bodyBytes: number;
  headerBytes: number;
  /** Requests at work at the same time, over all routes. */
  requests: number;
  /** Bodies at work at the same time, over all routes. */
  heldBytes: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 64 << 20, // Vector's http sink sends 10 MB unless told otherwise
  headerBytes: 16 << 10,
  requests: 256,
  heldBytes: 256 << 20,
};

/** An answer without a body: nothing of it can be cut off on the way. */
export function answerEmpty(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-length": "0", ...headers }).end();
}

export function answerText(response: ServerResponse, status: number, type: string, text: string | Uint8Array): void {
  const body = Buffer.from(text as string);
  response.writeHead(status, { "content-type": type, "content-length": String(body.length) }).end(body);
}

export function answerError(response: ServerResponse, status: number, code: string, message: string): void {
  answerText(response, status, "application/json", `${JSON.stringify({ error: { code, message } })}\n`);
}
