/**
 * Sessions: the lines that share an identifier, as the kinds of line they are of (level, source and first words; see
 * assembly/detect/windows/kinds.ts). A request, or what else has no kind, goes by its signature.
 */
import type { ByteSource } from "../io/chunks.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { wholeLines } from "../io/wholeLines.js";
import type { Engine } from "../wasm/engine.js";
import type { LearningRecord } from "../wasm/learningRecords.js";
import { findIdentifier, linesLookedAt } from "./identifier.js";
import { recordsOfLines } from "./lineRecords.js";

export interface Session {
  name: string;
  /** Kinds of its lines, and the one it begins with. */
  kinds: Set<string>;
  firstKind: string;
  firstLine: number;
  lines: number;
  firstSeconds: number | undefined;
  lastSeconds: number | undefined;
}

export interface SessionLog {
  /** Source of the regular expression that finds the identifier. */
  identifier: string;
  sessions: Map<string, Session>;
  /** A line that shows each kind, cut. */
  examples: Map<string, string>;
  lines: number;
  firstSeconds: number | undefined;
  lastSeconds: number | undefined;
}

export const identifierAuto = "auto";
const exampleCharactersMax = 80;

/** `identifier`: a regular expression, its first capture group counts or else the whole match; or "auto". */
export async function readSessions(
  engine: Engine,
  sources: ByteSource[],
  identifier: string,
  seconds: bigint,
): Promise<SessionLog> {
  const reader = new SessionReader(engine, seconds);
  if (identifier !== identifierAuto) reader.useIdentifier(identifier);
  for (const source of sources) {
    for await (const lines of wholeLines(source)) reader.add(lines);
  }
  return reader.end();
}

class SessionReader {
  private log: SessionLog = {
    identifier: "",
    sessions: new Map(),
    examples: new Map(),
    lines: 0,
    firstSeconds: undefined,
    lastSeconds: undefined,
  };
  private pattern: RegExp | undefined;
  /** Held until it is clear what groups them. */
  private held: { bytes: Uint8Array; texts: string[] }[] = [];
  private heldLines = 0;

  constructor(
    private readonly engine: Engine,
    private readonly seconds: bigint,
  ) {}

  useIdentifier(identifier: string): void {
    try {
      this.pattern = new RegExp(identifier, "g");
    } catch (error) {
      throw new OddlineError("OPTION_INVALID", {
        subject: "--sessions",
        expected: `a regular expression, or ${identifierAuto}`,
        found: (error as Error).message,
        exit: exitCode.usage,
      });
    }
    this.log.identifier = identifier;
  }

  add(bytes: Uint8Array): void {
    const texts = Buffer.from(bytes).toString("latin1").replace(/\n$/, "").split("\n");
    if (this.pattern) this.read(bytes, texts, this.pattern);
    else {
      this.held.push({ bytes: Uint8Array.from(bytes), texts });
      this.heldLines += texts.length;
      if (this.heldLines >= linesLookedAt) this.readHeld();
    }
  }

  end(): SessionLog {
    if (!this.pattern) this.readHeld();
    if (this.log.sessions.size > 0) return this.log;
    throw unknownIdentifier(`no line that ${JSON.stringify(this.log.identifier)} finds something in`);
  }

  private readHeld(): void {
    const found = findIdentifier(this.held.flatMap(({ texts }) => texts).slice(0, linesLookedAt));
    if (found === undefined) throw unknownIdentifier("none that stands in several lines each time");
    this.useIdentifier(found);
    for (const { bytes, texts } of this.held) this.read(bytes, texts, this.pattern!);
    this.held = [];
  }

  private read(bytes: Uint8Array, texts: string[], pattern: RegExp): void {
    const records = recordsOfLines(this.engine, bytes, this.seconds, (record) => ({
      kind: kindOf(record),
      seconds: record.seconds,
    }));
    texts.forEach((text, at) => {
      this.log.lines++;
      const record = records[at];
      if (!record) return;
      this.log.firstSeconds ??= record.seconds;
      this.log.lastSeconds = record.seconds ?? this.log.lastSeconds;
      for (const name of new Set(Array.from(text.matchAll(pattern), (match) => match[1] ?? match[0])))
        this.addLine(name, record, text);
    });
  }

  private addLine(name: string, { kind, seconds }: { kind: string; seconds: number | undefined }, text: string): void {
    const { sessions, examples, lines } = this.log;
    let session = sessions.get(name);
    if (!session) {
      const kinds = new Set<string>();
      session = {
        name,
        kinds,
        firstKind: kind,
        firstLine: lines,
        lines: 0,
        firstSeconds: seconds,
        lastSeconds: seconds,
      };
      sessions.set(name, session);
    }
    session.kinds.add(kind);
    session.lines++;
    session.lastSeconds = seconds ?? session.lastSeconds;
    if (!examples.has(kind)) examples.set(kind, cut(text));
  }
}

const kindOf = ({ kindLow, kindHigh, low, high }: LearningRecord) =>
  kindLow || kindHigh ? `${kindHigh}.${kindLow}` : `${high}.${low}`;

/** The end of a line says more than the date it begins with. */
function cut(text: string): string {
  const message = text.replace(/^[\d:.,/TZ+ -]{6,40}/, "");
  return message.length > exampleCharactersMax ? `${message.slice(0, exampleCharactersMax)}...` : message;
}

function unknownIdentifier(found: string): OddlineError {
  return new OddlineError("SESSIONS_UNKNOWN", {
    subject: "--sessions",
    expected: "an identifier that lines of one session share",
    found,
    remedy: "give --sessions a regular expression that finds it, such as 'blk_-?\\d+'",
    exit: exitCode.nothing,
  });
}
