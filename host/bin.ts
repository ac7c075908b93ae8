#!/usr/bin/env node
/** The one file that ends the process. */
import { reportError, runCli } from "./cli.js";
import { showControls } from "./io/terminal.js";

showControls(process.stdout);
showControls(process.stderr);
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that closes early (`oddline tag … | head`) is no error.
  process.exit(error.code === "EPIPE" ? 0 : reportError(Object.assign(error, { path: "standard output" })));
});
// Nobody is left to report it to.
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => {
  // Who expects one, from a library that throws where nobody catches, listens as well while it does.
  if (process.listenerCount("uncaughtException") === 1) process.exit(reportError(error));
});
process.exitCode = await runCli(process.argv);
