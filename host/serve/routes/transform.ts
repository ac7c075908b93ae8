/**
 * `POST /v1/transform`: Vector's http sink in front, its http_server source behind. A request is held until the source
 * has answered, so that acknowledgement runs unbroken from the first source to the last sink. Without a source behind
 * it the answer is the tagged events themselves.
 */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { BodyCut, BodyRefused, readBody, unpack } from "../body.js";
import { BufferPool } from "../bufferPool.js";
import { answerEmpty, answerError, answerText, type Exchange, type Route, type Service } from "../route.js";
import type { Forwarder } from "../transform/forward.js";
import { asItCame, type Prepared, prepare, requestsOf } from "../transform/prepare.js";
import { Retries, type RetryLimits } from "../transform/retries.js";
import { transformMetrics } from "../transform/transformMetrics.js";
import { lookOf, Work } from "../transform/work.js";

export interface TransformOptions {
  forwarder?: Forwarder;
  /** One request to the source behind; Vector refuses bodies over 100 MiB. */
  partBytesMax?: number;
  retries?: RetryLimits;
}

const defaultPartBytesMax = 96 << 20;
/** A sender that gives up and comes again may be heard before its hanging up is: an equal body waits this long for it. */
const hangUpMilliseconds = 100;

export function transformRoute(service: Service, options: TransformOptions): Route {
  return new Transform(service, options).route();
}

class Transform {
  private readonly retries: Retries;
  private readonly metrics;
  private readonly forwarder: Forwarder | undefined;
  private readonly partBytesMax: number;
  private readonly pool = new BufferPool();
  private heldBytes = 0;

  constructor(
    private readonly service: Service,
    options: TransformOptions,
  ) {
    this.retries = new Retries(options.retries);
    this.forwarder = options.forwarder;
    this.partBytesMax = options.partBytesMax ?? defaultPartBytesMax;
    this.metrics = transformMetrics(service.metrics, {
      heldBytes: () => this.heldBytes,
      kept: () => this.retries.kept,
    });
  }

  route(): Route {
    return {
      method: "POST",
      path: "/v1/transform",
      refuse: (exchange, status, code, reason) => this.refuse(exchange, status, code, reason),
      handle: (exchange) => this.handle(exchange),
    };
  }

  /** A sink drops for good what is answered with a 4xx; told to come again it waits until the mistake is mended. */
  private refuse({ response, request }: Exchange, status: number, code: string, reason: string): void {
    this.service.notices.warn("TRANSFORM_REFUSED", `${code}: ${reason} (from ${request.socket.remoteAddress})`);
    // The rest of a body that nobody reads would be taken for the next request.
    const headers = request.complete ? undefined : { connection: "close" };
    if (this.forwarder) answerEmpty(response, 503, headers);
    else {
      if (headers) response.setHeader("connection", "close");
      answerError(response, status, code, reason);
    }
  }

  private async handle(exchange: Exchange): Promise<void> {
    const { limits } = this.service;
    const declaredBytes = Number(exchange.request.headers["content-length"] ?? 0);
    if (this.heldBytes > 0 && this.heldBytes + declaredBytes > limits.heldBytes) {
      return this.refuse(exchange, 503, "TOO_MANY_BYTES", `over ${limits.heldBytes} bytes at work`);
    }
    let body: Buffer | undefined;
    let count = declaredBytes;
    this.heldBytes += count;
    try {
      body = await readBody(exchange.request, limits.bodyBytes, this.pool);
      this.heldBytes += body.length - count;
      count = body.length;
      await this.answer(exchange, body);
    } catch (error) {
      if (error instanceof BodyCut) return void exchange.response.destroy();
      if (!(error instanceof BodyRefused)) throw error;
      this.refuse(exchange, error.status, error.code, error.message);
    } finally {
      this.heldBytes -= count;
      if (body) this.giveBack(body, exchange.response);
    }
  }

  /** Until the response is closed the batch may be left to a retry, and then the body is read once more. */
  private giveBack(body: Buffer, response: ServerResponse): void {
    if (response.closed) this.pool.give(body);
    else response.once("close", () => this.pool.give(body));
  }

  private async answer(exchange: Exchange, body: Buffer): Promise<void> {
    if (this.forwarder) return this.holdAndForward(exchange, body, this.forwarder);
    const prepared = await this.prepared(exchange, body);
    const whole = Buffer.concat(prepared.chunks);
    prepared.release?.();
    answerText(exchange.response, 200, prepared.contentType, whole);
  }

  private async holdAndForward(exchange: Exchange, body: Buffer, forwarder: Forwarder): Promise<void> {
    const { response } = exchange;
    const done = this.metrics.hold();
    const look = lookOf(body);
    let work = await this.repeated(body, look);
    if (work) this.metrics.joined.add();
    this.retries.wait(look, 1);
    try {
      if (!work) {
        const prepared = await this.prepared(exchange, body);
        work = new Work(body, requestsOf(prepared, this.partBytesMax), prepared.contentType, prepared.release);
      }
      await this.deliver(work, look, response, forwarder);
    } finally {
      this.retries.wait(look, -1);
      done();
    }
  }

  private async repeated(body: Buffer, look: string): Promise<Work | undefined> {
    const work = this.retries.take(body);
    if (work || this.retries.waiting(look) === 0) return work;
    await sleep(hangUpMilliseconds);
    return this.retries.take(body);
  }

  /** Answers, or leaves the batch to a retry: at once where the sender hangs up, for that is when it comes again. */
  private async deliver(work: Work, look: string, response: ServerResponse, forwarder: Forwarder): Promise<void> {
    let left = false;
    let answered = false;
    const leave = () => {
      if (!left) this.retries.leave(work, look);
      left = true;
    };
    const hungUp = new Promise<void>((resolve) => {
      const onClose = () => {
        if (!answered || !response.writableFinished) leave();
        resolve();
      };
      if (response.closed || response.destroyed) onClose();
      else response.once("close", onClose);
    });
    const outcome = work.deliver(forwarder);
    await Promise.race([outcome, hungUp]);
    if (left) return;
    answered = true;
    const status = await outcome;
    if (status === 503) leave();
    answerEmpty(response, status);
  }

  /** Whatever goes wrong with the judging, the events go on. */
  private async prepared({ request }: Exchange, packed: Buffer): Promise<Prepared> {
    const body = await unpack(packed, request.headers["content-encoding"], this.service.limits.bodyBytes);
    const start = performance.now();
    const prepared = await this.judged(body, request.headers["content-type"]);
    this.metrics.count(prepared, (performance.now() - start) / 1000, body);
    return prepared;
  }

  private async judged(body: Buffer, contentType: string | undefined): Promise<Prepared> {
    try {
      return await prepare(body, contentType, this.service.judge, this.forwarder !== undefined);
    } catch (error) {
      this.service.notices.warn("JUDGING_FAILED", `${(error as Error).message}; these events go on as they came`);
      return asItCame(body, contentType);
    }
  }
}
