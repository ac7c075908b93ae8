// @ts-check
/**
 * What the way out of Vector and back costs, whatever is at its other end: by the HTTP components that `oddline serve`
 * uses, by Vector's own protocol, and by sockets. Each leads from a sink of a Vector to a source of the same Vector.
 * CPU seconds, in turns in one run, medians; that all events come back is checked first.
 *   node bench/vectorHops.mjs [--rounds 5] [--lines 300000] [--only "two hops, JSON;…"]
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { check, elasticLog, learn } from "./corpora.mjs";
import { beside, blackhole, pipelineCpu, pipelineTimes, printTimes, remap, sourcePort } from "./vectorPipelines.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    lines: { type: "string", default: "300000" },
    only: { type: "string", default: "" },
  },
});
const rounds = Number(values.rounds);
const nullPort = sourcePort + 1;
const folder = mkdtempSync(join(tmpdir(), "oddline-bench-hops-"));
const socketPath = join(folder, "hop.sock");
const end = blackhole("back");

/** By a socket: nobody answers, so neither end knows what has arrived. */
function bySocket(/** @type {"unix" | "tcp"} */ mode, /** @type {string} */ codec, /** @type {string} */ framing) {
  const place = mode === "unix" ? `path = "${socketPath}"` : `address = "127.0.0.1:${sourcePort}"`;
  const length = framing === "length_delimited" ? "framing.length_delimited = {}\n" : "";
  return `[sources.back]
type = "socket"
mode = "${mode === "unix" ? "unix_stream" : "tcp"}"
${place}
decoding.codec = "${codec === "text" ? "bytes" : codec}"
framing.method = "${framing}"
${length}[sinks.to_oddline]
type = "socket"
inputs = ["in"]
mode = "${mode === "unix" ? "unix" : "tcp"}"
${place}
encoding.codec = "${codec}"
framing.method = "${framing}"
${length}${end}`;
}

/** Vector's own protocol: gRPC with events in protobuf. */
const byVector = `[sources.back]
type = "vector"
address = "127.0.0.1:${sourcePort}"
[sinks.to_oddline]
type = "vector"
inputs = ["in"]
address = "127.0.0.1:${sourcePort}"
acknowledgements.enabled = true
batch = { max_events = 5000, max_bytes = 4000000, timeout_secs = 0.2 }
request = { concurrency = 8, timeout_secs = 3600 }
${end}`;

const json = beside("json", sourcePort);
/** Only the way out: whoever receives it throws it away. */
const out = json.replace(`127.0.0.1:${sourcePort}/ingest`, `127.0.0.1:${nullPort}/`).split("[sources.back]")[0];
const apache = remap('.parsed = parse_apache_log(.message, "combined") ?? {}') + blackhole("t");

/** @type {Record<string, [configuration: string, how?: string]>} */
const pipelines = {
  "Vector alone": [blackhole("in")],
  "remap, parse_apache_log": [apache],
  "the way out only, JSON": [out],
  "two hops, JSON": [json, "loop"],
  "JSON, an array a request": [json.replaceAll(/^framing\.method.*\n/gm, ""), "loop"],
  "JSON, 50,000 a request": [json.replace("5000,", "50000,").replace("4000000", "40000000"), "loop"],
  "JSON, gzip": [json.replace("encoding.codec", 'compression = "gzip"\nencoding.codec'), "loop"],
  "JSON, only .message": [json.replace("encoding.codec", 'encoding.only_fields = ["message"]\nencoding.codec'), "loop"],
  "two hops, native": [beside("native", sourcePort), "loop"],
  "Vector's own protocol": [byVector, "loop"],
  "unix socket, JSON lines": [bySocket("unix", "json", "newline_delimited"), "loop"],
  "unix socket, JSON frames": [bySocket("unix", "json", "length_delimited"), "loop"],
  "unix socket, native": [bySocket("unix", "native", "length_delimited"), "loop"],
  "unix socket, text": [bySocket("unix", "text", "newline_delimited"), "loop"],
  "TCP socket, JSON lines": [bySocket("tcp", "json", "newline_delimited"), "loop"],
  "Oddline beside, JSON": [beside("json"), "beside"],
};

/** As many events come out of a file sink as there are lines. */
async function checkEvents(name, configuration, corpus) {
  const output = join(folder, "came.txt");
  rmSync(output, { force: true });
  const written = configuration.replace(
    'type = "blackhole"',
    `type = "file"\npath = "${output}"\nencoding.codec = "text"`,
  );
  await pipelineCpu(folder, name, written.replace(/^print_interval.*\n/m, ""), corpus, "loop");
  const came = existsSync(output) ? readFileSync(output, "latin1").split("\n").length - 1 : 0;
  check(came === corpus.lines, `${name}: ${came} events came back of ${corpus.lines}`);
}

const firstLines = (path, count) => readFileSync(path, "latin1").split("\n", count);

const nothing = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(200, { "content-length": 0 }).end());
});
try {
  await new Promise((resolve) => nothing.listen(nullPort, "127.0.0.1", () => resolve(undefined)));
  const corpus = elasticLog(folder, Number(values.lines));
  if (!corpus) throw new Error("the log is missing");
  learn(corpus);
  const few = { ...corpus, path: join(folder, "few.log"), lines: 12_000 };
  writeFileSync(few.path, `${firstLines(corpus.path, few.lines).join("\n")}\n`, "latin1");
  const wanted = Object.entries(pipelines).filter(
    ([name]) => values.only === "" || name.includes("parse_apache_log") || values.only.split(";").includes(name),
  );
  for (const [name, [configuration, how]] of wanted) if (how === "loop") await checkEvents(name, configuration, few);
  const removeSocket = () => rmSync(socketPath, { force: true });
  const times = await pipelineTimes(folder, Object.fromEntries(wanted), corpus, rounds, removeSocket);
  console.log(`${corpus.lines} lines of ${corpus.name}, CPU seconds, median of ${rounds} (least-most)`);
  printTimes(times);
} finally {
  nothing.close();
  nothing.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}
