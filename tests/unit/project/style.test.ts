/**
 * Our own style: imports go downwards only and never in a circle, comments and documents name files that are there,
 * lines fit the screen. The exceptions below are debts: each is paid by taking it out, and one that is paid already
 * fails as well.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

/** The rooms of each tree from top to bottom. */
const rooms = {
  assembly: [
    "index",
    "abi",
    "operate",
    "verdict",
    "detect",
    "record",
    "formats",
    "fields",
    "event",
    "config",
    "runtime",
  ],
  host: [
    ...[
      "bin",
      "cli",
      "commands",
      "aot",
      "accept",
      "demo",
      "report",
      "scan",
      "serve",
      "evaluate",
      "vector",
      "network",
      "alerts",
    ],
    ...["learn", "embed", "signatures", "model", "config", "state", "loki", "wasm", "math", "io"],
  ],
};

/** Imports that still go upwards. */
const upwards: string[] = [];

/** Files that import each other, all of a circle in one line. */
const circles: string[] = [];

/** Modules imported twice by one file. */
const duplicateImports: string[] = [];

const columnsMax = 120;
/** Folders and files that have longer lines. */
const longLines = ["deploy/vector-lua", "host/report"];

const generated = new Set(["node_modules", "build", "dist", ".git", "coverage"]);
const everyFile = filesUnder(".");
const code = everyFile.filter((file) => /\.(ts|mts|mjs|js|c)$/.test(file));
const text = new Map(code.map((file) => [file, readFileSync(file, "utf8")]));
const documents = everyFile.filter((file) => file.endsWith(".md"));

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return generated.has(entry.name) ? [] : filesUnder(path);
    return [path];
  });
}

/** What a file imports or exports from: as written, and the source file that it is. */
function importsOf(file: string): { written: string; source: string; kind: string }[] {
  const statements = text.get(file)!.matchAll(/^(?:import|export)\s(?:[^;"']*?\sfrom\s)?["']([^"']+)["']/gm);
  return [...statements].map(([statement, written]) => ({
    written,
    source: sourceOf(file, written),
    kind: statement.match(/^(import|export)( type)?/)![0],
  }));
}

function sourceOf(file: string, written: string): string {
  if (!written.startsWith(".")) return written;
  const path = normalize(join(dirname(file), written));
  return [path, path.replace(/\.js$/, ".ts"), `${path}.ts`].find((name) => text.has(name)) ?? path;
}

/** Where the room of a file stands, counted from the top. -1 for a room that the list does not know. */
function storey(file: string): number {
  const [tree, name] = file.split("/");
  return rooms[tree as keyof typeof rooms].indexOf(name.replace(/\.ts$/, ""));
}

const sources = (tree: string) => code.filter((file) => file.startsWith(`${tree}/`) && file.endsWith(".ts"));

function importsUpwards(tree: string): string[] {
  const up = (file: string, source: string) => !source.startsWith(`${tree}/`) || storey(source) < storey(file);
  return sources(tree).flatMap((file) =>
    importsOf(file)
      .filter(({ source }) => text.has(source) && up(file, source))
      .map(({ source }) => `${file} -> ${source}`),
  );
}

/** Groups of files of which each reaches every other one (Tarjan's strongly connected components). */
function circlesIn(tree: string): string[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const path: string[] = [];
  const found: string[] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    path.push(file);
    for (const { source } of importsOf(file).filter((each) => text.has(each.source))) {
      if (!index.has(source)) visit(source);
      if (path.includes(source)) low.set(file, Math.min(low.get(file)!, low.get(source)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = path.splice(path.indexOf(file));
    if (group.length > 1) found.push(group.sort().join(" "));
  };
  for (const file of sources(tree)) if (!index.has(file)) visit(file);
  return found;
}

describe.each(Object.keys(rooms))("%s/", (tree) => {
  it("has no room but those of the list", () => {
    expect(sources(tree).filter((file) => storey(file) < 0)).toEqual([]);
  });

  it("imports downwards only", () => {
    expect(importsUpwards(tree).sort()).toEqual(upwards.filter((each) => each.startsWith(`${tree}/`)));
  });

  it("imports in no circle", () => {
    expect(circlesIn(tree)).toEqual(circles.filter((each) => each.startsWith(`${tree}/`)));
  });
});

describe("all code", () => {
  it("imports each module once", () => {
    const twice = code.flatMap((file) => {
      const seen = importsOf(file).map(({ written, kind }) => `${kind} ${written}`);
      return seen.filter((each, at) => seen.indexOf(each) !== at).map((each) => `${file}: ${each}`);
    });
    expect(twice).toEqual(duplicateImports);
  });

  it(`has no line over ${columnsMax} columns but for what is quoted in it`, () => {
    const unquoted = (line: string) => line.replace(/(["'`/])(?:\\.|(?!\1)[^\\])*\1/g, '""');
    const excepted = (file: string) => longLines.find((each) => file === each || file.startsWith(`${each}/`));
    const over = [...text].flatMap(([file, source]) =>
      source
        .split("\n")
        .map((line, at) => ({ line, where: `${file}:${at + 1}` }))
        .filter(({ line }) => line.length > columnsMax && [...line].length > columnsMax)
        .filter(({ line }) => /^\s*(\/?\*|\/\/)/.test(line) || unquoted(line).length > columnsMax)
        .map(({ where }) => excepted(file) ?? where),
    );
    expect([...new Set(over)].sort()).toEqual(longLines);
  });

  it("runs every test and leaves nothing for later", () => {
    const words = [/\b(it|test|describe)\.only\b/, new RegExp(`\\b${"TO"}DO\\b|\\b${"FIX"}ME\\b`)];
    expect([...text].filter(([, source]) => words.some((word) => word.test(source))).map(([file]) => file)).toEqual([]);
  });
});

describe("files named in comments and documents", () => {
  /** A path of this repository, or the bare name of a source file. */
  const named =
    /(?<![\w./#-])(?:(?:assembly|host|tests|bench|docs)\/[\w./-]*\w|deploy\/[\w./-]*\w\.\w+|[\w./-]*\w\.(?:ts|mjs|py|c))(?![\w.*{]*[\w*{])/g;
  /** What wabt and a build write. */
  const others = new Set(["wasm-rt-impl.c", "stubs.c"]);

  const isThere = (name: string, file: string) =>
    others.has(name) ||
    existsSync(name) ||
    existsSync(join(dirname(file), name)) ||
    everyFile.some((each) => each.endsWith(`/${name.replace(/^(\.\.?\/)+/, "")}`));

  const missing = (file: string, words: string) =>
    (words.match(named) ?? [])
      .filter((name) => !/^\w(\.\w)+$/.test(name) && !isThere(name, file))
      .map((name) => `${file}: ${name}`);

  it("are there: comments", () => {
    const comments = (source: string) => (source.match(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm) ?? []).join("\n");
    expect([...text].flatMap(([file, source]) => missing(file, comments(source)))).toEqual([]);
  });

  it("are there: documents and their links", () => {
    const links = (file: string) =>
      [...readFileSync(file, "utf8").matchAll(/\]\((?![a-z]+:)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .filter(([, target]) => !existsSync(join(dirname(file), target)))
        .map(([, target]) => `${file}: ${target}`);
    const wrong = documents.flatMap((file) => [...missing(file, readFileSync(file, "utf8")), ...links(file)]);
    expect(wrong).toEqual([]);
  });
});
