/** An entry of `known:` is added to a configuration whose other bytes stay as they were. */
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../host/config/configuration.js";
import { commentedConfiguration } from "../../../host/config/template.js";
import { type KnownEntry, withKnown } from "../../../host/config/writeKnown.js";

const entry: KnownEntry = { pattern: 'GET /a"b\\c: #* 200', reason: "it's fine: x # y", until: "2099-03-31" };
const lines = '- pattern: "GET /a\\"b\\\\c: #* 200"\n  reason: "it\'s fine: x # y"\n  until: 2099-03-31\n';
const indented = lines.trimEnd().replaceAll(/^/gm, "  ");
const one = "- pattern: x # c\n  reason: y\n  until: 2099-01-01 # z\n";

describe("withKnown", () => {
  it.each([
    ["an empty file", "", `known:\n${lines}`],
    ["no entry yet", "tagAll: true", `tagAll: true\nknown:\n${lines}`],
    ["an empty list", "known: []\ntagAll: true\n", `known:\n${lines}tagAll: true\n`],
    ["a name without a list", "known:\ntagAll: true\n", `known:\n${lines}tagAll: true\n`],
    ["an entry", `known:\n${one}# end\ntagAll: true\n`, `known:\n${one}${lines}# end\ntagAll: true\n`],
    ["an entry at the end", `known:\n${one.trimEnd()}`, `known:\n${one}${lines}`],
    [
      "an indented entry",
      "known:\n  # why\n  - {pattern: x, reason: y, until: 2099-01-01}\n\nshadow: 1\n",
      `known:\n  # why\n  - {pattern: x, reason: y, until: 2099-01-01}\n${indented}\n\nshadow: 1\n`,
    ],
  ])("adds to %s", (_, before, after) => {
    expect(withKnown(before, entry)).toBe(after);
  });

  it("reads back as it was given, also from a list in brackets and from what oddline init writes", () => {
    const full: KnownEntry = { ...entry, match: "target", silences: ["keyword", "novelty"] };
    for (const before of ["known: [{pattern: x, reason: y, until: 2099-01-01}]", "{tagAll: true}"]) {
      const { known } = parseConfiguration(withKnown(before, full), "c.yaml").configuration;
      expect(known.at(-1)).toMatchObject({ pattern: entry.pattern, match: "target", silences: ["keyword", "novelty"] });
    }
    const template = commentedConfiguration();
    const changed = withKnown(template, full);
    expect(parseConfiguration(changed, "c.yaml").configuration.known).toHaveLength(1);
    const added = changed.split("\n").filter((line) => !template.split("\n").includes(line));
    expect(added).toEqual([
      "known:",
      '- pattern: "GET /a\\"b\\\\c: #* 200"',
      ...changed.match(/^ {2}(match|silences|reason|until): .*/gm)!,
    ]);
    const twice = withKnown(changed, entry);
    expect(parseConfiguration(twice, "c.yaml").configuration.known.map(({ reason }) => reason)).toEqual([
      entry.reason,
      entry.reason,
    ]);
  });
});
