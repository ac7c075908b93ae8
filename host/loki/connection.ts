/** Where Loki is and how it lets us in: the environment as `logcli` has it, plus what options say. */
import { exitCode, OddlineError } from "../io/errors.js";
import { type Patience, patienceDefault, type TlsSettings } from "../io/http.js";
import { type Environment, readBytes, readSecret, serverUrl } from "../io/secrets.js";

export interface LokiConnection {
  url: URL;
  headers: Record<string, string>;
  tls: TlsSettings | undefined;
}

/**
 * LOKI_ADDR, LOKI_ORG_ID, LOKI_USERNAME with LOKI_PASSWORD(_FILE), LOKI_BEARER_TOKEN(_FILE), LOKI_AUTH_HEADER,
 * LOKI_CA_CERT_PATH, LOKI_CLIENT_CERT_PATH, LOKI_CLIENT_KEY_PATH, LOKI_TLS_SKIP_VERIFY, LOKI_QUERY_TAGS, LOKI_NO_CACHE
 * (https://grafana.com/docs/loki/latest/query/logcli/getting-started/).
 */
export function lokiConnection(address: string | undefined, environment: Environment): LokiConnection {
  const text = address ?? environment.LOKI_ADDR;
  if (!text) {
    throw new OddlineError("LOKI_ADDRESS_MISSING", {
      subject: "Loki",
      expected: "its address",
      remedy: "give --loki URL or set LOKI_ADDR",
      exit: exitCode.usage,
    });
  }
  const url = serverUrl(text, address ? "--loki" : "LOKI_ADDR");
  return { url, headers: headersOf(environment), tls: url.protocol === "https:" ? tlsOf(environment) : undefined };
}

/** LOKI_CLIENT_RETRIES, LOKI_CLIENT_MIN_BACKOFF and LOKI_CLIENT_MAX_BACKOFF, the latter in seconds. */
export function lokiPatience(environment: Environment): Patience {
  const number = (name: string, otherwise: number) => {
    const text = environment[name];
    return text && /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
  };
  return {
    attemptsMax: number("LOKI_CLIENT_RETRIES", patienceDefault.attemptsMax - 1) + 1,
    pauseSeconds: number("LOKI_CLIENT_MIN_BACKOFF", patienceDefault.pauseSeconds),
    pauseSecondsMax: number("LOKI_CLIENT_MAX_BACKOFF", patienceDefault.pauseSecondsMax),
  };
}

function headersOf(environment: Environment): Record<string, string> {
  const headers: Record<string, string> = {};
  if (environment.LOKI_ORG_ID) headers["X-Scope-OrgID"] = environment.LOKI_ORG_ID;
  if (environment.LOKI_QUERY_TAGS) headers["X-Query-Tags"] = environment.LOKI_QUERY_TAGS;
  if (isOn(environment.LOKI_NO_CACHE)) headers["Cache-Control"] = "no-cache";
  const authorization = authorizationOf(environment);
  if (authorization) headers[environment.LOKI_AUTH_HEADER || "Authorization"] = authorization;
  return headers;
}

function authorizationOf(environment: Environment): string | undefined {
  const token = readSecret("LOKI_BEARER_TOKEN", environment);
  const user = environment.LOKI_USERNAME;
  if (token && user) {
    throw new OddlineError("LOKI_CREDENTIALS_AMBIGUOUS", {
      subject: "LOKI_USERNAME, LOKI_BEARER_TOKEN",
      expected: "a user name with a password, or a token",
      found: "both",
      remedy: "unset one of them",
      exit: exitCode.usage,
    });
  }
  if (token) return `Bearer ${token}`;
  if (!user) return undefined;
  const password = readSecret("LOKI_PASSWORD", environment) ?? "";
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function tlsOf(environment: Environment): TlsSettings {
  const { LOKI_CA_CERT_PATH, LOKI_CLIENT_CERT_PATH, LOKI_CLIENT_KEY_PATH, LOKI_TLS_SKIP_VERIFY } = environment;
  return {
    ca: LOKI_CA_CERT_PATH ? readBytes(LOKI_CA_CERT_PATH, "a certificate authority") : undefined,
    cert: LOKI_CLIENT_CERT_PATH ? readBytes(LOKI_CLIENT_CERT_PATH, "a client certificate") : undefined,
    key: LOKI_CLIENT_KEY_PATH ? readBytes(LOKI_CLIENT_KEY_PATH, "a client key") : undefined,
    skipVerify: isOn(LOKI_TLS_SKIP_VERIFY),
  };
}

function isOn(value: string | undefined): boolean {
  return /^(?:1|t|true)$/i.test(value ?? "");
}
