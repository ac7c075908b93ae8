/** docs/errors.md is held to the source: every stable code is explained there, and no other. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/**
 * Words in capitals that are no error codes: states and events of a tag, codes of libraries, variables of the
 * environment.
 */
const otherWords = new Set([
  ...["KEYWORD_ALERT", "ERROR_RATE_ALERT", "TRAFFIC_ALERT", "BURST_ALERT"],
  ...["KEYWORD_DETECTED", "HIGH_ERROR_RATE", "HIGH_TRAFFIC", "NORMAL_ACTIVITY"],
  ...["DUPLICATE_KEY", "TAB_AS_INDENT", "ERR_BUFFER_TOO_LARGE"],
  ...["LOKI_ADDR", "LOKI_USERNAME", "LOKI_PASSWORD", "LOKI_BEARER_TOKEN", "LOKI_ORG_ID"],
  ...["LOKI_CLIENT_RETRIES", "LOKI_CLIENT_MIN_BACKOFF", "LOKI_CLIENT_MAX_BACKOFF"],
  ...["ODDLINE_ANNOUNCE_SHARED_KEY", "ODDLINE_ANNOUNCE_PASSWORD"],
  ...["ODDLINE_WEBHOOK", "ODDLINE_WEBHOOK_URL", "ODDLINE_SLACK_WEBHOOK", "ODDLINE_ALERTMANAGER", "ODDLINE_DEBUG"],
]);

/** A code has an underscore as a rule; a single word is one where an error is made or answered. */
const patterns = [
  /"([A-Z]{2,}(?:_[A-Z]+)+)"/g,
  /OddlineError\(\s*"([A-Z]+)"/g,
  /formatError\("([A-Z]+)"/g,
  /answerError\([^"]*"([A-Z]+)"/g,
  /\berror ([A-Z]{4,})\\n/g,
];

function codesOfSource(): Set<string> {
  const codes = new Set<string>();
  for (const path of readdirSync("host", { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts")) continue;
    const source = readFileSync(`host/${path}`, "utf8");
    for (const pattern of patterns) {
      for (const [, code] of source.matchAll(pattern)) if (!otherWords.has(code)) codes.add(code);
    }
  }
  return codes;
}

describe("docs/errors.md", () => {
  const rows = [...readFileSync("docs/errors.md", "utf8").matchAll(/^\| `([A-Z_]+)` +\| (.+) \|$/gm)];
  const listed = rows.map(([, code]) => code);
  const codes = codesOfSource();

  it("explains every code of the source", () => {
    expect(codes.size).toBeGreaterThan(40);
    expect([...codes].filter((code) => !listed.includes(code))).toEqual([]);
  });

  it("explains no code that is gone, and none twice", () => {
    expect(listed.filter((code) => !codes.has(code))).toEqual([]);
    expect(listed.length).toBe(new Set(listed).size);
  });

  it("says for each what it means and what to do", () => {
    for (const [, code, rest] of rows) {
      const cells = rest.split(" | ");
      expect(cells, code).toHaveLength(3);
      for (const cell of cells.slice(1)) expect(cell.length, code).toBeGreaterThan(8);
    }
  });
});
