/** A local HTTP receiver shaped like Slack's webhook, Alertmanager's v2 API or any other; keeps what it is sent. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of several shapes
  body: any;
}

export interface TestReceiver {
  url: string;
  received: Received[];
  /** Statuses to answer with before any 200. */
  statuses: number[];
  close(): Promise<void>;
}

export async function startReceiver(): Promise<TestReceiver> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const status = receiver.statuses.shift() ?? 200;
      const body = JSON.parse(Buffer.concat(parts).toString("utf8"));
      if (status === 200) receiver.received.push({ path: request.url ?? "", headers: request.headers, body });
      response.writeHead(status).end(status === 200 ? "ok" : "no");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const receiver: TestReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    statuses: [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return receiver;
}
