// @ts-check
/** What a run of `oddline` takes: CPU and the most memory it held, told by the process itself when it ends. */
import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { check } from "./corpora.mjs";

const program = fileURLToPath(new URL("../dist/bin.js", import.meta.url));
const hook = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\nusage "+JSON.stringify(process.resourceUsage())+"\\n"))`;

/** The run must end well; what it prints goes to `output`, its notes come back. */
export async function usageOf(words, output = "/dev/null") {
  const child = spawn(process.execPath, ["--import", hook, program, ...words], {
    stdio: ["ignore", openSync(output, "w"), "pipe"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const code = await new Promise((done) => child.on("close", done));
  check(code === 0, said);
  const usage = JSON.parse(/usage (.*)/.exec(said)?.[1] ?? "{}");
  return { cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6, residentMiB: usage.maxRSS / 1024, said };
}
