/** Files that are made from host/ hold what it says. `npm run generate` (ODDLINE_UPDATE=1) writes them anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jsonSchema } from "../../../host/config/jsonSchema.js";
import { anomalyTable, withAllFields, withNetworkFields } from "../../support/anomalySource.js";
import { formatFixtures } from "../../support/fixtures.js";
import { formatsTable, products } from "../../support/formatsTable.js";
import { builtInKeywordsAssembly } from "../../support/keywordsSource.js";
import { settingsAssembly, settingsTable } from "../../support/settingsSource.js";

/** A formatter may break lines anew. */
const plain = (text: string) => text.replace(/\s+/g, "").replace(/,([)\]])/g, "$1");

/** The text with `table` between the two comments that mark its place. */
function withTable(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}: npm run generate -->\n`, "<!-- end -->"];
  const from = text.indexOf(begin) + begin.length;
  const to = text.indexOf(end, from);
  if (from < begin.length || to < 0) throw new Error(`no place for ${name}`);
  return `${text.slice(0, from)}${table}${text.slice(to)}`;
}

const files: [path: string, content: (present: string) => string][] = [
  ["assembly/config/generated.ts", settingsAssembly],
  ["assembly/detect/keywords/builtIn.ts", builtInKeywordsAssembly],
  ["docs/oddline.schema.json", () => `${JSON.stringify(jsonSchema(), null, 2)}\n`],
  ["docs/configuration.md", (present) => withTable(present, "settings", settingsTable())],
  ["docs/formats.md", (present) => withTable(present, "formats", formatsTable())],
  ["README.md", (present) => withTable(present, "anomaly", anomalyTable())],
  ["fluent-bit.conf", withAllFields],
  ["deploy/fluent-bit.yaml", withAllFields],
  ["deploy/rsyslog/fluent-bit-network.yaml", withNetworkFields],
];

describe("generated files", () => {
  it.each(files)("%s", (path, content) => {
    const present = readFileSync(path, { encoding: "utf8", flag: "a+" });
    const expected = content(present);
    if (plain(present) === plain(expected)) return;
    if (process.env.ODDLINE_UPDATE === "1") writeFileSync(path, expected);
    else expect.fail(`${path} is not what host/ says: npm run generate`);
  });
});

describe("docs/formats.md", () => {
  const fixtures = formatFixtures();

  it("has a line for each product that there are samples of, and samples of each", () => {
    expect(new Set(fixtures.flatMap(({ of }) => of ?? []))).toEqual(new Set(Object.keys(products)));
  });

  it("names every format that the filter tells apart", () => {
    const table = formatsTable();
    for (const format of new Set(fixtures.map(({ expect }) => String(expect.format)))) expect(table).toContain(format);
  });
});
