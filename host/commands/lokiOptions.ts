/**
 * The options by which commands read from Loki, and what they come to. Secrets are in files or the environment only.
 */
import type { Command } from "commander";
import { type ByteSource, openSources } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { serverOf } from "../io/http.js";
import type { Environment } from "../io/secrets.js";
import { LokiApi } from "../loki/api.js";
import { LokiClient } from "../loki/client.js";
import { type LokiConnection, lokiConnection, lokiPatience } from "../loki/connection.js";
import type { Question } from "../loki/resume.js";
import { type LokiRange, type LokiSourceOptions, lokiSource } from "../loki/source.js";
import { type Moment, momentOption } from "./options.js";

export interface LokiConnectionOptions {
  loki?: string;
  lokiOrgId?: string;
  lokiUsername?: string;
  lokiPasswordFile?: string;
  lokiBearerTokenFile?: string;
  lokiCaCert?: string;
  lokiCert?: string;
  lokiKey?: string;
  lokiSkipVerify?: boolean;
}

export interface LokiSourceChoice extends LokiConnectionOptions {
  query?: string;
  since?: Moment;
  until?: Moment;
}

const sinceDefault = "24h";

export function addLokiConnectionOptions(command: Command): Command {
  return command
    .option(
      "--loki <url>",
      "read from Loki (LOKI_ADDR); credentials come from the same environment variables as logcli's",
    )
    .option("--loki-org-id <tenant>", "tenant (LOKI_ORG_ID)")
    .option("--loki-username <name>", "user name for basic authentication (LOKI_USERNAME, LOKI_PASSWORD)")
    .option("--loki-password-file <file>", "file with its password (LOKI_PASSWORD_FILE)")
    .option(
      "--loki-bearer-token-file <file>",
      "file with a bearer token instead (LOKI_BEARER_TOKEN, LOKI_BEARER_TOKEN_FILE)",
    )
    .option("--loki-ca-cert <file>", "CA certificate that signed Loki's certificate (LOKI_CA_CERT_PATH)")
    .option("--loki-cert <file>", "client certificate (LOKI_CLIENT_CERT_PATH)")
    .option("--loki-key <file>", "key of the client certificate (LOKI_CLIENT_KEY_PATH)")
    .option("--loki-skip-verify", "do not verify Loki's certificate (LOKI_TLS_SKIP_VERIFY)");
}

export function addLokiSourceOptions(command: Command): Command {
  return addLokiConnectionOptions(command)
    .option("--query <logql>", "with --loki: the lines to read")
    .option(
      "--since <moment>",
      `with --loki: start, as a duration before now or a time (${sinceDefault})`,
      momentOption("--since"),
    )
    .option("--until <moment>", "with --loki: end (now)", momentOption("--until"));
}

/** What options say counts before the environment. */
export function connectionOf(options: LokiConnectionOptions, environment: Environment): LokiConnection {
  const given: Record<string, string | undefined> = {
    LOKI_ORG_ID: options.lokiOrgId,
    LOKI_USERNAME: options.lokiUsername,
    LOKI_CA_CERT_PATH: options.lokiCaCert,
    LOKI_CLIENT_CERT_PATH: options.lokiCert,
    LOKI_CLIENT_KEY_PATH: options.lokiKey,
    LOKI_TLS_SKIP_VERIFY: options.lokiSkipVerify ? "true" : undefined,
  };
  const joined = { ...environment, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)) };
  for (const [name, file] of [
    ["LOKI_PASSWORD", options.lokiPasswordFile],
    ["LOKI_BEARER_TOKEN", options.lokiBearerTokenFile],
  ] as const) {
    if (file) Object.assign(joined, { [name]: undefined, [`${name}_FILE`]: file });
  }
  return lokiConnection(options.loki, joined);
}

export interface LokiInput {
  range: LokiRange;
  question: Question;
  /** The range depends on when it is asked for. */
  isRelative: boolean;
  open(sourceOptions: LokiSourceOptions, range?: LokiRange): ByteSource;
}

/** Undefined where the options name no query: then files are meant. */
export function lokiInput(command: string, files: string[], options: LokiSourceChoice): LokiInput | undefined {
  const { query } = options;
  if (query === undefined) {
    if (options.loki === undefined && !options.since && !options.until) return undefined;
    throw wrongUse(command, "--query beside --loki, --since and --until", "none", "OPTION_MISSING");
  }
  if (files.length > 0) throw wrongUse(command, "files, or --loki with --query", `${files[0]} and --query`);
  const connection = connectionOf(options, process.env);
  const since = options.since ?? momentOption("--since")(sinceDefault);
  const until = options.until ?? momentOption("--until")("now");
  const now = Math.floor(Date.now() / 1000);
  const [from, to] = [since.seconds(now), until.seconds(now)];
  if (from >= to) throw wrongUse(command, "--since before --until", `${since.text} and ${until.text}`);
  const nanoseconds = (seconds: number) => BigInt(seconds) * 1_000_000_000n;
  const own = { query, fromNs: nanoseconds(from), toNs: nanoseconds(to) };
  const server = serverOf(connection.url);
  const tenant = connection.headers["X-Scope-OrgID"];
  return {
    range: own,
    question: { server, tenant, query, since: since.text, until: until.text },
    isRelative: since.isRelative || until.isRelative,
    open: (sourceOptions, range = own) =>
      lokiSource(new LokiClient(new LokiApi(connection, lokiPatience(process.env))), server, range, sourceOptions),
  };
}

/** Files, or Loki, as the options say. */
export function openInputs(
  command: string,
  files: string[],
  options: LokiSourceChoice,
  sourceOptions: LokiSourceOptions,
): ByteSource[] {
  const input = lokiInput(command, files, options);
  return input ? [input.open(sourceOptions)] : openSources(files);
}

export function wrongUse(command: string, expected: string, found: string, code = "OPTION_INVALID"): OddlineError {
  const remedy = `oddline ${command} --help shows the options`;
  return new OddlineError(code, { subject: `oddline ${command}`, expected, found, remedy, exit: exitCode.usage });
}
