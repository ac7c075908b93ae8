/**
 * The window rules three ways: entries to `POST /detect-error-anomalies`, the same as access log lines to `oddline tag`
 * and to a real Fluent Bit. One address errs, the others do not: an alert for it alone, then normal activity; and on
 * random traffic the same state and event for every single one. HTTP answers with every event that counts, so the
 * others are configured to report them all; states are the same where they are not.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import { oddline } from "../support/cli.js";
import { throughFluentBit } from "../support/parity.mjs";
import { Served } from "../support/serveHere.js";
import { hasShipper } from "../support/shippers.js";

interface Request {
  seconds: number;
  address: string;
  path: string;
  isError: boolean;
}
interface Told {
  address: string;
  state: string;
  event: string | null;
}

const noon = Date.UTC(2026, 10, 21, 12) / 1000;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

describe("the window rules over HTTP, in oddline tag and in Fluent Bit", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-three-ways-"));
  const shipper = hasShipper("fluent-bit");
  let served: Served;
  let runs = 0;

  beforeAll(async () => {
    served = await new Served({ markAll: false }).start();
    writeFileSync(join(folder, "oddline.yaml"), "tagAll: true\nalerts: every\n");
    const { code, err } = await oddline(
      "compile",
      join(folder, "oddline.yaml"),
      "--out",
      join(folder, "oddline.model"),
    );
    expect(code, err).toBe(0);
  });
  afterAll(async () => {
    await served.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function threeWays(requests: Request[]): Promise<Told[][]> {
    const log = join(folder, `access-${++runs}.log`);
    writeFileSync(log, requests.map(asLine).join(""));
    const body = requests.map((request) => JSON.stringify(asEntry(request))).join("\n");
    const reply = await served.post(body, {}, "/detect-error-anomalies?results=all");
    expect(reply.status).toBe(200);
    const ways = [
      rows(reply.body).map(({ entry, state, event }) => ({ address: entry.ipAddress, state, event })),
      rows((await oddline("tag", "--all", log, "--model", join(folder, "oddline.model"))).out).map(verdict),
    ];
    if (shipper) {
      const bytes = Buffer.from(requests.map(asLine).join(""));
      const run = { folder: join(folder, `run-${runs}`), modelFolder: folder, bytes };
      ways.push(rows(await throughFluentBit(run)).map(verdict));
    }
    for (const way of ways) expect(way).toHaveLength(requests.length);
    return ways;
  }

  it("alert for the one address that errs, and end with normal activity", async () => {
    const requests: Request[] = [];
    for (let i = 0; i < 20; i++) {
      for (const host of [7, 8, 9, 10]) {
        requests.push({ seconds: noon + i, address: `192.0.2.${host}`, path: "/cart", isError: host === 7 });
      }
    }
    requests.push({ seconds: noon + 200, address: "192.0.2.7", path: "/cart", isError: false });
    for (const way of await threeWays(requests)) {
      expect(way.filter(({ event }) => event !== null)).toEqual([
        { address: "192.0.2.7", state: "ERROR_RATE_ALERT", event: "HIGH_ERROR_RATE" },
        { address: "192.0.2.7", state: "NORMAL", event: "NORMAL_ACTIVITY" },
      ]);
      const others = way.filter(({ address }) => address !== "192.0.2.7");
      expect(new Set(others.map(({ state }) => state))).toEqual(new Set(["NORMAL"]));
    }
  });

  it("agree on every event of random traffic", async () => {
    const requests = randomTraffic(7, 20_000);
    const [http, ...others] = await threeWays(requests);
    const events = new Set(http.map(({ event }) => event));
    expect(events).toEqual(new Set([null, "HIGH_ERROR_RATE", "HIGH_TRAFFIC", "NORMAL_ACTIVITY"]));
    for (const way of others) expect(way).toEqual(http);
    const seldom = rows((await oddline("tag", "--all", join(folder, `access-${runs}.log`))).out).map(verdict);
    expect(seldom.map(({ state }) => state)).toEqual(http.map(({ state }) => state));
    const alerts = (way: Told[]) => way.filter(({ event }) => event !== null).length;
    expect(alerts(seldom)).toBeGreaterThan(0);
    expect(alerts(seldom)).toBeLessThanOrEqual(alerts(http));
  });
});

/** Some addresses err in bursts, some flood, most are calm; now and then nothing happens for minutes. */
function randomTraffic(seed: number, count: number): Request[] {
  const random = seededRandom(seed);
  let seconds = noon;
  return Array.from({ length: count }, () => {
    if (random() < 0.1) seconds += Math.floor(random() * (random() < 0.01 ? 300 : 3));
    const host = 1 + Math.floor(random() ** 3 * 40);
    const errs = Math.floor(seconds / 90) % 3 === host % 3;
    const isError = random() < (errs ? 0.3 : 0.02);
    return { seconds, address: `10.0.0.${host}`, path: `/page/${host % 7}`, isError };
  });
}

function asEntry({ seconds, address, path, isError }: Request) {
  const timestamp = new Date(seconds * 1000).toISOString();
  return { timestamp, ipAddress: address, apiEndpoint: path, message: `GET ${path}`, isError };
}

function asLine({ seconds, address, path, isError }: Request): string {
  const [date, clock] = new Date(seconds * 1000).toISOString().split("T");
  const [year, month, day] = date.split("-");
  const time = `${day}/${months[Number(month) - 1]}/${year}:${clock.slice(0, 8)} +0000`;
  return `${address} - - [${time}] "GET ${path} HTTP/1.1" ${isError ? 500 : 200} 512\n`;
}

// biome-ignore lint/suspicious/noExplicitAny: two kinds of output, looked into by the caller
function rows(text: string | Buffer): any[] {
  return text
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function verdict({ anomaly }: { anomaly: { key: string; state: string; event?: string } }): Told {
  return { address: anomaly.key, state: anomaly.state, event: anomaly.event ?? null };
}
