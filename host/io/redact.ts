/**
 * What need not be shown of a line elsewhere, in a report, a replay or a model's masked texts: query strings, tokens,
 * addresses. Shapes stay, so that it remains useful.
 */

/** What stands behind the name of a secret, in quotation marks or up to the next sign. */
const secrets = "password|passwd|secret|token|api[_-]?key|authorization|session|cookie";
const value = `"(?:\\\\.|[^"\\\\])*"|'[^']*'|[^\\s"',;&]+`;
const named = new RegExp(`\\b((?:[\\w-]{0,40}(?:${secrets})[\\w-]{0,40})["']?\\s*[=:]\\s*)(${value})`, "gi");
const group = "[0-9a-f]{1,4}";
const groups = `(?:${group}(?::${group})*)?`;
const ipv6 = new RegExp(`(?<![\\w:])(?:(?:${group}:){7}${group}|${groups}::${groups})(?![\\w:])`, "gi");

type Rule = [RegExp, string];

const accessKey: Rule = [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "<token>"];

/**
 * In this order: a token in a query string goes with the query string. What may repeat is bounded: lines are hostile.
 */
const secretRules: Rule[] = [
  [/\?[^\s"'<>|]+/g, "?…"],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/gi, "<token>"],
  [/(\w:\/\/)[^\s/@"'<>]+@/g, "$1<token>@"],
  [/\b(bearer|basic|token)\s+[\w.~+/=-]{6,}/gi, "$1 <token>"],
  [named, "$1<token>"],
];

const rules: Rule[] = [
  ...secretRules,
  [/\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g, "<mail>"],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, "<ip>"],
  [ipv6, "<ip>"],
  [/\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b/gi, "<mac>"],
  accessKey,
  // Card and account numbers.
  [/\b\d{13,19}\b/g, "<number>"],
  // Long runs of mixed letters and digits are keys more often than words.
  [/\b(?=[\w+/-]{0,200}\d)(?=[\w+/-]{0,200}[a-zA-Z])[A-Za-z0-9+_-]{24,}={0,2}/g, "<token>"],
];

/** Long runs as above, but not names of hosts and pods, whose parts hyphens join. */
const run: Rule = [/(?<![\w-])(?=\w{0,200}\d)(?=\w{0,200}[a-zA-Z])\w{24,}(?![\w-])/g, "<token>"];
const alertRules: Rule[] = [...secretRules, accessKey, run];

export function redact(text: string): string {
  return replaced(text, rules);
}

/** Of an alert: passwords, tokens and keys. Without addresses and numbers it would say nothing. */
export function redactSecrets(text: string): string {
  return replaced(text, alertRules);
}

function replaced(text: string, by: readonly Rule[]): string {
  return by.reduce((redacted, [pattern, replacement]) => redacted.replace(pattern, replacement), text);
}

/** A reason without the values it quotes of a request; of a text what a report shows of it. */
export function redactReason(reason: string): string {
  const isOfText = /message "|" \d+ times within /.test(reason);
  return redact(isOfText ? reason : reason.replace(/".*"/s, '"…"'));
}
