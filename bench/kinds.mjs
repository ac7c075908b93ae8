// @ts-check
/**
 * The kinds of log that are measured, each with what an operator would parse it with instead: Fluent Bit's parser and
 * Vector's remap. Public logs of ODDLINE_DATA where they are, else stand-ins of our own; lines over and over.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostileLines, seededRandom } from "../tests/support/hostile.mjs";
import { linesOfKinds } from "../tests/support/logKinds.mjs";
import { bytesOf, data, learn, linesOf } from "./corpora.mjs";

/**
 * @typedef {object} Kind
 * @property {string} title
 * @property {() => string[]} [real] lines of the data folder; it fails where they are missing
 * @property {string} parser the lines of a [PARSER] section behind its name
 * @property {string} remap what makes the fields of `.message` in Vector
 * @property {number} [learnt] how many lines of the log its model learns, 20,000 unless stated
 */

const regex = (/** @type {string} */ expression) => `Format regex\n    Regex ${expression}`;
/** As Fluent Bit ships it in parsers.conf, like the next but two. */
const apache2 = String.raw`^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \[(?<time>[^\]]*)\] "(?<method>\S+)(?: +(?<path>[^ ]*) +\S*)?" (?<code>[^ ]*) (?<size>[^ ]*)(?: "(?<referer>[^\"]*)" "(?<agent>.*)")?$`;
const syslog = String.raw`^(?<time>[^ ]* {1,2}[^ ]* [^ ]*) (?<host>[^ ]*) (?<ident>[a-zA-Z0-9_\/\.\-]*)(?:\[(?<pid>[0-9]+)\])?(?:[^\:]*\:)? *(?<message>.*)$`;
const klog = String.raw`^(?<level>[IWEF])(?<time>\d{4} [\d:.]+) +(?<thread>\d+) (?<file>[^:]+):(?<line>\d+)\] (?<message>.*)$`;
const cri = `^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<logtag>[^ ]*) (?<message>.*)$`;
const spark = String.raw`^(?<time>\d\d/\d\d/\d\d [\d:]+) (?<level>[A-Z]+) (?<class>[^:]+): (?<message>.*)$`;
const remapRegex = (/** @type {string} */ expression) => `.parsed = parse_regex(.message, r'${expression}') ?? {}`;
const apacheRemap = '.parsed = parse_apache_log(.message, "combined") ?? {}';

/** A file of the archive of formats. */
function drainLines(/** @type {string} */ name) {
  const { status, stdout } = spawnSync("tar", ["xzOf", join(data, "formats/loki_drain.tar.gz"), `./${name}.txt`], {
    encoding: "latin1",
    maxBuffer: 64 << 20,
  });
  if (status !== 0) throw new Error("missing");
  return stdout.split(/\r?\n/).filter(Boolean);
}

const behindRuntime = (/** @type {string} */ line, /** @type {number} */ i) =>
  `2026-11-28T08:00:00.${100_000_000 + ((i * 7919) % 900_000_000)}Z stderr F ${line}`;

/** @type {Record<string, Kind>} */
export const kinds = {
  web: {
    title: "access log",
    real: () => linesOf("web/apache_elastic_10k.log.gz"),
    parser: regex(apache2),
    remap: apacheRemap,
  },
  sshd: {
    title: "sshd",
    real: () => linesOf("loghub/OpenSSH_2k.log.gz"),
    parser: regex(syslog),
    remap: ".parsed = parse_linux_authorization(.message) ?? {}",
  },
  klog: {
    title: "Kubernetes",
    real: () => drainLines("kubernetes"),
    parser: regex(klog),
    remap: ".parsed = parse_klog(.message) ?? {}",
  },
  spark: {
    title: "Spark",
    real: () => linesOf("loghub/Spark_2k.log.gz"),
    parser: regex(spark),
    remap: remapRegex(spark),
  },
  logfmt: {
    title: "logfmt",
    real: () => drainLines("agent-logfmt"),
    parser: "Format logfmt",
    remap: ".parsed = parse_logfmt(.message) ?? {}",
  },
  json: {
    title: "JSON",
    real: () => linesOf("honeypot/cowrie_2018-06-16.json.gz"),
    parser: "Format json",
    remap: ".parsed = parse_json(.message) ?? {}",
    learnt: 4000,
  },
  cri: {
    title: "Kubernetes, CRI",
    real: () => drainLines("kubernetes").map(behindRuntime),
    parser: regex(cri),
    remap: remapRegex(cri),
  },
  hostile: { title: "hostile", parser: regex(apache2), remap: apacheRemap },
};
/** Not among those that are compared with each other: lines of stated lengths. */
const textParser = regex(String.raw`^(?<time>\S+) (?<level>[A-Z]+) (?<message>.*)$`);

export const parsersFile = () =>
  Object.entries({ ...kinds, text: { parser: textParser } })
    .map(([name, { parser }]) => `[PARSER]\n    Name ${name}\n    ${parser}\n`)
    .join("");

/**
 * The log of a kind as a file with its model. No line of a hostile one was learnt: it is judged by the model of sshd.
 * @param {string} folder
 * @param {string} kind
 * @param {number} lines
 */
export function corpusOf(folder, kind, lines) {
  const own = join(folder, kind);
  mkdirSync(own, { recursive: true });
  const path = join(own, "lines.log");
  const model = join(own, "oddline.model");
  const sample = kind === "hostile" ? undefined : sampleOf(kind);
  const name = `${kind}${sample?.isOurs ? " (ours)" : ""}`;
  if (!sample) {
    const learnt = { path: join(own, "learnt.log"), learnFrom: Number.POSITIVE_INFINITY };
    writeFileSync(learnt.path, bytesOf(sampleOf("sshd").lines));
    learn({ ...learnt, model });
    writeFileSync(path, `${[...hostileLines(lines, 1)].join("\n")}\n`);
    return { name, kind, path, lines, model, learnt };
  }
  writeFileSync(path, bytesOf(repeated(sample.lines, lines)));
  const learnt = { path, learnFrom: Math.min(lines, kinds[kind].learnt ?? 20_000) };
  learn({ ...learnt, model });
  return { name, kind, path, lines, model, learnt };
}

export function sampleOf(/** @type {string} */ kind) {
  try {
    const lines = existsSync(data) ? kinds[kind].real?.() : undefined;
    if (lines) return { lines, isOurs: false };
  } catch {
    console.warn(`${kind}: no such log in ${data} (ODDLINE_DATA names its folder); a stand-in of our own instead`);
  }
  return { lines: linesOfKinds(1, 4000)[kind], isOurs: true };
}

/**
 * Lines of an application of exactly so many bytes, other numbers in each, with the model of them.
 * @param {string} folder
 * @param {number} bytes
 * @param {number} lines
 */
export function corpusOfLength(folder, bytes, lines) {
  const own = join(folder, `text-${bytes}`);
  mkdirSync(own, { recursive: true });
  const path = join(own, "lines.log");
  const model = join(own, "oddline.model");
  const random = seededRandom(bytes);
  const number = (/** @type {number} */ below) => Math.floor(random() * below);
  const part = () => `, ${number(9)} of article ${number(400)} packed by worker ${number(90)} in ${number(900)} ms`;
  const made = Array.from({ length: lines }, (_, i) => {
    let line = `${new Date((1_795_800_000 + i) * 1000).toISOString()} INFO order ${number(90_000)}`;
    while (line.length < bytes) line += part();
    return line.slice(0, bytes);
  });
  writeFileSync(path, bytesOf(made));
  learn({ path, learnFrom: Math.min(lines, 20_000), model });
  return { name: `text, ${bytes} bytes`, kind: "text", path, lines, model };
}

/** So many lines of a sample, over and over. */
export function repeated(/** @type {string[]} */ sample, /** @type {number} */ lines) {
  return Array.from({ length: lines }, (_, i) => sample[i % sample.length]);
}
