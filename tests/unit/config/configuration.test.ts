import { describe, expect, it } from "vitest";
import { defaultConfiguration, parseConfiguration } from "../../../host/config/configuration.js";
import { defaultKeywords } from "../../../host/config/defaultKeywords.js";
import { ConfigurationError, didYouMean } from "../../../host/config/diagnostics.js";
import { jsonSchema } from "../../../host/config/jsonSchema.js";
import { commentedConfiguration } from "../../../host/config/template.js";

/** A # before a setting or an example, not before an explanation. */
const hidden = /^(\s*)#(?=\S| {2})/gm;
const parse = (text: string) => parseConfiguration(text, "oddline.yaml").configuration;

/** Each mistake as `LINE:COLUMN CODE | expected | found | remedy`. */
function diagnosticsOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    expect(error.exit).toBe(2);
    expect(error.message).toMatch(/^oddline\.yaml:\d+:\d+: error CONFIG_/);
    return error.diagnostics.map(({ line, column, code, expected, found, remedy }) =>
      [`${line}:${column} ${code}`, expected, found, ...(remedy ? [remedy] : [])].join(" | "),
    );
  }
  return [];
}

describe("configuration", () => {
  it("is complete where nothing is said", () => {
    for (const text of ["", "# nothing\n", "---\n", "detectors:\nwindows:\n"]) {
      expect(parse(text)).toEqual(defaultConfiguration());
    }
    expect(defaultConfiguration()).toMatchObject({
      enabled: true,
      mode: "tag",
      windows: { seconds: 60, size: 100, keys: 16_384, alertEnd: 0.8 },
      errors: { floor: 5, multiplier: 3, clientErrors: false },
      falsePositiveShare: 0.001,
      keywords: defaultKeywords,
      profiles: [],
    });
  });

  it("takes everything there is to set", () => {
    const configuration = parse(
      `
mode: shadow
detectors: { traffic: off, novelty: false }
`.replace("off", "false") +
        `
key: { fields: [http.request.ip, user.name], trustedProxies: [10.0.0.0/8, "2001:db8::/32", 192.0.2.1] }
windows: { seconds: 300, keys: 1024 }
errors: { floor: 7, clientErrors: true }
keywords:
  defaults: false
  list:
    - payment declined
    - { word: ORA-00600, severity: high, matchCase: true, isError: true }
    - { words: [a1, b2], name: either, minCount: 3 }
known:
  - { pattern: "GET /old *", reason: being switched off, until: 2199-12-31 }
profiles:
  - { name: batch, tag: "batch.*", errors: { floor: 50 }, detectors: { traffic: true } }
  - { name: billing, source: billing, enabled: false }
model: { maxAge: 30d }
counts: { every: 0s }
state: { saveEvery: 120 }
`,
    );
    expect(configuration).toMatchObject({
      mode: "shadow",
      detectors: { keyword: true, traffic: false, novelty: false },
      key: { fields: ["http.request.ip", "user.name"] },
      windows: { seconds: 300, size: 100, keys: 1024 },
      model: { maxAge: 30 * 86_400, checkEvery: 5 },
      counts: { every: 0 },
      state: { saveEvery: 120 },
      known: [{ until: Date.UTC(2200, 0, 1) / 1000 }],
    });
    expect(configuration.keywords).toMatchObject([
      { name: "payment declined", words: ["payment declined"], severity: "medium", minCount: 1 },
      { name: "ORA-00600", severity: "high", matchCase: true, isError: true },
      { name: "either", words: ["a1", "b2"], minCount: 3 },
    ]);
    expect(configuration.profiles).toMatchObject([
      {
        match: { by: "tag", pattern: "batch.*" },
        mode: "shadow",
        errors: { floor: 50, multiplier: 3, clientErrors: true },
        detectors: { traffic: true, novelty: false },
      },
      { match: { by: "source", pattern: "billing" }, enabled: false, errors: { floor: 7 } },
    ]);
  });

  it("resolves anchors", () => {
    expect(parse("errors: &limits { floor: 9 }\nrequests: *limits\n")).toMatchObject({ requests: { floor: 9 } });
  });

  const cases: [text: string, ...mistakes: string[]][] = [
    ["mode: shado", '1:7 CONFIG_VALUE | one of tag, shadow | "shado" | did you mean shadow?'],
    ["enabled: 1", "1:10 CONFIG_TYPE | true or false | the number 1"],
    [
      "windows:\n  secnds: 60",
      '2:3 CONFIG_UNKNOWN_KEY | one of seconds, size, keys, alertEnd, ipv6Prefix | "secnds" | did you mean seconds?',
    ],
    ["windows:\n  seconds: 61", "2:12 CONFIG_VALUE | a multiple of 12 (a window is twelve buckets) | 61"],
    [
      "windows:\n  seconds: 5",
      "2:12 CONFIG_RANGE | a whole number from 12 to 86400, a multiple of 12 (a window is twelve buckets) | 5",
    ],
    ["windows: {keys: 1000}", "1:17 CONFIG_VALUE | a power of two | 1000"],
    ["windows: 60", "1:10 CONFIG_TYPE | settings (seconds, size, keys, alertEnd, …) | the number 60"],
    ["windows: []", "1:10 CONFIG_TYPE | settings (seconds, size, keys, alertEnd, …) | a list"],
    ["fields: {message: log}", '1:19 CONFIG_TYPE | a list (message: […], or lines that begin with -) | the text "log"'],
    [
      "fields: {message: [a..b]}",
      '1:20 CONFIG_VALUE | a field path such as log or http.request.ip, at most 8 parts | "a..b"',
    ],
    [
      "key: {trustedProxies: [10.0.0.0/33]}",
      '1:24 CONFIG_VALUE | an address or a network in CIDR form | "10.0.0.0/33"',
    ],
    ["keywords:\n  list:\n  - 404", '3:5 CONFIG_TYPE | a text for list | the number 404 | write "404" in quotes'],
    [
      "keywords:\n  list:\n  - x",
      '3:5 CONFIG_VALUE | a word of 2 bytes or more | "x", which nearly every line contains',
    ],
    ["keywords:\n  list:\n  - {severity: low}", "3:5 CONFIG_MISSING_KEY | either word or words | neither"],
    [
      "keywords:\n  list:\n  - {word: ab, words: [cd]}",
      "3:16 CONFIG_CONFLICT | either word or words | both word and words",
    ],
    [
      "known:\n- pattern: abc\n  until: 2027-02-30",
      "2:3 CONFIG_MISSING_KEY | reason in each entry of known | an entry without it",
      '3:10 CONFIG_VALUE | a day such as 2026-12-31 | the text "2027-02-30"',
    ],
    [
      "known: [{pattern: '**', reason: r, until: 2199-01-01}]",
      "1:19 CONFIG_VALUE | part of a message | a pattern that matches every message",
    ],
    ["severity: {medium: 5}", "1:20 CONFIG_CONFLICT | medium not above high | medium 5, high 4"],
    [
      "profiles:\n- {name: a, tag: x}\n- {name: a, source: y}",
      '3:10 CONFIG_CONFLICT | each profile name once | a second "a"',
    ],
    ["profiles:\n- {name: a, tag: x, source: y}", "2:21 CONFIG_CONFLICT | either tag or source | both tag and source"],
    [
      "profiles:\n- {name: a, tag: x, windows: {seconds: 60}}",
      expect.stringMatching(/^2:21 CONFIG_UNKNOWN_KEY/) as unknown as string,
    ],
    [
      "model: {maxAge: soon}",
      '1:17 CONFIG_TYPE | a duration from 0s to 3650d, such as 30s, 5m, 24h or 7d | the text "soon"',
    ],
    ["model: {checkEvery: 2h}", "1:21 CONFIG_RANGE | a duration from 1s to 1h, such as 30s, 5m, 24h or 7d | 2h"],
    ["falsePositiveShare: .inf", "1:21 CONFIG_TYPE | a number from 0.000001 to 0.1 | the number Infinity"],
    ["tag_all: true", expect.stringMatching(/^1:1 CONFIG_UNKNOWN_KEY.*did you mean tagAll\?$/) as unknown as string],
    ["mode: tag\nmode: tag", "2:1 CONFIG_DUPLICATE_KEY | each setting once | a setting that is given twice"],
    ["windows:\n\tseconds: 60", expect.stringMatching(/^2:1 CONFIG_SYNTAX .*indent with spaces$/) as unknown as string],
    ["a: [1", expect.stringMatching(/^1:6 CONFIG_SYNTAX/) as unknown as string],
    ["- a", expect.stringMatching(/^1:1 CONFIG_TYPE \| settings/) as unknown as string],
    ["? [x]\n: 1", expect.stringMatching(/^1:3 CONFIG_UNKNOWN_KEY/) as unknown as string],
    ["errors: *none", expect.stringMatching(/^1:9 CONFIG_SYNTAX/) as unknown as string],
    [
      "mode: x\nenabled: y\nerrors: {floor: 0}",
      expect.anything() as unknown as string,
      expect.anything() as unknown as string,
      expect.stringMatching(/^3:17 CONFIG_RANGE/) as unknown as string,
    ],
  ];
  for (const [text, ...mistakes] of cases) {
    it(`tells what is wrong with ${JSON.stringify(text)}`, () => expect(diagnosticsOf(text)).toEqual(mistakes));
  }

  it("survives whatever is typed", () => {
    const base = commentedConfiguration().replace(hidden, "$1");
    for (let cut = 0; cut < base.length; cut += 37) {
      const damaged = base.slice(0, cut) + base.slice(cut + 1 + (cut % 5));
      expect(Array.isArray(diagnosticsOf(damaged))).toBe(true);
    }
  });

  it("warns of what was known until yesterday", () => {
    const { warnings } = parseConfiguration("known:\n- {pattern: abc, reason: r, until: 2020-01-31}", "f");
    expect(warnings).toMatchObject([{ line: 2, column: 36, message: expect.stringContaining("2020-01-31") }]);
  });

  it("guesses what was meant, not what was not", () => {
    expect(didYouMean("multipler", ["floor", "multiplier"])).toBe("multiplier");
    expect(didYouMean("trust_upstream", ["trustUpstream"])).toBe("trustUpstream");
    expect(didYouMean("xyz", ["floor", "tag"])).toBeUndefined();
  });
});

describe("oddline init", () => {
  it("writes what checks clean, as it is and with every setting uncommented", () => {
    const written = commentedConfiguration();
    expect(parse(written)).toEqual(defaultConfiguration());
    const { keywords, known, profiles, ...rest } = parse(written.replace(hidden, "$1"));
    const { keywords: _, known: __, profiles: ___, ...defaults } = defaultConfiguration();
    expect(rest).toEqual(defaults);
    expect([keywords.length - defaultKeywords.length, known.length, profiles.length]).toEqual([3, 1, 1]);
  });
});

describe("the published schema", () => {
  it("describes every property", () => {
    let properties = 0;
    const walk = (schema: unknown): void => {
      if (typeof schema !== "object" || schema === null) return;
      const { properties: own } = schema as { properties?: Record<string, { description?: string }> };
      for (const { description } of Object.values(own ?? {})) {
        expect(description).toMatch(/\S/);
        properties++;
      }
      Object.values(schema).forEach(walk);
    };
    walk(jsonSchema());
    expect(properties).toBeGreaterThan(80);
  });
});
