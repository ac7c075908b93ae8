#!/usr/bin/env node
/** The one file that ends the process. */
import { runCli } from "./cli.js";
import { showControls } from "./io/terminal.js";

showControls(process.stdout);
showControls(process.stderr);
// A reader that closes early (`oddline tag … | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await runCli(process.argv);
