/**
 * Errors in a Vector configuration that lose, double or misplace events on their way through Oddline. What Vector
 * itself refuses is left to `vector validate`.
 */
import { type Component, downstream, option, placeOf, type VectorConfiguration } from "./configuration.js";

export interface VectorDiagnostic {
  code: string;
  /** FILE:LINE:COLUMN. */
  subject: string;
  expected: string;
  found: string;
  remedy: string;
}

type Report = (code: string, component: Component | undefined, expected: string, found: string, remedy: string) => void;

/** Vector's http sink, unless configured otherwise. */
const sinkBatchBytes = 10_000_000;

/** `bodyBytesMax`: what `oddline serve` takes in one request. */
export function checkVector(configuration: VectorConfiguration, bodyBytesMax: number): VectorDiagnostic[] {
  const diagnostics: VectorDiagnostic[] = [];
  const report: Report = (code, component, expected, found, remedy) => {
    const subject = `${configuration.file}:${placeOf(configuration, component)}`;
    diagnostics.push({ code, subject, expected, found, remedy });
  };
  const { components } = configuration;
  const sinks = components.filter((one) => one.kind === "sinks" && one.type === "http" && leadsToOddline(one));
  const sources = components.filter((one) => one.kind === "sources" && one.type === "http_server");
  const lua = components.filter((one) => one.type === "lua" && JSON.stringify(one.options).includes("oddline"));
  if (sinks.length === 0 && lua.length === 0) {
    report(
      "VECTOR_NO_ODDLINE",
      undefined,
      "an http sink to /v1/transform, or a lua transform with Oddline's module",
      "neither",
      "oddline vector-config prints the blocks",
    );
  }
  if (sinks.length > 0 && sources.length === 0) {
    report(
      "VECTOR_NO_SOURCE",
      sinks[0],
      "an http_server source that takes the events back",
      "none",
      "oddline vector-config prints the blocks",
    );
  }
  for (const sink of sinks) checkSink(sink, configuration, bodyBytesMax, report);
  for (const source of sinks.length > 0 ? sources : []) checkSource(source, sinks, configuration, report);
  for (const transform of lua) checkBehind(transform, configuration, report);
  return diagnostics;
}

function leadsToOddline({ options }: Component): boolean {
  return /\/v1\/transform\/?$/.test(String(options.uri));
}

function checkSink(sink: Component, configuration: VectorConfiguration, bodyBytesMax: number, report: Report): void {
  const { options } = sink;
  checkAcknowledged(sink, configuration, report);
  const bytes = Number(option(options, "batch.max_bytes") ?? sinkBatchBytes);
  if (bytes > bodyBytesMax) {
    report(
      "VECTOR_BATCH_TOO_LARGE",
      sink,
      `batch.max_bytes of at most ${bodyBytesMax}`,
      String(bytes),
      "oddline serve refuses larger bodies and the route stands still: a few megabytes are enough",
    );
  }
  if (codecOf(sink) === "json" && option(options, "framing.method") !== "newline_delimited") {
    const found = String(option(options, "framing.method") ?? "none, which is one JSON array a request");
    report("VECTOR_FRAMING", sink, 'framing.method = "newline_delimited"', found, "add it to this sink");
  }
  const attempts = option(options, "request.retry_attempts");
  const strategy = option(options, "retry_strategy.type") ?? option(options, "retry_strategy");
  if (attempts !== undefined || strategy === "none" || strategy === "custom") {
    report(
      "VECTOR_RETRIES_LIMITED",
      sink,
      "retries without limit, the default",
      attempts === undefined ? `retry_strategy ${strategy}` : `request.retry_attempts = ${attempts}`,
      "leave it out: what is not sent again is lost",
    );
  }
  checkBuffer(sink, report);
}

function checkSource(source: Component, sinks: Component[], configuration: VectorConfiguration, report: Report): void {
  const sent = codecOf(sinks[0]);
  const taken = codecOf(source);
  if (sent !== taken) {
    report(
      "VECTOR_CODEC",
      source,
      `decoding.codec = "${sent}", as the sink sends`,
      taken,
      "use the same codec in both",
    );
  } else if (taken === "json" && option(source.options, "framing.method") !== "newline_delimited") {
    const found = String(option(source.options, "framing.method") ?? "none");
    report("VECTOR_FRAMING", source, 'framing.method = "newline_delimited"', found, "add it to this source");
  }
  const longest = option(source.options, "framing.newline_delimited.max_length");
  if (longest !== undefined) {
    report(
      "VECTOR_FRAMING",
      source,
      "lines of any length",
      `framing.newline_delimited.max_length = ${longest}`,
      "leave it out: longer lines are thrown away, and Oddline puts many events into one",
    );
  }
  const key = source.options.path_key;
  if (key === undefined) {
    report(
      "VECTOR_PATH_KEY",
      source,
      'path_key = ""',
      "none, which adds a field `path` to every event",
      'add path_key = "" to this source',
    );
  }
  const behind = downstream(configuration, source.name);
  if (sinks.some((sink) => behind.includes(sink))) {
    report(
      "VECTOR_LOOP",
      sinks[0],
      "inputs before Oddline only",
      `events of ${source.name}`,
      "take them off its inputs",
    );
  }
  checkBehind(source, configuration, report);
  const restored = behind.some((one) => one.type === "remap" && /timestamp/.test(String(one.options.source)));
  if (taken === "json" && !restored && behind.some(({ kind, type }) => kind === "sinks" && type === "loki")) {
    report(
      "VECTOR_TIMESTAMP",
      source,
      "a remap behind it that restores .timestamp",
      "none: Loki would store each event under the time it arrives",
      'add .timestamp = parse_timestamp(.timestamp, format: "%+") ?? now(), or use the native codec',
    );
  }
}

/** The sinks the tagged events end in. */
function checkBehind(start: Component, configuration: VectorConfiguration, report: Report): void {
  const ends = downstream(configuration, start.name).filter(({ kind }) => kind === "sinks");
  if (ends.length === 0) {
    report("VECTOR_NO_SINK", start, "a sink that takes the tagged events", "none", `put ${start.name} into its inputs`);
  }
  for (const sink of ends) {
    if (leadsToOddline(sink)) continue;
    checkAcknowledged(sink, configuration, report);
    checkBuffer(sink, report);
    const expands = [sink.options.labels, sink.options.structured_metadata].some((map) =>
      Object.values((map as Record<string, unknown>) ?? {}).some((value) =>
        /^\s*\{\{\s*\.?anomaly/.test(String(value)),
      ),
    );
    if (sink.type === "loki" && expands && !sink.options.dangerously_allow_unconfined_template_resolution) {
      report(
        "VECTOR_UNCONFINED",
        sink,
        "dangerously_allow_unconfined_template_resolution = true",
        "none, with names taken from the event",
        "add it: nobody but Oddline can write `anomaly`; without it Vector does not start",
      );
    }
  }
}

function checkAcknowledged(sink: Component, configuration: VectorConfiguration, report: Report): void {
  if (configuration.acknowledgements || option(sink.options, "acknowledgements.enabled") === true) return;
  report(
    "VECTOR_ACKS_OFF",
    sink,
    "acknowledgements.enabled = true",
    "events count as delivered before they are stored",
    "add it to this sink: a crash would lose them",
  );
}

function checkBuffer(sink: Component, report: Report): void {
  const buffers = [sink.options.buffer ?? []].flat() as Record<string, unknown>[];
  const dropping = buffers.find(({ when_full }) => when_full === "drop_newest");
  if (dropping) {
    report(
      "VECTOR_BUFFER_DROPS",
      sink,
      'buffer.when_full = "block"',
      '"drop_newest"',
      "let it block: the source waits",
    );
  }
}

function codecOf({ options }: Component): string {
  return String(option(options, "encoding.codec") ?? option(options, "decoding.codec") ?? options.encoding ?? "none");
}
