/** Which `known:` entry an operator's "this is fine" becomes, or why it becomes none. */
import type { Configuration, KnownPattern } from "../config/configuration.js";
import type { KnownEntry } from "../config/writeKnown.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { quietingEntry } from "../model/knownEntries.js";
import { decodeSections, type Sections } from "../model/modelFile.js";
import { reconfigure } from "../model/reconfigure.js";
import { Engine } from "../wasm/engine.js";
import type { EventDetails } from "../wasm/eventDetails.js";
import { entriesFor, type Pattern } from "./entries.js";
import { type Tag, tagOf } from "./taggedEvent.js";

export interface Question {
  learnt: Sections;
  configuration: Configuration;
  /** The event without its tag, and what the tag says, if it came with one. */
  line: string;
  said?: Partial<Tag>;
  /** An entry of the operator's own, in place of those made from the line. */
  pattern?: Pattern;
  /** When the event arrives, and the shipper's tag with which it does. */
  seconds: bigint;
  shipperTag: string;
}

export interface Decision {
  details: EventDetails;
  tag: Tag;
  pattern: Pattern;
  /** The model with it. */
  model: Uint8Array;
}

/** Their verdicts are about how often something comes: no pattern of a text says that. */
const countedRemedies: Record<string, string> = {
  error_rate: "if so many errors are usual, let oddline refresh learn from this log, or raise errors.floor",
  traffic: "if so many requests are usual, let oddline refresh learn from this log, or raise requests.floor",
  burst: "if so many are usual, let oddline refresh learn from this log",
  network: "oddline network --help shows how to leave out a destination",
};

export function decide(question: Question, untilSeconds: number): Decision {
  const { configuration, line, said } = question;
  const judge = (engine: Engine) => {
    engine.setTag(question.shipperTag);
    return engine.explain(Buffer.from(line, "utf8"), question.seconds);
  };
  const modelWith = (engine: Engine, known: KnownPattern[]) =>
    reconfigure(engine, question.learnt, { ...configuration, known }, "the new model");

  if (said?.type !== undefined && said.type in countedRemedies) throw counted(said.type);
  const engine = new Engine();
  const current = modelWith(engine, configuration.known);
  const details = judge(engine);
  const tag = tagOf(details);
  if (!details || !tag)
    throw notTagged(new Engine(), decodeSections(current), (other) => tagOf(judge(other)) !== undefined);
  if (tag.type in countedRemedies) throw counted(tag.type);

  const candidates = question.pattern ? [question.pattern] : entriesFor(details, tag.type);
  for (const pattern of candidates) {
    const model = modelWith(engine, [...configuration.known, asConfigured(pattern, untilSeconds)]);
    if (tagOf(judge(engine)) === undefined) return { details, tag, pattern, model };
  }
  throw new OddlineError("ACCEPT_NO_EFFECT", {
    subject: "oddline accept",
    expected: "an entry that keeps this event quiet",
    found: `still tagged with ${candidates.map(({ pattern }) => JSON.stringify(pattern)).join(", ")}: ${tag.reason}`,
    remedy: "give a pattern of your own with --pattern, --match and --silences",
    exit: exitCode.failed,
  });
}

export function asConfigured({ pattern, match, silences }: Pattern, untilSeconds: number): KnownPattern {
  return {
    pattern,
    reason: "accepted",
    until: untilSeconds,
    match: match ?? "request",
    silences: silences ?? ["novelty", "outlier"],
  };
}

export function entryOf(pattern: Pattern, reason: string, until: string): KnownEntry {
  return { ...pattern, reason, until };
}

function counted(type: string): OddlineError {
  return new OddlineError("ACCEPT_COUNTED", {
    subject: "oddline accept",
    expected: "an event tagged by novelty, outlier or a keyword",
    found: `one tagged by ${type}, for how often it came`,
    remedy: countedRemedies[type],
    exit: exitCode.usage,
  });
}

function notTagged(engine: Engine, sections: Sections, isTagged: (engine: Engine) => boolean): OddlineError {
  const entry = quietingEntry(engine, sections, isTagged);
  if (entry) {
    const until = new Date((entry.untilSeconds - 1) * 1000).toISOString().slice(0, 10);
    return new OddlineError("ACCEPT_KNOWN", {
      subject: "oddline accept",
      expected: "an event that is tagged",
      found: `one that is known already, until ${until}, by ${JSON.stringify(entry.pattern)}: ${entry.reason}`,
      remedy: "nothing to do; if shippers still tag it, they need the model that oddline compile makes",
      exit: exitCode.nothing,
    });
  }
  return new OddlineError("ACCEPT_NOT_TAGGED", {
    subject: "oddline accept",
    expected: "an event that this model tags",
    found: "one in which it finds nothing odd",
    remedy: "name the model that tagged it; oddline inspect MODEL --explain LINE shows what it makes of a line",
    exit: exitCode.nothing,
  });
}
