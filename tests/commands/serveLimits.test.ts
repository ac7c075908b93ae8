/**
 * `oddline serve`, a process of its own, under each kind of load that its limits are for: meanwhile it answers /healthz
 * and an ordinary batch within a second of its own processor time, which is what it would be on a machine without other
 * work, and its memory stays bounded.
 */
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { ServedProcess } from "../support/servedProcess.js";
import { Served } from "../support/serveHere.js";
import { pause, until } from "../support/waiting.mjs";

const mebibyte = 1 << 20;
const residentBytesMax = 800 * mebibyte;
const probes = 8;
const medianCpuMillisecondsMax = 1000;
const worstCpuMillisecondsMax = 5000;
const ordinaryBatch = Array.from({ length: 1000 }, (_, i) => `{"message":"GET /cart/${i} took ${i % 7} ms"}\n`).join(
  "",
);

let served: ServedProcess;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await served?.stop();
});

/** A connection that has sent this; more can be written. */
async function open(text: string | Buffer): Promise<Socket> {
  const socket = connect(served.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

const head = (path: string, ...headers: string[]) =>
  `${[`POST ${path} HTTP/1.1`, "Host: localhost", ...headers].join("\r\n")}\r\n\r\n`;
const whole = (path: string, body: Buffer, ...headers: string[]) =>
  Buffer.concat([Buffer.from(head(path, `Content-Length: ${body.length}`, ...headers)), body]);

function ask(method: string, path: string, body = ""): Promise<{ status: number; cpuMilliseconds: number }> {
  const start = served.cpuMilliseconds;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port: served.port, host: "127.0.0.1", method, path, agent: false }, (response) => {
      response.resume();
      const { statusCode: status = 0 } = response;
      response.on("end", () => resolve({ status, cpuMilliseconds: served.cpuMilliseconds - start }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Asks again and again while the load is on. */
async function expectOrdinaryService(): Promise<void> {
  const costs: Record<string, number[]> = { "/healthz": [], "/v1/transform": [] };
  let residentBytes = 0;
  for (let i = 0; i < probes; i++) {
    const health = await ask("GET", "/healthz");
    const batch = await ask("POST", "/v1/transform", ordinaryBatch);
    expect([health.status, batch.status]).toEqual([200, 200]);
    costs["/healthz"].push(health.cpuMilliseconds);
    costs["/v1/transform"].push(batch.cpuMilliseconds);
    residentBytes = Math.max(residentBytes, served.residentBytes);
    await pause(100, "probes spread over the load");
  }
  for (const [path, all] of Object.entries(costs)) {
    all.sort((a, b) => a - b);
    expect(all[probes / 2], path).toBeLessThan(medianCpuMillisecondsMax);
    expect(all[probes - 1], path).toBeLessThan(worstCpuMillisecondsMax);
  }
  expect(residentBytes).toBeLessThan(residentBytesMax);
}

const large = Buffer.from('{"message":"GET /cart"}\n'.repeat((63 * mebibyte) / 24));
const transform = "/v1/transform";
const detect = "/detect-error-anomalies";

describe("ordinary service goes on beside", () => {
  test("300 connections that announce 64 MiB and send nothing", async () => {
    served = await ServedProcess.start();
    for (let i = 0; i < 300; i++) await open(head(transform, `Content-Length: ${64 * mebibyte}`));
    await pause(1100, "the server looks at what stands still once a second");
    await expectOrdinaryService();
    expect(served.residentBytes).toBeLessThan(250 * mebibyte);
  });

  test("40 chunked bodies of 32 MiB that do not end", async () => {
    served = await ServedProcess.start();
    const chunk = Buffer.concat([Buffer.from("100000\r\n"), large.subarray(0, mebibyte), Buffer.from("\r\n")]);
    for (let i = 0; i < 40; i++) {
      const socket = await open(head(transform, "Transfer-Encoding: chunked"));
      for (let left = 32; left > 0 && !socket.destroyed; left--) socket.write(chunk);
    }
    await expectOrdinaryService();
  });

  test("bodies in chunks of one byte", async () => {
    served = await ServedProcess.start();
    const ones = Buffer.from("1\r\nx\r\n".repeat(mebibyte / 2));
    for (let i = 0; i < 8; i++) {
      const socket = await open(head(transform, "Transfer-Encoding: chunked"));
      socket.write(ones);
    }
    await expectOrdinaryService();
  });

  test.each([
    ["gzip", gzipSync(large, { level: 1 })],
    ["br", brotliCompressSync(large, { params: { 1: 1 } })],
  ])("60 %s bodies that unpack to 63 MiB", async (encoding, packed) => {
    served = await ServedProcess.start();
    for (let i = 0; i < 60; i++) (await open(whole(transform, packed, `Content-Encoding: ${encoding}`))).resume();
    await until(() => served.residentBytes > 150 * mebibyte, "some are unpacked");
    for (let round = 0; round < 3; round++) await expectOrdinaryService();
  });

  test("answers of 63 MiB that nobody reads", async () => {
    served = await ServedProcess.start();
    const packed = gzipSync(large, { level: 1 });
    for (let i = 0; i < 12; i++) (await open(whole(transform, packed, "Content-Encoding: gzip"))).pause();
    await expectOrdinaryService();
  });

  test("as many dripping streams as are taken", async () => {
    served = await ServedProcess.start();
    const streams: Socket[] = [];
    for (let i = 0; i < 300; i++) streams.push(await open(head(detect, "Transfer-Encoding: chunked")));
    const drip = setInterval(() => {
      for (const socket of streams) socket.write("2\r\n{}\r\n");
    }, 200);
    try {
      await expectOrdinaryService();
    } finally {
      clearInterval(drip);
    }
  });

  test("64 streams of refused entries whose answers nobody reads", async () => {
    served = await ServedProcess.start();
    const entries = Buffer.from("1\n".repeat(mebibyte / 2));
    for (let i = 0; i < 64; i++) {
      const socket = await open(head(`${detect}?results=all`, `Content-Length: ${8 * mebibyte}`));
      if (i % 2 === 0) socket.pause();
      else socket.resume();
      for (let left = 8; left > 0; left--) socket.write(entries);
    }
    await expectOrdinaryService();
  });

  test.each([
    ["two bytes a line", "ab\n"],
    ["what looks like objects", "{a}\n"],
    ["bytes that are no UTF-8", "\xff\n"],
    ["empty objects", "{}\n"],
    ["one line", "x"],
  ])("24 MiB of %s", async (_, line) => {
    served = await ServedProcess.start();
    const body = Buffer.from(line.repeat((8 * mebibyte) / line.length), "latin1");
    for (let i = 0; i < 3; i++) (await open(whole(transform, body))).resume();
    await expectOrdinaryService();
  });

  test("a JSON array and frames of the native codec, 32 MiB each", async () => {
    served = await ServedProcess.start();
    const event = '{"message":"x"}';
    const array = Buffer.from(`[${`${event},`.repeat((32 * mebibyte) / (event.length + 1))}${event}]`);
    (await open(whole(transform, array, "Content-Type: application/json"))).resume();
    const frame = Buffer.from("\0\0\0\x0d\x0a\x0b\x0a\x09\x0a\x07\x0a\x01m\x12\x02\x0a\0", "latin1");
    const frames = Buffer.alloc(32 * mebibyte - ((32 * mebibyte) % frame.length), frame);
    (await open(whole(transform, frames, "Content-Type: application/octet-stream"))).resume();
    await expectOrdinaryService();
  });
});

describe("by progress", () => {
  test("a body that stands still is given up, one that moves on is not", async () => {
    const here = await new Served({ markAll: false, limits: { progressSeconds: 0.2, progressBytes: 10 } }).start();
    try {
      const start = () => {
        const socket = connect(here.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.write(head(transform, "Content-Length: 200"));
        return socket;
      };
      const [still, moving] = [start(), start()];
      const drip = setInterval(() => moving.write(" ".repeat(20)), 100);
      const [answer] = await once(moving, "data");
      clearInterval(drip);
      expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
      moving.destroy();
      if (!still.destroyed) await once(still, "close");
      expect(here.said.join()).toContain("BODY_STALLED");
    } finally {
      await here.stop();
    }
  });

  test("the largest body on its way makes room, one that waits for the source does not", async () => {
    const here = await new Served({ markAll: false, limits: { heldBytes: 400_000 } }).start();
    try {
      const hog = connect(here.port, "127.0.0.1");
      let back = "";
      hog
        .on("error", () => {})
        .on("data", (part) => {
          back += String(part);
        });
      hog.write(head(transform, "Content-Length: 1000000") + "x".repeat(300_000));
      await until(() => here.metric("oddline_transform_held_bytes") > 250_000, "the large one is on its way");
      expect((await here.post(`{"message":"${"y".repeat(150_000)}"}`)).status).toBe(200);
      await until(() => back !== "", "the large one is refused");
      expect(back).toMatch(/^HTTP\/1\.1 503 [\s\S]*"TOO_MANY_BYTES"/);
      await until(() => here.metric("oddline_transform_held_bytes") === 0, "all bytes are given back");
    } finally {
      await here.stop();
    }
  });
});
