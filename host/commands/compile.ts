/** `oddline compile`: a model with changed configuration and the same learning; a changed keyword needs no new one. */
import type { Command } from "commander";
import { loadConfiguration } from "../config/configuration.js";
import { withLock } from "../io/lock.js";
import { checkReplaceable } from "../io/replaceFile.js";
import { note, printJson, writeOut } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";
import { installKeeping } from "../model/history.js";
import { decodeSections, loadModel, modelVersion } from "../model/modelFile.js";
import { reconfigure } from "../model/reconfigure.js";
import { Engine } from "../wasm/engine.js";
import { keepOption, modeOption } from "./options.js";

interface CompileOptions {
  from?: string;
  out: string;
  keep: number;
  mode?: number;
  json?: boolean;
}

export function registerCompile(program: Command): void {
  program
    .command("compile")
    .description("write a model with a changed configuration, keeping what another model has learnt, if one is given")
    .argument("[file]", "the configuration", "oddline.yaml")
    .option("--from <model>", "the model to take the learnt parts from")
    .option("--out <file>", "model file to write; it is replaced atomically", "oddline.model")
    .addOption(keepOption())
    .addOption(modeOption())
    .option("--json", "print the outcome as JSON")
    .action(compile);
}

async function compile(file: string, { from, out, keep, mode, json }: CompileOptions): Promise<void> {
  checkReplaceable(out);
  const { configuration, warnings } = loadConfiguration(file);
  for (const { line, column, message } of warnings) note(`${file}:${line}:${column}: ${message}`);
  const engine = new Engine();
  const learnt = new Map(from ? decodeSections(loadModel(engine, from).slice()) : []);
  const model = reconfigure(engine, learnt, configuration, out);
  await withLock(`${out}.lock`, async () => installKeeping(out, model, keep, mode));
  const outcome = { model: modelVersion(model), out, bytes: model.length, learning: from ?? null };
  if (json) await printJson(outcome);
  else
    await writeOut(
      `${oneLine(`model ${outcome.model} -> ${out}: ${file}, ${from ? `what ${from} learnt` : "nothing learnt"}`)}\n`,
    );
}
