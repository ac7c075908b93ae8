/**
 * The HTTP server of `oddline serve`: a table of routes behind one token and the limits, held requests finished before
 * it stops. On node:http, so that nothing of ours or of a framework times a held request out.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { exitCode, OddlineError } from "../io/errors.js";
import { type DetectOptions, detectRoute } from "./detect/detectRoute.js";
import { healthRoute } from "./health/healthRoute.js";
import { answerError, type Exchange, isGone, type Route, type Service } from "./http/route.js";
import { type SenderOptions, Senders } from "./http/senders.js";
import { readTarget } from "./http/target.js";
import { metricsRoute } from "./metrics/metricsRoute.js";
import { openApiRoute } from "./openapi/openapiRoute.js";
import { type TransformOptions, transformRoute } from "./transform/transformRoute.js";

export interface ServerOptions extends SenderOptions {
  port: number;
  /** Bearer token that every route but the open ones asks for. */
  token?: string;
  transform: TransformOptions;
  detect?: DetectOptions;
}

/** hyper, Vector's client, keeps idle connections for 90 s: closing earlier would cut off a request now and then. */
const keepAliveMilliseconds = 120_000;
const headersMilliseconds = 10_000;
/** How often connections are looked through for headers that have not come. */
const lookMilliseconds = 2000;
/** For a sender to read its answer while it still sends a body that nobody reads. */
const lingerMilliseconds = 2000;
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
  /** Responses of each connection that are not over. */
  private readonly waiting = new WeakMap<Socket, Set<ServerResponse>>();
  private readonly working = new Map<Route, number>();
  private readonly tokenHash: Buffer | undefined;
  private readonly senders: Senders;
  private draining = false;
  private idle: (() => void) | undefined;

  constructor(
    private readonly service: Service,
    private readonly options: ServerOptions,
  ) {
    this.routes = routesOf(service, options);
    this.senders = new Senders(options);
    this.tokenHash = options.token === undefined ? undefined : hash(options.token);
    this.server = createServer(
      {
        maxHeaderSize: service.limits.headerBytes,
        keepAliveTimeout: keepAliveMilliseconds,
        headersTimeout: headersMilliseconds,
        connectionsCheckingInterval: lookMilliseconds,
        requestTimeout: 0, // who reads a body sees to it that it moves on
        noDelay: true,
      },
      (request, response) => this.answer(request, response),
    );
    this.server.maxConnections = connectionsMax;
    this.server.on("drop", () => this.server.closeIdleConnections());
    this.server.on("checkContinue", (request, response) => this.answer(request, response));
    this.server.on("checkExpectation", (request, response) => this.answer(request, response));
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
            expected: "an address of this machine with a free port",
            found: error.code,
            remedy: "stop the process that listens there, or choose another address with --listen",
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

  /** Nothing that a peer sends may throw out of here: it would end the process. */
  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.answering.add(response);
    const exchange: Exchange = { request, response, target: readTarget(request.url ?? "/") };
    const found = this.routes.find((route) => route.path === exchange.target.path);
    // A peer that goes away is no error of ours; whoever works at the request hears of it by itself.
    request.on("error", () => {});
    response.on("error", () => {});
    response.on("finish", () => {
      if (!request.complete) setTimeout(() => cut(request), lingerMilliseconds).unref();
    });
    this.closeWith(request.socket, response);
    response.once("close", () => {
      this.answering.delete(response);
      this.count(found?.path ?? "other", response.writableFinished ? String(response.statusCode) : "cut");
      if (this.answering.size === 0) this.idle?.();
    });
    // Node reads no further request behind one that asks for another protocol, which Java's client does with each first
    // one.
    if (this.draining || request.headers.upgrade !== undefined) response.setHeader("connection", "close");
    Promise.resolve()
      .then(() => this.dispatch(found, exchange))
      .catch((error: Error) => this.fail(found, exchange, error));
  }

  /** Node reports nothing to a response that still waits behind another one when its connection ends. */
  private closeWith(socket: Socket, response: ServerResponse): void {
    let waiting = this.waiting.get(socket);
    if (!waiting) {
      const responses = new Set<ServerResponse>();
      waiting = responses;
      this.waiting.set(socket, responses);
      socket.once("close", () => {
        for (const one of responses) {
          if (one.socket || isGone(one)) continue;
          one.destroy();
          one.emit("close");
        }
      });
    }
    waiting.add(response);
    response.once("close", () => waiting.delete(response));
  }

  private fail(route: Route | undefined, exchange: Exchange, error: Error): void {
    this.service.notices.warn("ROUTE_FAILED", `${route?.path ?? "no route"}: ${error.message}`);
    const { response } = exchange;
    try {
      if (response.headersSent) response.destroy();
      else refuse(route, exchange, 500, "INTERNAL", "internal error; see the server's log");
    } catch {
      response.destroy();
    }
  }

  private dispatch(route: Route | undefined, exchange: Exchange): Promise<void> | void {
    const { request, response, target } = exchange;
    const refusal = this.senders.refusal(request, target.authority);
    if (refusal) return refuse(route, exchange, 403, refusal.code, refusal.reason);
    const { expect } = request.headers;
    const wantsInvitation = expect !== undefined && /^100-continue$/i.test(expect.trim());
    if (expect !== undefined && !wantsInvitation) {
      return refuse(route, exchange, 417, "EXPECTATION_UNKNOWN", "the only known expectation is 100-continue");
    }
    if (!route)
      return answerError(response, 404, "NO_SUCH_ROUTE", "no such route; /openapi.json lists those there are");
    const { origin } = request.headers;
    if (origin !== undefined) admitPage(response, this.senders.allowsAnyOrigin ? "*" : origin);
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (method === "OPTIONS" && origin !== undefined) return answerPreflight(response, route);
    if (method !== route.method) {
      response.setHeader("allow", route.method === "GET" ? "GET, HEAD" : route.method);
      return answerError(response, 405, "METHOD_NOT_ALLOWED", `${route.path} takes ${route.method}`);
    }
    if (!route.open && !this.isAllowed(request)) {
      response.setHeader("www-authenticate", "Bearer");
      return refuse(route, exchange, 401, "TOKEN_WRONG", "a wrong bearer token, or none");
    }
    if (!route.open && !this.enter(route, response)) {
      return refuse(route, exchange, 503, "TOO_MANY_REQUESTS", `over ${this.service.limits.requests} requests at work`);
    }
    // Not before all that could be refused without the body has been.
    if (wantsInvitation) response.writeContinue();
    return route.handle(exchange);
  }

  /** Counts it among those at work on this route, where there is room: no route can take it from another. */
  private enter(route: Route, response: ServerResponse): boolean {
    const working = this.working.get(route) ?? 0;
    if (working >= this.service.limits.requests && !route.giveUpOne?.()) return false;
    this.working.set(route, working + 1);
    response.once("close", () => this.working.set(route, (this.working.get(route) ?? 1) - 1));
    return true;
  }

  /** Compares hashes, whose lengths are equal: how long it takes reveals nothing of the token. */
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
  if (route?.refuse) route.refuse(exchange, status, code, reason);
  else answerError(exchange.response, status, code, reason);
}

/** Lets the page that was allowed read the answer (https://fetch.spec.whatwg.org/#http-cors-protocol). */
function admitPage(response: ServerResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("vary", "origin");
}

/** A browser's question before the request itself, which carries no token yet. */
function answerPreflight(response: ServerResponse, route: Route): void {
  response.setHeader("access-control-allow-methods", route.method);
  response.setHeader("access-control-allow-headers", "authorization, content-type");
  response.writeHead(204).end();
}

/** The rest of a body that nobody reads must not keep a connection for ever. */
function cut(request: IncomingMessage): void {
  if (!request.complete) request.socket.destroy();
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
