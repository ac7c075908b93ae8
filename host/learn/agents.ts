/**
 * What user agents and referrers usually are, for the model's table: how often agents came, how many of their marks
 * (families, scanners, characters) were seen once, and which count as known. Who may teach is the same as for any other
 * value (statistics.ts).
 */

import { halves, joined } from "../math/hashIndex.js";
import type { Entry } from "../model/featureSection.js";
import type { SignatureStore } from "../signatures/signatureStore.js";
import type { Engine } from "../wasm/engine.js";
import { agentsGroup, featureBytes, featureKinds } from "../wasm/layout.js";
import { Statistics } from "./statistics.js";

export function learnAgents(engine: Engine, store: SignatureStore): Entry[] {
  const statistics = new Statistics(store.lines, store.hoursOfAll());
  const features = new Uint32Array(featureBytes / 4);
  const [groupLow, groupHigh] = halves(agentsGroup);
  const { agents } = store;
  for (const mark of agents.sorted()) {
    const weight = agents.weight(mark);
    if (weight === 0) continue;
    const key = engine.hashPair(agentsGroup, joined(agents.index.low[mark], agents.index.high[mark]));
    // A value of the whole site, as a method is: it belongs to no path.
    features.set([groupLow, groupHigh, ...halves(key), featureKinds.method]);
    statistics.add(features, weight, agents.witnesses(mark));
  }
  statistics.finish();
  if (statistics.groups.size === 0) return [];
  const [count, once] = [statistics.groupCounts[0], statistics.groupOnce[0]];
  const entries: Entry[] = [{ low: groupLow, high: groupHigh, count, once, note: 0 }];
  for (let value = 0; value < statistics.values.size; value++) {
    const { low, high } = statistics.values;
    const note = statistics.noteOf(value);
    entries.push({ low: low[value], high: high[value], count: statistics.valueCounts[value], once: 0, note });
  }
  return entries;
}
