/**
 * `POST /detect-error-anomalies`: entries in, results out while they come in. Nothing is held but the chunk at hand: a
 * reader that falls behind stops the reading of its request. A bad entry is reported with its index, the rest goes on.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { decodeSections, section } from "../../model/modelFile.js";
import { BodyRefused, encodingName, unpackerOf } from "../http/body.js";
import { answerError, type Exchange, type Route, type Service } from "../http/route.js";
import type { Counter } from "../observe/metrics.js";
import { Lane, SliceSize } from "../resources/turns.js";
import { EntrySplitter, type RawEntry } from "./entries.js";
import { type Entry, EntryInvalid, readEntry } from "./entry.js";
import { type Outcome, SeriesStreamRule, type StreamRule, WindowedRule } from "./rules.js";
import { SeriesRule } from "./series.js";

export interface DetectOptions {
  seed: bigint;
  /** One entry, as sent. */
  entryBytes?: number;
  /** Silence in both directions before a stream is given up. */
  idleSeconds?: number;
}

/** A stream of its own tracks so many keys, the shared one as many as the filter in a shipper. */
const streamKeys = 2048;
const sharedKeys = 16_384;
/** Read and judged at a time, over all streams; the results of one piece are all that a stream holds. */
const pieceMilliseconds = 10;
const [pieceBytesMin, pieceBytesMax] = [1 << 10, 64 << 10];
/** Brotli looks back over up to 16 MiB, and each stream keeps them. */
const brotliStreamsMax = 16;
const choices = {
  results: ["changes", "tagged", "all"],
  rule: ["windowed", "series"],
  shared: ["false", "true"],
} as const;

interface Wish {
  results: (typeof choices.results)[number];
  rule: (typeof choices.rule)[number];
  shared: boolean;
  events: boolean;
}

export function detectRoute(service: Service, options: DetectOptions): Route {
  const detection = new Detection(service, options);
  return {
    method: "POST",
    path: "/detect-error-anomalies",
    handle: (exchange) => detection.handle(exchange),
  };
}

class Detection {
  /** Queue and threshold of the article's rule live as long as the service. */
  private readonly series = new SeriesRule();
  private sharedWindowed: { rule: WindowedRule; model: Uint8Array | undefined } | undefined;
  private sharedSeries: SeriesStreamRule | undefined;
  private readonly lane = new Lane();
  private brotliStreams = 0;
  private readonly pieces = new SliceSize(pieceMilliseconds, pieceBytesMin, pieceBytesMax);
  private readonly judged: Counter;
  private readonly refused: Counter;

  constructor(
    private readonly service: Service,
    private readonly options: DetectOptions,
  ) {
    const help = "Entries of the error-anomaly API, by what came of them.";
    this.judged = service.metrics.counter("oddline_detect_entries_total", help, { result: "judged" });
    this.refused = service.metrics.counter("oddline_detect_entries_total", help, { result: "refused" });
  }

  async handle({ request, response, target }: Exchange): Promise<void> {
    const wish = readWish(target.query, request.headers.accept);
    if (typeof wish === "string") return answerError(response, 400, "QUERY_INVALID", wish);
    const isBrotli = encodingName(request.headers["content-encoding"]) === "br";
    if (isBrotli && this.brotliStreams >= brotliStreamsMax) {
      return answerError(response, 503, "TOO_MANY_REQUESTS", `over ${brotliStreamsMax} streams packed by br at work`);
    }
    let unpacked: Readable;
    try {
      unpacked = unpacking(request);
    } catch (error) {
      if (!(error instanceof BodyRefused)) throw error;
      return answerError(response, error.status, error.code, error.message);
    }
    if (isBrotli) {
      this.brotliStreams++;
      response.once("close", () => this.brotliStreams--);
    }
    // In turn, too: an instance of the filter takes some milliseconds to make.
    const rule = await this.lane.run(async () => this.ruleFor(wish));
    const { socket } = request;
    const giveUp = () => socket.destroy();
    socket.setTimeout((this.options.idleSeconds ?? 120) * 1000).on("timeout", giveUp);
    response.writeHead(200, {
      "content-type": wish.events ? "text/event-stream" : "application/x-ndjson",
      "cache-control": "no-store",
    });
    response.flushHeaders();
    try {
      await this.stream(unpacked, response, rule, wish);
    } catch (error) {
      if (response.destroyed || (error as NodeJS.ErrnoException).code === "ECONNRESET") return; // the client has gone
      const code = unpacked === request ? "INTERNAL" : "BODY_INVALID";
      if (code === "INTERNAL") this.service.notices.warn("DETECT_FAILED", (error as Error).message);
      const message = code === "INTERNAL" ? "internal error; see the server's log" : (error as Error).message;
      await send(response, [written({ error: { code, message } }, true, wish)]);
    } finally {
      socket.setTimeout(0).off("timeout", giveUp);
    }
    response.end();
  }

  private async stream(body: Readable, response: ServerResponse, rule: StreamRule, wish: Wish): Promise<void> {
    const splitter = new EntrySplitter(this.options.entryBytes ?? 65_536);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + this.pieces.next);
        at += piece.length;
        await send(response, await this.judgedInTurn(() => splitter.push(piece), rule, wish));
        if (response.destroyed) return;
      }
    }
    await send(response, await this.judgedInTurn(() => splitter.end(), rule, wish));
  }

  private judgedInTurn(split: () => RawEntry[], rule: StreamRule, wish: Wish): Promise<string[]> {
    return this.lane.run(async () => {
      const start = performance.now();
      const results = this.results(split(), rule, wish);
      this.pieces.took(performance.now() - start);
      return results;
    });
  }

  /** Results of the entries that a chunk completed, in order. */
  private results(raws: RawEntry[], rule: StreamRule, wish: Wish): string[] {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const read = raws.map((raw) => readOne(raw, nowSeconds));
    const outcomes = rule.judge(read.filter((one): one is Entry => !("error" in one)));
    let next = 0;
    return read.flatMap((one) => {
      if ("error" in one) {
        this.refused.add();
        return written(one, true, wish);
      }
      const outcome = outcomes[next++];
      this.judged.add();
      return isWanted(outcome, wish) ? written(resultText(one, outcome), false, wish) : [];
    });
  }

  private ruleFor({ rule, shared }: Wish): StreamRule {
    if (rule === "series") {
      if (!shared) return new SeriesStreamRule(this.series.start());
      this.sharedSeries ??= new SeriesStreamRule(this.series.start());
      return this.sharedSeries;
    }
    const { model } = this.service.judge;
    if (!shared) return this.windowed(streamKeys, model);
    // Another model may have other rules: its windows begin anew.
    if (!this.sharedWindowed || this.sharedWindowed.model !== model) {
      this.sharedWindowed = { rule: this.windowed(sharedKeys, model), model };
    }
    return this.sharedWindowed.rule;
  }

  private windowed(keys: number, model: Uint8Array | undefined): WindowedRule {
    const sections = model && decodeSections(model);
    return new WindowedRule({
      seed: this.options.seed,
      keys,
      configuration: sections?.get(section.configuration),
      keywords: sections?.get(section.keywords),
    });
  }
}

type Problem = { error: { code: string; message: string; index?: number } };

function readOne({ index, text, problem }: RawEntry, nowSeconds: number): Entry | Problem {
  if (!text) return { error: { code: problem!.code, message: problem!.message, index } };
  try {
    return readEntry(text, nowSeconds);
  } catch (error) {
    if (!(error instanceof EntryInvalid)) throw error;
    return { error: { code: "ENTRY_INVALID", message: error.message, index } };
  }
}

function isWanted({ event, tagged }: Outcome, { results }: Wish): boolean {
  return results === "all" || event !== null || (results === "tagged" && tagged);
}

/** The entry stands there byte for byte as it was sent: no number of it is rounded. */
function resultText({ text }: Entry, { state, event, evidence }: Outcome): string {
  const why = evidence ? `${JSON.stringify(evidence).slice(1, -1)},` : "";
  return `{"entry":${text},${why}"state":"${state}","event":${event === null ? "null" : `"${event}"`}}`;
}

function written(result: string | Problem, isProblem: boolean, { events }: Wish): string {
  const line = typeof result === "string" ? result : JSON.stringify(result);
  if (!events) return `${line}\n`;
  return `${isProblem ? "event: problem\n" : ""}data: ${line}\n\n`;
}

/** Returns when the reader has room again, or has gone. */
async function send(response: ServerResponse, texts: string[]): Promise<void> {
  if (texts.length === 0 || response.destroyed || response.write(texts.join(""))) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.on("drain", go);
    response.on("close", go);
  });
}

function unpacking(request: IncomingMessage): Readable {
  const unpacker = unpackerOf(request.headers["content-encoding"]);
  if (!unpacker) return request;
  unpacker.on("error", () => {}); // whoever reads from it hears of it
  request.on("error", (error) => unpacker.destroy(error));
  return request.pipe(unpacker);
}

/** What the query asks for, or what is wrong with it. */
function readWish(query: URLSearchParams, accept: string | undefined): Wish | string {
  for (const [name, value] of query) {
    if (!Object.hasOwn(choices, name)) return `no parameter ${name}; there are ${Object.keys(choices).join(", ")}`;
    const values = choices[name as keyof typeof choices] as readonly string[];
    if (!values.includes(value)) return `${name} must be one of ${values.join(", ")}`;
  }
  return {
    results: (query.get("results") ?? "changes") as Wish["results"],
    rule: (query.get("rule") ?? "windowed") as Wish["rule"],
    shared: query.get("shared") === "true",
    events: /\btext\/event-stream\b/.test(accept ?? ""),
  };
}
