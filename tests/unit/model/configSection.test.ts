import { beforeAll, describe, expect, it } from "vitest";
import { defaultConfiguration, parseConfiguration } from "../../../host/config/configuration.js";
import { encodeConfiguration, networkBytes } from "../../../host/model/configSection.js";
import { loadAssembly, seededRandom } from "../../support/assemblyBuild.js";
import { carriedSettings } from "../../support/settingsSource.js";

type Fields = Record<string, WebAssembly.Global>;
interface Reader {
  memory: WebAssembly.Memory;
  reserve(bytes: number): number;
  loadConfiguration(ptr: number, bytes: number): number;
  forgetConfiguration(): void;
  selectProfile(tagPtr: number, tagBytes: number, sourcePtr: number, sourceBytes: number): number;
  isKnown(ptr: number, bytes: number, seconds: bigint): number;
  isTrustedProxy(ptr: number): number;
  firstPath(which: number): number;
  nextPath(which: number, ptr: number): number;
  fitsPattern(patternPtr: number, patternBytes: number, textPtr: number, textBytes: number): number;
  containsPattern(patternPtr: number, patternBytes: number, textPtr: number, textBytes: number): number;
}

let reader: Reader & Fields;
let slots: number[];
let textPtr: number;
beforeAll(async () => {
  reader = await loadAssembly<Reader & Fields>("config");
  slots = [reader.reserve(1 << 20), reader.reserve(1 << 20)];
  textPtr = reader.reserve(8192);
});

function load(section: Uint8Array): boolean {
  new Uint8Array(reader.memory.buffer).set(section, slots[1]);
  if (reader.loadConfiguration(slots[1], section.length) !== 1) return false;
  slots.reverse();
  return true;
}
const loadYaml = (yaml: string) => load(encodeConfiguration(parseConfiguration(yaml, "oddline.yaml").configuration));

function put(text: string | Buffer, at = 0): [ptr: number, bytes: number] {
  const bytes = Buffer.from(text as string);
  bytes.copy(Buffer.from(reader.memory.buffer), textPtr + at);
  return [textPtr + at, bytes.length];
}
const select = (tag: string, source = "") => reader.selectProfile(...put(tag), ...put(source, 1024));
const known = (message: string, seconds = 0) => reader.isKnown(...put(message), BigInt(seconds)) === 1;

function paths(which: number): string[] {
  const found: string[] = [];
  const memory = Buffer.from(reader.memory.buffer);
  for (let ptr = reader.firstPath(which); ptr !== 0; ptr = reader.nextPath(which, ptr)) {
    found.push(memory.toString("utf8", ptr + 2, ptr + 2 + memory.readUInt16LE(ptr)));
  }
  return found;
}

/** The value that a bit of the section leaves unset. */
const builtIn = (path: string[]) => path.reduce<unknown>((at, name) => (at as never)[name], defaultConfiguration());

/** Everything the filter reads of the profile at hand. */
function present(): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { path, carried } of carriedSettings) {
    const value = Number((reader[carried.name] as WebAssembly.Global).value);
    const [own, ...parents] = [...path].reverse();
    const place = parents.reduceRight<Record<string, unknown>>((at, name) => {
      at[name] ??= {};
      return at[name] as Record<string, unknown>;
    }, values);
    place[own] = carried.setBy ? (value ? carried.setBy : builtIn(path)) : carried.type === "bit" ? value === 1 : value;
  }
  return values;
}

const rich = `
mode: shadow
tagAll: true
alerts: every
reasons: shapes
source: [name]
detectors: { traffic: false, network: false }
fields: { message: [log, event.original] }
key: { fields: [client.ip], trustedProxies: [10.0.0.0/8, "2001:db8::/33", 192.0.2.7, "::ffff:203.0.113.0/120"] }
errors: { floor: 9, multiplier: 1.5, clientErrors: true }
windows: { seconds: 120, size: 7, keys: 64, ipv6Prefix: 48, alertEnd: 0.5 }
severity: { medium: 2, high: 5 }
counts: { every: 0s }
state: { saveEvery: 10s }
model: { maxAge: 3d, checkEvery: 9 }
known:
- { pattern: "GET /old * 500", reason: r, until: 2030-01-31 }
- { pattern: "étrange", reason: s, until: 2099-12-31 }
profiles:
- { name: batch, tag: "batch.*.log", mode: tag, errors: { floor: 50 }, fields: { message: [] } }
- { name: billing, source: "bill*", enabled: false, endpoints: { enabled: true } }
`;

describe("configuration section", () => {
  it("has the same built-in values on both sides", () => {
    reader.forgetConfiguration();
    const forgotten = present();
    expect(defaultConfiguration()).toMatchObject(forgotten);
    expect(load(encodeConfiguration(defaultConfiguration()))).toBe(true);
    expect(present()).toEqual(forgotten);
    loadYaml(rich);
    reader.forgetConfiguration();
    expect(present()).toEqual(forgotten);
    expect(paths(0)).toEqual([]);
  });

  it("arrives as it was written, profiles complete", () => {
    const { configuration } = parseConfiguration(rich, "oddline.yaml");
    expect(load(encodeConfiguration(configuration))).toBe(true);
    expect(configuration).toMatchObject(present());
    expect(paths(0)).toEqual(["log", "event.original"]);
    expect(paths(4)).toEqual(["client.ip"]);
    expect(paths(6)).toEqual(["name"]);
    expect(select("batch.12.log")).toBe(1);
    expect(configuration.profiles[0]).toMatchObject({ mode: "tag", errors: { floor: 50, multiplier: 1.5 } });
    expect({ ...configuration, ...configuration.profiles[0] }).toMatchObject(present());
    expect(paths(0)).toEqual([]);
    expect(select("batch.13.log")).toBe(0);
    expect(select("batch.log", "billing")).toBe(1);
    expect({ ...configuration, ...configuration.profiles[1] }).toMatchObject(present());
    expect(select("batch.log", "sub billing")).toBe(1);
    expect(configuration).toMatchObject(present());
    expect(select("xbatch.1.log")).toBe(0);
  });

  it("keeps quiet about what is known, until the day is over", () => {
    loadYaml(rich);
    const end = Date.UTC(2030, 1, 1) / 1000;
    expect(known('x "GET /old HTTP/1.1" 200 GET /old/7 500 y', end - 1)).toBe(true);
    expect(known('x "GET /old/7 500', end)).toBe(false);
    expect(known("GET /older 50", end - 1)).toBe(false);
    expect(known("c'est étrange", end)).toBe(true);
    expect(known("", end)).toBe(false);
  });

  it("knows trusted proxies", () => {
    loadYaml(rich);
    const trusted = (address: string) => reader.isTrustedProxy(put(networkBytes(address).subarray(0, 16))[0]) === 1;
    const yes = ["10.1.2.3", "2001:db8:7fff::1", "192.0.2.7", "203.0.113.255"];
    const no = ["11.0.0.1", "2001:db8:8000::1", "192.0.2.6", "203.0.114.1", "::a01:203"];
    expect(yes.map(trusted)).toEqual(yes.map(() => true));
    expect(no.map(trusted)).toEqual(no.map(() => false));
    loadYaml('key: { trustedProxies: ["::/0"] }');
    expect(no.map(trusted)).toEqual(no.map(() => true));
    expect(networkBytes("2001:db8::192.0.2.33/128").subarray(0, 16).toString("hex")).toBe(
      "20010db80000000000000000c0000221",
    );
  });

  it("takes 64 bits of an IPv6 address where the section of an older host says nothing, and none but 1 to 128", () => {
    const good = Buffer.from(encodeConfiguration(parseConfiguration("windows: { ipv6Prefix: 77 }", "f").configuration));
    const bits = () => Number((reader.ipv6Prefix as WebAssembly.Global).value);
    expect(load(good)).toBe(true);
    expect(bits()).toBe(77);
    const at = good.indexOf(Buffer.from([21, 0, 0, 0, 8, 0, 0, 0]));
    const withBits = (value: number) => {
      const changed = Buffer.from(good);
      changed.writeUInt32LE(value, at + 8);
      return changed;
    };
    for (const value of [1, 128]) expect(load(withBits(value))).toBe(true);
    for (const value of [0, 129, 2 ** 32 - 1]) expect(load(withBits(value)), `${value}`).toBe(false);
    const older = Buffer.concat([good.subarray(0, at), good.subarray(at + 16)]);
    older.writeUInt32LE(older.length, 8);
    older.writeUInt32LE(older.readUInt32LE(12) - 1, 12);
    expect(load(older)).toBe(true);
    expect(bits()).toBe(64);
  });

  it("skips what a newer host has written, and refuses everything that is damaged", () => {
    const good = Buffer.from(encodeConfiguration(parseConfiguration(rich, "f").configuration));
    const newer = Buffer.concat([good, Buffer.from([99, 0, 2, 0, 3, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0])]);
    newer.writeUInt32LE(newer.length, 8);
    newer.writeUInt32LE(newer.readUInt32LE(12) + 1, 12);
    expect(load(newer)).toBe(true);
    const lengths = Array.from({ length: good.length }, (_, length) => length);
    expect(lengths.filter((length) => load(good.subarray(0, length)))).toEqual([]);

    const random = seededRandom(3);
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      const bad = Buffer.from(good);
      for (let i = 0; i <= round % 3; i++) bad[Math.floor(random() * bad.length)] = Math.floor(random() * 256);
      if (!load(bad)) refused++;
      // whatever was accepted must not trap
      select(`batch.${round}.log`, "billing");
      known("GET /old/7 500");
      reader.isTrustedProxy(textPtr);
      for (let which = 0; which < 7; which++) paths(which);
    }
    expect(refused).toBeGreaterThan(1500);
    expect(load(good)).toBe(true);
  });
});

describe("patterns", () => {
  it("agree with regular expressions", () => {
    const random = seededRandom(9);
    const word = (letters: string, most: number) =>
      Array.from({ length: Math.floor(random() * most) }, () => letters[Math.floor(random() * letters.length)]).join(
        "",
      );
    let [fits, contains] = [0, 0];
    const wrong: string[] = [];
    for (let round = 0; round < 20_000; round++) {
      const pattern = word("ab**", 7);
      const text = word("ab", 9);
      const expression = pattern.replaceAll("*", ".*");
      const [patternPtr, patternBytes] = put(pattern);
      const given = [patternPtr, patternBytes, ...put(text, 100)] as const;
      const [doesFit, isContained] = [reader.fitsPattern(...given), reader.containsPattern(...given)];
      if ((doesFit === 1) !== new RegExp(`^${expression}$`).test(text)) wrong.push(`${pattern} ${text}`);
      if ((isContained === 1) !== new RegExp(expression).test(text)) wrong.push(`${pattern} in ${text}`);
      fits += doesFit;
      contains += isContained;
    }
    expect(wrong).toEqual([]);
    expect(fits).toBeGreaterThan(1000);
    expect(contains).toBeLessThan(19_000);
  });
});
