/** `oddline scan`: cluster the lines of a log offline and print those that fit no cluster. */
import { type Command, Option } from "commander";
import { type Embedder, type EmbedderName, embedderNames, openEmbedder } from "../embed/index.js";
import { judgeSessions, noteSessions } from "../evaluate/sessionModel.js";
import { timelessArrival } from "../io/arrival.js";
import { openSources } from "../io/chunks.js";
import { grouped } from "../io/numbers.js";
import { checkReplaceable } from "../io/replaceFile.js";
import { readableTwice } from "../io/spool.js";
import { printJson, writeOut } from "../io/stdout.js";
import { noiseLabel } from "../math/dbscan.js";
import { writeReport } from "../report/writeReport.js";
import { anomalyOf, furthest, reasonOf } from "../scan/anomaly.js";
import { pointsMaxDefault } from "../scan/cluster.js";
import { cutsOf } from "../scan/cuts.js";
import { EvidenceReader } from "../scan/evidence.js";
import { linesOf, type Scan, scanSources } from "../scan/scan.js";
import { Engine } from "../wasm/engine.js";
import { addLokiSourceOptions, type LokiSourceChoice, openInputs } from "./lokiOptions.js";
import { integerOption, numberOption } from "./options.js";

/** Scanning asks no line when it came. */
const pieceSeconds = 86_400;

interface ScanOptions extends LokiSourceChoice {
  eps: number;
  minSamples: number;
  embedder: EmbedderName;
  json?: boolean;
  reasons?: boolean;
  top?: number;
  report?: string;
  redact: boolean;
  modelPath?: string;
  embedderPath?: string;
  cacheDir?: string;
  cache: boolean;
  formsMax: number;
  pointsMax: number;
  sessions?: string;
  learn?: string[];
}

export function registerScan(program: Command): void {
  const command = program
    .command("scan")
    .description("cluster the lines of a log and print those that fit no cluster")
    .argument("[files...]", "logs to read; .gz is unpacked; - reads standard input")
    .option(
      "--eps <distance>",
      "DBSCAN: largest distance between neighbours, on unit vectors",
      numberOption("--eps", 0.001, 2),
      0.5,
    )
    .option(
      "--min-samples <lines>",
      "DBSCAN: fewest lines that form a pattern",
      integerOption("--min-samples", 1, 1e9),
      20,
    )
    .option(
      "--sessions <regex>",
      "print instead the groups of lines that have or lack a kind of line that others do not: a regular expression " +
        "that finds a line's group (its first capture group, or the whole match), or auto",
    )
    .option("--learn <files...>", "with --sessions: logs to learn sessions from; without it, the log itself")
    .addOption(
      new Option("--embedder <name>", "builtin needs nothing; minilm is a small transformer in an optional package")
        .choices(embedderNames)
        .default("builtin"),
    )
    .option("--json", "print one JSON object per anomaly")
    .option("--reasons", "print below each anomaly how grave it is, its keyword and why it fits no cluster")
    .option(
      "--top <count>",
      "print only this many anomalies, those furthest from any pattern; equal lines once",
      integerOption("--top", 1, 1e9),
    )
    .option("--report <file>", "write a report for the browser, as one HTML file")
    .option("--redact", "hide query strings, tokens and addresses in the report", true)
    .option("--no-redact", "show query strings, tokens and addresses in the report")
    .option("--model-path <dir>", "minilm: local folder with the model; without it, the library downloads the model")
    .option("--embedder-path <dir>", "minilm: folder where @huggingface/transformers is installed")
    .option("--cache-dir <dir>", "minilm: folder that caches embeddings between runs (default: ~/.cache/oddline)")
    .option("--no-cache", "minilm: do not use the cache")
    .option(
      "--forms-max <count>",
      "distinct signatures kept in memory (builtin)",
      integerOption("--forms-max", 1000, 1e7),
      200_000,
    )
    .option(
      "--points-max <count>",
      "distinct points to cluster; the others are only compared with the resulting patterns",
      integerOption("--points-max", 100, 1e6),
      pointsMaxDefault,
    );
  addLokiSourceOptions(command).action(scan);
}

async function scan(files: string[], options: ScanOptions): Promise<void> {
  if (options.sessions !== undefined) return scanSessions(files, options, options.sessions);
  if (options.report !== undefined) checkReplaceable(options.report);
  const inputs = openInputs("scan", files, options, { pieceSeconds, keepTags: false });
  const embedder = openEmbedder(options.embedder, {
    modelPath: options.modelPath,
    embedderPath: options.embedderPath,
    cacheFolder: options.cacheDir,
    useCache: options.cache,
    contentsMax: options.formsMax,
  });
  const { sources, remove } = await readableTwice(inputs);
  try {
    const found = await scanSources(sources, embedder, {
      eps: options.eps,
      minSamples: options.minSamples,
      pointsMax: options.pointsMax,
    });
    const print = printer(found, options);
    if (options.top === undefined) await printInOrder(found, print);
    else await printFurthest(found, options.top, print);
    if (options.report !== undefined) await writeReport(options.report, found, { redact: options.redact });
    summarize(found, embedder);
  } finally {
    remove();
    await embedder.close();
  }
}

/** Sessions that are odd, in the order in which they begin; with --top, the oddest. */
async function scanSessions(files: string[], options: ScanOptions, identifier: string): Promise<void> {
  const { verdicts, summary } = await judgeSessions(
    new Engine(),
    openInputs("scan", files, options, { pieceSeconds, keepTags: false }),
    { identifier, learn: options.learn && openSources(options.learn), seconds: timelessArrival },
  );
  const odd = verdicts.filter(({ score }) => score > 1);
  const shown = options.top === undefined ? odd : odd.sort((a, b) => b.score - a.score).slice(0, options.top);
  for (const { session, score, reason } of shown) {
    const { name, firstLine, lines } = session;
    if (options.json)
      await printJson({ session: name, line: firstLine, lines, score: Number(score.toFixed(3)), reason });
    else await writeOut(`[SESSION] ${name} ${score.toFixed(2)}: ${reason}\n`);
  }
  noteSessions(summary);
}

type Print = (point: number, lineNumber: number, line: Uint8Array) => Promise<void>;

async function printInOrder(found: Scan, print: Print): Promise<void> {
  const { labels } = found.clusters;
  for await (const { lineNumber, point, bytes } of linesOf(found, (at) => labels[at] === noiseLabel)) {
    await print(point, lineNumber, bytes);
  }
}

async function printFurthest(found: Scan, top: number, print: Print): Promise<void> {
  const points = furthest(found, top);
  const wanted = new Set(points);
  const lines = new Map<number, Uint8Array>();
  const first = (point: number, lineNumber: number) => wanted.has(point) && lineNumber === found.firstLines[point];
  for await (const { point, bytes } of linesOf(found, first)) lines.set(point, bytes.slice());
  for (const point of points) {
    const bytes = lines.get(point);
    if (bytes) await print(point, found.firstLines[point], bytes);
  }
}

function printer(found: Scan, { json, reasons }: ScanOptions): Print {
  const evidence = new EvidenceReader(found);
  return async (point, lineNumber, line) => {
    if (json) {
      const text = Buffer.from(line).toString("utf8");
      return printJson(anomalyOf(found, point, lineNumber, text, evidence.of(point, line)));
    }
    await writeOut(Buffer.concat([Buffer.from("[ANOMALY] "), line, Buffer.from("\n")]));
    if (!reasons) return;
    const { severity, keyword } = evidence.of(point, line);
    await writeOut(`  ${severity}: ${keyword ? `keyword "${keyword}"; ` : ""}${reasonOf(found, point)}\n`);
  };
}

function summarize(found: Scan, embedder: Embedder): void {
  const { tally, clusters, linesNoise, options } = found;
  process.stderr.write(
    `${grouped(tally.lines)} lines, ${grouped(embedder.contentCount)} distinct, ${grouped(clusters.clusterCount)} patterns, ` +
      `${grouped(linesNoise)} anomalies (${embedder.version}, eps ${options.eps}, min-samples ${options.minSamples})\n`,
  );
  if (embedder.contentsEmbedded !== undefined) {
    const cached = embedder.contentCount - embedder.contentsEmbedded;
    process.stderr.write(
      `${grouped(embedder.contentsEmbedded)} lines embedded, ${grouped(cached)} taken from the cache\n`,
    );
  }
  for (const cut of cutsOf(found)) process.stderr.write(`warning: ${cut}\n`);
}
