/**
 * Lines that a container runtime cut: of each stream (a source's stdout, or its stderr) whether the end of one is still
 * to come, as the end alone looks like any other line.
 */
import { noteDecided } from "../runtime/decided";
import { sourceHash } from "./fieldsLine";

/** Streams that are remembered; a further one takes the place of the oldest. */
const STREAMS_MAX: u32 = 8;
const streamsPtr = memory.data(8 * 8, 8);
let nextStream: u32 = 0;
/** An end that does not come within so many lines is not waited for: its file was lost. */
const LINES_MAX: u32 = 256;
let linesLeft: u32 = 0;

/** Whether any end is waited for: then no such line is read by what is known of its like. */
export let awaitsEnds: bool = false;

/** Whether the line of that stream is a piece: all but the last are marked as such. */
export function isPieceOf(stream: u32, isMarked: bool): bool {
  if (!isMarked && !awaitsEnds) return false;
  const hash = sourceHash() ^ <u64>stream;
  let ptr = streamsPtr;
  while (ptr < streamsPtr + <usize>STREAMS_MAX * 8 && load<u64>(ptr) != hash) ptr += 8;
  const isAwaited = ptr < streamsPtr + <usize>STREAMS_MAX * 8;
  // how it is read is not kept (record/recall.ts)
  if (isMarked || isAwaited) noteDecided(0, usize.MAX_VALUE);
  if (isMarked) {
    if (!isAwaited) store<u64>(streamsPtr + <usize>(nextStream++ % STREAMS_MAX) * 8, hash);
    awaitsEnds = true;
    linesLeft = LINES_MAX;
    return true;
  }
  if (isAwaited) store<u64>(ptr, 0);
  awaitsEnds = --linesLeft > 0 && areAny();
  if (!awaitsEnds) memory.fill(streamsPtr, 0, <usize>STREAMS_MAX * 8);
  return isAwaited;
}

function areAny(): bool {
  for (let ptr = streamsPtr; ptr < streamsPtr + <usize>STREAMS_MAX * 8; ptr += 8) if (load<u64>(ptr) != 0) return true;
  return false;
}
