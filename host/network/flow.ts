/** One connection, or the part of one that a log line describes; every input format ends as this. */
export interface Flow {
  /** Milliseconds since the epoch; undefined where the line has no time of its own. */
  timeMs: number | undefined;
  source: string;
  destination: string;
  /** Of the destination; -1 where the line has none. */
  port: number;
  /** Where the line tells of one direction alone, so that the reply may be a line of its own. */
  sourcePort?: number;
  bytes: number;
  /** The part of `bytes` that went to the destination; all of it where the line does not say. */
  bytesOut: number;
  failed: boolean;
  durationSeconds: number;
  /** Its time is that of its beginning, as in tables of Zeek and nfdump; other lines are written when it ends. */
  startsAtTime?: boolean;
  /** It goes on from the window before: its bytes count, it is no flow of its own. */
  continues?: boolean;
  /** Its reply is still to come: no verdict that cannot be taken back rests on what it sent. */
  awaitsReply?: boolean;
  /** It is the reply to what was sent then; where it is a download, that merely acknowledged it. */
  answers?: { sent: Sent; isDownload: boolean };
  /** The line came with an `anomaly`, or with Zeek's label `Malicious`. */
  tagged: boolean;
}

/** What a line of one direction counted as sent, and when. */
export interface Sent extends Pick<Flow, "bytes" | "durationSeconds" | "startsAtTime"> {
  timeMs: number;
}

/** A flow, why the line is a broken one, or nothing where it describes no flow at all (a comment, another event). */
export type ParsedLine = Flow | string | undefined;
