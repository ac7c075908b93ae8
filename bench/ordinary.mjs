// @ts-check
/**
 * Ordinary lines that were not learnt: how many are tagged for novelty or as outliers, where one in a thousand is
 * stated. Requests of the evaluation sets; authentication logs, of which the first half is learnt and the second
 * judged, with every such tag and its reason. ODDLINE_DATA names the data.
 *   node bench/ordinary.mjs
 */
import { linesOf, taggedOf } from "./corpora.mjs";

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
  const tags = taggedOf(learnt, judged, arrivalSeconds)
    .filter(({ anomaly }) => /novelty|outlier/.test(anomaly.type))
    .map(({ anomaly, log }) => `${anomaly.reason}   ${log}`);
  const share = tags.length / judged.length;
  const verdict = share <= shareMax ? "" : `, over ${shareMax}`;
  console.log(`${name.padEnd(14)} ${tags.length} of ${judged.length} lines, ${share.toFixed(4)}${verdict}`);
  return tags;
}
