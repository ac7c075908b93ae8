/** Text logs of the evaluation data, where they are: ODDLINE_DATA, by default ../shared/data beside the repository. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

export const dataFolder = process.env.ODDLINE_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const folders = ["auth", "eval", "formats", "hdfs", "honeypot", "loghub", "network", "web"];

export interface RealLog {
  name: string;
  read(): Buffer;
}

/** With `archives` the tar files too, unpacked from gzip only: their headers pass as a few more odd lines. */
export function realLogs({ archives = false } = {}): RealLog[] {
  return folders
    .map((folder) => join(dataFolder, folder))
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((path) => path.endsWith(".gz") && (archives || !path.endsWith(".tar.gz")))
    .map((path) => ({ name: path.slice(dataFolder.length + 1), read: () => gunzipSync(readFileSync(path)) }));
}
