/** Flows of files, each with the time it counts at. */
import { statSync } from "node:fs";
import type { ByteSource } from "../io/chunks.js";
import { wholeLines } from "../io/wholeLines.js";
import type { Flow } from "./flow.js";
import { FlowReader, SkippedLines } from "./flowReader.js";

/**
 * A line without a time counts at that of the line before it, the first ones at the file's last change: a file of such
 * lines is one window.
 */
export async function readFlowFiles(
  sources: readonly ByteSource[],
  onFlow: (flow: Flow, timeMs: number) => void,
  onRead?: (bytes: number) => void,
  onBatch?: () => Promise<void>,
): Promise<SkippedLines> {
  const skipped = new SkippedLines();
  for (const source of sources) {
    const changedMs = source.sizeBytes === undefined ? Date.now() : statSync(source.name).mtimeMs;
    // Every file has a header of its own, so a reader of its own.
    const reader = new FlowReader(skipped, changedMs);
    for await (const lines of wholeLines(source, onRead)) {
      reader.read(lines, (flow, _, timeMs) => onFlow(flow, timeMs));
      await onBatch?.();
    }
  }
  return skipped;
}
