/** `oddline accept`: the entry it writes silences the event and no more, in the configuration and in the model. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { oddline } from "../support/cli.js";

const day = Date.UTC(2026, 10, 20) / 1000;
const access = (request: string, status = 200) =>
  `198.51.100.7 - - [21/Nov/2026:08:00:00 +0000] "${request}" ${status} 512`;
const job = (name: string, number: number) => `2026-11-21 08:00:00 INFO ${name} ${number} done in ${number} ms`;

let folder: string;
const path = (name: string) => join(folder, name);
const accept = (...args: string[]) =>
  oddline("accept", ...args, "--model", path("oddline.model"), "--config", path("oddline.yaml"));
const tagged = async (line: string) => {
  writeFileSync(path("line"), `${line}\n`);
  return (await oddline("tag", "--only", "--model", path("oddline.model"), path("line"))).lines;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oddline-accept-"));
  writeFileSync(path("history.log"), shopLog(1, day, 6000, false));
  const texts = Array.from({ length: 3000 }, (_, i) => job(["mailer", "invoice", "backup"][i % 3], i)).join("\n");
  writeFileSync(path("texts.log"), texts);
  const { code } = await oddline("refresh", path("history.log"), path("texts.log"), "--out", path("learnt.model"));
  expect(code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each test begins with the same model and configuration. */
async function begin(configuration = "# mine\ntagAll: false # yes\n"): Promise<void> {
  writeFileSync(path("oddline.yaml"), configuration);
  const args = ["--from", path("learnt.model"), "--out", path("oddline.model")];
  expect((await oddline("compile", path("oddline.yaml"), ...args)).code).toBe(0);
}

describe("oddline accept", () => {
  it("silences a tagged request by method, path and status, and says so", async () => {
    await begin();
    const line = access("GET /brand-new-page HTTP/1.1", 404);
    const [event] = await tagged(line);
    expect(event).toContain('"anomaly"');
    writeFileSync(path("day.log"), `${line}\n${access("GET /another-new-page HTTP/1.1")}\n`);
    const { code, out, err } = await accept(event, "--replay", path("day.log"));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("pattern    GET /brand-new-page 404");
    expect(out).toContain("2 lines, 2 tagged; silences 1, leaves 1");
    expect(await tagged(line)).toEqual([]);
    expect(await tagged(access("GET /brand-new-page HTTP/1.1", 500))).toHaveLength(1);
    expect(await tagged(access("GET /brand-new-page?id=1%27%20OR%201=1-- HTTP/1.1", 404))).toHaveLength(1);
    const configuration = readFileSync(path("oddline.yaml"), "utf8");
    expect(configuration.startsWith("# mine\ntagAll: false # yes\nknown:\n")).toBe(true);
    const until = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
    expect(configuration).toContain(`  until: ${until}\n`);
    expect(configuration).toMatch(/reason: "accepted on \d{4}-\d\d-\d\d: .+"/);
  });

  it("silences an odd value by its target, with the reason and the end that are given", async () => {
    await begin();
    const line = access("GET /brand-new-page?id=1%27%20OR%201=1-- HTTP/1.1");
    const args = ["--why", "our own test", "--until", "2099-01-31", "--json"];
    const { code, out } = await accept(line, ...args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      entry: { match: "target", reason: "our own test", until: "2099-01-31" },
      replay: null,
    });
    expect(await tagged(line)).toEqual([]);
    expect(await tagged(line.replace("id=1", "id=2"))).toHaveLength(1);
  });

  it("leaves numbers of a text open, and finds an event by the reason of its tag", async () => {
    await begin();
    const line = job("reindexing catalogue shard", 17);
    const [event] = await tagged(line);
    const { reason } = JSON.parse(event).anomaly;
    writeFileSync(path("day.log"), `${job("mailer", 1)}\n${line}\n${job("reindexing catalogue shard", 99)}\n`);
    const { code, out } = await accept("--reason", reason, "--replay", path("day.log"), "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      entry: { pattern: "reindexing catalogue shard * done in * ms" },
      replay: { lines: 3, silenced: 2, silencedOthers: 0 },
    });
    expect(await tagged(job("reindexing catalogue shard", 4))).toEqual([]);
  });

  it("silences a keyword where it stands, and no other", async () => {
    await begin("keywords: { list: [backup, invoice] }\n");
    const line = job("backup", 3);
    expect(JSON.parse((await tagged(line))[0]).anomaly.type).toBe("keyword");
    expect((await accept(line)).code).toBe(0);
    expect(await tagged(job("backup", 4))).toEqual([]);
    expect(await tagged(job("invoice", 4))).toHaveLength(1);
  });

  it("writes nothing with --dry-run, and refuses an entry that silences much more, saying how much", async () => {
    await begin();
    const [configuration, model] = ["oddline.yaml", "oddline.model"].map((name) => readFileSync(path(name)));
    const line = access("GET /brand-new-page HTTP/1.1");
    expect((await accept(line, "--dry-run")).out).toContain("nothing (--dry-run)");
    const others = Array.from({ length: 12 }, (_, i) => access(`GET /new-${"abcdefghijkl"[i]} HTTP/1.1`));
    writeFileSync(path("day.log"), [line, ...others].join("\n"));
    const wide = await accept(line, "--pattern", "GET /*", "--replay", path("day.log"));
    expect(wide.code).toBe(5);
    expect(wide.err).toContain("ACCEPT_TOO_BROAD");
    expect(wide.err).toContain("12 events of 12 other kinds");
    expect(["oddline.yaml", "oddline.model"].map((name) => readFileSync(path(name)))).toEqual([configuration, model]);
    expect((await accept(line, "--pattern", "GET /*", "--replay", path("day.log"), "--force")).code).toBe(0);
  });

  it("has an error for each event that it cannot accept", async () => {
    await begin();
    const line = access("GET /brand-new-page HTTP/1.1");
    const check = async (args: string[], code: string, exit: number) => {
      const outcome = await accept(...args);
      expect(outcome.err).toContain(`error ${code}`);
      expect(outcome.code).toBe(exit);
    };
    await check([access("GET / HTTP/1.1")], "ACCEPT_NOT_TAGGED", 3);
    await check(['{"log":"x","anomaly":{"type":"error_rate","score":2}}'], "ACCEPT_COUNTED", 2);
    await check([line, "--pattern", "POST /x"], "ACCEPT_NO_EFFECT", 1);
    await check([line, "--until", "2020-01-01"], "OPTION_INVALID", 2);
    await check([line, "--match", "line"], "OPTION_MISSING", 2);
    await check([], "OPTION_MISSING", 2);
    expect((await accept(line)).code).toBe(0);
    const { err } = await accept(line);
    expect(err).toContain("error ACCEPT_KNOWN");
    expect(err).toContain("GET /brand-new-page 200");
  });

  it("is what inspect --explain then says: why it is tagged, which entry covers it, what came nearest", async () => {
    await begin();
    const line = access("GET /brand-new-page HTTP/1.1");
    const verdicts = async (...lines: string[]) => {
      const found: string[] = [];
      for (const each of lines) {
        const { out } = await oddline("inspect", path("oddline.model"), "--explain", each, "--json");
        found.push(JSON.parse(out).verdict);
      }
      return found;
    };
    const [before] = await verdicts(line);
    expect(before).toMatch(/^tagged as novelty, (low|medium|high): ./);
    expect((await accept(line, "--why", "it is new", "--until", "2099-01-31")).code).toBe(0);
    const [known, usual, error] = await verdicts(line, job("mailer", 7), access("GET / HTTP/1.1", 500));
    expect(known).toBe(
      `not tagged: known until 2099-01-31 by "GET /brand-new-page 200" (it is new); without it ${before.slice(10)}`,
    );
    expect(usual).toMatch(
      /^not tagged: (novelty came nearest, at 0\.\d\d of its threshold: .|nothing in it is unusual)/,
    );
    expect(error).toMatch(
      /^(not tagged: error rate came nearest, at 0\.20 of its threshold: 1 error of 198|tagged as n)/,
    );
    const { out } = await oddline("inspect", path("oddline.model"), "--explain", line);
    expect(out.trimEnd().split("\n").at(-1)).toBe(known);
  });
});
