/** Answers Loki's query calls from a list of lines, with its limits and its order; failures can be queued. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

export interface StoredEntry {
  timeNs: bigint;
  line: string;
  labels?: Record<string, string>;
}

export interface Failure {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  /** Closes the connection instead of answering. */
  hangUp?: boolean;
  /** Answers, and closes the connection in the middle of it. */
  cut?: boolean;
}

export interface FakeLokiQuery {
  url: string;
  requests: { path: string; parameters: URLSearchParams; headers: IncomingMessage["headers"] }[];
  /** Taken before anything is answered. */
  failures: (Failure | undefined)[];
  entries: StoredEntry[];
  linesMax: number;
  /** The connection of a larger answer is closed, as Loki does. */
  answerBytesMax: number;
  /** Longer ranges are refused. */
  rangeNsMax: bigint;
  /** Answers metric queries. */
  vector: (query: string, timeNs: bigint) => { metric: Record<string, string>; value: [number, string] }[];
  close(): Promise<void>;
}

export async function startFakeLokiQuery(entries: StoredEntry[] = []): Promise<FakeLokiQuery> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    fake.requests.push({ path: url.pathname, parameters: url.searchParams, headers: request.headers });
    const failure = fake.failures.shift();
    if (failure?.hangUp) {
      request.socket.destroy();
      return;
    }
    const [status, body] = failure && !failure.cut ? [failure.status, failure.body ?? ""] : answer(fake, url);
    if (body.length > fake.answerBytesMax) {
      request.socket.destroy();
      return;
    }
    if (failure?.cut) {
      response.writeHead(200, { "content-length": body.length });
      response.write(body.slice(0, body.length / 2), () => request.socket.destroy());
      return;
    }
    const zip = `${request.headers["accept-encoding"]}`.includes("gzip");
    response.writeHead(status, { ...(zip ? { "content-encoding": "gzip" } : {}), ...failure?.headers });
    response.end(zip ? gzipSync(body, { level: 1 }) : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeLokiQuery = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    failures: [],
    entries,
    linesMax: 5000,
    answerBytesMax: 4 << 20,
    rangeNsMax: 1n << 62n,
    vector: () => [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return fake;
}

function answer(fake: FakeLokiQuery, url: URL): [number, string] {
  const parameters = url.searchParams;
  const query = parameters.get("query")!;
  if (url.pathname.endsWith("/query")) {
    const result = fake.vector(query, BigInt(parameters.get("time")!));
    return [200, JSON.stringify({ status: "success", data: { resultType: "vector", result } })];
  }
  if (!url.pathname.endsWith("/loki/api/v1/query_range")) return [404, "404 page not found"];
  const limit = Number(parameters.get("limit"));
  if (limit > fake.linesMax) {
    return [
      400,
      `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${fake.linesMax})`,
    ];
  }
  const [start, end] = [BigInt(parameters.get("start")!), BigInt(parameters.get("end")!)];
  if (end - start > fake.rangeNsMax) return [400, "the query would read too many bytes (query: 2TB, limit: 1TB)"];
  const matches = lineFilter(query);
  const page = fake.entries
    .filter((entry) => entry.timeNs >= start && entry.timeNs < end && matches(entry))
    .sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0))
    .slice(0, limit);
  const streams = new Map<string, { stream: Record<string, string>; values: [string, string][] }>();
  for (const { timeNs, line, labels = { job: "test" } } of page) {
    const key = JSON.stringify(labels);
    if (!streams.has(key)) streams.set(key, { stream: labels, values: [] });
    streams.get(key)!.values.push([`${timeNs}`, line]);
  }
  const data = { resultType: "streams", result: [...streams.values()] };
  return [200, JSON.stringify({ status: "success", data })];
}

/** The `|=`, `|~`, `!~` and label stages of a query; RE2's patterns as JavaScript's. */
function lineFilter(query: string): (entry: StoredEntry) => boolean {
  const lineStages = [...query.matchAll(/(\|=|\|~|!~) (?:"([^"]*)"|`([^`]*)`)/g)].map(([, operator, quoted, raw]) => {
    const text = quoted ?? raw;
    if (operator === "|=") return ({ line }: StoredEntry) => line.includes(text);
    const pattern = new RegExp(text.replace("(?s:", "(?:").replace(/\\x\{/g, "\\u{"), "su");
    return ({ line }: StoredEntry) => pattern.test(line) === (operator === "|~");
  });
  const labelStages = [...query.matchAll(/\n\| (\w+)(!?=)"([^"]*)"/g)].map(
    ([, name, operator, value]) =>
      ({ labels = {} }: StoredEntry) =>
        ((labels[name] ?? "") === value) === (operator === "="),
  );
  return (entry) => [...lineStages, ...labelStages].every((stage) => stage(entry));
}
