// @ts-check
// Reading from Loki: 104,000 lines of a shop into a Loki of your own (LOKI_ADDR), then `oddline refresh` from there and
// from a file, and logcli beside them; medians of three. Loki's limits on ingestion must allow 4,000 lines a push.
//   LOKI_ADDR=http://127.0.0.1:3100 node bench/lokiRead.mjs
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Shop } from "#host/demo/shop.js";

const address = process.env.LOKI_ADDR ?? "http://127.0.0.1:3100";
const folder = mkdtempSync(join(tmpdir(), "oddline-loki-read-"));
const start = Math.floor(Date.now() / 1000) - 2700;
const job = `bench-${start}`;
const lines = new Map();

const shops = Array.from({ length: 40 }, (_, seed) => new Shop(seed, start));
for (let i = 0; i < 2600; i++) for (const shop of shops) lines.set(shop.line(), `${start + i}000000000`);
const values = [...lines].map(([line, time]) => [time, line]);
for (let at = 0; at < values.length; at += 4000) {
  const body = JSON.stringify({ streams: [{ stream: { job }, values: values.slice(at, at + 4000) }] });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${address}/loki/api/v1/push`, { method: "POST", headers, body });
  if (answer.status !== 204) throw new Error(`push: ${answer.status} ${await answer.text()}`);
}
writeFileSync(join(folder, "log"), values.map(([, line]) => `${line}\n`).join(""));

const query = `{job="${job}"}`;
const range = ["--since", `${start}`, "--until", `${start + 2640}`];
const time = (seconds) => new Date(seconds * 1000).toISOString();
const out = ["--out", join(folder, "m"), "--json"];
const learnt = (text) => JSON.parse(text).lines;
/** @type {Record<string, [string, string[], (text: string) => number]>} */
const runs = {
  "refresh from Loki": [
    "node",
    ["dist/bin.js", "refresh", "--loki", address, "--query", query, ...range, ...out],
    learnt,
  ],
  "logcli, batches of 5,000": [
    "logcli",
    [
      ...["query", query, `--addr=${address}`, `--from=${time(start)}`, `--to=${time(start + 2640)}`, "--forward"],
      ...[`--limit=${values.length + 1}`, "--batch=5000", "--output=raw", "--quiet"],
    ],
    (text) => text.split("\n").length - 1,
  ],
  "refresh from a file": ["node", ["dist/bin.js", "refresh", join(folder, "log"), ...out], learnt],
};
try {
  for (const [name, [command, words, count]] of Object.entries(runs)) {
    const seconds = [1, 2, 3].map(() => {
      const from = performance.now();
      const { stdout, stderr, status } = spawnSync(command, words, { encoding: "utf8", maxBuffer: 1 << 28 });
      if (status !== 0 || count(stdout) !== values.length)
        throw new Error(`${name}: ${status} ${stderr} ${stdout.slice(0, 200)}`);
      return (performance.now() - from) / 1000;
    });
    const median = seconds.sort((a, b) => a - b)[1];
    console.log(
      `${name}: ${median.toFixed(2)} s, ${Math.round(values.length / median).toLocaleString("en-US")} lines/s`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`load ${loadavg()[0].toFixed(1)}`);
