/** What a route of the server is, and what it may use. A route is one file under routes/ and one entry in server.ts. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Judge } from "../judge/judge.js";
import type { Metrics } from "../observe/metrics.js";
import type { Notices } from "../observe/notices.js";
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
  /**
   * Answers where the server itself refuses a request (token, limits) instead of the plain status. For senders that
   * throw their data away on a 4xx.
   */
  refuse?(exchange: Exchange, status: number, code: string, reason: string): void;
  handle(exchange: Exchange): Promise<void> | void;
  /** Asked where too many requests are at work: whether one of them was given up for another. */
  giveUpOne?(): boolean;
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
  /** Requests at work at the same time, of each route. */
  requests: number;
  /** Of bodies at work at the same time: as they came, unpacked and judged. */
  heldBytes: number;
  /** A body that is still to come, or an answer to be read, has to move on by so much … */
  progressBytes: number;
  /** … within so long, or it is given up. */
  progressSeconds: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 64 << 20, // Vector's http sink sends 10 MB unless configured otherwise
  headerBytes: 16 << 10,
  requests: 256,
  heldBytes: 256 << 20,
  progressBytes: 10 << 10, // a modem's rate, over the seconds that follow
  progressSeconds: 10,
};

/** Whether its "close" was reported: by Node, or by the server where the connection ended before it was its turn. */
export function isGone(response: ServerResponse): boolean {
  return response.closed || (response.destroyed && !response.socket);
}

/** An answer without a body: nothing of it can be cut off on the way. */
export function answerEmpty(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-length": "0", ...headers }).end();
}

export function answerText(response: ServerResponse, status: number, type: string, text: string | Uint8Array): void {
  const body = Buffer.from(text as string);
  response.writeHead(status, { "content-type": type, "content-length": String(body.length) }).end(body);
}

/** Chunk after chunk; their length is announced first. */
export function answerChunks(response: ServerResponse, status: number, type: string, chunks: Buffer[]): void {
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  response.writeHead(status, { "content-type": type, "content-length": String(bytes) });
  for (const chunk of chunks) response.write(chunk);
  response.end();
}

export function answerError(response: ServerResponse, status: number, code: string, message: string): void {
  answerText(response, status, "application/json", `${JSON.stringify({ error: { code, message } })}\n`);
}
