/**
 * The HTTP server of `oddline serve`: a table of routes behind one token and the limits, held requests finished before
 * it stops. On node:http, so that nothing of ours or of a framework times a held request out.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exitCode, OddlineError } from "../errors.js";
import { answerError, type Exchange, type Route, type Service } from "./route.js";
import { type DetectOptions, detectRoute } from "./routes/detect.js";
import { healthRoute } from "./routes/health.js";
import { metricsRoute } from "./routes/metrics.js";
import { openApiRoute } from "./routes/openapi.js";
import { type TransformOptions, transformRoute } from "./routes/transform.js";

export interface ServerOptions {
  host: string;
  port: number;
  /** Bearer token that every route but the open ones asks for. */
  token?: string;
  transform: TransformOptions;
  detect?: DetectOptions;
}

/** hyper, Vector's client, keeps idle connections for 90 s: closing earlier would cut off a request now and then. */
const keepAliveMilliseconds = 120_000;
const headersMilliseconds = 30_000;
/** For the whole request to come in; how long it is held afterwards is nobody's limit. */
const requestMilliseconds = 300_000;
const connectionsMax = 4096;

/** One entry a route. */
function routesOf(service: Service, options: ServerOptions): Route[] {
  return [
    healthRoute(),
    metricsRoute(service),
    transformRoute(service, options.transform),
    detectRoute(service, options.detect ?? { seed: 0n }),
    openApiRoute(),
  ];
}

export class OddlineServer {
  private readonly server: Server;
  private readonly routes: Route[];
  private readonly answering = new Set<ServerResponse>();
  private readonly tokenHash: Buffer | undefined;
  private draining = false;
  private idle: (() => void) | undefined;

  constructor(
    private readonly service: Service,
    private readonly options: ServerOptions,
  ) {
    this.routes = routesOf(service, options);
    this.tokenHash = options.token === undefined ? undefined : hash(options.token);
    this.server = createServer(
      {
        maxHeaderSize: service.limits.headerBytes,
        keepAliveTimeout: keepAliveMilliseconds,
        headersTimeout: headersMilliseconds,
        requestTimeout: 0, // a streaming route takes as long as its reader; answer() limits the others
        noDelay: true,
      },
      (request, response) => this.answer(request, response),
    );
    this.server.maxConnections = connectionsMax;
    service.metrics.gauge("oddline_requests_held", "Requests at work now.", () => this.answering.size);
  }

  /** The port it listens on: the one asked for, or a free one for 0. */
  async listen(): Promise<number> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", (error: NodeJS.ErrnoException) =>
        reject(
          new OddlineError("LISTEN_FAILED", {
            subject: `--listen ${host}:${port}`,
            expected: "an address of this machine and a free port",
            found: error.code,
            remedy: "stop what listens there, or choose another with --listen",
            exit: exitCode.failed,
          }),
        ),
      );
      this.server.listen(port, host, resolve);
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no more connections, finishes what is held; false where `seconds` were not enough. */
  async drain(seconds: number): Promise<boolean> {
    this.draining = true;
    this.server.close();
    this.server.closeIdleConnections();
    if (this.answering.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, seconds * 1000);
      });
      await Promise.race([late, new Promise<void>((resolve) => (this.idle = resolve))]);
      clearTimeout(timer);
    }
    const finished = this.answering.size === 0;
    this.server.closeAllConnections();
    return finished;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.answering.add(response);
    const url = new URL(request.url ?? "/", "http://localhost");
    const exchange: Exchange = { request, response, url };
    const found = this.routes.find((route) => route.path === url.pathname);
    const timer = found?.streams ? undefined : setTimeout(() => cut(request, response), requestMilliseconds);
    response.on("close", () => {
      clearTimeout(timer);
      this.answering.delete(response);
      this.count(found?.path ?? "other", response.writableFinished ? String(response.statusCode) : "cut");
      if (this.answering.size === 0) this.idle?.();
    });
    if (this.draining) response.setHeader("connection", "close");
    Promise.resolve()
      .then(() => this.dispatch(found, exchange))
      .catch((error: Error) => {
        this.service.notices.warn("ROUTE_FAILED", `${url.pathname}: ${error.message}`);
        if (response.headersSent) response.destroy();
        else refuse(found, exchange, 500, "INTERNAL", "an error inside; the log says which");
      });
  }

  private dispatch(route: Route | undefined, exchange: Exchange): Promise<void> | void {
    const { request, response, url } = exchange;
    if (!route) return answerError(response, 404, "NO_SUCH_ROUTE", `no route ${url.pathname}`);
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (method !== route.method) {
      response.setHeader("allow", route.method === "GET" ? "GET, HEAD" : route.method);
      return answerError(response, 405, "METHOD_NOT_ALLOWED", `${route.path} takes ${route.method}`);
    }
    if (!route.open && !this.isAllowed(request)) {
      response.setHeader("www-authenticate", "Bearer");
      return refuse(route, exchange, 401, "TOKEN_WRONG", "a wrong bearer token, or none");
    }
    if (!route.open && this.answering.size > this.service.limits.requests) {
      return refuse(route, exchange, 503, "TOO_MANY_REQUESTS", `over ${this.service.limits.requests} requests at work`);
    }
    return route.handle(exchange);
  }

  /** Compares hashes, whose lengths are equal: how long it takes tells nothing of the token. */
  private isAllowed(request: IncomingMessage): boolean {
    if (!this.tokenHash) return true;
    const given = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
    return timingSafeEqual(hash(given.trim()), this.tokenHash);
  }

  private count(route: string, status: string): void {
    this.service.metrics.counter("oddline_requests_total", "Requests, by route and answer.", { route, status }).add();
  }
}

function refuse(route: Route | undefined, exchange: Exchange, status: number, code: string, reason: string): void {
  if (route?.refuse) route.refuse(exchange, status, `${code}: ${reason}`);
  else answerError(exchange.response, status, code, reason);
}

/** A body that has not come in by now will not. */
function cut(request: IncomingMessage, response: ServerResponse): void {
  if (!request.complete) response.destroy();
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
