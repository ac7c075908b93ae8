// @ts-check
/**
 * A million requests as no client sends them against a running `oddline serve`, half of it with and half without a
 * source to hand on to; it must answer /healthz all the time and say nothing of an error inside. Needs `npm run build`.
 *   node bench/fuzzHttp.mjs [--requests 1000000] [--seed 1]
 */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fuzzHttp } from "../tests/support/httpFuzz.mjs";

const { values } = parseArgs({
  options: { requests: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const requests = Number(values.requests);
const seed = Number(values.seed);

const sink = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(200, { "content-length": 0 }).end());
});
await new Promise((resolve) => sink.listen(0, "127.0.0.1", () => resolve(undefined)));
const { port } = /** @type {import("node:net").AddressInfo} */ (sink.address());
try {
  await run("alone", []);
  await run("handing on", ["--forward", `http://127.0.0.1:${port}/ingest`]);
} finally {
  sink.closeAllConnections();
  sink.close();
}

async function run(name, options) {
  const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
  const server = spawn(process.execPath, [bin, "serve", "--listen", "127.0.0.1:0", ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  server.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  server.on("exit", (code) => {
    said += `\nError: the server ended with ${code}`;
  });
  while (!said.includes("listening on")) await new Promise((resolve) => setTimeout(resolve, 20));
  const port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
  const started = performance.now();
  const { answered, answers, connections, failures, residentBytesMax } = await fuzzHttp({
    port,
    count: Math.ceil(requests / 2),
    seed,
    pid: server.pid,
    said: () => said,
    onProgress: (done) => process.stderr.isTTY && process.stderr.write(`\r${done} of ${requests / 2}`),
  });
  server.removeAllListeners("exit");
  server.kill("SIGTERM");
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${name}, seed ${seed}: ${answered} answers on ${connections} connections in ${seconds.toFixed(0)} s, ` +
      `${failures.length} failures\n  by status ${JSON.stringify(answers)}; ` +
      `resident ${(residentBytesMax / 2 ** 20).toFixed(0)} MiB at most\n`,
  );
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  if (failures.length > 0) process.exitCode = 1;
}
