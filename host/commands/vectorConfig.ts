/** `oddline vector-config`: prints blocks for a user's own Vector configuration, or checks one. */
import { type Command, Option } from "commander";
import { exitCode, formatError } from "../io/errors.js";
import { printJson, writeOut } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";
import { defaultLimits } from "../serve/http/route.js";
import { type BlockOptions, blocks } from "../vector/blocks.js";
import { checkVector } from "../vector/checks.js";
import { readVectorConfiguration } from "../vector/configuration.js";

interface VectorConfigOptions extends BlockOptions {
  json?: boolean;
}

export function registerVectorConfig(program: Command): void {
  program
    .command("vector-config")
    .description("print the blocks for a Vector configuration, or check an existing one for settings that lose events")
    .argument("[file]", "a Vector configuration to check: TOML, YAML or JSON")
    .option("--input <name>", "component whose events should be tagged", "app")
    .addOption(
      new Option("--codec <codec>", "encoding of the events sent to Oddline")
        .choices(["json", "native"])
        .default("json"),
    )
    .option("--inside", "print the blocks for Oddline inside Vector", false)
    .option("--oddline <address>", "where oddline serve listens", "127.0.0.1:9800")
    .option("--source <address>", "where Vector's http_server source listens", "127.0.0.1:9801")
    .option("--json", "print one JSON object per finding")
    .action(run);
}

async function run(file: string | undefined, options: VectorConfigOptions): Promise<void> {
  if (file === undefined) return writeOut(blocks(options));
  const diagnostics = checkVector(readVectorConfiguration(file), defaultLimits.bodyBytes);
  for (const diagnostic of diagnostics) {
    if (options.json) await printJson(diagnostic);
    else process.stderr.write(`${formatError(diagnostic.code, diagnostic)}\n`);
  }
  if (diagnostics.length > 0) process.exitCode = exitCode.usage;
  else if (!options.json) await writeOut(`${oneLine(file)}: no settings that would lose events\n`);
}
