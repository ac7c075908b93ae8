/** `oddline accept`: "this is fine" for one tagged event, as an entry of `known:` and a model that has it. */
import type { Command } from "commander";
import { type Comparison, compareTags, type ReasonCount } from "../accept/comparison.js";
import { asConfigured, type Decision, decide, entryOf, type Question } from "../accept/decide.js";
import { kindOf, type Pattern } from "../accept/entries.js";
import { withoutTag } from "../accept/taggedEvent.js";
import { type Configuration, loadConfiguration } from "../config/configuration.js";
import { matched, silenced } from "../config/sectionLayout.js";
import { type KnownEntry, writeKnown } from "../config/writeKnown.js";
import { anomalyOf } from "../evaluate/replay.js";
import type { StatedTime } from "../io/arrival.js";
import { type ByteSource, openSources } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { withLock } from "../io/lock.js";
import { grouped } from "../io/numbers.js";
import { checkReplaceable } from "../io/replaceFile.js";
import { readableTwice } from "../io/spool.js";
import { note, printJson, writeOut } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";
import { wholeLines } from "../io/wholeLines.js";
import { installKeeping } from "../model/history.js";
import { decodeSections, loadModel, modelVersion, type Sections } from "../model/modelFile.js";
import { reconfigure } from "../model/reconfigure.js";
import { batchFlag, Engine } from "../wasm/engine.js";
import { keepOption, modeOption, statedTimeOption } from "./options.js";

interface AcceptOptions {
  model: string;
  config: string;
  reason?: string;
  why?: string;
  until?: Until;
  pattern?: string;
  match?: (typeof matched)[number];
  silences?: (typeof silenced)[number][];
  replay?: string[];
  force?: boolean;
  dryRun?: boolean;
  out?: string;
  keep: number;
  mode?: number;
  time?: StatedTime;
  tag: string;
  json?: boolean;
}

const daysDefault = 90;
const daySeconds = 86_400;
const reasonCharactersMax = 120;
/** More tagged events of other kinds than these, and the entry is asked to be narrower. */
const othersMax = 10;

export function registerAccept(program: Command): void {
  program
    .command("accept")
    .description("say that a tagged event is fine: add it to the known entries of the configuration and of the model")
    .argument("[line]", "the event as it was tagged, or its text line; - reads it from standard input")
    .requiredOption("--model <file>", "the model that tagged it")
    .option("--config <file>", "the configuration to write the entry to", "oddline.yaml")
    .option("--reason <text>", "in place of a line: the reason of the tag, looked up in the logs of --replay")
    .option("--why <text>", "why it is fine (default: the day, and the reason of the tag)")
    .option("--until <date>", `last day of the entry, or days such as 30d (default: ${daysDefault}d)`, untilOption)
    .option("--pattern <text>", "pattern of the entry, in place of one made from the line; * stands for anything")
    .option("--match <what>", `what --pattern is matched with: ${matched.join(", ")}`, choiceOption("--match", matched))
    .option(
      "--silences <detectors>",
      `detectors that the entry of --pattern silences: ${silenced.join(", ")}, separated by commas`,
      (text: string) => text.split(",").map(choiceOption("--silences", silenced)),
    )
    .option("--replay <files...>", "logs, such as yesterday's, to show what the entry silences in them")
    .option("--force", "write an entry that silences much besides the event")
    .option("--dry-run", "show the entry and what it silences, and write nothing")
    .option("--out <file>", "model file to write (default: that of --model); it is replaced atomically")
    .addOption(keepOption())
    .addOption(modeOption())
    .option(
      "--time <time>",
      "time for lines that lack a time, a year or a time zone: now, Unix seconds or RFC 3339 (default: now, in UTC)",
      statedTimeOption("--time"),
    )
    .option("--tag <tag>", "the shipper's tag of the event", "oddline")
    .option("--json", "print the outcome as JSON")
    .action(accept);
}

async function accept(line: string | undefined, options: AcceptOptions): Promise<void> {
  const out = options.out ?? options.model;
  checkReplaceable(out);
  checkOptions(line, options);
  const { configuration, warnings } = loadConfiguration(options.config);
  for (const warning of warnings) note(`${options.config}:${warning.line}:${warning.column}: ${warning.message}`);
  const learnt: Sections = new Map(decodeSections(loadModel(new Engine(), options.model).slice()));
  const time = options.time ?? statedTimeOption("--time")("now");
  const now = Math.floor(Date.now() / 1000);
  const { text: until, seconds: untilSeconds } = options.until ?? untilOption(`${daysDefault}d`);

  const { sources, remove } = options.replay
    ? await readableTwice(openSources(options.replay))
    : { sources: [], remove() {} };
  try {
    const event = options.reason
      ? await eventWithReason(options.reason, engineOf(learnt, configuration), sources, time)
      : withoutTag(line === "-" ? await lineFromInput() : line!);
    const pattern: Pattern | undefined = options.pattern
      ? { pattern: options.pattern, match: options.match, silences: options.silences }
      : undefined;
    const question: Question = {
      learnt,
      configuration,
      line: event.line,
      said: event.tag,
      pattern,
      seconds: options.time?.seconds ?? BigInt(now),
      shipperTag: options.tag,
    };
    const decision = decide(question, untilSeconds);
    const why = options.why ?? `accepted on ${dayOf(now)}: ${decision.tag.reason}`.slice(0, reasonCharactersMax);
    const entry = entryOf(decision.pattern, why, until);
    const compared = options.replay && (await compare(learnt, configuration, decision, untilSeconds, sources, time));
    if (compared && !options.force) checkBreadth(compared, decision.pattern);
    const model = options.dryRun ? undefined : await install(entry, learnt, out, options);
    if (options.json) {
      const { type, severity, reason } = decision.tag;
      await printJson({ accepted: { type, severity, reason }, entry, replay: compared ?? null, model: model ?? null });
    } else await writeOut(describe(decision, entry, compared, model, options, out));
  } finally {
    remove();
  }
}

function checkOptions(line: string | undefined, { reason, replay, pattern, match, silences }: AcceptOptions): void {
  if ((line === undefined) === (reason === undefined)) {
    throw wrong(
      "OPTION_MISSING",
      "oddline accept",
      "a LINE, - for standard input, or --reason TEXT",
      "not one of them",
    );
  }
  if (reason !== undefined && !replay) throw wrong("OPTION_MISSING", "--reason", "--replay beside it", "none");
  if ((match || silences) && pattern === undefined) {
    throw wrong("OPTION_MISSING", match ? "--match" : "--silences", "--pattern beside it", "none");
  }
}

function engineOf(learnt: Sections, configuration: Configuration): Engine {
  const engine = new Engine();
  reconfigure(engine, learnt, configuration, "the model");
  return engine;
}

async function lineFromInput(): Promise<string> {
  const lines: string[] = [];
  for (const source of openSources(["-"])) {
    for await (const bytes of wholeLines(source)) lines.push(...Buffer.from(bytes).toString("utf8").split(/\r?\n/));
  }
  const events = lines.filter((text) => text.trim() !== "");
  if (events.length === 1) return events[0];
  throw wrong("OPTION_INVALID", "-", "one event on standard input", `${events.length} lines`);
}

/** The first event of those logs whose tag has this reason. */
async function eventWithReason(reason: string, engine: Engine, sources: ByteSource[], time: StatedTime) {
  engine.setZone(time.zoneSeconds);
  for (const source of sources) {
    for await (const bytes of wholeLines(source)) {
      const seconds = source.arrivalSeconds?.() ?? time.seconds;
      for (const { output } of engine.tag(bytes, { flags: batchFlag.only | batchFlag.ownTime, seconds })) {
        for (const event of Buffer.from(output).toString("utf8").split("\n")) {
          if (anomalyOf(event)?.reason === reason) return withoutTag(event);
        }
      }
    }
  }
  throw wrong("ACCEPT_NOT_TAGGED", "--reason", "the reason of an event that is tagged in the logs of --replay", reason);
}

async function compare(
  learnt: Sections,
  configuration: Configuration,
  { pattern, details }: Decision,
  untilSeconds: number,
  sources: ByteSource[],
  time: StatedTime,
): Promise<Comparison> {
  const known = [...configuration.known, asConfigured(pattern, untilSeconds)];
  const [before, after] = [configuration, { ...configuration, known }].map((each) => engineOf(learnt, each));
  return compareTags(before, after, engineOf(learnt, configuration), kindOf(details), sources, time);
}

function checkBreadth({ silenced, silencedOthers, otherKinds, tagged }: Comparison, { pattern }: Pattern): void {
  const most = silencedOthers > othersMax || (silencedOthers > 2 && 2 * silenced > tagged);
  if (!most) return;
  throw new OddlineError("ACCEPT_TOO_BROAD", {
    subject: JSON.stringify(pattern),
    expected: "an entry for events like this one",
    found: `one that also silences ${grouped(silencedOthers)} events of ${grouped(otherKinds)} other kinds`,
    remedy: "give a longer --pattern, such as one that begins with the method, or --force; nothing was written",
    exit: exitCode.refused,
  });
}

async function install(entry: KnownEntry, learnt: Sections, out: string, options: AcceptOptions): Promise<string> {
  return withLock(`${out}.lock`, async () => {
    writeKnown(options.config, entry);
    const { configuration } = loadConfiguration(options.config);
    const model = reconfigure(new Engine(), learnt, configuration, out);
    installKeeping(out, model, options.keep, options.mode);
    return modelVersion(model);
  });
}

function describe(
  { tag, details }: Decision,
  entry: KnownEntry,
  compared: Comparison | undefined,
  model: string | undefined,
  { config, replay }: AcceptOptions,
  out: string,
): string {
  const silences = entry.silences ?? ["novelty", "outlier"];
  const isRequest = details.isRequest || details.format === "access";
  const rows = [
    `accepted   ${tag.type}, ${tag.severity}: ${tag.reason}`,
    `pattern    ${entry.pattern}`,
    `silences   ${silences.join(", ")}, for ${scopeOf(entry, isRequest)}, until ${entry.until}`,
    `keeps      ${keeps(entry, isRequest)}`,
    `why        ${entry.reason}`,
  ];
  if (compared && replay) {
    const { lines, tagged, silenced, remaining, silencedReasons } = compared;
    rows.push(
      `replay     ${grouped(lines)} lines, ${grouped(tagged)} tagged; silences ${grouped(silenced)}, leaves ${grouped(tagged - silenced)}`,
      ...examples("silenced", silencedReasons),
      ...examples("left", remaining),
    );
  } else rows.push("replay     none: --replay FILE shows what the entry silences in a log");
  rows.push(model ? `written    ${config}; model ${model} -> ${out}` : "written    nothing (--dry-run)");
  return `${rows.map(oneLine).join("\n")}\n`;
}

/** What the entry is held against, and what such an entry never silences. */
function scopeOf({ match }: KnownEntry, isRequest: boolean): string {
  if (match === "line") return "lines with this text";
  if (!isRequest) return "messages with this text";
  return match === "target"
    ? "requests of this method, path, query and status"
    : "requests of this method, path and status";
}

function keeps({ match, silences }: KnownEntry, isRequest: boolean): string {
  const query = isRequest && (match ?? "request") === "request" ? "odd values in a query, " : "";
  const keywords = silences?.includes("keyword") ? "" : "other keywords, ";
  return `${query}${keywords}how often a client sends it`;
}

function examples(name: string, reasons: ReasonCount[]): string[] {
  return reasons.map(({ type, reason, events }) => `  ${name.padEnd(9)}${grouped(events)} x ${type}: ${reason}`);
}

interface Until {
  text: string;
  /** Unix seconds of its end. */
  seconds: number;
}

/** A day, or so many days from now. */
function untilOption(text: string): Until {
  const days = /^([1-9]\d{0,3})d$/.exec(text)?.[1];
  const day = days ? dayOf(Date.now() / 1000 + Number(days) * daySeconds) : text;
  const start = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(day) / 1000 : Number.NaN;
  const isDay = !Number.isNaN(start) && dayOf(start) === day;
  if (!isDay || start + daySeconds < Date.now() / 1000) {
    throw wrong("OPTION_INVALID", "--until", "a day to come such as 2027-03-31, or days such as 30d", text);
  }
  return { text: day, seconds: start + daySeconds };
}

function choiceOption<T extends string>(option: string, values: readonly T[]): (text: string) => T {
  return (text) => {
    const value = text.trim() as T;
    if (!values.includes(value)) throw wrong("OPTION_INVALID", option, values.join(", "), text);
    return value;
  };
}

const dayOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

function wrong(code: string, subject: string, expected: string, found: string): OddlineError {
  const remedy = "oddline accept --help shows the options";
  return new OddlineError(code, { subject, expected, found, remedy, exit: exitCode.usage });
}
