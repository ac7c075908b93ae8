// @ts-check
/**
 * How often ordinary lines that were not learnt are tagged `low`, `medium` and `high` for what they say (novelty and
 * outlier), where one in 1,000, 10,000 and 100,000 is stated, and how grave the rates are that were reported. Requests
 * of the evaluation sets and of small made-up sites; second halves of the public logs, of which the first is learnt.
 *   node bench/severity.mjs [--choose] [--verbose]
 * --choose: of the evaluation sets the lines to learn from alone, half of them judged: constants may be chosen on them.
 * --verbose: each line that is graver than `low`, with its reason.
 */
import { SmallSite } from "../tests/support/smallSite.mjs";
import { linesOf, taggedOf } from "./corpora.mjs";

const arrivalSeconds = 1_700_000_000n;
const choose = process.argv.includes("--choose");
const verbose = process.argv.includes("--verbose");
const grades = ["low", "medium", "high"];
const sites = 10;

/** @type {{ lines: number, said: number[], rates: number[] }} */
const sum = { lines: 0, said: [0, 0, 0], rates: [0, 0, 0] };
for (const set of ["csic", "web", "torpeda"]) {
  const learnt = linesOf(`eval/${set}-train-normal.log.gz`);
  if (choose) judgeHalf(set, learnt);
  else judge(set, learnt, linesOf(`eval/${set}-test-normal.log.gz`));
}
for (const log of ["auth/auth_elastic", "auth/auth_gtkcyber", "web/apache_elastic_10k", "web/apache_gtkcyber"])
  judgeHalf(log, linesOf(`${log}.log.gz`));
for (let seed = 1; seed <= sites; seed++) {
  const site = new SmallSite(choose ? seed : 1000 + seed);
  judge(`small site ${seed}`, site.lines(6000), site.lines(20_000));
}
print("all", sum);

/** @param {string} name @param {string[]} lines */
function judgeHalf(name, lines) {
  const half = lines.length >> 1;
  judge(name, lines.slice(0, half), lines.slice(half));
}

/** @param {string} name @param {string[]} learnt @param {string[]} judged */
function judge(name, learnt, judged) {
  const counts = { lines: judged.length, said: [0, 0, 0], rates: [0, 0, 0] };
  const graver = [];
  for (const { anomaly, log } of taggedOf(learnt, judged, arrivalSeconds)) {
    const grade = grades.indexOf(anomaly.severity);
    if (grade < 0) continue;
    if (/error_rate|burst/.test(anomaly.type)) counts.rates[grade]++;
    if (!/novelty|outlier/.test(anomaly.type)) continue;
    counts.said[grade]++;
    if (grade > 0) graver.push(`  ${anomaly.severity} ${anomaly.score}: ${anomaly.reason}   ${log}`);
  }
  print(name, counts);
  if (verbose) for (const line of graver) console.log(line.slice(0, 300));
  sum.lines += counts.lines;
  grades.forEach((_, grade) => {
    sum.said[grade] += counts.said[grade];
    sum.rates[grade] += counts.rates[grade];
  });
}

/** @param {string} name @param {{ lines: number, said: number[], rates: number[] }} counts */
function print(name, { lines, said, rates }) {
  const shares = grades.map((grade, i) => `${grade} ${said[i]} (${(said[i] / lines).toFixed(5)})`);
  console.log(`${name.padEnd(24)} ${lines} lines: ${shares.join(", ")}; rates ${rates.join("/")}`);
}
