/** The default keywords as the filter without a model carries them: as bytes, generated. */
import { defaultKeywords } from "../../host/config/defaultKeywords.js";
import { encodeKeywords } from "../../host/model/keywordSection.js";

/** assembly/detect/keywords/builtIn.ts */
export function builtInKeywordsAssembly(): string {
  const section = encodeKeywords(defaultKeywords);
  const rows: string[] = [];
  for (let at = 0; at < section.length; at += 24) rows.push(`  ${section.subarray(at, at + 24).join(", ")},`);
  return `/** The keyword section of host/config/defaultKeywords.ts, made by npm run generate; do not edit. */
export const BUILT_IN_KEYWORDS_BYTES: i32 = ${section.length};
export const builtInKeywordsPtr: usize = memory.data<u8>([
${rows.join("\n")}
]);
`;
}
