/** What the filter holds: its linear memory, which an interpreter takes from the machine as it grows. */
import { describe, expect, it } from "vitest";
import { centroidsMax, dimensions, encodeCentroids } from "../../host/model/centroidSection.js";
import { decodeSections, encodeModel, section } from "../../host/model/modelFile.js";
import { Engine } from "../../host/wasm/engine.js";
import { FilterHost } from "../support/filterHost.mjs";
import { hostileLines, seededRandom } from "../support/hostile.mjs";
import { learnText } from "../support/learning.js";
import { linesOfKinds } from "../support/logKinds.mjs";

const seconds = 1_795_262_400;
const mebibyte = 1 << 20;
const mostMebibytes = 12;
/** Once a new model has come both are held (docs/limits.md): the room stays. */
const mostMebibytesOfTwo = 14;
/** What the no-op filter begins with (tests/support/noopFilter.mjs): eight pages. */
const noopMebibytes = 0.5;

/** With as many patterns as a model may have. */
function withPatterns(model: Uint8Array): Uint8Array {
  const random = seededRandom(4096);
  const centroids = Array.from({ length: centroidsMax }, () => ({
    sums: Int16Array.from({ length: dimensions }, () => Math.round(random() * 40 - 20)),
    radius: 0.6,
    support: 20,
  }));
  const sections = new Map(decodeSections(model));
  sections.set(section.centroids, encodeCentroids(centroids));
  return encodeModel(new Engine(), sections);
}

function mebibytesAfter(host: FilterHost): number {
  host.lookAtClock();
  for (const line of hostileLines(5000, 3)) host.filter(Buffer.from(JSON.stringify({ log: line })), { seconds });
  return (host.exports.memory as WebAssembly.Memory).buffer.byteLength / mebibyte;
}

describe("the filter's memory", () => {
  it(`with as many patterns as fit is at most ${mostMebibytes} MiB more than the no-op's`, async () => {
    const model = withPatterns((await learnText(`${linesOfKinds(1, 4000).sshd.join("\n")}\n`)).model);
    const host = new FilterHost({ model });
    const first = mebibytesAfter(host);
    expect(host.errors.join()).toContain("loaded");
    host.replaceModel(withPatterns((await learnText(`${linesOfKinds(2, 4000).sshd.join("\n")}\n`)).model));
    host.clockMilliseconds += 60_000;
    const second = mebibytesAfter(host);
    console.log(`model of ${(model.length / mebibyte).toFixed(1)} MiB: ${first} MiB, with the next one ${second} MiB`);
    expect(first - noopMebibytes).toBeLessThan(mostMebibytes);
    expect(second - noopMebibytes).toBeLessThan(mostMebibytesOfTwo);
  });
});
