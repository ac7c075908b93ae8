/** The filter without a model has the keywords that a model without a configuration carries. */
import { expect, it } from "vitest";
import { defaultKeywords } from "../../../host/config/defaultKeywords.js";
import { encodeKeywords } from "../../../host/model/keywordSection.js";
import { loadAssembly } from "../../support/assemblyBuild.js";

it("unpacks the section that it carries to the one that a model carries", async () => {
  const { memory, builtInSection } = await loadAssembly<{ builtInSection(): number }>("keywords");
  const section = Buffer.from(encodeKeywords(defaultKeywords));
  for (let again = 0; again < 2; again++) {
    const ptr = builtInSection();
    expect(Buffer.from(memory.buffer, ptr, section.length).equals(section)).toBe(true);
  }
});
