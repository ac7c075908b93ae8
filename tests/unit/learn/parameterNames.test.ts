/** Names of parameters are read out of signatures byte by byte, whatever their values look like. */
import { describe, expect, it } from "vitest";
import { namesOfTarget, targetOf } from "../../../host/learn/grams.js";
import { knownTexts } from "../../../host/learn/knownTexts.js";
import { SignatureStore } from "../../../host/signatures/signatureStore.js";
import { Engine } from "../../../host/wasm/engine.js";

function storeOf(engine: Engine, lines: string[]): SignatureStore {
  const store = new SignatureStore();
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  for (const { records } of engine.signatures(bytes, { flags: 0, seconds: 1_795_000_000n })) store.addRecords(records);
  return store;
}

const request = (client: number, target: string) =>
  `203.0.${client}.7 - - [20/Nov/2026:03:00:00 +0000] "GET ${target} HTTP/1.1" 200 ${client} "-" "curl/8"`;

/** Behind each value stands its length: of these values the lengths are those of the marks, and of none. */
const values = ["", "a", "ab", "abc", "abcd", "abcde", "x%27y", "%02%03%04", "1234"];

describe("names of parameters", () => {
  const engine = new Engine();
  const names = ["q", "page_size", "a.b-c", "x9", "%5Btags%5D", `n${"o".repeat(39)}`, `n${"o".repeat(40)}`];
  const lines = Array.from({ length: 12 }, (_, client) =>
    values.map((value) =>
      request(client, `/find?${names.map((name) => `${name}=${value}`).join("&")}&c${client}=${value}`),
    ),
  ).flat();
  const store = storeOf(engine, lines);

  it("that may be quoted are made of letters and joints, and many sent them", () => {
    expect(knownTexts(engine, store, []).names.toSorted()).toEqual(["a.b-c", `n${"o".repeat(39)}`, "page_size", "q"]);
  });

  it("are the same without the grams of the target", () => {
    const text = (name: Uint8Array) => Buffer.from(name).toString("latin1");
    for (let signature = 0; signature < store.size; signature++) {
      const bytes = store.bytes(signature);
      const all = namesOfTarget(bytes).map(text);
      const ofTarget = targetOf(bytes).names.map(text);
      expect(ofTarget.length).toBeGreaterThan(5);
      expect(all.slice(0, ofTarget.length)).toEqual(ofTarget);
      expect(all.length).toBeGreaterThanOrEqual(names.length);
    }
  });
});
