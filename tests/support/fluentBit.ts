/**
 * Runs a real Fluent Bit: tail -> WASM filter -> file, one JSON record a line, and watches what comes out, what it says
 * on standard error and how much memory it holds. Always stopped by `stop`, by force where it does not go by itself.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause, until } from "./waiting.mjs";

const pollMilliseconds = 50;
const stopSeconds = 15;
/** Small, so that records waiting to be written do not blur how much memory the filter takes. */
const bufferLimit = "4M";
const closingBrace = 0x7d;

export interface Pipeline {
  wasm: string;
  log: string;
  /** The filter's first accessible folder; an empty one unless stated. */
  modelFolder?: string;
  /** The second one; none unless stated. */
  stateFolder?: string;
  /** The tags that the filter sees; only those of the log unless stated. */
  match?: string;
  /** Further sections of a configuration that is no processor's. */
  further?: string;
  /** Runs as this user and group, where we may choose. */
  userId?: number;
  /** Beside those of this process. */
  environment?: Record<string, string>;
  /** Writes to standard output, which is the same file: then nothing is opened while records flow. */
  toStandardOutput?: boolean;
  /** Keeps here what was read and what waits to be written, so that a killed one goes on where it was. */
  storageFolder?: string;
  /** As a processor of a threaded input (YAML) instead of a filter. */
  asProcessor?: boolean;
  /** Parse each line as JSON first, so that the filter sees records of many fields. */
  parseJson?: boolean;
  /** The field of those records that holds their time, RFC 3339 in UTC; it is taken out of them. */
  timeKey?: string;
}

export interface MemorySample {
  records: number;
  residentBytes: number;
}

export class FluentBit {
  readonly outputPath: string;
  readonly memory: MemorySample[] = [];
  /** Records written so far. */
  records = 0;
  standardError = "";
  readonly child: ChildProcess;
  private readBytes = 0;
  private lastByte = 0;
  private exited = false;

  /** `folder` is the run's own: configuration and output go there. */
  constructor(folder: string, pipeline: Pipeline) {
    mkdirSync(folder, { recursive: true });
    const modelFolder = pipeline.modelFolder ?? join(folder, "no-model");
    mkdirSync(modelFolder, { recursive: true });
    this.outputPath = join(folder, "records.ndjson");
    const path = join(folder, pipeline.asProcessor ? "run.yaml" : "run.conf");
    const write = pipeline.asProcessor ? processorConfiguration : filterConfiguration;
    const time = pipeline.timeKey ? `    Time_Key ${pipeline.timeKey}\n    Time_Format %Y-%m-%dT%H:%M:%SZ\n` : "";
    writeFileSync(join(folder, "parsers.conf"), `[PARSER]\n    Name json\n    Format json\n${time}`);
    const folders = pipeline.stateFolder ? `${modelFolder},${pipeline.stateFolder}` : modelFolder;
    writeFileSync(path, write(folder, folders, pipeline));
    const output = pipeline.toStandardOutput ? openSync(this.outputPath, "a") : "ignore";
    this.child = spawn("fluent-bit", ["--quiet", "--config", path], {
      stdio: ["ignore", output, "pipe"],
      uid: pipeline.userId,
      gid: pipeline.userId,
      env: { ...process.env, ...pipeline.environment },
    });
    if (typeof output === "number") closeSync(output);
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.standardError += text;
    });
    this.child.on("exit", () => {
      this.exited = true;
    });
    this.child.on("error", (error) => {
      this.exited = true;
      this.standardError += `cannot start fluent-bit: ${error.message}\n`;
    });
  }

  /** Resolves once so many records are written; rejects when none came for `idleSeconds`. */
  async waitForRecords(count: number, idleSeconds = 60): Promise<void> {
    await this.waitUntil(() => this.records >= count, `${count} records`, idleSeconds);
  }

  /** Lines on standard error that match, waiting for the `count`-th. */
  async waitForLines(pattern: RegExp, count: number, seconds = 60): Promise<string[]> {
    const matching = () => this.standardError.split("\n").filter((line) => pattern.test(line));
    await this.waitUntil(() => matching().length >= count, `line ${count} of ${pattern}`, seconds);
    return matching();
  }

  private async waitUntil(done: () => boolean, what: string, idleSeconds: number): Promise<void> {
    let lastProgress = Date.now();
    while (!done()) {
      if (this.exited) throw new Error(`fluent-bit ended before ${what}:\n${this.standardError}`);
      const before = this.records;
      await pause(pollMilliseconds, "until the next look");
      this.look();
      if (this.records > before && !what.startsWith("line")) lastProgress = Date.now();
      if (Date.now() - lastProgress > idleSeconds * 1000) {
        throw new Error(`no ${what} within ${idleSeconds} s; ${this.records} records so far:\n${this.standardError}`);
      }
    }
  }

  /** Counts what was written since the last look, and notes the memory held. */
  private look(): void {
    const bytes = existsSync(this.outputPath) ? statSync(this.outputPath).size : 0;
    if (bytes > this.readBytes) {
      const chunk = Buffer.alloc(Math.min(bytes - this.readBytes, 8 << 20));
      const file = openSync(this.outputPath, "r");
      const got = readSync(file, chunk, 0, chunk.length, this.readBytes);
      closeSync(file);
      this.readBytes += got;
      for (let at = chunk.indexOf(10); at >= 0 && at < got; at = chunk.indexOf(10, at + 1)) {
        // on standard output the WASM runtime has a line of its own
        if ((at > 0 ? chunk[at - 1] : this.lastByte) === closingBrace) this.records++;
      }
      this.lastByte = chunk[got - 1];
    }
    const residentBytes = residentBytesOf(this.child.pid);
    if (residentBytes > 0) this.memory.push({ records: this.records, residentBytes });
  }

  /** Ends it and takes in what it still writes on the way. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    this.child.kill(signal);
    await until(() => this.exited, "its end", stopSeconds).catch(() => this.child.kill("SIGKILL"));
    for (let before = -1; before < this.readBytes; ) {
      before = this.readBytes;
      this.look();
    }
  }
}

function residentBytesOf(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it has just ended
  }
}

function filterConfiguration(folder: string, accessible: string, pipeline: Pipeline): string {
  return `
[SERVICE]
    Flush 0.2
    Grace 2
    Log_Level warn
    Parsers_File ${join(folder, "parsers.conf")}
    ${pipeline.storageFolder ? `Storage.Path ${join(pipeline.storageFolder, "chunks")}` : ""}
[INPUT]
    Name tail
    Tag test
    Path ${pipeline.log}
    Read_from_Head On
    Refresh_Interval 1
    Buffer_Max_Size 8M
    Mem_Buf_Limit ${bufferLimit}
    ${pipeline.parseJson ? "Parser json" : ""}
    ${pipeline.storageFolder ? `DB ${join(pipeline.storageFolder, "tail.db")}\n    Storage.Type filesystem` : ""}
[FILTER]
    Name wasm
    Match ${pipeline.match ?? "test"}
    Wasm_Path ${pipeline.wasm}
    Function_Name oddline_filter
    Accessible_Paths ${accessible}
[OUTPUT]
    Match *
    ${pipeline.toStandardOutput ? standardOutput : fileOutput(folder)}
${pipeline.further ?? ""}
`;
}

const standardOutput = `Name stdout
    Format json_lines
    Json_Date_Key false`;
const fileOutput = (folder: string) => `Name file
    Path ${folder}
    File records.ndjson
    Format plain`;

function processorConfiguration(folder: string, accessible: string, pipeline: Pipeline): string {
  return `
service:
  flush: 0.2
  grace: 2
  log_level: warn
  parsers_file: ${join(folder, "parsers.conf")}
pipeline:
  inputs:
    - name: tail
      tag: test
      path: ${pipeline.log}
      read_from_head: true
      refresh_interval: 1
      buffer_max_size: 8M
      mem_buf_limit: ${bufferLimit}
      threaded: true
      ${pipeline.parseJson ? "parser: json" : ""}
      processors:
        logs:
          - name: wasm
            wasm_path: ${pipeline.wasm}
            function_name: oddline_filter
            accessible_paths: ${accessible}
  outputs:
    - name: file
      match: "*"
      path: ${folder}
      file: records.ndjson
      format: plain
`;
}
