/** The command line: one file a command under `commands/`, gathered here. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, type Option } from "commander";
import { registerCheck } from "./commands/check.js";
import { registerCompile } from "./commands/compile.js";
import { registerDemo } from "./commands/demo.js";
import { registerEval } from "./commands/eval.js";
import { registerInit } from "./commands/init.js";
import { registerInspect } from "./commands/inspect.js";
import { registerNetwork } from "./commands/network.js";
import { registerRefresh } from "./commands/refresh.js";
import { registerReplay } from "./commands/replay.js";
import { registerRollback } from "./commands/rollback.js";
import { registerScan } from "./commands/scan.js";
import { registerServe } from "./commands/serve.js";
import { registerSummarize } from "./commands/summarize.js";
import { registerTag } from "./commands/tag.js";
import { registerVectorConfig } from "./commands/vectorConfig.js";
import { registerVectorModule } from "./commands/vectorModule.js";
import { type ExitCode, exitCode, OddlineError } from "./errors.js";

type Register = (program: Command) => void;

/** Listed in the order `--help` shows them. */
const commands: Register[] = [
  registerRefresh,
  registerTag,
  registerScan,
  registerServe,
  registerNetwork,
  registerEval,
  registerReplay,
  registerInspect,
  registerInit,
  registerCheck,
  registerCompile,
  registerSummarize,
  registerRollback,
  registerVectorConfig,
  registerVectorModule,
  registerDemo,
];

export function buildProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const program = new Command("oddline")
    .description("Learns what is normal in your logs and tags what is not, inside Fluent Bit and Vector.")
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError("(oddline --help lists the commands)")
    .exitOverride();
  for (const register of commands) register(program);
  for (const command of program.commands) {
    command.exitOverride().showSuggestionAfterError();
    for (const option of command.options) describeBigDefault(option);
  }
  return program;
}

/** Help prints defaults as JSON, which has no 64-bit numbers; a time is always the present one. */
function describeBigDefault(option: Option): void {
  if (typeof option.defaultValue !== "bigint") return;
  option.default(option.defaultValue, option.long === "--time" ? "now" : String(option.defaultValue));
}

/** Runs one command and returns the exit code; never throws, never prints a stack trace for an operator's mistake. */
export async function runCli(argv: string[]): Promise<ExitCode> {
  try {
    await buildProgram().parseAsync(argv);
    return (process.exitCode as ExitCode | undefined) ?? exitCode.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
    if (error instanceof OddlineError) {
      process.stderr.write(`${error.message}\n`);
      return error.exit;
    }
    process.stderr.write(`oddline: error INTERNAL\n  found:    ${(error as Error).message}\n`);
    if (process.env.ODDLINE_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
    return exitCode.failed;
  }
}
