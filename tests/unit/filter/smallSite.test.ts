/** A small site: what is plain to anybody is told as grave, and on an ordinary day hardly anything is. */
import { describe, expect, it } from "vitest";
import { Engine } from "../../../host/wasm/engine.js";
import { learnText } from "../../support/learning.js";
import { SmallSite, smallSiteAttacks } from "../../support/smallSite.mjs";
import { tagsOf } from "../../support/tagging.js";

const ordinaryLines = 12_000;

function severitiesOf(engine: Engine, lines: string[]): (string | undefined)[] {
  const tags = tagsOf<{ severity: string }>(engine, `${lines.join("\n")}\n`, { seconds: 1_795_000_000n });
  return tags.map((tag) => tag?.severity);
}

describe("on a small site with a long tail", () => {
  for (const seed of [11, 12, 13]) {
    it(`severity parts attacks from probes and new pages, seed ${seed}`, async () => {
      const site = new SmallSite(seed);
      const { model } = await learnText(`${site.lines(6000).join("\n")}\n`);
      const engine = new Engine();
      engine.useModel(model, "model");

      const ordinary = severitiesOf(engine, site.lines(ordinaryLines));
      const share = (severity: string) => ordinary.filter((is) => is === severity).length / ordinaryLines;
      expect(share("low")).toBeLessThan(3 * 0.001);
      expect(share("medium")).toBeLessThan(3 * 0.0001);
      expect(share("high")).toBeLessThan(1.5 / ordinaryLines);

      const attacks = smallSiteAttacks.map(([target, status], i) => {
        site.seconds += 3600;
        return site.access(`203.0.113.${10 + i}`, target.replace("PAGE", site.tags[0].slice(11)), status, 5000);
      });
      const told = severitiesOf(engine, attacks).map((severity, i) => ({ target: smallSiteAttacks[i][0], severity }));
      for (const { target, severity } of told)
        expect({ target, severity }).toEqual({ target, severity: expect.stringMatching(/medium|high/) });
    });
  }
});
