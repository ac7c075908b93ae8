/** TLS as an operator sets it: an own authority, a client's certificate, or none checked. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LokiApi } from "../../../host/loki/api.js";
import { lokiConnection } from "../../../host/loki/connection.js";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.warn("openssl is not on PATH: tests of TLS are skipped");

describe.skipIf(!hasOpenssl)("Loki behind TLS", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  let server: Server;
  let url: string;
  let clients: string[];

  beforeAll(async () => {
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const made = spawnSync("openssl", [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      key,
      "-out",
      cert,
      ...subject,
    ]);
    if (made.status !== 0) throw new Error(made.stderr.toString());
    const pem = readFileSync(cert);
    clients = [];
    server = createServer(
      { cert: pem, key: readFileSync(key), ca: pem, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const peer = (request.socket as import("node:tls").TLSSocket).getPeerCertificate();
        clients.push(peer.subject?.CN ?? "");
        response.end('{"status":"success","data":{"resultType":"streams","result":[]}}');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
    rmSync(folder, { recursive: true });
  });

  const ask = async (environment: Record<string, string>) => {
    const patience = { attemptsMax: 1, pauseSeconds: 0, pauseSecondsMax: 0 };
    return (await new LokiApi(lokiConnection(url, environment), patience).lines("{}", 0n, 1n, 1)).entries;
  };

  it("is not trusted as it is", async () => {
    await expect(ask({})).rejects.toMatchObject({ code: "LOKI_UNREACHABLE" });
    expect(clients).toEqual([]);
  });

  it("is trusted by its authority, or unseen where asked", async () => {
    expect(await ask({ LOKI_CA_CERT_PATH: cert })).toEqual([]);
    expect(await ask({ LOKI_TLS_SKIP_VERIFY: "true" })).toEqual([]);
  });

  it("is shown the client's certificate", async () => {
    await ask({ LOKI_CA_CERT_PATH: cert, LOKI_CLIENT_CERT_PATH: cert, LOKI_CLIENT_KEY_PATH: key });
    expect(clients.at(-1)).toBe("localhost");
  });
});
