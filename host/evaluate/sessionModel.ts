/**
 * What is usual of sessions, and how odd one is: by the kind of line that it has or lacks most surprisingly. -ln p of a
 * kind that so few learnt sessions have, or of one missing that so few lack; of several the largest counts, since kinds
 * of one life cycle come and go together.
 */
import type { ByteSource } from "../io/chunks.js";
import { note } from "../io/stdout.js";
import type { Engine } from "../wasm/engine.js";
import { readSessions, type Session, type SessionLog } from "./sessions.js";

/** A session that is odd by what one session in fifty or fewer has or lacks. */
const oddShare = 0.02;
/** A session is over where nothing came for so long. */
const silentSeconds = 600;
/** A kind that so few sessions begin with begins none: where one does, its beginning is not in the log. */
const beginningShare = 0.01;
/** A log shows whole life cycles where it lasts so many times as long as all but one session in a hundred. */
const lifeCycles = 2;
const longestShare = 0.99;

export interface SessionVerdict {
  session: Session;
  /** Above 1 it is odd. */
  score: number;
  reason: string;
}

/** What could not be judged as it should, in counts. */
export interface SessionLimits {
  /** Learnt sessions that were still going on at the end of their log, and are left out. */
  learntOpen: number;
  /** Judged sessions that began before their log, or were still going on at its end: what they lack is not judged. */
  beganBefore: number;
  stillOpen: number;
  /** False where sessions last about as long as the learnt log; undefined where its lines have no times. */
  wholeLifeCycles: boolean | undefined;
  /** 99 of 100 learnt sessions were over after so long. */
  lifeSeconds: number | undefined;
}

export class SessionModel {
  private readonly having = new Map<string, number>();
  private readonly beginning = new Map<string, number>();
  private readonly leavesOpenOut: boolean;
  readonly sessions: number;
  readonly learntOpen: number;
  readonly lifeSeconds: number | undefined;
  readonly wholeLifeCycles: boolean | undefined;

  constructor(private readonly log: SessionLog) {
    const all = [...log.sessions.values()];
    const over = all.filter((session) => !isOpen(session, log));
    // Of a log that is over sooner than any session is, all that there is has to do.
    const learnt = over.length > 0 ? over : all;
    this.leavesOpenOut = over.length > 0;
    for (const { kinds, firstKind } of learnt) {
      for (const kind of kinds) this.having.set(kind, (this.having.get(kind) ?? 0) + 1);
      this.beginning.set(firstKind, (this.beginning.get(firstKind) ?? 0) + 1);
    }
    this.sessions = learnt.length;
    this.learntOpen = all.length - learnt.length;
    const spans = all.flatMap(({ firstSeconds, lastSeconds }) =>
      firstSeconds === undefined || lastSeconds === undefined ? [] : [lastSeconds - firstSeconds],
    );
    if (spans.length === 0) return;
    this.lifeSeconds = spans.sort((a, b) => a - b)[Math.min(spans.length - 1, Math.floor(longestShare * spans.length))];
    this.wholeLifeCycles = log.lastSeconds! - log.firstSeconds! >= lifeCycles * this.lifeSeconds;
  }

  /** The verdicts on the sessions of a log; of the one that was learnt each as if it had not been. */
  judge(log: SessionLog): { verdicts: SessionVerdict[]; limits: SessionLimits } {
    let [beganBefore, stillOpen] = [0, 0];
    const verdicts = [...log.sessions.values()].map((session) => {
      const isCut = this.beganBefore(session, log);
      const isUnfinished = isOpen(session, log);
      if (isCut) beganBefore++;
      else if (isUnfinished) stillOpen++;
      const own = log === this.log && !(isUnfinished && this.leavesOpenOut) ? 1 : 0;
      return this.verdict(session, log, own, isCut || isUnfinished);
    });
    const { learntOpen, wholeLifeCycles, lifeSeconds } = this;
    return { verdicts, limits: { learntOpen, beganBefore, stillOpen, wholeLifeCycles, lifeSeconds } };
  }

  /** `own`: 1 where the session itself is among those that were learnt. */
  private verdict(session: Session, log: SessionLog, own: number, isPart: boolean): SessionVerdict {
    const others = this.sessions - own;
    let least = { having: others, kind: session.firstKind, isMissing: false };
    for (const kind of session.kinds) {
      const having = (this.having.get(kind) ?? 0) - own;
      if (having < least.having) least = { having, kind, isMissing: false };
    }
    if (!isPart) {
      for (const [kind, sessions] of this.having) {
        if (!session.kinds.has(kind) && others - sessions < least.having)
          least = { having: others - sessions, kind, isMissing: true };
      }
    }
    const surprise = -Math.log((least.having + 0.5) / (others + 1));
    const example = JSON.stringify(log.examples.get(least.kind) ?? this.log.examples.get(least.kind) ?? "");
    const reason = least.isMissing
      ? `no line like ${example}; ${others - least.having} of ${others} sessions have one`
      : `a line like ${example}; ${least.having} of ${others} sessions have one`;
    return { session, score: surprise / -Math.log(oddShare), reason };
  }

  private beganBefore({ firstKind, firstSeconds }: Session, log: SessionLog): boolean {
    if (firstSeconds === undefined || log.firstSeconds === undefined || this.lifeSeconds === undefined) return false;
    if (firstSeconds - log.firstSeconds > this.lifeSeconds) return false;
    return (this.beginning.get(firstKind) ?? 0) < beginningShare * this.sessions;
  }
}

function isOpen({ lastSeconds }: Session, log: SessionLog): boolean {
  return lastSeconds !== undefined && log.lastSeconds !== undefined && log.lastSeconds - lastSeconds < silentSeconds;
}

export interface SessionSummary extends SessionLimits {
  identifier: string;
  learnt: number;
  judged: number;
}

/** `learn`: logs to learn from; without them, the judged log itself. */
export async function judgeSessions(
  engine: Engine,
  sources: ByteSource[],
  { identifier, learn, seconds }: { identifier: string; learn?: ByteSource[]; seconds: bigint },
): Promise<{ verdicts: SessionVerdict[]; summary: SessionSummary }> {
  const learnt = learn && (await readSessions(engine, learn, identifier, seconds));
  const judged = await readSessions(engine, sources, learnt?.identifier ?? identifier, seconds);
  const model = new SessionModel(learnt ?? judged);
  const { verdicts, limits } = model.judge(judged);
  return {
    verdicts,
    summary: { identifier: judged.identifier, learnt: model.sessions, judged: verdicts.length, ...limits },
  };
}

/** What was judged, and what could not be, on standard error. */
export function noteSessions(summary: SessionSummary): void {
  const { identifier, learnt, judged, learntOpen, beganBefore, stillOpen, wholeLifeCycles, lifeSeconds } = summary;
  note(`${judged} sessions by ${identifier}, ${learnt} learnt`);
  if (wholeLifeCycles === undefined)
    note("warning: lines have no times: whether whole life cycles were learnt is unknown");
  if (wholeLifeCycles === false)
    note(
      `warning: whole life cycles were not learnt: sessions last up to ${(lifeSeconds! / 3600).toFixed(1)} h, more than ` +
        "half of the learnt log; learn a longer one, or be careful with what a session lacks",
    );
  if (learntOpen > 0) note(`${learntOpen} sessions were still going on where the learnt log ends, and were left out`);
  if (beganBefore > 0) note(`${beganBefore} sessions began before the log: what they lack was not judged`);
  if (stillOpen > 0)
    note(`${stillOpen} sessions were still going on where the log ends: what they lack was not judged`);
}
