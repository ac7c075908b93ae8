/** POST /detect-error-anomalies with 200 clients at once, and with one that does not read its answer. */
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entryAt, Served } from "../support/serveHere.js";
import { pause, until } from "../support/waiting.mjs";

const path = "/detect-error-anomalies";
let served: Served;
beforeEach(async () => {
  served = await new Served({ markAll: false }).start();
});
afterEach(() => served.stop());

const lines = (entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).join("\n");

/** A request whose body is still to come, and what already answers it. */
async function stream() {
  const request = httpRequest({ port: served.port, host: "127.0.0.1", method: "POST", path, agent: false });
  request.flushHeaders();
  const [response] = await once(request, "response");
  return { request, response };
}

describe("POST /detect-error-anomalies", () => {
  it("does not mix the state of 200 streams at once", async () => {
    const streams = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const { request, response } = await stream();
        const parts: string[] = [];
        response.on("data", (part: Buffer) => parts.push(part.toString()));
        return { request, response, parts };
      }),
    );
    const judged = 'oddline_detect_entries_total{result="judged"}';
    // Stream n errs n % 12 times from one address that all streams share, one entry each in turn.
    for (let round = 0; round < 12; round++) {
      for (const [n, { request }] of streams.entries()) {
        request.write(`${JSON.stringify(entryAt(0, { isError: round < n % 12 }))}\n`);
      }
      const sent = 200 * (round + 1);
      await until(() => served.metric(judged) === sent, `${sent} entries are judged`);
    }
    const ends = streams.map(({ response }) => once(response, "end"));
    for (const { request } of streams) request.end();
    await Promise.all(ends);
    for (const [n, { parts }] of streams.entries()) {
      const events = parts
        .join("")
        .trim()
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line).event);
      expect(events, `stream ${n}`).toEqual(n % 12 > 5 ? ["HIGH_ERROR_RATE"] : []);
    }
  });

  it("stops reading from a client whose reader lags, and goes on when it reads", async () => {
    const request = httpRequest({
      port: served.port,
      host: "127.0.0.1",
      method: "POST",
      path: `${path}?results=all`,
      agent: false,
    });
    request.flushHeaders();
    const [response] = await once(request, "response");
    response.pause();
    const block = Buffer.from(`${lines(Array.from({ length: 500 }, (_, i) => entryAt(i, { isError: false })))}\n`);
    let blocks = 0;
    // Sockets hold some megabytes; then the sender has to wait.
    while (blocks < 1000 && (request.write(block) || (await drained(request, 300)))) blocks++;
    expect(blocks).toBeLessThan(1000);
    expect(served.metric('oddline_detect_entries_total{result="judged"}')).toBeLessThan(blocks * 500);
    let bytes = 0;
    response.on("data", (part: Buffer) => {
      bytes += part.filter((byte) => byte === 0x0a).length;
    });
    response.resume();
    request.end();
    await once(response, "end");
    expect(bytes).toBe((blocks + 1) * 500);
  });
});

async function drained(request: NodeJS.EventEmitter, milliseconds: number): Promise<boolean> {
  return Promise.race([
    once(request, "drain").then(() => true),
    pause(milliseconds, "a sender that can write goes on at once").then(() => false),
  ]);
}
