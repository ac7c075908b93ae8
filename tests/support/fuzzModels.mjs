/** Models for the fuzzers, made by the built host (`npm run build`): an ordinary one, and one with everything in it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfiguration } from "#host/config/configuration.js";
import { openSources } from "#host/io/chunks.js";
import { readSignatures } from "#host/learn/readSignatures.js";
import { learn } from "#host/learn/refresh.js";
import { trainForest } from "#host/math/isolationForest.js";
import { configuredSections } from "#host/model/configuredSections.js";
import { encodeForest } from "#host/model/forestSection.js";
import { decodeSections, encodeModel, section } from "#host/model/modelFile.js";
import { featureNames } from "#host/model/networkFeatures.js";
import { encodeTokens } from "#host/model/tokenSection.js";
import { SignatureStore } from "#host/signatures/signatureStore.js";
import { Engine } from "#host/wasm/engine.js";
import { seededRandom } from "./hostile.mjs";
import { ordinaryLog, profileTags } from "./recordFuzz.mjs";

export async function ordinaryModel(lines = 20_000) {
  const folder = mkdtempSync(join(tmpdir(), "oddline-fuzz-"));
  try {
    writeFileSync(join(folder, "log"), ordinaryLog(1, lines));
    const engine = new Engine();
    const store = new SignatureStore();
    await readSignatures(engine, openSources([join(folder, "log")]), store);
    const given = new Map();
    /** @type {import("#host/learn/refresh.js").LearnOptions} */
    const options = {
      share: 0.001,
      eps: 0.5,
      minSamples: 20,
      ageSecondsMax: 0,
      embedder: "builtin",
      texts: true,
      given,
    };
    return (await learn(engine, store, options)).model;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const every = "[log, message, k, a, a.b, msg, anomaly, deep.a, kubernetes]";

/** Everything that can be configured and learnt; `trusting`: an `anomaly` that an event came with is kept. */
export function everythingModel(ordinary, { keywords = 10_000, trees = 50, trusting = false } = {}) {
  const engine = new Engine();
  const yaml = `
fields: { message: ${every}, level: ${every}, status: ${every}, endpoint: ${every} }
key: { fields: ${every}, forwarded: ${every}, trustedProxies: [0.0.0.0/0, "::/0"] }
source: ${every}
trustUpstream: ${trusting}
endpoints: { enabled: true, floor: 5 }
errors: { floor: 3, clientErrors: true }
requests: { floor: 10 }
keywords: { list: [${keywordList(keywords).join(", ")}] }
known:
${Array.from({ length: 20 }, (_, i) => `- { pattern: "*${i}*ab*${i}*", reason: known, until: 2030-01-01 }`).join("\n")}
profiles:
- { name: off, tag: "${profileTags.off}*", enabled: false }
- { name: all, tag: "${profileTags.all}*", tagAll: true }
- { name: shadow, tag: "${profileTags.shadow}*", mode: shadow }
- { name: web, tag: "${profileTags.web}*web*", key: { fields: [] }, fields: { message: [] } }
- { name: "1", source: "*1*", fields: { message: [] }, detectors: { novelty: false } }
- { name: a, tag: "a*b*c*", errors: { clientErrors: false } }
`;
  const { configuration } = parseConfiguration(yaml, "oddline.yaml");
  const sections = new Map([...decodeSections(ordinary), ...configuredSections(configuration)]);
  sections.set(section.forest, forest(trees));
  sections.set(section.tokens, tokens());
  return encodeModel(engine, sections);
}

/** Short and long, many with a beginning or an end in common. */
function keywordList(count) {
  const random = seededRandom(7);
  const below = (n) => Math.floor(random() * n);
  const words = ["payment", "order", "abc", "session", "zz", "failed at", "SELECT", "/etc/", "ünï", "0x"];
  return Array.from({ length: count }, (_, i) => {
    const word = `${words[below(words.length)]}${i.toString(36)}${words[below(words.length)]}`;
    if (i % 50 !== 0) return JSON.stringify(word);
    const severity = ["low", "medium", "high"][below(3)];
    return `{ word: ${JSON.stringify(word)}, severity: ${severity}, minCount: ${1 + below(3)}, wholeWord: ${i % 100 === 0} }`;
  });
}

function forest(treeCount) {
  const random = seededRandom(3);
  const rows = Float32Array.from({ length: 800 * featureNames.length }, () => Math.floor(Math.exp(random() * 12)));
  const spacing = featureNames.map(() => /** @type {const} */ ("log"));
  const trained = trainForest(rows, { treeCount, sampleCount: 128, seed: 5, spacing });
  const settings = { entity: /** @type {const} */ ("pair"), windowSeconds: 60, alertScore: -0.02, minFlows: 1 };
  return encodeForest({ forest: trained, features: [...featureNames], ...settings });
}

function tokens() {
  const random = seededRandom(9);
  const rows = Array.from({ length: 300 }, () => ({
    hash: (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32)) | 1n,
    vector: Int8Array.from({ length: 64 }, () => Math.floor(random() * 256) - 128),
  }));
  return encodeTokens(rows, 2);
}
