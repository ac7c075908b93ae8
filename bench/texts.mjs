// @ts-check
/**
 * Texts: LogHub's samples, the first half learnt, the second judged. Prints of each the share of lines tagged and,
 * where KINDS is given (bench/textsDrain.py writes it), how many first lines of kinds that the first half lacks are
 * reported, or counted in an incident's tag, and how many of them have a text that the first half lacks, numbers and
 * identifiers being alike (Drain3 tells kinds apart by them as well); then BGL with labels (its column left out),
 * learnt from the normal lines of its first half. ODDLINE_DATA names the data.
 *   node bench/texts.mjs [KINDS]
 */
import { readFileSync } from "node:fs";
import { figures } from "#host/evaluate/ranking.js";
import { batchFlag, Engine } from "#host/wasm/engine.js";
import { bytesOf, check, linesOf, modelOf } from "./corpora.mjs";

const names =
  "Android Apache BGL HDFS HPC Hadoop HealthApp Linux Mac OpenSSH OpenStack Proxifier Spark Thunderbird Windows Zookeeper";
const arrivalSeconds = 1_450_000_000n;
/** @type {Record<string, number[]>} */
const kinds = process.argv[2] ? JSON.parse(readFileSync(process.argv[2], "utf8")) : {};

const shares = [];
let [met, told, unmet] = [0, 0, 0];
for (const name of names.split(" ")) {
  const lines = linesOf(`loghub/${name}_2k.log.gz`);
  const half = lines.length >> 1;
  const { tagged, odd, isNew } = judge(lines.slice(0, half), lines.slice(half));
  const count = tagged.filter(Boolean).length;
  shares.push(count / tagged.length);
  const first = (kinds[name] ?? []).filter((number) => number >= half);
  const counted = first.filter((number) => tagged[number - half] || odd[number - half] > 1).length;
  const texts = first.filter((number) => isNew[number - half]).length;
  met += first.length;
  told += counted;
  unmet += texts;
  const kindsTold = `${counted} of ${first.length} new kinds, ${texts} of them new texts`;
  console.log(`${name.padEnd(12)}${String(count).padStart(4)} tagged   ${kindsTold}`);
}
shares.sort((a, b) => a - b);
const median = (shares[shares.length / 2 - 1] + shares[shares.length / 2]) / 2;
console.log(
  `share tagged: median ${median.toFixed(4)}, worst ${shares.at(-1)?.toFixed(4)}; new kinds ${told} of ${met}, ${unmet} of them new texts`,
);

const bgl = linesOf("loghub/BGL_2k.log.gz").map((line) => ({
  isAlert: line[0] !== "-",
  text: line.replace(/^\S+ /, ""),
}));
const label = linesOf("loghub/BGL_2k.log.gz").map((line) => line.split(" ")[0]);
const half = bgl.length >> 1;
const { tagged, odd } = judge(
  bgl.slice(0, half).flatMap(({ isAlert, text }) => (isAlert ? [] : [text])),
  bgl.slice(half).map(({ text }) => text),
);
const scoresOf = (alert) => Float64Array.from(odd.filter((_, i) => bgl[half + i].isAlert === alert));
const result = figures(scoresOf(false), scoresOf(true));
const categories = new Set(label.slice(half).filter((name) => name !== "-"));
const reached = new Set(label.slice(half).filter((name, i) => name !== "-" && (tagged[i] || odd[i] > 1)));
console.log(
  `BGL, normal lines learnt: AUC ${result.auc.toFixed(3)}; alert categories ${reached.size} of ${categories.size}`,
);

/** Which lines are tagged, what each scores by itself, and whether its text was never learnt. */
function judge(learnt, judged) {
  const model = modelOf(learnt, arrivalSeconds);
  const filter = new Engine();
  filter.useModel(model, "learnt");
  const flags = batchFlag.all | batchFlag.ownTime;
  const outputs = [...filter.tag(bytesOf(judged), { flags, seconds: arrivalSeconds })].map(({ output }) => output);
  const verdicts = Buffer.concat(outputs).toString("latin1").trimEnd().split("\n");
  check(verdicts.length === judged.length, `${verdicts.length} verdicts for ${judged.length} lines`);
  const alone = new Engine();
  alone.useModel(model, "learnt");
  const scores = [...alone.scores(bytesOf(judged), { flags: batchFlag.ownTime, seconds: arrivalSeconds })];
  const known = new Set(textsOf(alone, learnt));
  return {
    isNew: textsOf(alone, judged).map((text) => text !== undefined && !known.has(text)),
    tagged: verdicts.map((text) => Number(/"anomaly":\{"score":([\d.]+)/.exec(text)?.[1] ?? 0) > 1),
    odd: scores.flatMap((part) => [...part]),
  };
}

/** Source and template of each line, undefined where it has nothing to judge. */
function textsOf(engine, lines) {
  const signatures = [];
  for (const rows of engine.rows(bytesOf(lines), { flags: batchFlag.ownTime, seconds: arrivalSeconds }))
    for (const row of rows) signatures.push(row.text("signatureBytes"));
  return signatures.map((signature) => {
    if (signature[0] !== "T") return signature || undefined;
    engine.features(Buffer.from(signature, "latin1"), false);
    return `${signature.slice(2, signature.indexOf("\x01"))} ${engine.templateHash()}`;
  });
}
