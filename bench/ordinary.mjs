// @ts-check
/**
 * Ordinary lines that were not learnt: how many are tagged for novelty or as outliers, where one in a thousand is
 * stated. Requests of the evaluation sets; authentication logs, of which the first half is learnt and the second
 * judged, with every such tag and its reason. ODDLINE_DATA names the data.
 *   node bench/ordinary.mjs
 */
import { Engine } from "#host/wasm/engine.js";
import { bytesOf, check, linesOf, modelOf } from "./corpora.mjs";

const arrivalSeconds = 1_700_000_000n;

for (const set of ["csic", "web", "torpeda"])
  report(set, linesOf(`eval/${set}-train-normal.log.gz`), linesOf(`eval/${set}-test-normal.log.gz`), 0.0015);
for (const name of ["elastic", "gtkcyber"]) {
  const lines = linesOf(`auth/auth_${name}.log.gz`);
  const half = lines.length >> 1;
  for (const tag of report(`auth ${name}`, lines.slice(0, half), lines.slice(half), 0.003)) console.log(`  ${tag}`);
}

/**
 * @param {string} name
 * @param {string[]} learnt
 * @param {string[]} judged
 * @param {number} shareMax
 */
function report(name, learnt, judged, shareMax) {
  const model = modelOf(learnt, arrivalSeconds);
  const filter = new Engine();
  filter.useModel(model, name);
  const outputs = [...filter.tag(bytesOf(judged), { flags: 0, seconds: arrivalSeconds })].map(({ output }) => output);
  const records = Buffer.concat(outputs).toString("latin1").trimEnd().split("\n");
  check(records.length === judged.length, `${records.length} records for ${judged.length} lines`);
  const tags = records.flatMap((record) => {
    if (!record.includes('"anomaly":{"score"')) return [];
    const { anomaly, log } = JSON.parse(record);
    return /novelty|outlier/.test(anomaly.type) ? [`${anomaly.reason}   ${log}`] : [];
  });
  const share = tags.length / judged.length;
  const verdict = share <= shareMax ? "" : `, over ${shareMax}`;
  console.log(`${name.padEnd(14)} ${tags.length} of ${judged.length} lines, ${share.toFixed(4)}${verdict}`);
  return tags;
}
