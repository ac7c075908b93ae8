/** `known:` entries that would cover an event, from the narrowest on. What varies from line to line is written as *. */
import type { KnownEntry } from "../config/writeKnown.js";
import type { EventDetails } from "../wasm/eventDetails.js";

export type Pattern = Pick<KnownEntry, "pattern" | "match" | "silences">;

/** A pattern's limit is 512 bytes; it may match a part, so the beginning of a long text will do. */
const patternCharactersMax = 120;
const letters = /\p{L}{3}/u;

export function entriesFor(details: EventDetails, type: string): Pattern[] {
  const patterns = isRequest(details) ? requestPatterns(details) : textPatterns(details);
  if (type !== "keyword") return patterns;
  // A keyword is kept quiet where the pattern names it; where it does not, only if the entry says so.
  return [...patterns, ...patterns.map((pattern): Pattern => ({ ...pattern, silences: ["keyword"] }))];
}

/** What events have in common that are told apart by nothing but numbers and queries. */
export function kindOf(details: EventDetails): string {
  return (isRequest(details) ? requestPatterns(details) : textPatterns(details))[0]?.pattern ?? "";
}

function isRequest({ isRequest, format }: EventDetails): boolean {
  return isRequest || format === "access";
}

function requestPatterns({ method, target, body, status, message }: EventDetails): Pattern[] {
  const place = (target ?? body ?? "").replaceAll(" ", "%20");
  const subject = (text: string) => `${method ? `${method} ` : ""}${text} ${status ?? ""}`;
  const quoted = message?.indexOf('"') ?? -1;
  return [
    { pattern: subject(place.split("?", 1)[0]) },
    { pattern: subject(place), match: "target" as const },
    ...(quoted < 0 ? [] : [{ pattern: generalize(message!.slice(quoted)), match: "line" as const }]),
  ].filter(({ pattern }) => pattern.length <= patternCharactersMax * 4);
}

function textPatterns({ body, message }: EventDetails): Pattern[] {
  const general = (text: string | null) => (text && letters.test(generalize(text)) ? [generalize(text)] : []);
  const patterns = [...general(body), ...general(message), ...(message ? [cut(message)] : [])];
  return [...new Set(patterns)].map((pattern) => ({ pattern }));
}

/** Numbers, addresses and hexadecimal identifiers. */
function generalize(text: string): string {
  const general = text
    .replace(/\b(?=[\da-f-]{0,35}\d)[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, "*")
    .replace(/\b0x[\da-f]+\b|\b(?=[a-f]*\d)[\da-f]{8,}\b/gi, "*")
    .replace(/\d[\d.,:]*/g, "*")
    .replace(/\*(?:[\s*]*\*)+/g, "*")
    .trim();
  return cut(general);
}

/** At a blank, where there is one. */
function cut(text: string): string {
  if (text.length <= patternCharactersMax) return text;
  const blank = text.lastIndexOf(" ", patternCharactersMax);
  return text.slice(0, blank > patternCharactersMax / 2 ? blank : patternCharactersMax);
}
