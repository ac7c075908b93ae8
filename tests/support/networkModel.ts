/** Forests for tests of the inline part, learnt as `oddline network` learns them, in a model. */

import { withForest } from "../../host/model/forestInModel.js";
import type { NetworkForest } from "../../host/model/forestSection.js";
import { featureNames } from "../../host/model/networkFeatures.js";
import type { Flow } from "../../host/network/flow.js";
import { type FlowFeed, learnForest, type NetworkSettings } from "../../host/network/learn.js";
import { Engine } from "../../host/wasm/engine.js";

export const networkSettings: NetworkSettings = {
  windowSeconds: 300,
  entity: "destination",
  features: [...featureNames],
  alertScore: -0.1,
  minFlows: 1,
  seed: 42,
  treeCount: 100,
  sampleCount: 256,
  incidents: [],
  excludeTagged: false,
  excludeDestinations: undefined,
};

export async function learnNetwork(feed: FlowFeed, settings: Partial<NetworkSettings> = {}): Promise<NetworkForest> {
  return (await learnForest({ ...networkSettings, ...settings }, feed, "test")).network;
}

export function networkModel(network: NetworkForest): Uint8Array {
  return withForest(new Engine(), undefined, network, undefined);
}

/** Ordinary flows to forty destinations, a few of them with a day's history, one now and then failed. */
export function ordinaryFlows(
  random: () => number,
  count: number,
  startSeconds: number,
): { flow: Flow; seconds: number }[] {
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: count }, (_, i) => {
    const seconds = startSeconds + Math.floor(i * 3 - (random() < 0.1 ? random() * 900 : 0));
    const bytes = Math.round(Math.exp(5 + 5 * random()));
    const durationSeconds = Math.round(random() * 6e7) / 1e6;
    return {
      seconds,
      flow: {
        ...{
          timeMs: seconds * 1000,
          source: `10.0.0.${1 + below(12)}`,
          destination: `192.0.2.${(1 + below(40) ** 2 / 40) | 0}`,
        },
        ...{
          port: [443, 443, 53, 80][below(4)],
          bytes,
          bytesOut: Math.round(bytes * random()),
          failed: random() < 0.04,
        },
        ...{ durationSeconds, tagged: false },
      },
    };
  });
}

/** As a key=value line, which the filter reads and `oddline network` too. */
export function lineOf(flow: Flow, seconds: number): string {
  const { source, destination, port, bytes, bytesOut, durationSeconds, failed } = flow;
  const end = failed ? "deny" : "accept";
  return `ts=${new Date(seconds * 1000).toISOString()} src_ip=${source} dst_ip=${destination} dst_port=${port} bytes=${bytes} bytes_out=${bytesOut} duration=${durationSeconds} action=${end}`;
}

/** Every flow as a line for each direction; the reply comes a few lines later, some get lost. */
export function twoWays(random: () => number, count: number, startSeconds: number): string[] {
  const flows = ordinaryFlows(random, count, startSeconds);
  const lines: [number, string][] = [];
  flows.forEach(({ flow, seconds }, i) => {
    const { source, destination, port, bytes, bytesOut } = flow;
    const time = `ts=${new Date(seconds * 1000).toISOString()}`;
    const local = 20_000 + Math.floor(random() * 40_000);
    const there = `src_ip=${source} src_port=${local} dst_ip=${destination} dst_port=${port} bytes=${bytesOut}`;
    const back = `src_ip=${destination} src_port=${port} dst_ip=${source} dst_port=${local} bytes=${bytes - bytesOut}`;
    if (random() < 0.95) lines.push([i, `${time} ${there}`]);
    if (random() < 0.95) lines.push([i + 10 * random() - 1, `${time} ${back}`]);
  });
  return lines.sort((a, b) => a[0] - b[0]).map(([, line]) => line);
}
