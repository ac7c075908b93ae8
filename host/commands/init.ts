/** `oddline init`: a commented configuration to begin with; never over an existing one. */
import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { commentedConfiguration } from "../config/template.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { fileError } from "../io/systemErrors.js";
import { oneLine } from "../io/terminal.js";

export function registerInit(program: Command): void {
  program
    .command("init")
    .description("write a commented configuration with every setting at its default")
    .argument("[file]", "file to write; - for standard output", "oddline.yaml")
    .action((file: string) => {
      if (file === "-") return void process.stdout.write(commentedConfiguration());
      try {
        writeFileSync(file, commentedConfiguration(), { flag: "wx" });
      } catch (error) {
        const { usage: exit } = exitCode;
        if ((error as NodeJS.ErrnoException).code === "EEXIST") {
          throw new OddlineError("CONFIG_EXISTS", {
            subject: file,
            expected: "a file that does not exist yet",
            found: "an existing file, which was not changed",
            remedy: "name another file, or - for standard output",
            exit,
          });
        }
        const expected = "a writable path";
        throw fileError(error, file, { code: "CONFIG_UNWRITABLE", expected, remedy: "check the path", exit });
      }
      process.stdout.write(`${oneLine(`${file}: written; check it with oddline check ${file}`)}\n`);
    });
}
