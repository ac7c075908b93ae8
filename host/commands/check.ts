/** `oddline check`: every error in a configuration, each with its place. */
import type { Command } from "commander";
import { type Configuration, loadConfiguration } from "../config/configuration.js";
import { jsonSchema } from "../config/jsonSchema.js";
import { note } from "../io/stdout.js";
import { oneLine } from "../io/terminal.js";

export function registerCheck(program: Command): void {
  program
    .command("check")
    .description("check a configuration and report every error with its file, line and column")
    .argument("[file]", "the configuration", "oddline.yaml")
    .option("--json", "print the complete configuration, including defaults")
    .option("--schema", "print the JSON schema of the configuration (for editors) and exit")
    .action((file: string, { json, schema }: { json?: boolean; schema?: boolean }) => {
      if (schema) return void process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
      const { configuration, warnings } = loadConfiguration(file);
      for (const { line, column, message } of warnings) note(`${file}:${line}:${column}: ${message}`);
      process.stdout.write(
        json ? `${JSON.stringify(configuration, null, 2)}\n` : `${oneLine(file)}: ${summary(configuration)}\n`,
      );
    });
}

function summary({ enabled, mode, keywords, known, profiles, windows }: Configuration): string {
  const counts = [
    `${keywords.length} keywords`,
    `windows of ${windows.seconds} s`,
    `${windows.keys} keys`,
    `${known.length} known patterns`,
    `${profiles.length} profiles`,
  ];
  return `valid (${enabled ? (mode === "shadow" ? "counts only, tags nothing" : "tags") : "switched off"}; ${counts.join(", ")})`;
}
