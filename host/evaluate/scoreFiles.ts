/** Scores of every line of some logs, muting left aside; and the largest score of each group of lines. */

import { timelessArrival } from "../io/arrival.js";
import { openSources } from "../io/chunks.js";
import { wholeLines } from "../io/wholeLines.js";
import { batchFlag, type Engine } from "../wasm/engine.js";

export async function scoreLines(engine: Engine, files: string[], seconds = timelessArrival): Promise<Float64Array> {
  const parts: Float64Array[] = [];
  for (const source of openSources(files)) {
    for await (const lines of wholeLines(source))
      parts.push(...engine.scores(lines, { flags: batchFlag.ownTime, seconds }));
  }
  const scores = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    scores.set(part, at);
    at += part.length;
  }
  return scores;
}

/** A line belongs to every group that the pattern finds in it (its first capture, or the whole match). */
export async function scoreGroups(
  engine: Engine,
  file: string,
  pattern: RegExp,
  seconds = timelessArrival,
): Promise<Map<string, number>> {
  const groups = new Map<string, number>();
  for (const source of openSources([file])) {
    for await (const lines of wholeLines(source)) {
      const scores = Float64Array.from(
        [...engine.scores(lines, { flags: batchFlag.ownTime, seconds })].flatMap((part) => [...part]),
      );
      const texts = Buffer.from(lines).toString("latin1").split("\n");
      scores.forEach((score, index) => {
        for (const match of texts[index].matchAll(pattern)) {
          const group = match[1] ?? match[0];
          if (score > (groups.get(group) ?? -1)) groups.set(group, score);
        }
      });
    }
  }
  return groups;
}
