// @ts-check
/**
 * What configured fields cost in V8: the same records judged with no path configured, with the usual few, and with as
 * many as a configuration may name; in turns; medians, speeds by round. With --before another build's oddline.wasm is
 * timed as well.
 *   node bench/fields.mjs [--rounds 9] [--records 100000] [--before oddline.wasm]
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseConfiguration } from "#host/config/configuration.js";
import { configuredModel } from "#host/model/configuredModel.js";
import { Engine } from "#host/wasm/engine.js";
import { seededRandom } from "../tests/support/hostile.mjs";
import { check, median } from "./corpora.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    records: { type: "string", default: "100000" },
    before: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const count = Number(values.records);

const settings = {
  "nothing configured": "mode: tag\n",
  "key, level, forwarded": `
fields: { level: [sev] }
key: { fields: [user.id], forwarded: [http.xff], trustedProxies: [10.0.0.0/8] }
`,
  "112 paths": `
fields: { message: ${many("m")}, level: ${many("l")}, status: ${many("s")}, endpoint: ${many("e")} }
key: { fields: ${many("k")}, forwarded: ${many("f")}, trustedProxies: [10.0.0.0/8] }
source: ${many("n")}
`,
};

function many(letter) {
  return `[${Array.from({ length: 16 }, (_, i) => `${letter}${i}.in.${letter}`).join(", ")}]`;
}

function modelOf(yaml) {
  return configuredModel(new Engine(), parseConfiguration(yaml, "oddline.yaml").configuration);
}

/** Two shapes: what `tail` makes of an access line, and a record of a dozen fields. */
function records(shape) {
  const random = seededRandom(5);
  const below = (n) => Math.floor(random() * n);
  const lines = [];
  for (let i = 0; i < count; i++) {
    const address = `10.${below(9)}.${below(9)}.${below(250)}`;
    const line = `${address} - - [21/Nov/2026:02:${10 + below(50)}:09 +0000] "GET /shop/item${below(500)}?q=${below(99)} HTTP/1.1" 200 ${below(9999)} "-" "Mozilla/5.0 (X11; Linux x86_64)"`;
    if (shape === "tail") lines.push(JSON.stringify({ log: line }));
    else {
      lines.push(
        JSON.stringify({
          "@timestamp": "2026-11-21T02:11:09Z",
          sev: "info",
          msg: `order ${below(9999)} was paid by card`,
          http: { xff: `203.0.113.${below(250)}, ${address}`, request: { method: "GET" } },
          remote_addr: address,
          user: { id: below(900), name: "somebody" },
          kubernetes: { pod_name: "shop-7d9f", namespace_name: "shop", labels: { app: "shop", tier: "web" } },
          host: "node1",
          file: "/var/log/shop.log",
          duration: below(900),
        }),
      );
    }
  }
  return Buffer.from(`${lines.join("\n")}\n`);
}

/** An instance of another build, driven by hand. */
async function starter(url) {
  const refuse = () => 8;
  const imports = new Proxy({}, { get: () => refuse });
  const { instance } = await WebAssembly.instantiate(readFileSync(url), { wasi_snapshot_preview1: imports });
  /** @type {Record<string, any>} */
  const wasm = instance.exports;
  wasm.oddline_start(0n);
  const room = 1 << 20;
  const [input, output] = [wasm.oddline_buffer(room) >>> 0, wasm.oddline_buffer(8 * room) >>> 0];
  return {
    useModel(model) {
      const ptr = wasm.oddline_model_room(model.length) >>> 0;
      new Uint8Array(wasm.memory.buffer).set(model, ptr);
      check(wasm.oddline_use_model(model.length) === 0, "the model was refused");
    },
    judge(bytes) {
      wasm.oddline_start(0n);
      let lines = 0;
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + room);
        const whole = end === bytes.length ? end : bytes.lastIndexOf(10, end - 1) + 1;
        new Uint8Array(wasm.memory.buffer).set(bytes.subarray(at, whole), input);
        at += wasm.oddline_batch(input, whole - at, output, 8 * room, 4, 1_800_000_000n);
        lines += wasm.batchLines.value;
      }
      check(lines === count, `${lines} records came out of ${count}`);
    },
  };
}

const here = new URL("../build/oddline.wasm", import.meta.url);
for (const shape of ["tail", "fields"]) {
  const bytes = records(shape);
  /** @type {[string, Awaited<ReturnType<typeof starter>>, Uint8Array][]} */
  const ways = [];
  if (values.before) ways.push(["before", await starter(values.before), modelOf(settings["nothing configured"])]);
  for (const [name, yaml] of Object.entries(settings)) ways.push([name, await starter(here), modelOf(yaml)]);
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(ways.map(([name]) => [name, []]));
  for (const [, way, model] of ways) way.useModel(model);
  for (let round = -2; round < rounds; round++) {
    for (const [name, way] of round % 2 === 0 ? ways : ways.toReversed()) {
      const start = process.cpuUsage();
      way.judge(bytes);
      if (round >= 0) times[name].push((process.cpuUsage(start).user * 1000) / count);
    }
  }
  const base = times[values.before ? "before" : "nothing configured"];
  console.log(`${shape}: ${count} records, ${(bytes.length / count).toFixed(0)} bytes each, median of ${rounds}`);
  for (const [name, all] of Object.entries(times)) {
    const speed = median(all.map((one, round) => base[round] / one));
    console.log(
      `  ${name.padEnd(24)} ${median(all).toFixed(0).padStart(6)} ns of CPU a record   speed x ${speed.toFixed(3)}`,
    );
  }
}
