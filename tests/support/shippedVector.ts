/** A shipper's configuration as it is shipped, with other ports and paths. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, Running, startServe } from "./vector.js";
import { vectorModule } from "./vectorModule.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Vector on `vector.toml`, with Oddline on `port`, or on `vector-inside.toml`; reads `log` and pushes to Loki's port.
 */
export async function startShippedVector(
  name: "vector.toml" | "vector-inside.toml",
  { own, log, lokiPort, modelFolder }: { own: string; log: string; lokiPort: string; modelFolder: string },
): Promise<{ running: Running[]; port: number }> {
  const [port, sourcePort] = [await freePort(), await freePort()];
  const running: Running[] = [];
  let text = readFileSync(join(root, name), "utf8");
  text = substituted(text, 'data_dir = "/var/lib/vector"', `data_dir = "${own}"`);
  text = substituted(text, "/var/log/nginx/access.log", log);
  text = substituted(text, "http://127.0.0.1:3100", `http://127.0.0.1:${lokiPort}`);
  if (name === "vector.toml") {
    text = substituted(text, /127\.0\.0\.1:9800/g, `127.0.0.1:${port}`);
    text = substituted(text, /127\.0\.0\.1:9801/g, `127.0.0.1:${sourcePort}`);
    running.push(startServe(port, sourcePort, "--model", join(modelFolder, "oddline.model")));
  } else {
    text = substituted(text, /\/usr\/lib\/oddline/g, vectorModule());
    text = substituted(text, "process('/var/lib/oddline')", `process('${modelFolder}')`);
  }
  const path = join(own, name);
  writeFileSync(path, text);
  running.push(new Running("vector", ["--quiet", "--config", path]));
  return { running, port };
}

export function substituted(text: string, pattern: string | RegExp, value: string): string {
  const changed = text.replace(pattern, value);
  if (changed === text) throw new Error(`${pattern} is not in the shipped file`);
  return changed;
}
