/**
 * deploy/kubernetes/summarize.yaml and reduce.yaml: the very command lines of their containers, run here once for each
 * index, give the model of the whole logs byte for byte.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { shopLog } from "../../host/demo/shop.js";
import { decodeSections, section } from "../../host/model/modelFile.js";
import { withFolder } from "../support/learning.js";

const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const manifest = (name: string) => parse(readFileSync(`deploy/kubernetes/${name}.yaml`, "utf8")).spec;
/** More than the job has slices, so that some get two; one of them without a line. */
const logCount = 10;

interface Container {
  name: string;
  command: string[];
  args: string[];
  env?: { name: string; value: string }[];
}

describe("the Indexed Job of deploy/kubernetes", () => {
  it("makes of its slices the model of the whole", async () => {
    await withFolder(async (folder) => {
      const place = (name: string) => join(folder, name);
      for (const name of ["logs", "work", "store", "bin"]) mkdirSync(place(name));
      writeFileSync(place("bin/oddline"), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
      chmodSync(place("bin/oddline"), 0o755);
      const whole = writeLogs(place("logs"), place("whole.log"));
      expect(whole.length).toBe(logCount);

      const run = ({ command, args, env = [] }: Container, index?: number) => {
        const [shell, option, script] = [...command, ...args];
        const local = script.replaceAll("/logs/", `${place("logs")}/`).replaceAll("/work/", `${place("work")}/`);
        const given = Object.fromEntries(env.map(({ name, value }) => [name, value]));
        const path = `${place("bin")}${delimiter}${process.env.PATH}`;
        const result = spawnSync(shell, [option, local], {
          encoding: "utf8",
          env: { ...process.env, ...given, PATH: path, JOB_COMPLETION_INDEX: String(index) },
        });
        expect(result.status, result.stderr).toBe(0);
      };
      const { completions, completionMode, template } = manifest("summarize");
      expect(completionMode).toBe("Indexed");
      const summarize: Container = template.spec.initContainers[0];
      expect(summarize.env).toEqual([{ name: "SLICES", value: String(completions) }]);
      for (let index = 0; index < completions; index++) {
        run(summarize, index);
        spawnSync("mv", [place("work/part.sum"), place(`store/part-${index}.sum`)]);
      }
      // what the pull container of reduce.yaml brings
      for (let index = 0; index < completions; index++) {
        spawnSync("cp", [place(`store/part-${index}.sum`), place("work")]);
      }
      const reduce: Container[] = manifest("reduce").template.spec.initContainers;
      expect(reduce[0].args[0]).toContain(`for part in ${[...Array(completions).keys()].join(" ")};`);
      run(reduce[1]);
      const words = [bin, "refresh", place("whole.log"), "--out", place("whole.model")];
      expect(spawnSync(process.execPath, words).status).toBe(0);
      // rates aside: the windows that a cut goes through count in parts
      const learnt = (name: string) => {
        const sections = decodeSections(readFileSync(place(name)));
        sections.delete(section.usual);
        return [...sections].map(([id, bytes]) => [id, Buffer.from(bytes).toString("base64")]);
      };
      expect(learnt("work/oddline.model")).toEqual(learnt("whole.model"));
    });
  }, 120_000);
});

/** Packed logs, and all of them as one file; their names. */
function writeLogs(folder: string, whole: string): string[] {
  const lines = shopLog(9, 1_795_000_000, 6000, false).trimEnd().split("\n");
  writeFileSync(whole, `${lines.join("\n")}\n`);
  return Array.from({ length: logCount }, (_, log) => {
    const part = lines.filter((_, line) => log > 0 && line % (logCount - 1) === log - 1);
    const name = `access-${String(log).padStart(2, "0")}.log.gz`;
    writeFileSync(join(folder, name), gzipSync(part.map((line) => `${line}\n`).join("")));
    return name;
  });
}
