/** What may stand behind `--forward`: a source that answers as none should, and the server itself. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Hops, leadsTo } from "../../host/serve/transform/loop.js";
import { Served } from "../support/serveHere.js";
import { until } from "../support/waiting.mjs";

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server of bytes: `answer` is called once the request's head has come. */
async function source(answer: (socket: Socket) => void): Promise<{ url: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.once("data", () => answer(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets };
}

async function serveBefore(forward: string): Promise<Served> {
  const served = await new Served({ forward, markAll: false }).start();
  closing.push(() => served.stop());
  return served;
}

/** Writes the same again and again while the other side reads. */
function endlessly(socket: Socket, text: string): void {
  const write = () => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on("drain", write);
  write();
}

describe("a source that answers", () => {
  test.each([
    ["101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
    ["101 without a protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["no HTTP", "hello\r\n\r\n"],
    ["half a head", "HTTP/1.1 200 OK\r\nConten"],
  ])("%s is one that could not take the events", async (_, text) => {
    const { url } = await source((socket) => socket.end(text));
    const served = await serveBefore(url);
    expect((await served.post('{"a":1}')).status).toBe(503);
    expect(served.said.join()).toMatch(/FORWARD_(REFUSED|FAILED)/);
    expect(served.metric("oddline_transform_held_requests")).toBe(0);
  });

  test.each([
    ["1xx", "HTTP/1.1 103 Early Hints\r\n\r\n", ""],
    ["headers", "x: y\r\n", "HTTP/1.1 200 OK\r\n"],
  ])("%s without end, too, and is cut off", async (_, text, first) => {
    const { url, sockets } = await source((socket) => {
      socket.write(first);
      endlessly(socket, text.repeat(100));
    });
    const served = await serveBefore(url);
    expect((await served.post('{"a":1}')).status).toBe(503);
    await until(() => sockets.size === 0, "the connection is closed");
  });

  test("200 and a body without end has them, and is cut off", async () => {
    const { url, sockets } = await source((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      endlessly(socket, `1000\r\n${"x".repeat(4096)}\r\n`);
    });
    const served = await serveBefore(url);
    expect((await served.post('{"a":1}')).status).toBe(200);
    await until(() => sockets.size === 0, "the connection is closed");
  });
});

describe("a circle", () => {
  test("of one is refused at the start", () => {
    for (const [listen, forward] of [
      ["127.0.0.1:29876", "http://localhost:29876/v1/transform"],
      ["0.0.0.0:29876", "http://127.0.0.1:29876/"],
    ]) {
      const command = ["dist/bin.js", "serve", "--listen", listen, "--forward", forward];
      const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8", timeout: 20_000 });
      expect([status, stderr]).toEqual([2, expect.stringContaining("error FORWARD_LOOP")]);
    }
  });

  test("is seen where names and addresses are this machine's, and nowhere else", async () => {
    const leads = (url: string, host: string) => leadsTo(new URL(url), { host, port: 9800 });
    expect(await leads("http://127.0.0.1:9800/", "127.0.0.1")).toBe(true);
    expect(await leads("http://[::1]:9800/", "::")).toBe(true);
    expect(await leads("http://0.0.0.0:9800/", "0.0.0.0")).toBe(true);
    expect(await leads("http://127.0.0.1:9801/", "127.0.0.1")).toBe(false);
    expect(await leads("http://192.0.2.1:9800/", "0.0.0.0")).toBe(false);
    expect(await leads("http://127.0.0.2:9800/", "127.0.0.1")).toBe(false);
    expect(await leads("http://no-such-host.invalid:9800/", "127.0.0.1")).toBe(false);
  });

  test("of two is found by the hops", async () => {
    let target = 0;
    let passed = 0;
    const relay = createServer((socket) => {
      passed++;
      const on = connect(target, "127.0.0.1");
      for (const one of [socket, on]) one.on("error", () => {});
      socket.pipe(on).pipe(socket);
      closing.push(() => on.destroy());
    });
    relay.listen(0, "127.0.0.1");
    await once(relay, "listening");
    closing.push(() => relay.close());
    const first = await serveBefore(`http://127.0.0.1:${(relay.address() as AddressInfo).port}/v1/transform`);
    const second = await serveBefore(`http://127.0.0.1:${first.port}/v1/transform`);
    target = second.port;
    expect((await first.post('{"a":1}')).status).toBe(503);
    expect(first.said.join()).toContain("TRANSFORM_REFUSED: FORWARD_LOOP");
    expect(passed).toBe(1);
  });

  test("is taken for one where events have passed through many", () => {
    const hops = new Hops();
    const via = hops.behind(new Hops().behind("1.1 proxy"));
    expect(via).toMatch(/^1\.1 proxy, 1\.1 oddline-[0-9a-f]{16}, 1\.1 oddline-[0-9a-f]{16}$/);
    expect([hops.isLoop(via), new Hops().isLoop(via), hops.isLoop(undefined)]).toEqual([true, false, false]);
    const many = Array.from({ length: 8 }, () => new Hops()).reduce((all, hop) => hop.behind(all || undefined), "");
    expect(new Hops().isLoop(many)).toBe(true);
  });
});
