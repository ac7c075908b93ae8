/** What a search relies on is checked when a model or a state is taken, whatever its checksum says. */
import { beforeAll, describe, expect, it } from "vitest";
import { decodeFeatures, type Entry, encodeFeatures, entryBytes } from "../../../host/model/featureSection.js";
import { encodeKeywords } from "../../../host/model/keywordSection.js";
import { decodeSections, encodeModel, section } from "../../../host/model/modelFile.js";
import { Engine } from "../../../host/wasm/engine.js";
import { FilterHost } from "../../support/filterHost.mjs";
import { learnText } from "../../support/learning.js";
import { ordinaryLog } from "../../support/recordFuzz.mjs";

const seconds = 1_795_227_069;
const engine = new Engine();
const line = Buffer.from(
  `{"log":"203.0.113.9 - - [21/Nov/2026:02:11:09 +0000] \\"GET /cart?id=1&x=${"a%27b".repeat(60)} HTTP/1.1\\" 200 12"}`,
);

let model: Uint8Array;
beforeAll(async () => {
  model = (await learnText(ordinaryLog(1, 3000))).model;
});

function withSection(id: number, bytes: Uint8Array): Uint8Array {
  return encodeModel(engine, new Map(decodeSections(model)).set(id, bytes));
}

function expectRefused(damaged: Uint8Array, what: string): void {
  expect(engine.tryModel(damaged), what).toBe("a section with invalid fields");
  const host = new FilterHost({ model: damaged });
  host.filter(line, { seconds });
  expect(host.errors, what).toHaveLength(1);
  expect(host.errors[0]).toContain("oddline.model has an invalid section");
}

describe("the table of what was learnt", () => {
  it("without an empty slot is refused with one line", () => {
    const features = Uint8Array.from(decodeSections(model).get(section.features)!);
    const view = new DataView(features.buffer);
    for (let at = 16; at < features.length; at += entryBytes) {
      if (view.getBigUint64(at, true) !== 0n) continue;
      view.setBigUint64(at, BigInt((at - 16) / entryBytes) + (1n << 40n), true);
      view.setUint32(at + 8, 1, true);
    }
    expectRefused(withSection(section.features, features), "the count as it was");
    view.setUint32(4, view.getUint32(0, true), true);
    expectRefused(withSection(section.features, features), "the count as it is");
  });

  const entry = (low: number, high: number): Entry => ({ low, high, count: 1, once: 0, note: 0 });

  it("lacks what somebody has chosen to stand in one place", () => {
    const entries = Array.from({ length: 4000 }, (_, i) => entry(0x1235, i + 1));
    const written = encodeFeatures([...entries, entry(7, 7)]);
    expect(decodeFeatures(written)).toHaveLength(257);
    expect(engine.tryModel(withSection(section.features, written))).toBeUndefined();
  });
});

describe("keywords", () => {
  it("of two groups that would share one table are refused", () => {
    const words = Array.from({ length: 3000 }, (_, i) => `word${i}`);
    const keywords = encodeKeywords(
      words.map((word) => ({
        ...{ name: word, words: [word], severity: "low" as const, wholeWord: false },
        ...{ matchCase: false, minCount: 1, isError: false },
      })),
    );
    const view = new DataView(keywords.buffer, keywords.byteOffset);
    expect(engine.tryModel(withSection(section.keywords, keywords))).toBeUndefined();
    const [all, window] = [view.getUint32(28, true), view.getUint8(25)];
    view.setUint32(20, 2, true);
    for (const group of [24, 32]) {
      view.setUint8(group, 3);
      view.setUint8(group + 1, window);
      view.setUint8(group + 2, Math.min(window, 4));
    }
    view.setUint32(28, all - 1, true);
    view.setUint32(36, 1, true);
    expectRefused(withSection(section.keywords, keywords), "two groups of triples");
  });
});

/** The bytes with the checksum of their content. */
function sealState(host: FilterHost, state: Buffer): Buffer {
  const {
    oddline_state_room: roomOf,
    hashBytes,
    memory,
  } = host.exports as unknown as {
    oddline_state_room(bytes: number): number;
    hashBytes(ptr: number, bytes: number, seed: bigint): bigint;
    memory: WebAssembly.Memory;
  };
  const room = roomOf(state.length) >>> 0;
  new Uint8Array(memory.buffer).set(state, room);
  state.writeBigUInt64LE(BigInt.asUintN(64, hashBytes(room + 24, state.length - 24, 0x6f64646c696e6500n)), 16);
  return state;
}

describe("a state", () => {
  it("with counts of buckets that never were is refused", () => {
    const files = new Map<string, Buffer>();
    const host = new FilterHost({ stateFiles: files });
    const failed = Buffer.from('{"log":"x","client":"192.0.2.1","status":500}');
    host.filter(failed, { seconds: 10 });
    host.clockMilliseconds += 60_000;
    host.filter(failed, { seconds: 10 });
    const state = files.get("oddline.state")!;
    const restored = (bytes: Buffer) => {
      const second = new FilterHost({ stateFiles: new Map([["oddline.state", bytes]]) });
      second.filter(failed, { seconds: 10 });
      return second.errors.join("\n");
    };
    expect(restored(sealState(host, Buffer.from(state)))).toContain("oddline.state restored");
    // header 40, section 8, head 16, table 8 and an empty queue: the first slot of errors, whose third bucket is the
    // last
    const slot = state.indexOf(Buffer.from([2, 0, 0, 0]), 40 + 8 + 16 + 8);
    expect(state.readUInt32LE(slot + 4)).toBeGreaterThan(0);
    state.writeUInt32LE(5, slot - 8 + 40 + 4 * 7);
    expect(restored(sealState(host, state))).toContain("oddline.state has an invalid section: windows start empty");
  });
});
