/** Takes what a shipper pushes to Loki (POST /loki/api/v1/push, JSON) and keeps it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface StoredLine {
  labels: Record<string, string>;
  line: string;
  metadata: Record<string, string>;
}

export interface FakeLoki {
  port: number;
  lines: StoredLine[];
  close(): Promise<void>;
}

interface Push {
  streams: { stream: Record<string, string>; values: [string, string, Record<string, string>?][] }[];
}

export async function startFakeLoki(): Promise<FakeLoki> {
  const lines: StoredLine[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      for (const { stream, values } of (JSON.parse(Buffer.concat(parts).toString("utf8")) as Push).streams) {
        for (const [, line, metadata = {}] of values) lines.push({ labels: stream, line, metadata });
      }
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
