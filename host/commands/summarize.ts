/** `oddline summarize`: any slice of logs as a small summary; `refresh --summaries` makes a model of many. */
import type { Command } from "commander";
import { loadConfiguration } from "../config/configuration.js";
import { exitCode } from "../io/errors.js";
import { writeOut } from "../io/stdout.js";
import { writeSummary } from "../learn/summary.js";
import { configuredModel } from "../model/configuredModel.js";
import { SignatureStore, signaturesMaxDefault } from "../signatures/signatureStore.js";
import { Engine } from "../wasm/engine.js";
import { addLearnInputOptions, type LearnInputChoice, readInputs } from "./learnInputs.js";
import { integerOption } from "./options.js";

export function registerSummarize(program: Command): void {
  const command = program
    .command("summarize")
    .description("summarize a slice of logs, so that refresh --summaries can combine it with others")
    .argument("[files...]", "logs to count; .gz is unpacked; without files, standard input")
    .option(
      "--forms-max <count>",
      "distinct signatures kept in memory",
      integerOption("--forms-max", 1000, 10_000_000),
      signaturesMaxDefault,
    )
    .option("--config <file>", "configuration that defines message and key fields; the same as for refresh");
  addLearnInputOptions(command).action(summarize);
}

interface SummarizeOptions extends LearnInputChoice {
  formsMax: number;
  config?: string;
}

async function summarize(files: string[], options: SummarizeOptions): Promise<void> {
  const { formsMax, config } = options;
  const configuration = config === undefined ? undefined : loadConfiguration(config).configuration;
  const store = new SignatureStore(formsMax, false, configuration?.windows.seconds);
  const engine = new Engine();
  if (configuration) {
    engine.useModel(configuredModel(engine, configuration), config!);
    store.keywords.use(configuration.keywords, configuration.windows.seconds);
  }
  const named = files.length > 0 || options.query !== undefined ? files : ["-"];
  const done = await readInputs("summarize", named, options, engine, store);
  for (const line of writeSummary(store)) await writeOut(line);
  done();
  if (store.linesNotLearnt > 0) {
    process.stderr.write(
      `summarize: kept the ${formsMax} most frequent signatures; ${store.linesNotLearnt} of ${store.lines} lines have ` +
        `other signatures and were only counted; no count is too low by more than ${store.missedMax}\n`,
    );
  }
  if (store.lines === 0) process.exitCode = exitCode.nothing;
}
