// @ts-check
/**
 * How well the network forest finds the malicious windows of four Zeek captures, each judged by a forest of the other
 * three. Everything that is chosen (features, spacing, refits) is chosen on those three alone: each of them judged by a
 * forest of the other two. Beside it the plain fit, and the seed's way: bytes alone, fitted on what it scores.
 *
 *   npm run build:host && node bench/network.mjs        (ODDLINE_DATA=DIR, default ../shared/data; a few minutes)
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openSources } from "#host/io/chunks.js";
import { decisionFunction } from "#host/math/isolationForest.js";
import { heavyBytes } from "#host/model/forestSection.js";
import { featureNames } from "#host/model/networkFeatures.js";
import { alertScoreDefault, chooseFeatures, fitForest, newShareMinDefault } from "#host/network/fit.js";
import { FlowWindows } from "#host/network/flowWindows.js";
import { readFlowFiles } from "#host/network/readFiles.js";

const data = process.env.ODDLINE_DATA ?? new URL("../../shared/data", import.meta.url).pathname;
const names = ["008", "010", "011", "012"];
const paths = names.map((name) => join(data, "network", `zeek_conn_${name}.labeled.gz`));
const windowSeconds = 300;
const seeds = [42, 43, 44];
/** What `--min-flows` would leave. */
const minFlows = 4;

const featureSets = {
  seven: [...featureNames],
  "without duration": featureNames.filter((name) => name !== "durationSeconds"),
  "bytes, flows, ports, peers": ["bytes", "flows", "ports", "peers"],
};
const spacings = {
  "log of all": () => "log",
  "log of bytes": (name) => (name === "bytes" ? "log" : "linear"),
  none: () => "linear",
};
/** A refit that turns up fewer new alerts than this share is the last; 1 is the plain fit. */
const newShares = [1, 0.04, 0.03, 0.02];
const candidates = Object.keys(featureSets).flatMap((features) =>
  ["log of all", "log of bytes"].flatMap((spacing) =>
    newShares.map((newShareMin) => ({ features, spacing, newShareMin })),
  ),
);

for (const path of paths) {
  if (!existsSync(path)) {
    console.error(`bench/network.mjs: no ${path}: set ODDLINE_DATA to the folder with network/`);
    process.exit(3);
  }
}

/** One set: rows of seven features, and which are malicious. */
async function load(path) {
  const rows = [];
  const malicious = [];
  const starts = new Set();
  const windows = new FlowWindows({ windowSeconds, entity: "destination" }, (window) => {
    for (const name of featureNames) rows.push(window.values[name]);
    malicious.push(window.tagged);
    starts.add(window.startMs);
  });
  await readFlowFiles(openSources([path]), (flow, timeMs) => windows.add(flow, timeMs));
  windows.closeAll();
  const all = [...starts];
  const days = (Math.max(...all) - Math.min(...all)) / 86_400_000 + windowSeconds / 86_400;
  return { rows: Float32Array.from(rows), malicious, days };
}

function history(sets, isClean) {
  const width = featureNames.length;
  const rows = [];
  for (const set of sets) {
    for (let i = 0; i < set.malicious.length; i++) {
      if (!isClean || !set.malicious[i]) rows.push(...set.rows.subarray(i * width, (i + 1) * width));
    }
  }
  return Float32Array.from(rows);
}

function judge(rows, set, { features, spacing, newShareMin }, seed) {
  const chosen = featureSets[features] ?? [features];
  const options = { features: chosen, spacing: chosen.map(spacings[spacing]), newShareMin, seed };
  const { forest } = fitForest(rows, options);
  const judged = chooseFeatures(set.rows, chosen);
  const scores = set.malicious.map((_, i) => decisionFunction(forest, judged, i));
  const bytesOf = (i) => set.rows[i * featureNames.length + featureNames.indexOf("bytes")];
  const flowsOf = (i) => set.rows[i * featureNames.length + featureNames.indexOf("flows")];
  const counts = (i) => flowsOf(i) >= minFlows || bytesOf(i) >= heavyBytes;
  const alerts = scores.map((_, i) => i).filter((i) => scores[i] < alertScoreDefault);
  const perDay = (list) => list.length / set.days;
  const isFound = (i) => set.malicious[i];
  return {
    auc: auc(scores, set.malicious),
    alertsPerDay: perDay(alerts),
    foundPerDay: perDay(alerts.filter(isFound)),
    largePerDay: perDay(alerts.filter(counts)),
    largeFoundPerDay: perDay(alerts.filter(counts).filter(isFound)),
  };
}

/** The share of (malicious, benign) pairs in which the malicious one scores lower; ties count half. */
function auc(scores, malicious) {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    for (let i = start; i < end; i++) if (malicious[order[i]]) rankSum += (start + end + 1) / 2;
    start = end;
  }
  const positive = malicious.filter(Boolean).length;
  return (rankSum - (positive * (positive + 1)) / 2) / (positive * (malicious.length - positive));
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
function overSeeds(rows, set, candidate) {
  const results = seeds.map((seed) => judge(rows, set, candidate, seed));
  const of = (field) => mean(results.map((result) => result[field]));
  return Object.fromEntries(Object.keys(results[0]).map((field) => [field, of(field)]));
}

/** On the training sets only, with the kind of history that is at hand. */
function choose(training, isClean) {
  let best;
  for (const candidate of candidates) {
    const inner = training.map((held) => {
      const others = training.filter((set) => set !== held);
      return judge(history(others, isClean), held, candidate, seeds[0]).auc;
    });
    if (!best || mean(inner) > best.inner) best = { ...candidate, inner: mean(inner) };
  }
  return best;
}

const sets = await Promise.all(paths.map(load));
const shipped = { features: "seven", spacing: "log of all", newShareMin: newShareMinDefault };
const plain = { ...shipped, newShareMin: 1 };
const bytesAlone = { features: "bytes", spacing: "none", newShareMin: 1 };

const width = 30;
const number = (value, digits) => value.toFixed(digits).padStart(8);
console.log(`AUC by set, mean of seeds ${seeds.join(", ")}; alerts a day at ${alertScoreDefault} (of them malicious)`);
for (const isClean of [false, true]) {
  console.log(isClean ? "\nhistory without its malicious windows" : "\nhistory as it is");
  console.log(
    `${"".padEnd(width)}${names.map((name) => name.padStart(8)).join("")}    mean   alerts a day --min-flows ${minFlows}`,
  );
  const othersOf = (set) => sets.filter((other) => other !== set);
  const choices = sets.map((set) => choose(othersOf(set), isClean));
  const row = (choiceOf) => sets.map((set, i) => overSeeds(history(othersOf(set), isClean), set, choiceOf(i)));
  print(
    "chosen on the other three",
    row((i) => choices[i]),
  );
  print(
    "shipped defaults",
    row(() => shipped),
  );
  print(
    "plain fit",
    row(() => plain),
  );
  print(
    "bytes alone",
    row(() => bytesAlone),
  );
  choices.forEach((choice, i) => {
    if (!choice) return;
    const { features, spacing, newShareMin, inner } = choice;
    const refits = newShareMin < 1 ? `refits while ${newShareMin} is new` : "plain fit";
    console.log(
      `  chosen for ${names[i]}: ${features}; ${spacing}; ${refits} (AUC ${inner.toFixed(3)} within the three)`,
    );
  });
}
console.log("\nfitted on what it scores");
print(
  "the seed's way: bytes",
  sets.map((set) => overSeeds(set.rows, set, bytesAlone)),
);
print(
  "seven features",
  sets.map((set) => overSeeds(set.rows, set, plain)),
);

function print(name, results) {
  const of = (field) => mean(results.map((result) => result[field]));
  const cells = results.map((result) => number(result.auc, 3)).join("");
  const pair = (all, found) => `${of(all).toFixed(0)} (${of(found).toFixed(0)})`;
  const alerts = pair("alertsPerDay", "foundPerDay").padEnd(13);
  const large = pair("largePerDay", "largeFoundPerDay");
  console.log(`${name.padEnd(width)}${cells}${number(of("auc"), 3)}   ${alerts}${large}`);
}
