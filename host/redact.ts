/** What a report need not show of a line: query strings, tokens, addresses. Shapes stay, so that it still tells. */

/** In this order: a token in a query string goes with the query string. */
const rules: [RegExp, string][] = [
  [/\?[^\s"'<>|]+/g, "?…"],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, "<token>"],
  [/\b(bearer|basic|token)\s+[\w.~+/=-]{6,}/gi, "$1 <token>"],
  [
    /\b((?:[\w-]*(?:password|passwd|secret|token|api[_-]?key|authorization|session|cookie))["']?\s*[=:]\s*["']?)[^\s"',;&]+/gi,
    "$1<token>",
  ],
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "<mail>"],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, "<ip>"],
  [
    /(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])|(?<![\w:])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?(?![\w:])/gi,
    "<ip>",
  ],
  [/\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi, "<mac>"],
  // Long runs of mixed letters and digits are keys more often than words.
  [/\b(?=[\w+/-]*\d)(?=[\w+/-]*[a-zA-Z])[A-Za-z0-9+_-]{24,}={0,2}/g, "<token>"],
];

export function redact(text: string): string {
  let redacted = text;
  for (const [pattern, by] of rules) redacted = redacted.replace(pattern, by);
  return redacted;
}
