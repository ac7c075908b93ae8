/** What came in the end of a history alone is not taken for usual; what came again and again is. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import { Judge } from "../../host/network/judge.js";
import { learnForest } from "../../host/network/learn.js";
import { networkSettings } from "../support/networkModel.js";
import {
  dayMs,
  edge,
  firstDayMs,
  home,
  hourMs,
  office,
  officeTroubles,
  type Site,
  type Timed,
} from "../support/networkScenes.js";

const settings = { ...networkSettings, alertScore: undefined };
const learn = (flows: Iterable<Timed>) =>
  learnForest(
    settings,
    async (onFlow) => {
      for (const [flow, atMs] of flows) onFlow(flow, atMs);
    },
    "test",
  );
const days = function* (site: Site, count: number): Generator<Timed> {
  for (let day = 0; day < count; day++) yield* site.day(day);
};
const lateNote = (notes: string[]) => notes.find((note) => note.includes("not taken for usual"));

describe("a history that ends in an attack on one server", () => {
  const names = ["exfiltration to a known destination", "scan of ports", "scan of hosts", "flood of SYN alone"];
  const troubles = officeTroubles().filter(({ name }) => names.includes(name));
  const endMs = firstDayMs + 8 * dayMs;
  const past = [...days(office(3), 8)];

  it.each(troubles.map((trouble) => [trouble.name, trouble] as const))(
    "%s: is said, and told again",
    async (_, trouble) => {
      const { network, notes } = await learn([
        ...past,
        ...trouble.flows(endMs - 5 * hourMs, seededRandom(1)),
        ...trouble.flows(endMs - 2 * hourMs, seededRandom(2)),
      ]);
      expect(lateNote(notes)).toBeDefined();
      expect(
        trouble.about.some((end) => lateNote(notes)!.includes(end)),
        lateNote(notes),
      ).toBe(true);
      const judge = new Judge(network);
      for (const [flow, atMs] of trouble.flows(endMs + hourMs, seededRandom(3))) judge.add(flow, atMs);
      const told = judge.finish(true).filter(({ anomalous }) => anomalous);
      expect(told.some(({ window, kind }) => trouble.about.includes(window.key) && trouble.kinds.includes(kind!))).toBe(
        true,
      );
    },
  );
});

describe("an ordinary history", () => {
  const grown = (site: Site, perDay: number): Site => ({
    name: site.name,
    day: (index) =>
      site.day(index).map(([flow, atMs]) => {
        const factor = perDay ** index;
        return [{ ...flow, bytes: flow.bytes * factor, bytesOut: flow.bytesOut * factor }, atMs];
      }),
  });
  const sites: [string, Site, number][] = [
    ["of an office", office(11), 8],
    ["of servers on the Internet", edge(12), 7],
    ["of a home", home(11), 9],
    ["that grows by an eighth a day", grown(home(16), 1.125), 9],
    ["of a day", office(17), 1],
  ];

  it.each(sites)("%s: is learnt", async (_, site, count) => {
    const { notes, ends } = await learn(days(site, count));
    const said = lateNote(notes) ?? "on 0 ";
    const share = Number(/on (\d+) /.exec(said)![1]) / ends;
    expect(share, said).toBeLessThan(0.02);
  });
});
