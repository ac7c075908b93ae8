/** Where the host's copies lie nothing else does, however long a tag is. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configuredModel } from "../support/configuredModel.js";
import { FilterHost } from "../support/filterHost.mjs";
import { compileEntry } from "../support/guardedFilter.mjs";
import { tagOf } from "../support/recordFuzz.mjs";

const seconds = 1_795_227_069;
const access = (client: string, target: string) =>
  Buffer.from(`{"log":${JSON.stringify(`${client} - - [21/Nov/2026:02:11:09 +0000] "GET ${target} HTTP/1.1" 500 1`)}}`);
const records = [
  access("2001:db8::1", "/"),
  access("2001:db8:1:2:3:4:5:6", "/x?id=1' union select password from users"),
  access("192.0.2.1", "/"),
  Buffer.from('{"log":"2026-11-21T02:11:09Z ERROR Segmentation fault, core dumped"}'),
  Buffer.from('{"src":"2001:db8::1","dst":"2001:db8::2","dport":443,"bytes":1,"anomaly":1}'),
];
const yaml = `
keywords: { defaults: false }
errors: { floor: 3 }
profiles: [{ name: web, tag: "kube.var.log.containers.web-*", errors: { floor: 3, clientErrors: true } }]
`;
const kubernetesTag = (bytes: number) => `kube.var.log.containers.web-${"x".repeat(5000)}`.slice(0, bytes);
const filterAll = (host: FilterHost, tag: string) =>
  records.map((record) => host.filter(record, { tag, seconds }).output?.toString());

describe("the filter's memory", () => {
  it("holds nothing behind the static data once the module has started", () => {
    const wasm = readFileSync(new URL("../../build/oddline.wasm", import.meta.url));
    const system = new Proxy({}, { get: () => () => 8 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { wasi_snapshot_preview1: system });
    const { memory, malloc } = exports as { memory: WebAssembly.Memory; malloc: (bytes: number) => number };
    const arena = new Uint8Array(memory.buffer).subarray(malloc(0));
    expect(arena.length).toBeGreaterThan(1 << 18);
    expect(arena.every((byte) => byte === 0)).toBe(true);
  });

  it("cannot come from AssemblyScript's heap: such a build is refused and says where", async () => {
    await expect(compileEntry("tests/unit/assembly/builds/allocates.ts")).rejects.toThrow(
      "heap used by start:tests/unit/assembly/builds/allocates: take memory.data",
    );
  });

  it("is not reached by a tag of any length, be it the first that is copied or a later one", () => {
    const expected = filterAll(new FilterHost(), "app");
    for (let bytes = 0; bytes <= 4096; bytes += bytes < 320 ? 9 : 236) {
      const host = new FilterHost();
      expect(filterAll(host, kubernetesTag(bytes)), `${bytes} bytes, first`).toEqual(expected);
    }
    const host = new FilterHost();
    for (let bytes = 0; bytes <= 4096; bytes++) {
      // the windows count on, so only what they do not touch is compared: that each record came out whole
      const outputs = filterAll(host, kubernetesTag(bytes));
      for (const [i, output] of outputs.entries())
        expect(output?.startsWith(records[i]!.toString().slice(0, 60)), `${bytes} bytes, later`).toBe(true);
    }
  });

  it("is not written to where the tag lies, so that the profile chosen is the tag's", () => {
    for (const bytes of [30, 60, 240, 4096]) {
      const host = new FilterHost({ model: configuredModel(yaml) });
      const notFound = Buffer.from(records[0]!.toString().replace(" 500 ", " 404 "));
      const outputs = Array.from(
        { length: 6 },
        () => host.filter(notFound, { tag: kubernetesTag(bytes), seconds }).output,
      );
      expect(host.errors.join()).toContain("loaded");
      expect(outputs.map((output) => tagOf(notFound, output)?.type)).toContain("error_rate");
    }
  });
});
