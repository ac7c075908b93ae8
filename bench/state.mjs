// @ts-check
/**
 * What saving the state costs inside Fluent Bit: CPU of a process whose default tables are full, saving every second,
 * against one that never saves. nice node bench/state.mjs [rounds]
 */
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseConfiguration } from "#host/config/configuration.js";
import { encodeConfiguration } from "#host/model/configSection.js";
import { withoutLearning } from "#host/model/configuredModel.js";
import { encodeModel, section } from "#host/model/modelFile.js";
import { encodeThresholds } from "#host/model/thresholdsSection.js";
import { Engine } from "#host/wasm/engine.js";
import { check, median } from "./corpora.mjs";

const filter = fileURLToPath(new URL("../build/oddline.wasm", import.meta.url));
const rounds = Number(process.argv[2] ?? 3);
const seconds = 20;
const tickMilliseconds = 10; // of /proc/PID/stat

const folder = mkdtempSync(join(tmpdir(), "oddline-bench-state-"));
try {
  const without = [];
  const saving = [];
  for (let round = 0; round < rounds; round++) {
    without.push(await run(0));
    saving.push(await run(1));
  }
  const cpu = (runs) => median(runs.map(({ cpuMilliseconds }) => cpuMilliseconds));
  const { saves, stateBytes } = saving[0];
  console.log(`CPU of ${seconds} s, median of ${rounds}: ${cpu(without)} ms without saving, ${cpu(saving)} ms with`);
  console.log(
    `${saves} saves of ${stateBytes} bytes: ${((cpu(saving) - cpu(without)) / saves).toFixed(1)} ms of CPU each`,
  );
  for (const { grownKilobytes } of saving) check(grownKilobytes < 2048, `memory grew by ${grownKilobytes} kB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function run(saveEvery) {
  const own = mkdtempSync(join(folder, "run-"));
  const [models, states, log] = ["model", "state", "app.log"].map((name) => join(own, name));
  mkdirSync(models);
  mkdirSync(states);
  writeFileSync(join(models, "oddline.model"), modelOf(`{ state: { saveEvery: ${saveEvery}s } }`));
  // more addresses than there are slots, all within one window, each with an error
  writeFileSync(log, Array.from({ length: 40_000 }, (_, i) => lineOf((i * 7919) % 65_536)).join(""));
  writeFileSync(join(own, "run.conf"), configuration(log, models, states));
  const child = spawn("fluent-bit", ["-q", "-c", join(own, "run.conf")], { stdio: "ignore" });
  await sleep(4000);
  const [cpuBefore, memoryBefore] = [cpuOf(child.pid), residentOf(child.pid)];
  const seen = new Set();
  for (let i = 0; i < seconds * 5; i++) {
    appendFileSync(log, lineOf(i));
    await sleep(200);
    if (saveEvery > 0) seen.add(statSync(join(states, "oddline.state"), { throwIfNoEntry: false })?.mtimeMs);
  }
  const measured = {
    cpuMilliseconds: cpuOf(child.pid) - cpuBefore,
    grownKilobytes: residentOf(child.pid) - memoryBefore,
    saves: seen.size,
    stateBytes: saveEvery > 0 ? statSync(join(states, "oddline.state")).size : 0,
  };
  child.kill("SIGTERM");
  await new Promise((resolve) => child.on("exit", resolve));
  check(saveEvery === 0 || measured.stateBytes > 2_000_000, "the tables are not full");
  return measured;
}

function lineOf(number) {
  const address = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
  return `${address} - - [21/Nov/2026:12:00:00 +0000] "GET /cart HTTP/1.1" 500 312 "-" "curl/8"\n`;
}

function modelOf(yaml) {
  const thresholds = {
    ...withoutLearning,
    linesLearnt: 1,
  };
  const { configuration: settings } = parseConfiguration(yaml, "oddline.yaml");
  return encodeModel(
    new Engine(),
    new Map([
      [section.thresholds, encodeThresholds(thresholds)],
      [section.configuration, encodeConfiguration(settings)],
    ]),
  );
}

function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
  return (Number(fields[13]) + Number(fields[14])) * tickMilliseconds;
}

function residentOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

function configuration(log, models, states) {
  return `[SERVICE]
    Flush 0.5
    Grace 1
    Log_Level warn
[INPUT]
    Name tail
    Path ${log}
    Read_from_Head On
    Refresh_Interval 1
[FILTER]
    Name wasm
    Match *
    Wasm_Path ${filter}
    Function_Name oddline_filter
    Accessible_Paths ${models},${states}
[OUTPUT]
    Name null
    Match *
`;
}
