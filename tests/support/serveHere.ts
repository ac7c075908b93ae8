/** An Oddline server in this process, and a client that can hang up. */
import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { defaultLimits, type Limits } from "../../host/serve/http/route.js";
import { type Judge, type JudgeOptions, LocalJudge } from "../../host/serve/judge/judge.js";
import { Metrics } from "../../host/serve/observe/metrics.js";
import { Notices } from "../../host/serve/observe/notices.js";
import { OddlineServer } from "../../host/serve/server.js";
import { Forwarder } from "../../host/serve/transform/forward.js";
import type { RetryLimits } from "../../host/serve/transform/retries.js";
import { markerModel } from "./markerModel.js";

export interface ServedOptions {
  forward?: string;
  token?: string;
  limits?: Partial<Limits>;
  partBytesMax?: number;
  retries?: RetryLimits;
  makeEngine?: JudgeOptions["makeEngine"];
  /** Tags every event; without it no model is loaded. */
  markAll?: boolean;
  makeJudge?: (notices: Notices, metrics: Metrics) => Judge;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export class Served {
  readonly said: string[] = [];
  readonly metrics = new Metrics();
  readonly judge: Judge;
  readonly server: OddlineServer;
  private readonly forwarder: Forwarder | undefined;
  port = 0;

  constructor(options: ServedOptions = {}) {
    const notices = new Notices((line) => this.said.push(line));
    this.judge =
      options.makeJudge?.(notices, this.metrics) ??
      new LocalJudge({ seed: 0n, seconds: 1_800_000_000n, makeEngine: options.makeEngine }, notices, this.metrics);
    if (options.markAll ?? true) this.judge.useModel(markerModel(1).bytes);
    this.forwarder = options.forward === undefined ? undefined : new Forwarder(new URL(options.forward), notices);
    const limits = { ...defaultLimits, ...options.limits };
    this.server = new OddlineServer(
      { judge: this.judge, metrics: this.metrics, notices, limits },
      {
        host: "127.0.0.1",
        port: 0,
        token: options.token,
        transform: { forwarder: this.forwarder, partBytesMax: options.partBytesMax, retries: options.retries },
      },
    );
  }

  async start(): Promise<this> {
    this.port = await this.server.listen();
    return this;
  }

  /** The value of one line of /metrics, labels and all. */
  metric(name: string): number {
    const line = this.metrics
      .text()
      .split("\n")
      .find((text) => text.startsWith(`${name} `));
    if (!line) throw new Error(`no metric ${name}`);
    return Number(line.slice(name.length + 1));
  }

  post(body: string | Buffer, headers: Record<string, string> = {}, path = "/v1/transform"): Promise<Reply> {
    return this.send("POST", path, body, headers).reply;
  }

  send(method: string, path: string, body: string | Buffer = "", headers: Record<string, string> = {}): Sent {
    const bytes = Buffer.from(body as string);
    const request = httpRequest({
      port: this.port,
      host: "127.0.0.1",
      method,
      path,
      agent: false,
      headers: { "content-length": bytes.length, ...headers },
    });
    const reply = new Promise<Reply>((resolve, reject) => {
      request.on("error", reject);
      request.on("response", (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        );
        response.on("error", reject);
      });
    });
    reply.catch(() => {}); // hanging up is part of some tests
    request.end(bytes);
    return { request, reply };
  }

  async stop(): Promise<void> {
    await this.server.drain(0);
    this.forwarder?.close();
    await this.judge.close();
  }
}

export interface Sent {
  request: ClientRequest;
  reply: Promise<Reply>;
}

/** An entry for POST /detect-error-anomalies. */
export interface SentEntry {
  timestamp?: string | number;
  ipAddress?: string;
  apiEndpoint?: string;
  message?: string;
  isError?: boolean;
}

export const noon = Date.UTC(2026, 10, 21, 12) / 1000;

export const entryAt = (seconds: number, more: SentEntry = {}): SentEntry => ({
  timestamp: new Date((noon + seconds) * 1000).toISOString(),
  ipAddress: "192.0.2.7",
  apiEndpoint: "/cart",
  message: "GET /cart",
  isError: true,
  ...more,
});
