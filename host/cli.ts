/** The command line: one file a command under `commands/`, gathered here. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, type Option } from "commander";
import { type ExitCode, exitCode, formatError } from "./io/errors.js";
import { systemError } from "./io/systemErrors.js";

type Register = (program: Command) => void;

/** Listed in the order `--help` shows them. Each is loaded when it is asked for: `serve` starts in half the time. */
const commands: Record<string, () => Promise<Register>> = {
  refresh: async () => (await import("./commands/refresh.js")).registerRefresh,
  tag: async () => (await import("./commands/tag.js")).registerTag,
  scan: async () => (await import("./commands/scan.js")).registerScan,
  serve: async () => (await import("./commands/serve.js")).registerServe,
  network: async () => (await import("./commands/network.js")).registerNetwork,
  eval: async () => (await import("./commands/eval.js")).registerEval,
  replay: async () => (await import("./commands/replay.js")).registerReplay,
  inspect: async () => (await import("./commands/inspect.js")).registerInspect,
  accept: async () => (await import("./commands/accept.js")).registerAccept,
  init: async () => (await import("./commands/init.js")).registerInit,
  check: async () => (await import("./commands/check.js")).registerCheck,
  compile: async () => (await import("./commands/compile.js")).registerCompile,
  summarize: async () => (await import("./commands/summarize.js")).registerSummarize,
  rollback: async () => (await import("./commands/rollback.js")).registerRollback,
  "vector-config": async () => (await import("./commands/vectorConfig.js")).registerVectorConfig,
  "vector-module": async () => (await import("./commands/vectorModule.js")).registerVectorModule,
  aot: async () => (await import("./commands/aot.js")).registerAot,
  demo: async () => (await import("./commands/demo.js")).registerDemo,
};

/** With the command that is named first, or with all. */
export async function buildProgram(name?: string): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const program = new Command("oddline")
    .description("Learns what is normal in your logs and tags what is not, inside Fluent Bit and Vector.")
    .version(version)
    .showSuggestionAfterError()
    .showHelpAfterError("(oddline --help lists the commands)")
    .exitOverride();
  const asked = name !== undefined && Object.hasOwn(commands, name) ? [commands[name]] : Object.values(commands);
  for (const register of await Promise.all(asked.map((load) => load()))) register(program);
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

/** Runs one command and returns the exit code; never throws, never prints a stack trace for an operator's error. */
export async function runCli(argv: string[]): Promise<ExitCode> {
  try {
    await (await buildProgram(argv[2])).parseAsync(argv);
    return (process.exitCode as ExitCode | undefined) ?? exitCode.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
    return reportError(error);
  }
}

/** Prints what went wrong; returns the exit code. */
export function reportError(error: unknown): ExitCode {
  const known = systemError(error);
  if (known) process.stderr.write(`${known.message}\n`);
  else {
    const found = error instanceof Error ? error.message : String(error);
    const remedy = "run it again with ODDLINE_DEBUG=1 and report the output";
    process.stderr.write(`${formatError("INTERNAL", { subject: "oddline", found, remedy })}\n`);
  }
  if (process.env.ODDLINE_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  return known?.exit ?? exitCode.failed;
}
