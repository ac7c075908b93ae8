/**
 * Several filters, each in a thread of its own: an event goes to the one that its key falls to (docs/vector.md says
 * what is then counted per shard). Two steps: every shard finds the keys of a part of the batch, then judges the lines
 * that are its own. Batches reach all shards in the order they came in. A thread that ends takes the server with it:
 * what it had counted is lost, and a sender that gets no answer comes again.
 */
import { Worker } from "node:worker_threads";
import type { EngineCounts } from "../../../wasm/engine.js";
import { Metrics } from "../../observe/metrics.js";
import type { Notices } from "../../observe/notices.js";
import { engineMetrics } from "../engineMetrics.js";
import { arraysOf } from "../jsonArray.js";
import { type Judge, type JudgeOptions, LocalJudge, type TagOptions, type Verdicts } from "../judge.js";
import type { ShardMessage, ShardOptions, ShardReply, ShardRequest, ShardStart } from "./messages.js";
import { gather, partition, slicesOf } from "./partition.js";

type Reply<Kind> = Extract<ShardReply, { kind: Kind }>;
type Ask = ShardRequest extends infer One ? (One extends ShardRequest ? Omit<One, "id"> : never) : never;
const aliveMilliseconds = 8000;

export class ShardedJudge implements Judge {
  /** Settles when a thread has ended that should not have. */
  readonly failed: Promise<Error>;
  private readonly workers: Worker[];
  private readonly waiting = new Map<number, (reply: ShardReply) => void>();
  /** Finds invalid lines, tries models; judges nothing. */
  readonly local: LocalJudge;
  private readonly counts: EngineCounts[] = [];
  private readonly failures;
  private readonly judged;
  private nextId = 0;
  private closing = false;
  /** Until the batch before this one has been handed to the shards. */
  private before: Promise<void> = Promise.resolve();

  constructor(
    count: number,
    options: JudgeOptions,
    private readonly notices: Notices,
    metrics: Metrics,
  ) {
    this.local = new LocalJudge(options, notices, new Metrics());
    this.failures = engineMetrics(metrics, () => this.counts);
    const workerData: ShardOptions = {
      seed: options.seed,
      seconds: options.seconds,
      all: options.all ?? false,
      count,
    };
    const url = new URL("./shardWorker.js", import.meta.url);
    this.workers = Array.from({ length: count }, () => new Worker(url, { workerData }));
    this.judged = this.workers.map((_, shard) =>
      metrics.counter("oddline_shard_events_total", "Events judged, by shard.", { shard: String(shard) }),
    );
    metrics.gauge("oddline_shards", "Threads that judge.", () => count);
    this.failed = new Promise((resolve) => {
      this.workers.forEach((worker, shard) => {
        worker.on("message", (message: ShardMessage) => this.take(message));
        worker.on("error", (error) => resolve(new Error(`shard ${shard}: ${error.message}`)));
        worker.on("exit", (code) => {
          if (!this.closing) resolve(new Error(`shard ${shard} ended with ${code}`));
        });
      });
    });
  }

  get modelVersion(): string | undefined {
    return this.local.modelVersion;
  }
  get model(): Uint8Array | undefined {
    return this.local.model;
  }
  get modelCheckSeconds(): number {
    return this.local.modelCheckSeconds;
  }

  validJsonBytes(lines: Buffer): number {
    return this.local.validJsonBytes(lines);
  }

  isValidJson(line: Buffer): boolean {
    return this.local.isValidJson(line);
  }

  /** So that threads have work while a batch is dealt out or waits for its last line. */
  get width(): number {
    return 2 * this.workers.length;
  }

  async tag(given: Buffer, { validOnly, arrays }: TagOptions = {}): Promise<Verdicts> {
    const bytes = validOnly ? this.validJsonBytes(given) : given.length;
    if (bytes === 0) return { chunks: [], bytes, events: 0, tagged: 0 };
    const lines = given.subarray(0, bytes);
    const finding = slicesOf(lines, this.workers.length).map((slice, shard) =>
      this.ask<"shards">(shard, { kind: "shards", lines: Uint8Array.from(slice) }),
    );
    const { before } = this;
    let handedOn: () => void = () => {};
    this.before = new Promise((resolve) => {
      handedOn = resolve;
    });
    let shards: Uint8Array;
    let judging: (Promise<Reply<"tag">> | undefined)[];
    try {
      shards = Buffer.concat((await Promise.all(finding)).map((reply) => reply.shards));
      await before;
      judging = partition(lines, shards, this.workers.length).map((own, shard) =>
        own.length > 0 ? this.ask<"tag">(shard, { kind: "tag", lines: own }) : undefined,
      );
    } finally {
      handedOn();
    }
    const replies = await Promise.all(judging);
    const outputs = replies.map((reply) => Buffer.from(reply?.output.buffer ?? new ArrayBuffer(0)));
    let [events, tagged] = [0, 0];
    replies.forEach((reply, shard) => {
      this.judged[shard].add(reply?.events ?? 0);
      if (reply?.failures) this.failures.add(reply.failures);
      if (reply) this.counts[shard] = reply.counts;
      events += reply?.events ?? 0;
      tagged += reply?.tagged ?? 0;
    });
    const output = gather(outputs, shards);
    return { chunks: [arrays ? arraysOf(output) : output], bytes, events, tagged };
  }

  useModel(model: Uint8Array): string | undefined {
    const problem = this.local.useModel(model);
    if (problem !== undefined) return problem;
    for (const shard of this.workers.keys()) void this.ask(shard, { kind: "model", model });
    return undefined;
  }

  /**
   * With the model in use, before the first batch. Every shard has a state file of its own: FILE.0-of-2, FILE.1-of-2.
   */
  async start({ seed, state }: ShardStart): Promise<void> {
    const count = this.workers.length;
    const own = (shard: number) => (state === undefined ? undefined : `${state}.${shard}-of-${count}`);
    const starting = this.workers.map((_, shard) =>
      this.ask(shard, { kind: "start", start: { seed, state: own(shard) } }),
    );
    const failure = await Promise.race([Promise.all(starting), this.failed]);
    if (failure instanceof Error) throw failure;
  }

  /** Whether every shard answers. */
  async isAlive(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, aliveMilliseconds, false);
    });
    const all = Promise.all([...this.workers.keys()].map((shard) => this.ask(shard, { kind: "ping" })));
    const alive = await Promise.race([late, all.then(() => true)]);
    clearTimeout(timer);
    return alive;
  }

  async close(): Promise<void> {
    this.closing = true;
    // A shard that has ended saves nothing, and does not answer.
    const saved = Promise.all(this.workers.map((_, shard) => this.ask(shard, { kind: "close" })));
    await Promise.race([saved, this.failed]);
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  /** Never settles where the shard has ended: the server ends then, too. Lines change hands, they are not copied. */
  private ask<Kind extends ShardReply["kind"]>(shard: number, ask: Ask): Promise<Reply<Kind>> {
    const id = this.nextId++;
    const transfer = "lines" in ask ? [ask.lines.buffer as ArrayBuffer] : [];
    return new Promise((resolve) => {
      this.waiting.set(id, (reply) => resolve(reply as Reply<Kind>));
      this.workers[shard].postMessage({ ...ask, id }, transfer);
    });
  }

  private take(message: ShardMessage): void {
    if (message.kind === "notice") {
      if (message.code === undefined) this.notices.log(message.text);
      else this.notices.warn(message.code, message.text);
      return;
    }
    this.waiting.get(message.id)?.(message);
    this.waiting.delete(message.id);
  }
}
