/**
 * `POST /v1/transform`: Vector's http sink in front, its http_server source behind. A request is held until the source
 * has answered, so that acknowledgement runs unbroken from the first source to the last sink. Without a source behind
 * it the answer is the tagged events themselves.
 */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { BodyCut, BodyRefused, BodyStalled, readBody, tooMany, unpack } from "../http/body.js";
import {
  answerChunks,
  answerEmpty,
  answerError,
  type Exchange,
  isGone,
  type Route,
  type Service,
} from "../http/route.js";
import { BufferPool } from "../resources/bufferPool.js";
import { ByteBudget, type Holding } from "../resources/byteBudget.js";
import { Lane, SliceSize } from "../resources/turns.js";
import type { Forwarder } from "./forward.js";
import { Hops } from "./loop.js";
import { fingerprintOf, PendingBatch } from "./pendingBatch.js";
import { asItCame, type Prepared, prepare, requestsOf } from "./prepare.js";
import { Retries, type RetryLimits } from "./retries.js";
import { transformMetrics } from "./transformMetrics.js";

export interface TransformOptions {
  forwarder?: Forwarder;
  /** One request to the source behind; Vector refuses bodies over 100 MiB. */
  partBytesMax?: number;
  retries?: RetryLimits;
}

const defaultPartBytesMax = 96 << 20;
/**
 * A sender that gives up and comes again may be heard before its hanging up is: an equal body waits this long for it.
 */
const hangUpMilliseconds = 100;
/** Larger bodies, and packed ones, are unpacked and judged one after the other, beside the ordinary ones. */
const ordinaryBytesMax = 2 << 20;
/** A body on its way for so long may be given up for one that would else be refused. */
const slowMilliseconds = 1000;

export function transformRoute(service: Service, options: TransformOptions): Route {
  return new Transform(service, options).route();
}

class Transform {
  private readonly retries: Retries;
  private readonly metrics;
  private readonly forwarder: Forwarder | undefined;
  private readonly partBytesMax: number;
  private readonly pool = new BufferPool();
  private readonly hops = new Hops();
  private readonly budget: ByteBudget;
  private readonly ordinary: Lane;
  private readonly large = new Lane();
  private readonly slices = new SliceSize();

  constructor(
    private readonly service: Service,
    options: TransformOptions,
  ) {
    this.retries = new Retries(options.retries);
    this.budget = new ByteBudget(service.limits.heldBytes);
    this.ordinary = new Lane(service.judge.width);
    this.forwarder = options.forwarder;
    this.partBytesMax = options.partBytesMax ?? defaultPartBytesMax;
    this.metrics = transformMetrics(service.metrics, {
      heldBytes: () => this.budget.bytes,
      kept: () => this.retries.kept,
    });
  }

  route(): Route {
    return {
      method: "POST",
      path: "/v1/transform",
      refuse: (exchange, status, code, reason) => this.refuse(exchange, status, code, reason),
      handle: (exchange) => this.handle(exchange),
      giveUpOne: () => this.budget.giveUpSlowest(slowMilliseconds),
    };
  }

  /** A sink drops for good what is answered with a 4xx; asked to try again, it waits until the error is fixed. */
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
    const { request, response } = exchange;
    if (this.forwarder && this.hops.isLoop(request.headers.via)) {
      return this.refuse(
        exchange,
        508,
        "FORWARD_LOOP",
        "these events were here before; look at --forward of each server",
      );
    }
    const { bodyBytes: bytesMax, ...limits } = this.service.limits;
    const holding = this.budget.open();
    let body: Buffer | undefined;
    try {
      body = await readBody(request, { ...limits, bytesMax }, holding, this.pool);
      await this.answer(exchange, body, holding);
    } catch (error) {
      if (error instanceof BodyStalled) this.service.notices.warn("BODY_STALLED", error.message);
      if (error instanceof BodyCut) return void response.destroy();
      if (!(error instanceof BodyRefused)) throw error;
      this.refuse(exchange, error.status, error.code, error.message);
    } finally {
      // Until the response is closed the batch may be left to a retry, and then the body is read once more.
      whenClosed(response, () => {
        holding.close();
        if (body) this.pool.give(body);
      });
    }
  }

  private async answer(exchange: Exchange, body: Buffer, holding: Holding): Promise<void> {
    if (this.forwarder) return this.holdAndForward(exchange, body, holding, this.forwarder);
    const { response, request } = exchange;
    const prepared = await this.prepared(exchange, body, holding);
    whenClosed(response, () => prepared.release?.());
    // A reader that does not read makes room for others, or is cut off when it has not read for a while.
    holding.mayBeGivenUp(() => response.destroy());
    const { socket } = request;
    const giveUp = () => response.destroy();
    socket.setTimeout(this.service.limits.progressSeconds * 1000).once("timeout", giveUp);
    response.once("finish", () => socket.off("timeout", giveUp));
    answerChunks(response, 200, prepared.contentType, prepared.chunks);
  }

  private async holdAndForward(
    exchange: Exchange,
    body: Buffer,
    holding: Holding,
    forwarder: Forwarder,
  ): Promise<void> {
    const { response } = exchange;
    const done = this.metrics.hold();
    const fingerprint = fingerprintOf(body);
    let batch = await this.repeated(body, fingerprint);
    if (batch) this.metrics.joined.add();
    this.retries.wait(fingerprint, 1);
    try {
      if (!batch) {
        const prepared = await this.prepared(exchange, body, holding);
        const via = this.hops.behind(exchange.request.headers.via);
        batch = new PendingBatch(
          body,
          requestsOf(prepared, this.partBytesMax),
          prepared.contentType,
          via,
          prepared.release,
        );
      }
      await this.deliver(batch, fingerprint, response, forwarder);
    } finally {
      this.retries.wait(fingerprint, -1);
      done();
    }
  }

  private async repeated(body: Buffer, fingerprint: string): Promise<PendingBatch | undefined> {
    const batch = this.retries.take(body);
    if (batch || this.retries.waiting(fingerprint) === 0) return batch;
    await sleep(hangUpMilliseconds);
    return this.retries.take(body);
  }

  /** Answers, or leaves the batch to a retry: at once where the sender hangs up, for that is when it comes again. */
  private async deliver(
    batch: PendingBatch,
    fingerprint: string,
    response: ServerResponse,
    forwarder: Forwarder,
  ): Promise<void> {
    let left = false;
    let answered = false;
    const leave = () => {
      if (!left) this.retries.leave(batch, fingerprint);
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
    const outcome = batch.deliver(forwarder);
    await Promise.race([outcome, hungUp]);
    if (left) return;
    answered = true;
    const status = await outcome;
    if (status === 503) leave();
    answerEmpty(response, status);
  }

  /** Unpacked and judged, when it is its turn. */
  private prepared({ request, response }: Exchange, packed: Buffer, holding: Holding): Promise<Prepared> {
    const encoding = request.headers["content-encoding"];
    const lane = encoding === undefined && packed.length <= ordinaryBytesMax ? this.ordinary : this.large;
    // What waits for its turn may still have to make room for others.
    const givenUp = new Promise<never>((_, reject) => holding.mayBeGivenUp((reason) => reject(tooMany(reason))));
    const work = lane.run(async () => {
      if (isGone(response) || holding.isClosed) throw new BodyCut("nobody waits for it");
      holding.mayBeGivenUp(undefined);
      const body = await unpack(packed, encoding, this.service.limits.bodyBytes, holding, this.pool);
      try {
        const start = performance.now();
        const prepared = await this.judged(body, request.headers["content-type"], holding);
        this.metrics.count(prepared, (performance.now() - start) / 1000, body);
        return prepared;
      } finally {
        if (body !== packed) {
          holding.add(-body.buffer.byteLength);
          this.pool.give(body);
        }
      }
    });
    return Promise.race([work, givenUp]);
  }

  /** Whatever goes wrong with the judging, the events go on. */
  private async judged(body: Buffer, contentType: string | undefined, holding: Holding): Promise<Prepared> {
    let copied: Buffer | undefined;
    const copy = (bytes: Buffer) => {
      holding.add(bytes.length);
      copied = this.pool.copy(bytes);
      return copied;
    };
    let prepared: Prepared;
    try {
      const arrays = this.forwarder !== undefined;
      prepared = await prepare(body, contentType, this.service.judge, { arrays, copy, slices: this.slices });
    } catch (error) {
      this.service.notices.warn("JUDGING_FAILED", `${(error as Error).message}; these events are passed on unchanged`);
      prepared = asItCame(body, contentType);
    } finally {
      if (copied) {
        holding.add(-copied.length);
        this.pool.give(copied);
      }
    }
    holding.add(prepared.chunks.reduce((sum, { length }) => sum + length, 0));
    return prepared;
  }
}

function whenClosed(response: ServerResponse, done: () => void): void {
  if (isGone(response)) done();
  else response.once("close", done);
}
