import type { EngineCounts } from "../../../wasm/engine.js";

/** What goes between the server and the thread of a shard. Every request gets one reply with its number. */
export interface ShardOptions {
  seed: bigint;
  seconds: bigint | undefined;
  all: boolean;
  /** How many shards there are. */
  count: number;
}

/** When the first model is in use. */
export interface ShardStart {
  /** The seed that is given by an option or the model; without one that of the state, or its own. */
  seed: bigint | undefined;
  /** The thread's own state file. */
  state: string | undefined;
}

export type ShardRequest =
  | { kind: "shards"; id: number; lines: Uint8Array }
  | { kind: "tag"; id: number; lines: Uint8Array }
  | { kind: "model"; id: number; model: Uint8Array }
  | { kind: "start"; id: number; start: ShardStart }
  | { kind: "close"; id: number }
  | { kind: "ping"; id: number };

export type ShardReply =
  | { kind: "shards"; id: number; shards: Uint8Array }
  | {
      kind: "tag";
      id: number;
      output: Uint8Array;
      events: number;
      tagged: number;
      failures: number;
      counts: EngineCounts;
    }
  | { kind: "done"; id: number };

export type ShardMessage = ShardReply | { kind: "notice"; code: string | undefined; text: string };
