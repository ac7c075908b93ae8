/** Signs that no parameter of a site ever had, in a parameter that its page never had. */
import { beforeAll, describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { learnText } from "../../support/learning.js";

const get = (target: string) =>
  `- - - [21/Nov/2026:00:00:00 +0000] "GET ${target} HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11; Linux x86_64)"`;

const word = (n: number) =>
  [...n.toString(26)].map((digit) => "abcdefghijklmnopqrstuvwxyz"[parseInt(digit, 26)]).join("");

/** Pages that come once each, some of which take a parameter, and a directory that always has the same ten. */
function site(): string[] {
  return Array.from({ length: 3000 }, (_, n) => {
    if (n % 5 === 1) return get(`/help/${word(n % 50)}`);
    const page = `/notes-${word(n)}`;
    return get(n % 10 ? page : `${page}?${n % 20 ? "flav=rss" : "sort=by-name"}`);
  });
}

describe("a sign in a parameter that its page never had", () => {
  let engine: Engine;

  beforeAll(async () => {
    engine = new Engine(3n);
    engine.useModel((await learnText(`${site().join("\n")}\n`)).model, "site");
  });

  function reasonOf(target: string): string | undefined {
    const told = [
      ...engine.tag(Buffer.from(`${get(target)}\n`), { flags: batchFlag.unsuppressed, seconds: 1_795_000_000n }),
    ]
      .map(({ output }) => Buffer.from(output).toString())
      .join("");
    const at = told.lastIndexOf('"anomaly":');
    return at < 0 ? undefined : JSON.parse(told.slice(at + 10, told.lastIndexOf("}"))).reason;
  }

  it("is told where no parameter of the site ever had it", () => {
    expect(reasonOf("/notes-bcd?id=1%27%20or%20%271%27=%271")).toMatch(
      /^id of \/notes-bcd is "1' or '1'='1"; "['=]" in parameters of none of 3,000 requests$/,
    );
  });

  it("is told on a page that is new itself, where new pages are nothing new", () => {
    expect(reasonOf("/notes-note?id=one;two")).toMatch(
      /^id of \/notes-note is "one;two"; ";" in parameters of none of 3,000 requests$/,
    );
  });

  it("is not what is told of a sign that another parameter has, and of a page that is news itself", () => {
    expect(reasonOf("/notes-bcd?id=one-two") ?? "").not.toContain("in parameters of");
    expect(reasonOf("/help/unheard-of?id=one;two")).toMatch(/^new path \/help\/unheard-of/);
  });
});
