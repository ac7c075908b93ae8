import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../host/cli.js";
import { Draws } from "../../host/demo/draws.js";
import { shopLog } from "../../host/demo/shop.js";
import { Engine } from "../../host/wasm/engine.js";
import { withFolder } from "../support/learning.js";
import { until } from "../support/waiting.mjs";

const day = Date.UTC(2026, 10, 20) / 1000;
const oddline = (...words: string[]) => runCli(["node", "oddline", ...words]);
let stderr = "";

beforeAll(() => {
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterAll(() => vi.restoreAllMocks());

async function folderWithLogs(use: (path: (name: string) => string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = (name: string) => join(folder, name);
    writeFileSync(path("first.log"), shopLog(1, day, 4000, false));
    writeFileSync(path("second.log"), shopLog(2, day, 5000, true));
    stderr = "";
    await use(path);
  });
}

describe("refresh", () => {
  it("says what changed, keeps the model before and rolls back to it", async () => {
    await folderWithLogs(async (path) => {
      const model = path("oddline.model");
      expect(await oddline("refresh", path("first.log"), "--out", model)).toBe(0);
      const first = readFileSync(model);
      expect(await oddline("refresh", path("second.log"), "--out", model, "--changes", path("changes.json"))).toBe(0);
      expect(readFileSync(`${model}.1`).equals(first)).toBe(true);
      const changes = JSON.parse(readFileSync(path("changes.json"), "utf8"));
      expect(changes.entries.new).toBeGreaterThan(5);
      expect(changes.verdicts.sampledLines).toBe(5010);
      expect(changes.verdicts.noLongerTagged).toBeGreaterThan(0);
      expect(await oddline("rollback", model)).toBe(0);
      expect(readFileSync(model).equals(first)).toBe(true);
      expect(await oddline("rollback", model)).toBe(3);
      expect(readFileSync(model).equals(first)).toBe(true);
    });
  });

  it("keeps no more models than asked for", async () => {
    await folderWithLogs(async (path) => {
      const model = path("oddline.model");
      for (let run = 0; run < 5; run++)
        expect(await oddline("refresh", path("first.log"), "--out", model, "--keep", "2")).toBe(0);
      expect([1, 2, 3].map((number) => existsSync(`${model}.${number}`))).toEqual([true, true, false]);
    });
  });

  it("refuses a model that would tag too much of what it learnt from, unless forced", async () => {
    await folderWithLogs(async (path) => {
      const model = path("oddline.model");
      // each from a network of its own: once it is left out, nothing that is left vouches for it
      const oddities = ["GET /.git/config", "PROPFIND /", "GET /cart?id=1%27%20OR%201=1--", "DELETE /article/7"].map(
        (request, n) => `203.0.${n}.9 - - [20/Nov/2026:10:0${n}:00 +0000] "${request} HTTP/1.1" 404 5\n`,
      );
      writeFileSync(path("noisy.log"), shopLog(4, day, 3000, false) + oddities.join(""));
      writeFileSync(model, "the model in place");
      const noisy = ["refresh", path("noisy.log"), "--out", model, "--share", "0.2", "--max-alert-share", "0"];
      expect(await oddline(...noisy)).toBe(5);
      expect(stderr).toContain("TOO_MANY_ALERTS");
      expect(readFileSync(model, "utf8")).toBe("the model in place");
      expect(await oddline(...noisy, "--force")).toBe(0);
    });
  });

  it("ends with exit code 4 while another run holds the model, and is not blocked by one that is gone", async () => {
    await folderWithLogs(async (path) => {
      const model = path("oddline.model");
      const sleeper = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
      const stat = readFileSync(`/proc/${sleeper.pid}/stat`, "utf8");
      const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
      const { hostname } = await import("node:os");
      writeFileSync(`${model}.lock`, JSON.stringify({ pid: sleeper.pid, host: hostname(), started }));
      expect(await oddline("refresh", path("first.log"), "--out", model)).toBe(4);
      expect(stderr).toContain("LOCKED");
      sleeper.kill("SIGKILL");
      await once(sleeper, "exit");
      expect(await oddline("refresh", path("first.log"), "--out", model)).toBe(0);
      expect(existsSync(`${model}.lock`)).toBe(false);
    });
  });

  it("does not fail when nobody hears the announcement, and says so", async () => {
    await folderWithLogs(async (path) => {
      expect(await oddline("refresh", path("first.log"), "--out", path("m"), "--announce", "127.0.0.1:1")).toBe(0);
      expect(stderr).toContain("not announced");
    });
  });

  it("announces itself to a forward input", async () => {
    await folderWithLogs(async (path) => {
      const received: Buffer[] = [];
      const server = createServer((socket) => socket.on("data", (chunk) => received.push(chunk))).listen(
        0,
        "127.0.0.1",
      );
      await once(server, "listening");
      const { port } = server.address() as { port: number };
      expect(await oddline("refresh", path("first.log"), "--out", path("m"), "--announce", `127.0.0.1:${port}`)).toBe(
        0,
      );
      await until(() => Buffer.concat(received).includes("oddline.refresh"), "its announcement");
      expect(Buffer.concat(received).toString("latin1")).toContain("installed");
      server.close();
    });
  });

  it("learns the same from summaries, in any order, as from the whole", async () => {
    await folderWithLogs(async (path) => {
      const lines = shopLog(7, day, 6000, true).trimEnd().split("\n");
      writeFileSync(path("whole.log"), `${lines.join("\n")}\n`);
      const parts: string[] = [];
      for (let part = 0; part < 3; part++) {
        writeFileSync(path(`part${part}.log`), `${lines.slice(part * 2100, (part + 1) * 2100).join("\n")}\n`);
        parts.unshift(path(`part${part}.sum`));
        const child = spawn(process.execPath, ["dist/bin.js", "summarize", path(`part${part}.log`)]);
        const chunks: Buffer[] = [];
        child.stdout.on("data", (chunk) => chunks.push(chunk));
        expect((await once(child, "close"))[0]).toBe(0);
        writeFileSync(path(`part${part}.sum`), Buffer.concat(chunks));
      }
      expect(await oddline("refresh", path("whole.log"), "--out", path("whole.model"))).toBe(0);
      expect(await oddline("refresh", "--summaries", ...parts, "--out", path("parts.model"))).toBe(0);
      expect(readFileSync(path("parts.model")).equals(readFileSync(path("whole.model")))).toBe(true);
      writeFileSync(path("bad.sum"), '{"form":"","lines":1}\n');
      expect(await oddline("refresh", "--summaries", path("bad.sum"), "--out", path("parts.model"))).toBe(2);
      expect(stderr).toContain("bad.sum:1:1");
    });
  });

  it("leaves a whole model, old or new, wherever it is killed, and the next run is not blocked", {
    timeout: 600_000,
  }, async () => {
    await folderWithLogs(async (path) => {
      const model = path("oddline.model");
      expect(await oddline("refresh", path("first.log"), "--out", model)).toBe(0);
      const random = new Draws(5);
      const run = (log: string) =>
        spawn(process.execPath, ["dist/bin.js", "refresh", path(log), "--out", model], { stdio: "ignore" });
      const startedAt = performance.now();
      await once(run("second.log"), "exit");
      const wholeMilliseconds = performance.now() - startedAt;
      for (let kill = 0; kill < 50; kill++) {
        const child = run(kill % 2 === 0 ? "first.log" : "second.log");
        // most of the time goes into starting; the moments that matter come at the end
        const after = wholeMilliseconds * (0.3 + 0.8 * random.next());
        setTimeout(() => child.kill("SIGKILL"), after);
        await once(child, "exit");
        expect(new Engine().tryModel(readFileSync(model))).toBeUndefined();
      }
      for (const left of ["0123456789abcdef", "0.0123456789abcdef"]) {
        writeFileSync(path(`.oddline.model.${left}.tmp`), "half a model");
      }
      writeFileSync(path(".oddline.model.mine.tmp"), "of somebody else");
      expect(await oddline("refresh", path("second.log"), "--out", model)).toBe(0);
      const left = readdirSync(path(".")).filter((name) => name.endsWith(".tmp"));
      expect(left).toEqual([".oddline.model.mine.tmp"]);
    });
  });
});
