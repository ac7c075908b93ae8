/** `oddline network` on made-up networks: ordinary days bring next to no alert, trouble in many shapes comes first. */
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import type { NetworkForest } from "../../host/model/forestSection.js";
import { choose } from "../../host/network/causes.js";
import { Judge } from "../../host/network/judge.js";
import { sourceOf, type Verdict } from "../../host/network/windowScorer.js";
import { alertText } from "../../host/network/wording.js";
import { learnNetwork } from "../support/networkModel.js";
import {
  benign,
  dayMs,
  edge,
  edgeTroubles,
  firstDayMs,
  home,
  homeTroubles,
  hourMs,
  minuteMs,
  office,
  officeTroubles,
  type Site,
  sorted,
  type Timed,
  type Trouble,
} from "../support/networkScenes.js";

const windowSeconds = 300;
const trainingDays = 7;
const judgedDay = 8;
/** Off the windows' grid. */
const troubleMs = firstDayMs + judgedDay * dayMs + 10 * hourMs + 70_000;

const judged = (network: NetworkForest, flows: Timed[]): Verdict[] => {
  const judge = new Judge(network);
  for (const [flow, atMs] of sorted([...flows])) judge.add(flow, atMs);
  return judge.finish(true);
};
const nameOf = ({ window }: Verdict) => `${window.startMs} ${window.key}`;
const isAbout = (verdict: Verdict, about: string[]) =>
  about.includes(verdict.window.key) || about.includes(sourceOf(verdict) ?? "");

describe.each([
  ["an office", office(1), officeTroubles(), 0.001],
  ["servers on the Internet, scanned all day", edge(1), edgeTroubles(), 0.005],
  ["a home, over IPv6", home(1), homeTroubles(), 0.001],
] as [string, Site, Trouble[], number][])("%s", (_, site, troubles, quietShareMax) => {
  let network: NetworkForest;
  let around: Timed[];
  let quiet: Set<string>;
  beforeAll(async () => {
    network = await learnNetwork(
      async (onFlow) => {
        for (let day = 0; day < trainingDays; day++) for (const [flow, atMs] of site.day(day)) onFlow(flow, atMs);
      },
      { alertScore: undefined },
    );
    const [fromMs, toMs] = [troubleMs - hourMs, troubleMs + 2 * hourMs];
    around = site.day(judgedDay).filter(([, atMs]) => atMs >= fromMs && atMs < toMs);
    quiet = new Set(
      judged(network, around)
        .filter(({ anomalous }) => anomalous)
        .map(nameOf),
    );
  });

  it.each([
    ["a Monday", 7],
    ["a Tuesday", 8],
    ["a Saturday", 12],
  ])("is quiet on %s, its nightly jobs included", (_day, index) => {
    const verdicts = judged(network, site.day(index));
    const told = verdicts.filter(({ anomalous }) => anomalous);
    expect(told.length / verdicts.length, told.map(alertText).join("\n")).toBeLessThanOrEqual(quietShareMax);
  });

  it.each(troubles.map((trouble) => [trouble.name, trouble] as const))("%s is told first", (_name, trouble) => {
    const verdicts = judged(network, [...around, ...trouble.flows(troubleMs, seededRandom(1))]);
    const { told, windows } = choose(verdicts, windowSeconds, { top: undefined });
    const said = told.map(alertText).join("\n");
    const [gravest] = [...told].sort((a, b) => a.score - b.score);
    expect(isAbout(gravest, trouble.about), said).toBe(true);
    expect(trouble.kinds, said).toContain(gravest.kind);
    const early = windows.find(
      ({ kind, window }) =>
        trouble.kinds.includes(kind!) && window.startMs < troubleMs + trouble.withinMinutes * minuteMs,
    );
    expect(early, said).toBeDefined();
    expect(told.filter((verdict) => isAbout(verdict, trouble.about)).length, said).toBeLessThanOrEqual(2);
    expect(told.filter((verdict) => !isAbout(verdict, trouble.about) && !quiet.has(nameOf(verdict)))).toEqual([]);
  });

  if (site.name !== "office") return;
  it.each(benign.map((each) => [each.name, each] as const))("%s is not told", (_name, { flows }) => {
    const told = judged(network, [...around, ...flows(troubleMs, seededRandom(1))]).filter(
      (verdict) => verdict.anomalous && !quiet.has(nameOf(verdict)),
    );
    expect(told.map(alertText)).toEqual([]);
  });
});
