/** Loki's two query calls, their answers checked, their failures as errors an operator can act on. */
import { exitCode, OddlineError } from "../io/errors.js";
import { type HttpAnswer, NoAnswer, type Patience, patienceDefault, sendPatiently, serverOf } from "../io/http.js";
import type { LokiConnection } from "./connection.js";

export interface LokiEntry {
  timeNs: bigint;
  line: string;
  /** Of its stream, with structured metadata. */
  labels: Record<string, string>;
}

/** What one query of lines brought. */
export interface LokiLines {
  /** In order of time. */
  entries: LokiEntry[];
  /** How many were asked for in the end: as many entries mean that there may be more. */
  limit: number;
  answerBytes: number;
}

export interface LokiSample {
  labels: Record<string, string>;
  value: number;
}

/** Loki refused this many lines a query; it takes `linesMax`. */
export class PageTooLarge extends Error {
  constructor(readonly linesMax: number) {
    super(`at most ${linesMax} lines a query`);
  }
}

/** Loki refused so long a time, or so many bytes to look through. */
export class RangeTooLarge extends Error {}

/** Loki refused a metric of so many series. */
export class TooManySeries extends Error {}

const messageCharactersMax = 300;
/** Each attempt in vain may cost a minute: three take a page of 5,000 lines down to one. */
const shrinkFactor = 16;

export class LokiApi {
  constructor(
    private readonly connection: LokiConnection,
    private readonly patience: Patience = patienceDefault,
  ) {}

  /**
   * The first `limit` lines of [fromNs, toNs), in order of time. Fewer are asked for after an attempt without answer:
   * an answer above 4 MiB never arrives, Loki ends the connection after a minute
   * (https://github.com/grafana/loki/issues/6568).
   */
  async lines(query: string, fromNs: bigint, toNs: bigint, limit: number): Promise<LokiLines> {
    let asked = limit;
    const { data, answerBytes } = await this.get("/loki/api/v1/query_range", (failedStatus) => {
      if (failedStatus === 0 || (failedStatus ?? 0) >= 500) asked = Math.max(1, Math.floor(asked / shrinkFactor));
      return { query, start: `${fromNs}`, end: `${toNs}`, limit: `${asked}`, direction: "forward" };
    });
    if (data.resultType !== "streams") throw this.unexpected("a query of lines", `a ${data.resultType}`);
    const entries: LokiEntry[] = [];
    for (const { stream, values } of data.result as { stream: Record<string, string>; values: [string, string][] }[]) {
      for (const [time, line] of values) entries.push({ timeNs: BigInt(time), line, labels: stream });
    }
    entries.sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
    return { entries, limit: asked, answerBytes };
  }

  async vector(query: string, timeNs: bigint): Promise<LokiSample[]> {
    const { data } = await this.get("/loki/api/v1/query", () => ({ query, time: `${timeNs}` }));
    if (data.resultType !== "vector") throw this.unexpected("a metric query", `a ${data.resultType}`);
    return (data.result as { metric: Record<string, string>; value: [number, string] }[]).map(({ metric, value }) => ({
      labels: metric,
      value: Number(value[1]),
    }));
  }

  private async get(
    path: string,
    parametersOf: (failedStatus: number | undefined) => Record<string, string>,
  ): Promise<{ data: { resultType: string; result: unknown }; answerBytes: number }> {
    const url = new URL(this.connection.url);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
    const { headers, tls } = this.connection;
    let answer: HttpAnswer;
    let query = "";
    try {
      answer = await sendPatiently((failedStatus) => {
        const parameters = parametersOf(failedStatus);
        query = parameters.query;
        url.search = new URLSearchParams(parameters).toString();
        return { method: "GET", url, headers, tls };
      }, this.patience);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      throw this.error("LOKI_UNREACHABLE", "an answer", error.message, "check that Loki runs and its address is right");
    }
    if (answer.status !== 200) throw this.refused(answer, query);
    try {
      const { status, data } = JSON.parse(answer.text);
      if (status === "success" && typeof data?.resultType === "string" && Array.isArray(data.result)) {
        return { data, answerBytes: answer.text.length };
      }
    } catch {
      // reported below
    }
    throw this.unexpected("an answer of Loki's", "something else");
  }

  private refused({ status, text }: HttpAnswer, query: string): Error {
    const message = text.trim().slice(0, messageCharactersMax) || `status ${status}`;
    const found = `${status}: ${message}`;
    const tooLarge = /max entries limit per query exceeded, limit > \w+ \(\d+ > (\d+)\)/.exec(text);
    if (tooLarge) return new PageTooLarge(Number(tooLarge[1]));
    if (/would read too many bytes|too large to execute on a single querier|time range exceeds the limit/.test(text)) {
      return new RangeTooLarge(message);
    }
    if (/maximum (?:number )?of series \(\d+\) reached/.test(text)) return new TooManySeries(message);
    if (status === 401 || status === 403) {
      return this.error(
        "LOKI_FORBIDDEN",
        "to be let in",
        found,
        "check LOKI_USERNAME, LOKI_PASSWORD, LOKI_BEARER_TOKEN",
      );
    }
    if (status === 400 && /no org id/.test(text)) {
      return this.error("LOKI_TENANT_MISSING", "a tenant", found, "set LOKI_ORG_ID");
    }
    if (status === 400) {
      return this.error(
        "LOKI_QUERY_INVALID",
        "a valid query",
        `${found}, query ${query}`,
        "correct --query",
        exitCode.usage,
      );
    }
    if (status === 404) return this.error("LOKI_NOT_FOUND", "Loki's API", found, "check the address and its path");
    if (status === 429) {
      return this.error("LOKI_BUSY", "to be served", found, "try later, or raise the tenant's limits");
    }
    return this.error("LOKI_FAILED", "an answer", found, "look into Loki's own log");
  }

  private unexpected(expected: string, found: string): OddlineError {
    return this.error(
      "LOKI_UNEXPECTED",
      expected,
      found,
      "check that the address is Loki's and --query asks for lines",
    );
  }

  private error(code: string, expected: string, found: string, remedy: string, exit = exitCode.failed as 1 | 2) {
    return new OddlineError(code, {
      subject: `Loki at ${serverOf(this.connection.url)}`,
      expected,
      found,
      remedy,
      exit,
    });
  }
}
