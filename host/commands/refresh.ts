/** `oddline refresh`: learn from past logs and hand the filter a new model. */
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { type Configuration, loadConfiguration } from "../config/configuration.js";
import { defaultKeywords } from "../config/defaultKeywords.js";
import { openSources } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { withLock } from "../io/lock.js";
import { grouped } from "../io/numbers.js";
import { checkReplaceable, replaceFile } from "../io/replaceFile.js";
import { note, printJson, writeOut } from "../io/stdout.js";
import { systemError } from "../io/systemErrors.js";
import { oneLine } from "../io/terminal.js";
import { lineBytesMax } from "../io/wholeLines.js";
import { announce, announceTarget } from "../learn/announce.js";
import { defaultShare, linesToCalibrate } from "../learn/calibrate.js";
import { type Changes, compareModels, describeAnotherKind, describeChanges } from "../learn/compare.js";
import { type Found, type LearnSummary, learn } from "../learn/refresh.js";
import { readSummaries } from "../learn/summary.js";
import type { Taught } from "../learn/teacher.js";
import { describeUsual, type UsualKeyword, usualKeywords } from "../learn/usualKeywords.js";
import { configuredModel } from "../model/configuredModel.js";
import { configuredSections } from "../model/configuredSections.js";
import { type CarriedForest, forestOf } from "../model/forestInModel.js";
import { installKeeping } from "../model/history.js";
import { encodeKeywords } from "../model/keywordSection.js";
import { loadModel, modelVersion, readModel, type Sections, section } from "../model/modelFile.js";
import { weighKeywords } from "../model/usualKeywords.js";
import { SignatureStore, signaturesMaxDefault } from "../signatures/signatureStore.js";
import { Engine } from "../wasm/engine.js";
import { addLearnInputOptions, type LearnInputChoice, readInputs } from "./learnInputs.js";
import { wrongUse } from "./lokiOptions.js";
import { durationOption, integerOption, keepOption, modeOption, numberOption } from "./options.js";
import { addTeacherOptions, openTeacher, type TeacherChoice, taughtBy } from "./teacherOptions.js";

const ageSecondsMaxDefault = 14 * 86_400;

interface RefreshOptions extends LearnInputChoice, TeacherChoice {
  out: string;
  summaries?: string[];
  config?: string;
  share?: number;
  maxAlertShare: number;
  force?: boolean;
  keep: number;
  mode?: number;
  eps: number;
  minSamples: number;
  maxAge?: number;
  formsMax: number;
  forestFrom?: string;
  /** False with --no-forest. */
  forest: boolean;
  announce?: string;
  changes?: string;
  json?: boolean;
}

interface Outcome {
  model: Uint8Array;
  summary: LearnSummary;
  changes: Changes | undefined;
}

export function registerRefresh(program: Command): void {
  const command = program
    .command("refresh")
    .description("learn what is normal from past logs and write a model for the filter")
    .argument("[files...]", "logs to learn from; .gz is unpacked; - reads standard input")
    .option("--out <file>", "model file to write; it is replaced atomically", "oddline.model")
    .option("--config <file>", "configuration to compile into the model (oddline init writes one)")
    .option("--summaries <files...>", "learn from files written by oddline summarize instead of logs")
    .option(
      "--share <share>",
      "share of ordinary lines that may be tagged; takes precedence over the configuration",
      numberOption("--share", 0, 0.5),
    )
    .option(
      "--max-alert-share <share>",
      "refuse a model that would tag a larger share of the lines it learnt from",
      numberOption("--max-alert-share", 0, 1),
      0.01,
    )
    .option("--force", "install the model anyway, even if it learnt from an entirely different log")
    .addOption(keepOption())
    .addOption(modeOption())
    .option(
      "--eps <distance>",
      "DBSCAN: largest distance between neighbours, on unit vectors",
      numberOption("--eps", 0.01, 2),
      0.5,
    )
    .option(
      "--min-samples <lines>",
      "DBSCAN: fewest lines that form a pattern",
      integerOption("--min-samples", 1, 1e9),
      20,
    )
    .option(
      "--max-age <duration>",
      "the filter warns once a day when the model is older than this",
      durationOption("--max-age"),
    )
    .option(
      "--forms-max <count>",
      "distinct signatures kept in memory",
      integerOption("--forms-max", 1000, 10_000_000),
      signaturesMaxDefault,
    )
    .option("--forest-from <model>", "keep the network forest of this model instead of the installed model's")
    .option("--no-forest", "keep no network forest")
    .option(
      "--announce <host:port>",
      "report the outcome to a Fluent forward input (tag oddline.refresh); tls://… also works",
    )
    .option("--changes <file>", "write the changes relative to the installed model as JSON")
    .option("--json", "print the summary as JSON");
  addLearnInputOptions(addTeacherOptions(command)).action(refreshAndAnnounce);
}

async function refreshAndAnnounce(files: string[], options: RefreshOptions): Promise<void> {
  const started = performance.now();
  const target = options.announce ? announceTarget(options.announce, process.env) : undefined;
  const announceOutcome = async (outcome: "installed" | "refused" | "nothing" | "failed", details: object) => {
    if (!target) return;
    const durationSeconds = Math.round(performance.now() - started) / 1000;
    const problem = await announce(target, { outcome, durationSeconds, ...details });
    if (problem) note(`refresh: not announced to ${target.name}: ${problem}`);
  };
  try {
    checkReplaceable(options.out);
    if (options.changes) checkReplaceable(options.changes);
    const { model, summary } = await withLock(`${options.out}.lock`, () => refresh(files, options));
    await announceOutcome("installed", { model: modelVersion(model), lines: summary.lines, forms: summary.forms });
  } catch (error) {
    const exit = systemError(error)?.exit ?? exitCode.failed;
    const outcome = exit === exitCode.refused ? "refused" : exit === exitCode.nothing ? "nothing" : "failed";
    await announceOutcome(outcome, { error: systemError(error)?.code ?? "INTERNAL" });
    throw error;
  }
}

async function refresh(files: string[], options: RefreshOptions): Promise<Outcome> {
  if (options.resume && options.summaries) throw wrongUse("refresh", "--resume or --summaries", "both");
  const configuration = options.config ? loadConfiguration(options.config).configuration : undefined;
  const engine = new Engine();
  // what is learnt is read as it will be judged: the same message, the same keys
  if (configuration) engine.useModel(configuredModel(engine, configuration), options.config!);
  const kept = keptForest(options);
  const teacher = openTeacher(options, configuration);
  const store = new SignatureStore(options.formsMax, false, configuration?.windows.seconds);
  if (configuration) store.keywords.use(configuration.keywords, configuration.windows.seconds);
  if (options.summaries) await readSummaries(engine, openSources(options.summaries), store);
  const hasLines = files.length > 0 || options.query !== undefined || !options.summaries;
  const done = hasLines ? await readInputs("refresh", files, options, engine, store) : () => {};
  const taught = teacher && (await taughtBy(teacher, engine, store));
  const keywords = usualKeywords(store.keywords, store.lines, configuration?.keywords ?? defaultKeywords);
  const { model, summary } = learn(engine, store, {
    share: options.share ?? configuration?.falsePositiveShare ?? defaultShare,
    eps: options.eps,
    minSamples: options.minSamples,
    ageSecondsMax: options.maxAge ?? configuration?.model.maxAge ?? ageSecondsMaxDefault,
    embedder: teacher ? "minilm" : "builtin",
    texts: configuration?.texts ?? true,
    given: givenSections(configured(configuration, keywords), kept, taught),
    givenOrigins: {
      ...(keywords.length > 0 && { usualKeywords: keywords }),
      ...(kept && { network: kept.origin }),
      ...(taught && { teacher: taught.teacher, wordsTaught: taught.words }),
    },
  });
  const changes = existsSync(options.out) ? compareModels(readModel(options.out), model, store) : undefined;
  if (options.changes) writeChanges(options.changes, changes);
  done();
  refuseAnotherKind(changes, options);
  refuseIfNoisy(summary, options);
  installKeeping(options.out, model, options.keep, options.mode);
  const version = modelVersion(model);
  if (options.json) await printJson({ model: version, out: options.out, bytes: model.length, ...summary, changes });
  else {
    const forest = kept ? "\n  network  the forest of network flows is kept as it was" : "";
    const words = taught ? `\n  words    ${grouped(taught.words)} with vectors of ${taught.teacher}` : "";
    const text = `${describe(version, options.out, model.length, summary)}${describeUsual(keywords)}${words}${forest}`;
    await writeOut(`${text}\n${changes ? `${describeChanges(changes)}\n` : ""}`);
  }
  return { model, summary, changes };
}

/** A refresh learns from lines; the forest of network flows is learnt apart (oddline network) and goes on as it is. */
function keptForest({ out, forestFrom, forest }: RefreshOptions): CarriedForest | undefined {
  if (!forest) return undefined;
  if (forestFrom) return forestOf(loadModel(new Engine(), forestFrom));
  if (!existsSync(out)) return undefined;
  const model = readModel(out);
  const problem = new Engine().tryModel(model);
  if (problem === undefined) return forestOf(model);
  note(`refresh: ${out} is ${problem}: a network forest in it is not kept (--forest-from MODEL)`);
  return undefined;
}

/** Without a configuration the filter's own keywords stand, unless some of them turned out to be usual. */
function configured(configuration: Configuration | undefined, usual: readonly UsualKeyword[]): Sections {
  if (configuration) return configuredSections(configuration, usual);
  if (usual.length === 0) return new Map();
  return new Map([[section.keywords, encodeKeywords(weighKeywords(defaultKeywords, usual))]]);
}

function givenSections(configured: Sections, kept: CarriedForest | undefined, taught: Taught | undefined): Sections {
  const given: Sections = new Map(configured);
  if (kept) given.set(section.forest, kept.bytes);
  if (taught) given.set(section.tokens, taught.section);
  return given;
}

function writeChanges(path: string, changes: Changes | undefined): void {
  const bytes = Buffer.from(`${JSON.stringify(changes ?? null)}\n`);
  replaceFile(path, bytes, (inPlace) => (inPlace?.mode ?? 0o644) & 0o644);
}

function refuseAnotherKind(changes: Changes | undefined, { force, out }: RefreshOptions): void {
  if (!changes?.isAnotherKind || force) return;
  throw new OddlineError("ANOTHER_KIND", {
    subject: out,
    ...describeAnotherKind(changes),
    remedy: "check the input; use --force if this is the right log. The installed model was not changed",
    exit: exitCode.refused,
  });
}

/** What single senders brought may be so many times the share: an attack in the log, but not a log of attacks. */
const oddTimes = 10;

function refuseIfNoisy({ calibration }: LearnSummary, { maxAlertShare, force, out }: RefreshOptions): void {
  const { toldShare, oddShare } = calibration;
  const isNoisy = toldShare > maxAlertShare;
  if ((!isNoisy && oddShare <= oddTimes * maxAlertShare) || force) return;
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  throw new OddlineError("TOO_MANY_ALERTS", {
    subject: out,
    expected: isNoisy
      ? `a model that tags at most ${percent(maxAlertShare)} of the lines it learnt from, each left out in turn, incidents told as such`
      : `a log in which at most ${percent(oddTimes * maxAlertShare)} of the lines are odd, single senders' included`,
    found: percent(isNoisy ? toldShare : oddShare),
    remedy: "learn from more lines, raise --max-alert-share or use --force; the installed model was not changed",
    exit: exitCode.refused,
  });
}

const fieldsFound = ["time", "key", "level", "status", "flow"] as const;
const formatsShown = 3;

/** `access 90 %, text 10 %; time 100 %, key 90 %, status 90 %`; time and key are always said. */
export function describeFound(found: Found): string {
  const share = (count: number) =>
    2 * count < found.lines / 100 ? "under 1 %" : `${Math.round((100 * count) / found.lines)} %`;
  const shown = found.formats.slice(0, formatsShown).map(([name, lines]) => `${name} ${share(lines)}`);
  const others = found.formats.length - shown.length;
  if (others > 0) shown.push(`${others} more`);
  const fields = fieldsFound.filter((field) => field === "time" || field === "key" || found[field] > 0);
  return `${shown.join(", ")}; ${fields.map((field) => `${field} ${found[field] === 0 ? "none" : share(found[field])}`).join(", ")}`;
}

/** What to do where most lines lack it. Many logs name a client in some lines only: that is no fault. */
function remedyOf(missing: ("time" | "key")[]): string {
  const look = "`oddline inspect --explain -` says what is read from a line, `fields:` where else to look";
  if (missing.length === 2) return look;
  return missing[0] === "time"
    ? `they count as of when they arrive; ${look}`
    : `no client is counted for them; nothing to do where they name none, else ${look}`;
}

export function describe(version: string, out: string, bytes: number, summary: LearnSummary): string {
  const { calibration } = summary;
  const lines = [
    `model ${version} -> ${oneLine(out)} (${grouped(Math.ceil(bytes / 1024))} KiB)`,
    `  learnt   ${grouped(summary.lines)} lines of ${grouped(summary.forms)} distinct signatures`,
    `  knows    ${grouped(summary.values)} values in ${grouped(summary.groups)} groups (${grouped(summary.groupsOpen)} left open), ` +
      `${grouped(summary.words)} words, ${grouped(summary.templates)} templates in ${grouped(summary.centroids)} patterns`,
    `  tags     p below ${Math.exp(-calibration.surprise).toPrecision(2)}; ` +
      `${(calibration.leftOutShare * 100).toFixed(2)} % of the lines learnt from, each left out in turn`,
  ];
  const { found } = summary;
  if (found) {
    lines.splice(2, 0, `  found    ${describeFound(found)}`);
    const missing = (["time", "key"] as const).filter((field) => 2 * found[field] < found.lines);
    if (missing.length > 0) {
      lines.push(`  warning  most lines have no ${missing.join(" and no ")}: ${remedyOf(missing)}`);
    }
  }
  if (calibration.toldShare < calibration.leftOutShare) {
    lines.push(`  told     ${(calibration.toldShare * 100).toFixed(2)} %, as further news of one incident is not`);
  }
  if (!calibration.fitted) {
    lines.push(
      `  note     fewer than ${grouped(linesToCalibrate)} lines: the threshold is 1 in 1,000 or stricter instead of calibrated; learn from more lines`,
    );
  }
  if (summary.linesTooLong > 0) {
    const some = summary.linesTooLong === 1 ? "1 line" : `${grouped(summary.linesTooLong)} lines`;
    lines.push(`  note     ${some} over ${lineBytesMax >> 20} MiB left out`);
  }
  if (summary.linesNotLearnt > 0) {
    const share = ((100 * summary.linesNotLearnt) / summary.lines).toFixed(1);
    lines.push(
      `  warning  kept the ${grouped(summary.formsMax)} most frequent signatures; ${grouped(summary.linesNotLearnt)} lines ` +
        `(${share} %) with other signatures were counted but not learnt. No missing signature occurred more than ` +
        `${grouped(summary.missedMax)} times, and no count is too low by more than that. Raise --forms-max, or parse the ` +
        "log so that fewer lines are unique",
    );
  }
  return lines.join("\n");
}
