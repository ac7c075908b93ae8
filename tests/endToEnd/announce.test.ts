/**
 * `refresh --announce` against a real Fluent Bit: plain, with a shared key, over TLS; and against what is no shipper.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { timeoutSeconds } from "../../host/learn/announce.js";
import { oddline } from "../support/cli.js";
import { freePort } from "../support/loki.js";
import { hasShipper } from "../support/shippers.js";
import { endProcess, until } from "../support/waiting.mjs";

const present = hasShipper("fluent-bit");
const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const day = Date.UTC(2026, 10, 20) / 1000;
const sharedKey = "key-0815";
const folder = mkdtempSync(join(tmpdir(), "oddline-announce-"));
const path = (name: string) => join(folder, name);

writeFileSync(path("log"), shopLog(1, day, 4000, false));
writeFileSync(path("empty.log"), "");
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

describe.skipIf(!present)("refresh announces to Fluent Bit", () => {
  let ports: Record<"plain" | "keyed" | "tls", number>;
  let shipper: ChildProcess;
  let said = "";

  beforeAll(async () => {
    ports = { plain: await freePort(), keyed: await freePort(), tls: await freePort() };
    const input = (port: number, more = "") =>
      `[INPUT]\n    Name forward\n    Listen 127.0.0.1\n    Port ${port}\n${more}`;
    const keyed = `    Shared_Key ${sharedKey}\n    Self_Hostname shipper\n    Security.Users reader pass-4711\n`;
    const tls = `    tls on\n    tls.crt_file ${path("cert.pem")}\n    tls.key_file ${path("key.pem")}\n`;
    if (hasOpenssl) {
      const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
      const files = ["-keyout", path("key.pem"), "-out", path("cert.pem")];
      spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...files, ...subject]);
    }
    writeFileSync(
      path("run.conf"),
      "[SERVICE]\n    Flush 0.2\n    Grace 1\n" +
        input(ports.plain) +
        input(ports.keyed, keyed) +
        (hasOpenssl ? input(ports.tls, tls) : "") +
        `[OUTPUT]\n    Name file\n    Match oddline.refresh\n    Path ${folder}\n    File heard\n    Format plain\n`,
    );
    shipper = spawn("fluent-bit", ["--config", path("run.conf")], { stdio: ["ignore", "ignore", "pipe"] });
    shipper.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const inputs = hasOpenssl ? 3 : 2;
    await until(
      () => said.match(/listening on 127\.0\.0\.1/g)?.length === inputs,
      () => `all listen: ${said}`,
    );
  }, 90_000);
  afterAll(async () => {
    await endProcess(shipper);
  });

  const heard = () =>
    existsSync(path("heard"))
      ? readFileSync(path("heard"), "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [];
  /** What Fluent Bit heard of one run; the command's own outcome beside it. */
  async function announced(target: string, code: number, ...words: string[]) {
    const before = heard().length;
    const result = await oddline("refresh", ...words, "--out", path("m"), "--announce", target);
    expect(result.code, result.err).toBe(code);
    expect(result.err).not.toContain("not announced");
    await until(() => heard().length > before, "what it announces");
    expect(heard()).toHaveLength(before + 1);
    return heard().at(-1);
  }

  it("what came of it: outcome, counts, version, duration, and no word of the log", async () => {
    const told = await announced(`127.0.0.1:${ports.plain}`, 0, path("log"));
    expect(told).toEqual({
      outcome: "installed",
      model: expect.stringMatching(/^[0-9a-f]{8}$/),
      lines: 4000,
      forms: expect.any(Number),
      durationSeconds: expect.any(Number),
    });
    expect(told.durationSeconds).toBeGreaterThan(0);
    const nothing = await announced(`127.0.0.1:${ports.plain}`, 3, path("empty.log"));
    expect(nothing).toEqual({ outcome: "nothing", error: "NOTHING_TO_LEARN", durationSeconds: expect.any(Number) });
    const failed = await announced(`127.0.0.1:${ports.plain}`, 2, path("no such secret.log"));
    expect(failed).toEqual({ outcome: "failed", error: "INPUT_UNREADABLE", durationSeconds: expect.any(Number) });
  });

  it("with a shared key and a user", async () => {
    vi.stubEnv("ODDLINE_ANNOUNCE_USERNAME", "reader");
    vi.stubEnv("ODDLINE_ANNOUNCE_PASSWORD", "pass-4711");
    vi.stubEnv("ODDLINE_ANNOUNCE_SHARED_KEY", sharedKey);
    expect(await announced(`127.0.0.1:${ports.keyed}`, 0, path("log"))).toMatchObject({ outcome: "installed" });
    vi.stubEnv("ODDLINE_ANNOUNCE_SHARED_KEY", "wrong-key");
    const refused = await oddline("refresh", path("log"), "--out", path("m"), "--announce", `127.0.0.1:${ports.keyed}`);
    expect(refused.code).toBe(0);
    expect(refused.err).toContain("not announced");
    expect(refused.err).not.toMatch(/wrong-key|pass-4711/);
  });

  it.skipIf(!hasOpenssl)("over TLS, to whom the authority vouches for only", async () => {
    const target = `tls://127.0.0.1:${ports.tls}`;
    const refused = await oddline("refresh", path("log"), "--out", path("m"), "--announce", target);
    expect([refused.code, refused.err]).toEqual([0, expect.stringContaining("not announced")]);
    vi.stubEnv("ODDLINE_ANNOUNCE_CA_CERT_PATH", path("cert.pem"));
    expect(await announced(target, 0, path("log"))).toMatchObject({ outcome: "installed" });
  });
});

describe("a refresh whose announcement nobody takes", () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });
  const serverThat = async (answers: Buffer | undefined) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      if (answers) socket.on("data", () => socket.write(answers));
      else socket.pause();
    }).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  };
  /** What the process did and said, once it is gone. */
  const run = async (...more: string[]) => {
    const out = path(`model-${servers.length}`);
    const child = spawn(process.execPath, [bin, "refresh", path("log"), "--out", out, ...more], { stdio: "pipe" });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.stdout.resume();
    const ended = once(child, "close");
    await until(() => child.exitCode !== null, "its end", 20 * timeoutSeconds).finally(() => child.kill("SIGKILL"));
    const [code] = await ended;
    return { code, err, installed: existsSync(out) };
  };

  it.each([
    ["hangs", undefined],
    ["speaks another protocol", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["answers what cannot be decoded", Buffer.from([0xc0])],
    ["breaks off its answer", Buffer.from([0x81, 0xa3])],
  ])("ends well where the other end %s", async (_, answers) => {
    const port = await serverThat(answers);
    const result = await run("--announce", `127.0.0.1:${port}`);
    expect([result.code, result.installed], result.err).toEqual([0, true]);
    expect(result.err).toContain("not announced");
  });

  it.each(["127.0.0.1:0", "host:port", "http://host:24224", ""])(
    "refuses %j before anything is read",
    async (target) => {
      const refused = await oddline("refresh", path("log"), "--out", path("never"), "--announce", target);
      if (target === "") return expect(refused.code).toBe(0);
      expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("--announce") });
      expect(existsSync(path("never"))).toBe(false);
    },
  );
});
