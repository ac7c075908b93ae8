/** What deploy/ and the documents tell people to run is what the command line takes. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { buildProgram } from "../../../host/cli.js";
import { withFolder } from "../../support/learning.js";

const filesUnder = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);

interface CommandLine {
  where: string;
  words: string[];
}

/** Words of the command that begins at `oddline`, up to the shell's next operator; comments are none. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  const token = /\s*(?:(#.*|[|;&<>)}].*|\d>.*)|((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|;&<>])+))/gy;
  for (let match = token.exec(text); match && match[2] !== undefined; match = token.exec(text)) {
    words.push(match[2].replace(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, (_, a, b, c) => a ?? b ?? c));
  }
  return words;
}

function linesOf(path: string, text: string): CommandLine[] {
  const joined = text.replace(/\\\n\s*/g, " ");
  const found: CommandLine[] = [];
  for (const line of joined.split("\n")) {
    if (/^\s*#/.test(line)) continue;
    // where a command can stand: at the start, behind an operator, npx, a user name of cron, ExecStart=, or a quote
    for (const match of line.matchAll(
      /(?:^|[|;&"'=(]|npx |\* {2}oddline {2}|args: \[")\s*(?:\/usr\/bin\/)?oddline (?=[a-z-])/g,
    )) {
      const rest = line.slice(match.index + match[0].length);
      const quoted = /["']\s*(?:\/usr\/bin\/)?oddline $/.test(match[0]) ? rest.replace(/["'].*$/, "") : rest;
      found.push({ where: `${path}: ${line.trim()}`, words: shellWords(quoted) });
    }
  }
  return found;
}

function commandLines(): CommandLine[] {
  const deployed = filesUnder("deploy").flatMap((path) => linesOf(path, readFileSync(path, "utf8")));
  const documents = ["README.md", ...filesUnder("docs").filter((path) => path.endsWith(".md"))].flatMap((path) => {
    const fences = [...readFileSync(path, "utf8").matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)];
    return fences
      .filter(([, language]) => ["sh", "bash", "console"].includes(language))
      .flatMap(([, , code]) => linesOf(path, code.replace(/^\$ /gm, "")));
  });
  return [...deployed, ...documents];
}

/** Takes the words as the program does, and does nothing. */
async function mistakeIn(words: string[]): Promise<string | undefined> {
  const program = (await buildProgram()).configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const command of program.commands) {
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} }).action(() => {});
  }
  try {
    await program.parseAsync(words, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return (error as Error).message;
  }
}

describe("what people are told to run", () => {
  const lines = commandLines();

  it("is found where it stands", () => {
    const places = lines.map(({ where }) => where.split(":")[0]);
    for (const place of [
      "README.md",
      "docs/schedule.md",
      "deploy/cron/oddline",
      "deploy/systemd/oddline-refresh.service",
      "deploy/kubernetes/refresh.yaml",
      "deploy/kubernetes/summarize.yaml",
      "deploy/kubernetes/reduce.yaml",
    ]) {
      expect(places, place).toContain(place);
    }
  });

  it.each(lines)("$where", async ({ words }) => {
    expect(words.length).toBeGreaterThan(0);
    expect(await mistakeIn(words)).toBe(undefined);
  });

  it("would not pass with a mistake in it", async () => {
    expect(await mistakeIn(["refresh", "a.log", "--outt", "m"])).toMatch(/outt/);
    expect(await mistakeIn(["refrehs"])).toBeDefined();
    expect(shellWords("inspect m --explain 'a \"b\" c' | less")).toEqual(["inspect", "m", "--explain", 'a "b" c']);
  });
});

describe("YAML of deploy/", () => {
  const yaml = filesUnder("deploy").filter((path) => path.endsWith(".yaml"));

  it.each(yaml)("%s", (path) => {
    for (const document of parseAllDocuments(readFileSync(path, "utf8"))) {
      if (!("errors" in document)) continue;
      expect(document.errors).toEqual([]);
      const content = document.toJS({ maxAliasCount: 100 });
      expect(typeof content).toBe("object");
      if (!path.includes("/kubernetes/")) continue;
      expect(content).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
      checkVolumes(content as Manifest);
    }
  });
});

describe("the units of systemd", () => {
  const present = spawnSync("systemd-analyze", ["--version"]).status === 0;
  if (!present) console.warn("systemd-analyze is not on PATH: the units are not verified");

  it.skipIf(!present)("are verified by systemd itself", async () => {
    await withFolder(async (folder) => {
      const units = filesUnder("deploy/systemd");
      const copies = units.map((path) => {
        const copy = join(folder, basename(path));
        // all that may be missing here is the command
        writeFileSync(copy, readFileSync(path, "utf8").replaceAll("/usr/bin/oddline", "/bin/true"));
        return copy;
      });
      expect(copies.length).toBeGreaterThan(2);
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", ...copies], {
        encoding: "utf8",
        timeout: 50_000,
      });
      expect([status, stderr]).toEqual([0, ""]);
    });
  });
});

interface Named {
  name: string;
}
interface Pod {
  volumes: Named[];
  initContainers?: (Named & { image: string; volumeMounts: Named[] })[];
  containers: (Named & { image: string; volumeMounts: Named[] })[];
}
interface Manifest {
  spec?: { template?: { spec: Pod }; jobTemplate?: { spec: { template: { spec: Pod } } } };
}

/** Each mount of a pod names one of its volumes, each alias was resolved. */
function checkVolumes(content: Manifest): void {
  const pod = content.spec?.jobTemplate?.spec.template.spec ?? content.spec?.template?.spec;
  if (!pod) return;
  const volumes = pod.volumes.map(({ name }) => name);
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  expect(containers.length).toBeGreaterThan(1);
  for (const { name, volumeMounts, image } of containers) {
    expect(image, name).toMatch(/:\d/);
    for (const mount of volumeMounts) expect(volumes, name).toContain(mount.name);
  }
}
