/** Word lists as operators bring them, each of up to 10,000 words and the same on every run. */
import { seededRandom } from "./hostile.mjs";

const onsets = "b c d f g h j k l m n p r s t v w br ch cl cr dr fl gr pl pr qu sh sl sp st str th tr".split(" ");
const nuclei = "a e i o u a e i o ea ee ai ou io".split(" ");
const codas = ["", "", "", "", ..."n r l s t d m ck ng nt rd st ll ss".split(" ")];
const endings = ["", "", "", "ing", "ed", "er", "tion", "al", "ment", "ity", "ous"];
const suffixes = ["com", "net", "org", "io", "de", "ru", "info", "top", "xyz", "co.uk"];
const products = ["bot", "scan", "crawler", "spider", "map", "fetch", "probe", "client"];

/** What a list is made of, by name. */
const makers = {
  words: (random) => plainWord(random, 5),
  phrases: (random) =>
    [plainWord(random, 4), plainWord(random, 4), ...(random() < 0.3 ? [plainWord(random, 4)] : [])].join(" "),
  "CVE ids": (random) => `CVE-${2005 + pick(random, 21)}-${1000 + pick(random, random() < 0.5 ? 9000 : 60000)}`,
  "user agents": (random) =>
    `${plainWord(random, 3)}${products[pick(random, products.length)]}${random() < 0.5 ? `/${pick(random, 9)}.${pick(random, 20)}` : ""}`,
  domains: (random) =>
    `${plainWord(random, 3)}${random() < 0.4 ? `-${plainWord(random, 3)}` : ""}.${suffixes[pick(random, suffixes.length)]}`,
  addresses: (random) => [1 + pick(random, 223), pick(random, 256), pick(random, 256), 1 + pick(random, 254)].join("."),
  digests: (random) => Array.from({ length: 8 }, () => pick(random, 65536).toString(16).padStart(4, "0")).join(""),
  numbered: (random) => `word${String(pick(random, 100000)).padStart(5, "0")}`,
  "short words": (random) => plainWord(random, 3),
};

export const listNames = [...Object.keys(makers), "mixed"];

/**
 * Every list is drawn from the same 10,000 by length, the shortest among them: lists differ in nothing but number.
 * @returns {import("../../host/config/keywords.js").Keyword[]}
 */
export function keywordList(name, count) {
  const random = seededRandom(11);
  const found = new Set();
  const kinds = Object.values(makers);
  while (found.size < 10_000) found.add((makers[name] ?? kinds[pick(random, kinds.length)])(random));
  const byLength = [...found].sort((a, b) => a.length - b.length);
  const words = Array.from({ length: count }, (_, i) => byLength[Math.floor((i * byLength.length) / count)]);
  return words.map((word) => ({
    name: word,
    words: [word],
    severity: "medium",
    wholeWord: name === "addresses" || word.length < 5,
    matchCase: false,
    minCount: 1,
    isError: false,
  }));
}

function plainWord(random, bytesMin) {
  let word = "";
  do {
    word +=
      onsets[pick(random, onsets.length)] + nuclei[pick(random, nuclei.length)] + codas[pick(random, codas.length)];
  } while (word.length < bytesMin || random() < 0.35);
  return word + endings[pick(random, endings.length)];
}

function pick(random, count) {
  return Math.floor(random() * count);
}
