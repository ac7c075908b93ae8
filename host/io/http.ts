/**
 * One HTTP exchange, and the patience around it: what is worth another try (no answer, 429, 5xx) is tried again after a
 * growing pause or as long as Retry-After says. Node's own client, since fetch takes no certificates. What is secret
 * (credentials, the path of a webhook) never reaches an error: those name the server only.
 */
import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";

export interface TlsSettings {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  /** Take any certificate. */
  skipVerify?: boolean;
}

export interface HttpRequest {
  method: "GET" | "POST";
  url: URL;
  headers?: Record<string, string>;
  body?: string;
  tls?: TlsSettings;
  timeoutSeconds?: number;
}

export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

export interface Patience {
  attemptsMax: number;
  /** Doubles with each attempt. */
  pauseSeconds: number;
  /** Also bounds what Retry-After asks for. */
  pauseSecondsMax: number;
  sleep?: (milliseconds: number) => Promise<unknown>;
}

/** About half a minute in all. */
export const patienceDefault: Patience = { attemptsMax: 6, pauseSeconds: 1, pauseSecondsMax: 30 };

const timeoutSecondsDefault = 60;
/** Far above a page of 5,000 log lines; an endless answer must not fill memory. */
const answerBytesMax = 256 << 20;

/** The server gave no (whole) answer. */
export class NoAnswer extends Error {
  override name = "NoAnswer";
}

/** The next attempt's request, given the status of the one that failed: 0 where no answer came. */
export type NextRequest = (failedStatus: number | undefined) => HttpRequest;

/** Sends until an answer comes that is not worth another try; throws NoAnswer when the last attempt got none. */
export async function sendPatiently(
  request: HttpRequest | NextRequest,
  patience: Patience = patienceDefault,
): Promise<HttpAnswer> {
  let failedStatus: number | undefined;
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= patience.attemptsMax;
    let retryAfterSeconds: number | undefined;
    try {
      const answer = await send(typeof request === "function" ? request(failedStatus) : request);
      if (last || !isWorthAnotherTry(answer.status)) return answer;
      retryAfterSeconds = retryAfter(answer.headers["retry-after"]);
      failedStatus = answer.status;
    } catch (error) {
      if (last || !(error instanceof NoAnswer)) throw error;
      failedStatus = 0;
    }
    await (patience.sleep ?? sleep)(pauseMilliseconds(patience, attempt, retryAfterSeconds));
  }
}

function isWorthAnotherTry(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

function pauseMilliseconds(patience: Patience, attempt: number, retryAfterSeconds: number | undefined): number {
  const growing = patience.pauseSeconds * 2 ** (attempt - 1);
  const seconds = Math.min(Math.max(retryAfterSeconds ?? 0, growing), patience.pauseSecondsMax);
  // Many who were refused together should not come back together.
  return seconds * 1000 * (1 + 0.2 * Math.random());
}

/** Seconds, or an HTTP date. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, (atMs - Date.now()) / 1000);
}

export function send(request: HttpRequest): Promise<HttpAnswer> {
  const { url, method, body, tls } = request;
  const timeoutMs = (request.timeoutSeconds ?? timeoutSecondsDefault) * 1000;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new NoAnswer(describeFailure(error)));
    const options: https.RequestOptions = {
      method,
      headers: { "accept-encoding": "gzip", ...request.headers },
      ...(tls && { ca: tls.ca, cert: tls.cert, key: tls.key, rejectUnauthorized: !tls.skipVerify }),
    };
    const sent = (url.protocol === "https:" ? https : http).request(url, options, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > answerBytesMax) sent.destroy(new Error(`an answer over ${answerBytesMax} bytes`));
        else parts.push(part);
      });
      response.on("error", fail);
      response.on("end", () => {
        try {
          const text = decode(Buffer.concat(parts), response.headers["content-encoding"]);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        } catch (error) {
          fail(error as Error);
        }
      });
    });
    sent.setTimeout(timeoutMs, () => sent.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    sent.on("error", fail);
    sent.end(body);
  });
}

function decode(body: Buffer, encoding: string | undefined): string {
  return (encoding === "gzip" ? gunzipSync(body, { maxOutputLength: answerBytesMax }) : body).toString("utf8");
}

function describeFailure(error: Error): string {
  const { code, message } = error as NodeJS.ErrnoException;
  // Several addresses of one name fail together, with no message of their own.
  return message || code || "no connection";
}

/** What an error may say of a URL: no credentials, path or query. */
export function serverOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}
