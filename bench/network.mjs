// @ts-check
/**
 * How well `oddline network` finds the malicious windows of four Zeek captures, each judged by what was learnt of the
 * other three, as they are and without their malicious windows. Nothing is chosen on the data: one candidate, the
 * shipped one. Beside it the seed's way: bytes alone, fitted on what it scores.
 *
 *   npm run build:host && node bench/network.mjs        (ODDLINE_DATA=DIR, default ../shared/data; a minute)
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openSources } from "#host/io/chunks.js";
import { featureNames } from "#host/model/networkFeatures.js";
import { alertScoreSeed } from "#host/network/fit.js";
import { FlowWindows } from "#host/network/flowWindows.js";
import { Judge } from "#host/network/judge.js";
import { learnForest, selfFit, windowSecondsDefault } from "#host/network/learn.js";
import { readFlowFiles } from "#host/network/readFiles.js";

const data = process.env.ODDLINE_DATA ?? new URL("../../shared/data", import.meta.url).pathname;
const names = ["008", "010", "011", "012"];
const paths = names.map((name) => join(data, "network", `zeek_conn_${name}.labeled.gz`));
const seeds = [42, 43, 44];

for (const path of paths) {
  if (existsSync(path)) continue;
  console.error(`bench/network.mjs: no ${path}: set ODDLINE_DATA to the folder with network/`);
  process.exit(3);
}

const settings = (seed, more = {}) => ({
  windowSeconds: windowSecondsDefault,
  entity: /** @type {const} */ ("destination"),
  features: [...featureNames],
  alertScore: undefined,
  minFlows: 1,
  seed,
  treeCount: 100,
  sampleCount: 256,
  incidents: [],
  excludeTagged: false,
  excludeDestinations: undefined,
  ...more,
});
const feedOf = (from) => async (onFlow) => void (await readFlowFiles(openSources(from), onFlow));

async function judged(network, path) {
  const judge = new Judge(network);
  await feedOf([path])((flow, timeMs) => judge.add(flow, timeMs));
  return judge.finish(true).filter(({ entity }) => entity === network.entity);
}

/** The share of (malicious, benign) pairs in which the malicious one scores lower; ties count half. */
function auc(verdicts) {
  const order = [...verdicts].sort((a, b) => b.score - a.score);
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && order[end].score === order[start].score) end++;
    for (let i = start; i < end; i++) if (order[i].window.tagged) rankSum += (start + end + 1) / 2;
    start = end;
  }
  const positive = order.filter(({ window }) => window.tagged).length;
  return (rankSum - (positive * (positive + 1)) / 2) / (positive * (order.length - positive));
}

const share = (verdicts, isMalicious) => {
  const some = verdicts.filter(({ window }) => window.tagged === isMalicious);
  return some.filter(({ anomalous }) => anomalous).length / some.length;
};
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const cells = (values, digits = 3) => values.map((value) => value.toFixed(digits).padStart(8)).join("");
const kindsOf = (verdicts) => {
  const kinds = {};
  for (const { kind, window } of verdicts) if (kind && !window.tagged) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return JSON.stringify(kinds);
};

/** Rows of figures, one column a capture, each the mean over the seeds. */
async function table(title, networkOf) {
  const figures = await Promise.all(
    paths.map(async (path) => {
      const runs = [];
      for (const seed of seeds) {
        const network = await networkOf(path, seed);
        const verdicts = await judged(network, path);
        const told = [share(verdicts, false), share(verdicts, true)];
        runs.push({ figures: [auc(verdicts), ...told, network.alertScore], kinds: kindsOf(verdicts) });
      }
      return { figures: runs[0].figures.map((_, i) => mean(runs.map((run) => run.figures[i]))), kinds: runs[0].kinds };
    }),
  );
  console.log(`\n${title.padEnd(24)}${names.map((name) => name.padStart(8)).join("")}    mean`);
  ["AUC", "benign windows told", "malicious windows told", "threshold"].forEach((label, i) => {
    const values = figures.map((each) => each.figures[i]);
    console.log(`${label.padEnd(24)}${cells([...values, mean(values)], i === 0 ? 4 : 3)}`);
  });
  console.log(`benign by kind, seed ${seeds[0]}: ${figures.map(({ kinds }) => kinds).join(" ")}`);
}

const othersOf = (path) => paths.filter((other) => other !== path);
for (const excludeTagged of [false, true]) {
  for (const alertScore of [undefined, alertScoreSeed]) {
    const title = `${excludeTagged ? "benign windows" : "as they are"}, ${alertScore ?? "default"}`;
    await table(title, async (path, seed) => {
      const learnt = await learnForest(settings(seed, { excludeTagged, alertScore }), feedOf(othersOf(path)), "bench");
      return learnt.network;
    });
  }
}
for (const features of [["bytes"], [...featureNames]]) {
  await table(`self-fit, ${features.length} features`, async (path, seed) => {
    const closed = [];
    const settingsHere = settings(seed, { features });
    const windows = new FlowWindows(settingsHere, (window) => closed.push(window));
    await feedOf([path])((flow, timeMs) => windows.add(flow, timeMs));
    windows.closeAll();
    return selfFit(settingsHere, closed, "bench").network;
  });
}
