/** `oddline init`: a commented configuration to begin with; never over an existing one. */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { commentedConfiguration } from "../config/template.js";
import { exitCode, OddlineError } from "../errors.js";

export function registerInit(program: Command): void {
  program
    .command("init")
    .description("write a commented configuration with every setting at its default")
    .argument("[file]", "where to, - for standard output", "oddline.yaml")
    .action((file: string) => {
      if (file === "-") return void process.stdout.write(commentedConfiguration());
      try {
        writeFileSync(file, commentedConfiguration(), { flag: "wx" });
      } catch (error) {
        const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
        throw new OddlineError(exists ? "CONFIG_EXISTS" : "CONFIG_UNWRITABLE", {
          subject: file,
          expected: exists ? "a name that is free" : "a place that can be written",
          found: exists ? "a file, which is left as it is" : (error as NodeJS.ErrnoException).code,
          remedy: exists ? "name another file, or - for standard output" : "check the path and its permissions",
          exit: exitCode.usage,
        });
      }
      process.stdout.write(`${file}: written; check it with oddline check ${file}\n`);
    });
}
