/** Windows of IPv6 addresses are kept per network: who has one address of a /64 has 2^64 of them. */
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../host/config/configuration.js";
import { configuredModel } from "../../../host/model/configuredModel.js";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { readHost } from "../../differential/reference/address.js";
import { FilterHost } from "../../support/filterHost.mjs";
import { seededRandom } from "../../support/hostile.mjs";
import { tagsOf } from "../../support/tagging.js";

const seconds = Date.UTC(2026, 10, 21, 3) / 1000;

interface Tag {
  type: string;
  key: string;
  state: string;
  count: number;
  reason: string;
}

/** A request of that client, `i` fiftieths of a second after the start. */
function line(client: string, status: number, i = 0): string {
  const time = new Date((seconds + Math.floor(i / 50)) * 1000).toUTCString().split(" ");
  return `${client} - - [${time[1]}/${time[2]}/${time[3]}:${time[4]} +0000] "GET /item HTTP/1.1" ${status} 512`;
}

function configured(yaml: string): Engine {
  const engine = new Engine(5n);
  const { configuration } = parseConfiguration(yaml, "oddline.yaml");
  engine.useModel(configuredModel(engine, configuration), "configured");
  return engine;
}

/** The tags of the lines; what was counted before is forgotten. */
function tags(lines: string[], engine = configured("alerts: every")): (Tag | undefined)[] {
  engine.exports.oddline_start(5n);
  return tagsOf(engine, `${lines.join("\n")}\n`);
}

/** Different addresses of one /64. */
const rotated = (i: number) => `2001:db8:7:1:${((i * 7919) % 65536).toString(16)}:${i.toString(16)}:0:1`;
const attack = (status: number, count = 600) => Array.from({ length: count }, (_, i) => line(rotated(i), status, i));

describe("an attacker with a new IPv6 address for each request", () => {
  it("is told for errors from the sixth on, each event by its own address", () => {
    const found = tags(attack(500));
    expect(found.slice(0, 5)).toEqual(Array(5).fill(undefined));
    expect(found[5]).toMatchObject({ type: "error_rate", state: "ERROR_RATE_ALERT", count: 6 });
    expect(found[5]?.reason).toBe("6 errors from this key's /64 within 60 s, the threshold is 5.0");
    found.slice(5).forEach((tag, i) => {
      expect(tag?.key).toBe(readHost(rotated(i + 5)));
    });
  });

  it("is told for traffic from the hundred and first request on", () => {
    const found = tags(attack(200));
    expect(found.findIndex((tag) => tag !== undefined)).toBe(100);
    expect(found[100]).toMatchObject({ type: "traffic", state: "TRAFFIC_ALERT", count: 101 });
  });

  it("is told by the filter inside Fluent Bit as well", () => {
    const { configuration } = parseConfiguration("alerts: every", "oddline.yaml");
    const host = new FilterHost({ model: configuredModel(new Engine(), configuration) });
    const answers = attack(500, 60).map((log) => host.filter(Buffer.from(JSON.stringify({ log })), { seconds }).output);
    const tagged = answers.filter((answer) => answer?.includes('"type":"error_rate"'));
    expect(tagged.length).toBe(55);
  });

  it("reaches the count of a keyword, and its next multiple, from whichever address", () => {
    const yaml = "keywords: { list: [{ word: wordpress-login, minCount: 3 }] }";
    const lines = Array.from({ length: 6 }, (_, i) => `${rotated(i)} asked for wordpress-login from=${rotated(i)}`);
    const found = tags(
      lines.map((text, i) => JSON.stringify({ message: text, remote_addr: rotated(i) })),
      configured(yaml),
    );
    expect(found.map((tag) => tag?.type)).toEqual(
      [1, 2, 3, 4, 5, 6].map((count) => (count % 3 === 0 ? "keyword" : undefined)),
    );
  });

  it("falls to one thread of several, and is the one key that most events come from", () => {
    const engine = new Engine();
    const keysOf = (lines: string[]) =>
      [...engine.keys(Buffer.from(`${lines.join("\n")}\n`), { flags: 0, seconds: BigInt(seconds) })].flatMap((part) => [
        ...part,
      ]);
    expect(new Set(keysOf(attack(200))).size).toBe(1);
    const others = Array.from({ length: 64 }, (_, i) => line(`2001:db8:7:${(i + 2).toString(16)}::1`, 200));
    expect(new Set(keysOf(others)).size).toBe(64);
    const lines = Buffer.from(`${attack(200, 4000).join("\n")}\n`);
    for (const _ of engine.tag(lines, { flags: batchFlag.only, seconds: BigInt(seconds) }));
    expect(engine.notice(BigInt(seconds))).toMatch(/one key carries 100 %/);
  });
});

describe("whom a window is kept for", () => {
  const keeping = (bits: number) =>
    configured(`alerts: every\nwindows: { ipv6Prefix: ${bits} }\nrequests: { floor: 1, multiplier: 0 }`);
  const together = (a: string, b: string, engine: Engine) =>
    tags(
      [a, b].map((client) => JSON.stringify({ remote_addr: client, message: "done" })),
      engine,
    )[1] !== undefined;
  /** Bits of the address, from its eight groups. */
  const bitsOf = (groups: number[]) => groups.map((group) => group.toString(2).padStart(16, "0")).join("");
  const textOf = (groups: number[]) => groups.map((group) => group.toString(16)).join(":");

  it("is decided by as many bits as are configured", () => {
    const random = seededRandom(3);
    for (const bits of [1, 2, 15, 16, 32, 48, 63, 64, 65, 96, 127, 128]) {
      const engine = keeping(bits);
      for (let round = 0; round < 12; round++) {
        const one = [0x2001, ...Array.from({ length: 7 }, () => Math.floor(random() * 65536))];
        const flipped = Math.floor(random() * 128);
        const other = [...one];
        other[flipped >> 4] ^= 0x8000 >> (flipped & 15);
        const same = bitsOf(one).slice(0, bits) === bitsOf(other).slice(0, bits);
        expect(together(textOf(one), textOf(other), engine), `${textOf(one)} ${textOf(other)} /${bits}`).toBe(same);
      }
    }
  });

  it("is the address itself for IPv4, also where it is mapped into IPv6, and the text for what is no address", () => {
    const [one, half] = [keeping(1), keeping(64)];
    expect(together("::ffff:192.0.2.1", "192.0.2.1", one)).toBe(true);
    expect(together("::ffff:192.0.2.1", "::ffff:192.0.2.2", one)).toBe(false);
    expect(together("192.0.2.1", "192.0.2.2", half)).toBe(false);
    expect(together("alice", "bob", half)).toBe(false);
    expect(together("alice", "alice", half)).toBe(true);
  });
});
