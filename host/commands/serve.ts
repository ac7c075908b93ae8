/** `oddline serve`: the filter behind HTTP, beside Vector. Stops on SIGTERM when what it holds is finished. */
import { randomBytes } from "node:crypto";
import { get } from "node:http";
import { isIP } from "node:net";
import { type Command, Option } from "commander";
import { exitCode, OddlineError } from "../io/errors.js";
import { readBounded, secretBytesMax } from "../io/readFile.js";
import { fileError } from "../io/systemErrors.js";
import { defaultLimits, type Service } from "../serve/http/route.js";
import { isLoopback } from "../serve/http/senders.js";
import { type Judge, LocalJudge } from "../serve/judge/judge.js";
import { ModelWatch } from "../serve/judge/modelWatch.js";
import { ShardedJudge } from "../serve/judge/shards/shardedJudge.js";
import { Metrics } from "../serve/observe/metrics.js";
import { Notices } from "../serve/observe/notices.js";
import { Supervisor } from "../serve/observe/systemdNotify.js";
import { OddlineServer } from "../serve/server.js";
import { Forwarder } from "../serve/transform/forward.js";
import { leadsTo } from "../serve/transform/loop.js";
import { EngineStateFile } from "../state/engineStateFile.js";
import { integerOption, seedOption, timeOption } from "./options.js";

interface ServeOptions {
  model?: string;
  forward?: URL;
  listen: Address;
  tokenFile?: string;
  allowHost: string[];
  allowOrigin: string[];
  all?: boolean;
  seed?: bigint;
  state?: string;
  time?: bigint;
  workers: number;
  drain: number;
  bodyBytes: number;
  heldBytes: number;
  requests: number;
}

interface Address {
  host: string;
  port: number;
}

const listenDefault = "127.0.0.1:9800";

export function registerServe(program: Command): void {
  program
    .command("serve")
    .description("serve the filter over HTTP: beside Vector, between its http sink and its http_server source")
    .option("--model <file>", "model to use, reloaded when it changes; without it, only the built-in detectors")
    .option(
      "--forward <url>",
      "URL of Vector's http_server source; without it, responses hold the tagged events",
      forwardOption,
    )
    .addOption(
      new Option("--listen <address>", "host and port")
        .argParser(listenOption)
        .default(listenOption(listenDefault), listenDefault),
    )
    .option("--token-file <file>", "file with the bearer token that requests must carry")
    .option(
      "--allow-host <name>",
      "another host name to accept when listening on loopback; may be repeated",
      (text: string, before: string[]) => [...before, hostOption(text)],
      [],
    )
    .option(
      "--allow-origin <origin>",
      "origin of web pages that may send requests, such as https://app.example, or * for any; may be repeated",
      (text: string, before: string[]) => [...before, originOption(text)],
      [],
    )
    .option("--all", "add an anomaly field to every event")
    .option(
      "--seed <number>",
      "seed of the hashes (default: the model's, then the state's, then random)",
      seedOption("--seed"),
    )
    .option(
      "--state <file>",
      "resume the counts saved in this file, and save them there; with --workers, one file per thread",
    )
    .option(
      "--time <time>",
      "for replays: events arrive at their own time, or at this one if they have none; Unix seconds or RFC 3339",
      timeOption("--time"),
    )
    .option("--workers <n>", "scoring threads; keys are divided among them", integerOption("--workers", 1, 64), 1)
    .option(
      "--drain <seconds>",
      "how long to finish requests in progress after SIGTERM",
      integerOption("--drain", 0, 86_400),
      60,
    )
    .option(
      "--body-bytes <n>",
      "largest request body, decompressed, in bytes",
      limitOption("--body-bytes"),
      defaultLimits.bodyBytes,
    )
    .option(
      "--held-bytes <n>",
      "total bytes of request bodies held at a time",
      limitOption("--held-bytes"),
      defaultLimits.heldBytes,
    )
    .option("--requests <n>", "requests held at a time, per route", limitOption("--requests"), defaultLimits.requests)
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  if (options.forward && (await leadsTo(options.forward, options.listen))) {
    throw new OddlineError("FORWARD_LOOP", {
      subject: `--forward ${options.forward.href}`,
      expected: "the address of Vector's http_server source",
      found: "the address this server itself listens on (--listen)",
      remedy: "name the source; in the shipped vector.toml it is http://127.0.0.1:9801/ingest",
      exit: exitCode.usage,
    });
  }
  const stopped = stopSignal();
  const notices = new Notices();
  const metrics = new Metrics();
  const token = options.tokenFile === undefined ? undefined : readToken(options.tokenFile);
  if (token === undefined && !isLoopback(options.listen.host)) {
    notices.log("NO_TOKEN: anyone who can reach this address can send requests; set --token-file to require a token");
  }
  const seed = options.seed ?? randomBytes(8).readBigUInt64LE();
  const how = { seed, seconds: options.time, all: options.all };
  const sharded = options.workers > 1 ? new ShardedJudge(options.workers, how, notices, metrics) : undefined;
  const local = sharded?.local ?? new LocalJudge(how, notices, metrics);
  const judge: Judge = sharded ?? local;
  const watch = options.model === undefined ? undefined : new ModelWatch(options.model, judge, notices, metrics);
  // Started without a model it judges by the built-ins: an absent or damaged model must not stop the logs.
  await watch?.start();
  const seedGiven = options.seed !== undefined || local.engine.useConfiguredSeed();
  await sharded?.start({ seed: seedGiven ? local.engine.seed : undefined, state: options.state });
  const state =
    options.state === undefined || sharded ? undefined : keepState(options.state, local, notices, !seedGiven);

  const limits = {
    ...defaultLimits,
    bodyBytes: options.bodyBytes,
    heldBytes: options.heldBytes,
    requests: options.requests,
  };
  const service: Service = { judge, metrics, notices, limits };
  const forwarder = options.forward && new Forwarder(options.forward, notices);
  const server = new OddlineServer(service, {
    ...options.listen,
    token,
    allowedHosts: options.allowHost,
    allowedOrigins: options.allowOrigin,
    transform: { forwarder },
    detect: { seed: local.engine.seed },
  });
  const port = await server.listen();
  const { host } = options.listen;
  notices.log(
    `listening on ${host.includes(":") ? `[${host}]` : host}:${port}${forwarder ? `, forwarding to ${options.forward?.host}` : ""}`,
  );
  const supervisor = new Supervisor(notices);
  supervisor.ready(async () => (await answers(host, port)) && (await judge.isAlive()));

  const signal = await Promise.race(sharded ? [stopped, sharded.failed] : [stopped]);
  if (signal instanceof Error) {
    // At once, with no answer to what is held: senders come again, to a fresh process.
    supervisor.stopping();
    watch?.stop();
    await server.drain(0);
    forwarder?.close();
    await judge.close();
    throw new OddlineError("WORKER_FAILED", {
      subject: "oddline serve",
      expected: "all threads running",
      found: signal.message,
      remedy: "have a supervisor restart it; Vector resends unanswered requests",
    });
  }
  notices.log(`${signal}: finishing requests in progress`);
  supervisor.stopping();
  watch?.stop();
  const finished = await server.drain(options.drain);
  forwarder?.close();
  state?.close();
  await judge.close();
  if (!finished)
    notices.log(`DRAIN_CUT: requests were still in progress after ${options.drain} s; Vector will resend them`);
  process.exitCode = exitCode.done;
}

function keepState(path: string, judge: LocalJudge, notices: Notices, anySeed: boolean): EngineStateFile {
  const state = new EngineStateFile(
    path,
    () => judge.engine,
    (text) => notices.log(text),
  );
  state.restore(anySeed);
  state.keep();
  return state;
}

/** The first signal starts the draining; a second one ends the process as it would any other. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      process.off("SIGTERM", stop);
      process.off("SIGINT", stop);
      resolve(signal);
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}

/** Asks itself over the network, as a sender would. */
function answers(host: string, port: number): Promise<boolean> {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return new Promise((resolve) => {
    const request = get({ host: reachable, port, path: "/healthz", timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

function readToken(path: string): string {
  let token: string;
  try {
    token = readBounded(path, secretBytesMax).toString("utf8").trim();
  } catch (error) {
    throw fileError(error, path, {
      code: "SECRET_UNREADABLE",
      expected: "a readable file with the token",
      remedy: "check the path and its permissions",
      exit: exitCode.usage,
    });
  }
  if (token === "" || /\s/.test(token))
    throw wrong(path, "one token, without spaces", token === "" ? "nothing" : "several words");
  return token;
}

function limitOption(option: string): (text: string) => number {
  return integerOption(option, 1, 2 ** 32);
}

function listenOption(text: string): Address {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (!parts || port > 65_535) throw wrong("--listen", "HOST:PORT, such as 127.0.0.1:9800 or [::1]:9800", text);
  return { host: parts[1] ?? parts[2], port };
}

function hostOption(text: string): string {
  const name = /^\[([\da-f:.]+)\]$/i.exec(text)?.[1] ?? text;
  if (!/^[\w.-]+$/.test(name) && isIP(name) !== 6)
    throw wrong("--allow-host", "a name without a port, such as oddline", text);
  return name;
}

function originOption(text: string): string {
  if (text === "*") return text;
  if (!URL.canParse(text) || new URL(text).origin.toLowerCase() !== text.toLowerCase()) {
    throw wrong("--allow-origin", "an origin as browsers write it, such as https://app.example, or *", text);
  }
  return text;
}

function forwardOption(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw wrong("--forward", "the http or https address of Vector's http_server source", text);
  }
  return url;
}

function wrong(subject: string, expected: string, found: string | undefined): OddlineError {
  return new OddlineError("OPTION_INVALID", {
    subject,
    expected,
    found,
    remedy: "oddline serve --help shows the options",
    exit: exitCode.usage,
  });
}
