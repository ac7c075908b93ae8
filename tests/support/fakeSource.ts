/** Stands for Vector's http_server source: keeps each body and answers when, and as, the test says. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeSource {
  url: string;
  bodies: Buffer[];
  /** Answers of the next requests; undefined holds the request until `release`, "cut" ends the connection. */
  script: (number | "cut" | undefined)[];
  /** Answers what is held. */
  release(status: number): void;
  held(): number;
  close(): Promise<void>;
}

export async function startFakeSource(): Promise<FakeSource> {
  const bodies: Buffer[] = [];
  const script: FakeSource["script"] = [];
  const held: ServerResponse[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      bodies.push(Buffer.concat(parts));
      const next = script.length > 0 ? script.shift() : 200;
      if (next === undefined) held.push(response);
      else if (next === "cut") request.socket.destroy();
      else response.writeHead(next, { "content-length": 0 }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ingest`,
    bodies,
    script,
    held: () => held.length,
    release(status) {
      for (const response of held.splice(0)) response.writeHead(status, { "content-length": 0 }).end();
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
