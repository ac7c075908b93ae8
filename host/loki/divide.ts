/** Ways to separate lines of one instant, as stages of a query: what one half matches and the other does not. */
import type { LokiEntry } from "./api.js";

export interface Division {
  matching: string;
  others: string;
}

/**
 * By content, else by a label; undefined where all are alike in both. On a line of their own: a query may end in a
 * comment.
 */
export function dividing(entries: readonly LokiEntry[]): Division | undefined {
  const pattern = patternOf(entries.map(({ line }) => line));
  if (pattern !== undefined) return { matching: `\n|~ \`${pattern}\``, others: `\n!~ \`${pattern}\`` };
  const label = labelOf(entries);
  if (label === undefined) return undefined;
  const [name, value] = label;
  return { matching: `\n| ${name}=${JSON.stringify(value)}`, others: `\n| ${name}!=${JSON.stringify(value)}` };
}

/** A pattern that some of the lines match and others do not. */
function patternOf(lines: string[]): string | undefined {
  const characters = lines.map((line) => [...line]);
  const lengthMax = characters.reduce((most, line) => Math.max(most, line.length), 0);
  for (let position = 0; position < lengthMax; position++) {
    const counts = countsOf(characters.map((line) => line[position] ?? ""));
    if (counts.size < 2) continue;
    counts.delete(""); // a line that ends here is among those that do not match
    const chosen: string[] = [];
    let matched = 0;
    for (const [character, count] of counts) {
      if (chosen.length > 0 && (matched + count > lines.length / 2 || chosen.length === counts.size - 1)) continue;
      chosen.push(character);
      matched += count;
    }
    return `^(?s:${anything(position)}[${chosen.map(escaped).join("")}])`;
  }
  return undefined;
}

/** A label, of the stream or of structured metadata, and that of its values which halves the lines best. */
function labelOf(entries: readonly LokiEntry[]): [string, string] | undefined {
  const names = new Set(entries.flatMap(({ labels }) => Object.keys(labels)));
  const half = entries.length / 2;
  let best: [string, string] | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of [...names].sort()) {
    const counts = countsOf(entries.map(({ labels }) => labels[name] ?? ""));
    if (counts.size < 2) continue;
    for (const [value, count] of counts) {
      const distance = Math.abs(count - half);
      if (distance < bestDistance) [best, bestDistance] = [[name, value], distance];
    }
  }
  return best;
}

function countsOf(values: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** RE2 counts to 1,000 at most. */
function anything(characters: number): string {
  return `${".{1000}".repeat(Math.floor(characters / 1000))}.{${characters % 1000}}`;
}

function escaped(character: string): string {
  return `\\x{${character.codePointAt(0)!.toString(16)}}`;
}
