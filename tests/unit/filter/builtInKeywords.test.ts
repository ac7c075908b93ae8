import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defaultKeywords } from "../../../host/config/defaultKeywords.js";
import { encodeKeywords } from "../../../host/model/keywordSection.js";

const path = new URL("../../../assembly/detect/keywords/builtIn.ts", import.meta.url);

/** The filter without a model carries the default list as bytes; this is the only place that writes them. */
function sourceOf(section: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < section.length; at += 24) rows.push(`  ${section.subarray(at, at + 24).join(", ")},`);
  return `/** The keyword section of host/config/defaultKeywords.ts, made by tests/unit/filter/builtInKeywords.test.ts. */
export const BUILT_IN_KEYWORDS_BYTES: i32 = ${section.length};
export const builtInKeywordsPtr: usize = memory.data<u8>([
${rows.join("\n")}
]);
`;
}

it("carries the default keywords (ODDLINE_UPDATE=1 rewrites the file)", () => {
  const expected = sourceOf(encodeKeywords(defaultKeywords));
  if (process.env.ODDLINE_UPDATE === "1") writeFileSync(path, expected);
  const numbers = (source: string) => source.slice(source.indexOf("*/")).match(/\b\d+\b/g);
  expect(numbers(readFileSync(path, "utf8"))).toEqual(numbers(expected)); // a formatter may have broken the lines anew
});
