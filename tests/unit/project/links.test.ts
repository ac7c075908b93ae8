/** Every relative link of the documents leads to a file that is there, and to a heading of it. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";

const documents = [".", "assembly", "docs", "tests/data/formats-before"].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => normalize(`${folder}/${name}`)),
);

const withoutFences = (text: string) => text.replace(/^ *```[\s\S]*?^ *```/gm, "");

/** Anchors as GitHub makes them of headings. */
function anchorsOf(path: string): Set<string> {
  const headings = [...withoutFences(readFileSync(path, "utf8")).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
  // The second heading of one name has -1 appended, and so on.
  return new Set(
    headings.map((anchor, i) => {
      const before = headings.slice(0, i).filter((each) => each === anchor).length;
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

function linksOf(path: string): string[] {
  const text = withoutFences(readFileSync(path, "utf8"));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target).filter((each) => !/^[a-z]+:/.test(each));
}

function problemOf(path: string, link: string): string | undefined {
  const [file, anchor] = link.split("#");
  const target = file === "" ? path : normalize(join(dirname(path), file));
  if (!existsSync(target)) return `${link}: no such file`;
  if (anchor === undefined || statSync(target).isDirectory()) return undefined;
  return anchorsOf(target).has(anchor) ? undefined : `${link}: no such heading`;
}

describe("links of the documents", () => {
  it("are found", () => {
    expect(documents.length).toBeGreaterThan(20);
    expect(linksOf("README.md").length).toBeGreaterThan(20);
  });

  it.each(documents)("%s", (path) => {
    expect(
      linksOf(path)
        .map((link) => problemOf(path, link))
        .filter(Boolean),
    ).toEqual([]);
  });

  it("lead to every page of docs/ from the README", () => {
    const linked = new Set(linksOf("README.md").map((link) => link.split("#")[0]));
    expect(documents.filter((path) => path.startsWith("docs/") && !linked.has(path))).toEqual([]);
  });
});
