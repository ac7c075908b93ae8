/** The tagged event that an operator accepts: from its line, with or without its tag, or found by its reason. */
import type { EventDetails } from "../wasm/eventDetails.js";

export interface Tag {
  type: string;
  severity: string;
  score: number;
  reason: string;
}

/** A line of NDJSON without its tag, and the tag; any other line as it is. */
export function withoutTag(line: string): { line: string; tag?: Partial<Tag> } {
  if (!/^\s*\{/.test(line)) return { line };
  try {
    const { anomaly, ...rest } = JSON.parse(line) as Record<string, unknown>;
    if (typeof anomaly !== "object" || anomaly === null) return { line };
    return { line: JSON.stringify(rest), tag: anomaly as Partial<Tag> };
  } catch {
    return { line };
  }
}

/** The tag that the filter puts on it; undefined where nothing is odd. */
export function tagOf(details: EventDetails | undefined): Tag | undefined {
  if (!details?.member) return undefined;
  const tag = JSON.parse(`{${details.member}}`).anomaly as Tag;
  return tag.score > 1 ? tag : undefined;
}
