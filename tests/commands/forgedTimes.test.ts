/**
 * Whoever can write a date into a line cannot move the clock that windows are kept by
 * (assembly/detect/windows/clock.ts).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfiguration } from "../../host/config/configuration.js";
import { replay } from "../../host/evaluate/replay.js";
import { openSources } from "../../host/io/chunks.js";
import { configuredModel } from "../../host/model/configuredModel.js";
import { LocalJudge } from "../../host/serve/judge/judge.js";
import { Metrics } from "../../host/serve/observe/metrics.js";
import { Notices } from "../../host/serve/observe/notices.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { FilterHost } from "../support/filterHost.mjs";

const noon = Date.UTC(2026, 10, 21, 12) / 1000;
const day = 86_400;
const oddline = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const attacker = "203.0.113.9";
/** Few requests are too many, so that both detectors are tried alike. */
const { configuration } = parseConfiguration("alerts: every\nrequests: { floor: 20, multiplier: 0 }", "oddline.yaml");
const model = configuredModel(new Engine(), configuration);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-times-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function access(client: string, seconds: number, status: number): string {
  const [, date, month, year, clock] = new Date(seconds * 1000).toUTCString().split(" ");
  return `${client} - - [${date}/${month}/${year}:${clock} +0000] "GET /item HTTP/1.1" ${status} 512`;
}

interface Line {
  text: string;
  /** When it was written, whatever it says. */
  written: number;
}

/** 600 errors at twenty a second, with two lines of another time after every five, and others' lines between. */
function attack(status: number, forgedBy: number): Line[] {
  return Array.from({ length: 600 }, (_, i) => {
    const written = noon + Math.floor(i / 20);
    const own = [access(attacker, written, status)];
    if (i % 5 === 4) own.push(access(attacker, written + forgedBy, 200), access(attacker, written + forgedBy, 200));
    for (let other = 0; other < 2; other++) own.push(access(`198.51.100.${(i + other * 7) % 100}`, written, 200));
    return own.map((text) => ({ text, written }));
  }).flat();
}

const tagOf = (output: Uint8Array | undefined) =>
  output === undefined
    ? []
    : [
        ...Buffer.from(output)
          .toString()
          .matchAll(/"type":"(\w+)"[^\n]*"key":"([^"]+)"/g),
      ];

/** Types of the tags, those of the attacker alone. */
type Types = string[];

async function serve(lines: Line[]): Promise<Types> {
  let now = noon;
  const clock = Date.now;
  Date.now = () => now * 1000;
  try {
    const judge = new LocalJudge({ seed: 1n }, new Notices(() => {}), new Metrics());
    judge.useModel(model);
    return lines.flatMap(({ text, written }) => {
      now = written;
      return typesOf(Buffer.concat(judge.tag(Buffer.from(`${JSON.stringify({ message: text })}\n`)).chunks));
    });
  } finally {
    Date.now = clock;
  }
}

function typesOf(output: Uint8Array | undefined): Types {
  return tagOf(output).map(([, type, key]) => {
    expect(key).toBe(attacker);
    return type;
  });
}

function fluentBit(lines: Line[], timeKey: boolean): Types {
  const host = new FilterHost({ model });
  host.clockMilliseconds = noon * 1000;
  return lines.flatMap(({ text, written }) => {
    host.clockMilliseconds = written * 1000;
    const stamp = Date.parse(/\[(.*?)\]/.exec(text)![1].replace(/\//g, " ").replace(":", " ")) / 1000;
    // a parser with Time_Key takes the time out of the line
    const record = timeKey
      ? { remote_addr: text.split(" ")[0], method: "GET", path: "/item", status: Number(text.split(" ").at(-2)) }
      : { log: text };
    const seconds = timeKey ? stamp : written;
    return typesOf(host.filter(Buffer.from(JSON.stringify(record)), { seconds, isParsedTime: timeKey }).output);
  });
}

function tagCommand(lines: Line[], ...options: string[]): Types {
  const [log, modelFile] = [join(folder, "attack.log"), join(folder, "m.model")];
  writeFileSync(log, `${lines.map(({ text }) => text).join("\n")}\n`);
  writeFileSync(modelFile, model);
  const output = execFileSync(process.execPath, [oddline, "tag", "--only", "--model", modelFile, ...options, log], {
    maxBuffer: 1 << 28,
  });
  return typesOf(output);
}

describe("an attacker who dates two lines differently after every five requests", () => {
  for (const [name, forgedBy] of Object.entries({
    "a day ahead": day,
    "two minutes ahead": 120,
    "a year ahead": 365 * day,
    "a day back": -day,
  })) {
    for (const [status, type, least] of [
      [500, "error_rate", 590],
      [200, "traffic", 570],
    ] as const) {
      it(`${name} is told for ${type} in every host`, async () => {
        const lines = attack(status, forgedBy);
        const told = (types: Types) => types.filter((one) => one === type).length;
        expect(told(await serve(lines)), "serve").toBeGreaterThan(least - 20);
        expect(told(fluentBit(lines, false)), "Fluent Bit").toBeGreaterThan(least - 20);
        expect(told(fluentBit(lines, true)), "Fluent Bit, Time_Key").toBeGreaterThan(least - 20);
        expect(told(tagCommand(lines)), "tag").toBeGreaterThan(least - 20);
        expect(told(tagCommand(lines, "--time", `${noon}`)), "tag --time").toBeGreaterThan(least - 20);
      });
    }
  }
});

describe("a log that is read later", () => {
  /** Ordinary lines over a day with silences in between, and a burst of errors. */
  function usual(start: number): string[] {
    const lines: string[] = [];
    for (const hour of [0, 1, 5, 23]) {
      for (let i = 0; i < 40; i++) lines.push(access(`198.51.100.${i % 9}`, start + hour * 3600 + i * 7, 200));
      lines.push("  at com.example.Shop.pay(Shop.java:12)"); // a line without a time
      if (hour === 5) for (let i = 0; i < 9; i++) lines.push(access(attacker, start + hour * 3600 + 300 + i, 500));
    }
    return lines;
  }
  const tags = (lines: string[], flags: number, seconds: number) => {
    const engine = new Engine(1n);
    const parts = [...engine.tag(Buffer.from(`${lines.join("\n")}\n`), { flags, seconds: BigInt(seconds) })];
    return typesOf(Buffer.concat(parts.map(({ output }) => output)));
  };

  it("reads as it did when it was written, of whatever date, whenever it is read", () => {
    for (const start of [noon, noon - 3650 * day, noon + 20 * 365 * day]) {
      const lines = usual(start);
      const live = new Engine(1n);
      let written = start;
      const asWritten = lines.flatMap((text) => {
        const stamp = /\[(.*?) \+0000\]/.exec(text)?.[1];
        if (stamp) written = Date.parse(`${stamp.replace(/\//g, " ").replace(":", " ")} +0000`) / 1000;
        const parts = [...live.tag(Buffer.from(`${text}\n`), { flags: 0, seconds: BigInt(written) })];
        return typesOf(Buffer.concat(parts.map(({ output }) => output)));
      });
      expect(asWritten).toEqual(Array(1).fill("error_rate"));
      for (const now of [noon + 30 * day, 0]) expect(tags(lines, batchFlag.ownTime, now)).toEqual(asWritten);
    }
  });

  it("is counted alike where the newest file comes first", () => {
    const files = [noon + 2 * day, noon + day, noon].map(usual);
    const found = tags(files.flat(), batchFlag.ownTime, noon + 30 * day);
    expect(found).toEqual(Array(3).fill("error_rate"));
  });

  it("keeps what is known quiet by the lines' own time, and mutes news by it", () => {
    const known = parseConfiguration(
      'known: [{ pattern: "out of memory", reason: r, until: 2026-11-22 }]',
      "oddline.yaml",
    ).configuration;
    const engine = new Engine();
    engine.useModel(configuredModel(engine, known), "known");
    const at = (seconds: number) => `${new Date(seconds * 1000).toISOString()} ERROR shop: out of memory`;
    const lines = Buffer.from(`${[at(noon), at(noon + day), at(noon + 2 * day)].join("\n")}\n`);
    const options = { flags: batchFlag.ownTime, seconds: BigInt(noon + 30 * day) };
    const output = [...engine.tag(lines, options)].map((part) => Buffer.from(part.output).toString()).join("");
    expect(output.split("\n").map((line) => line.includes('"anomaly"'))).toEqual([false, false, true, false]);
  });

  it("takes year and zone from --time where a line has none, and its own where it has them", () => {
    const engine = new Engine();
    const time = (line: string, seconds: number, zone = 0) => {
      engine.setZone(zone);
      return engine.explain(Buffer.from(line), BigInt(seconds))?.timeSeconds;
    };
    const read = Date.UTC(2026, 10, 28, 19) / 1000;
    const syslog = "Dec 10 06:55:46 host sshd[1]: Failed password for root from 203.0.113.9 port 22 ssh2";
    expect(time(syslog, read)).toBe(Date.UTC(2025, 11, 10, 6, 55, 46) / 1000);
    const shapes = [
      "Nov 21 10:00:00 host app[1]: done",
      "2026-11-21 10:00:00 INFO done",
      "2026-11-21T10:00:00 done it",
      "20261121 10:00:00 done it",
      "[Sat Nov 21 10:00:00 2026] [error] [client 203.0.113.9] done",
      "261121 100000 12 INFO dfs.DataNode: done",
      "21 Nov 2026 10:00:00 done it",
      "I1121 10:00:00.000000 1 main.cc:7] done",
    ];
    for (const shape of shapes) {
      expect(time(shape, read), shape).toBe(Date.UTC(2026, 10, 21, 10) / 1000);
      expect(time(shape, read, 7200), shape).toBe(Date.UTC(2026, 10, 21, 8) / 1000);
      expect(time(shape, read, -18_000), shape).toBe(Date.UTC(2026, 10, 21, 15) / 1000);
    }
    const zoned = [
      "2026-11-21T10:00:00Z done it",
      "2026-11-21T10:00:00+00:00 done it",
      "2026-11-21 10:00:00 UTC done it",
      access(attacker, Date.UTC(2026, 10, 21, 10) / 1000, 200),
    ];
    for (const line of zoned) expect(time(line, read, 7200), line).toBe(Date.UTC(2026, 10, 21, 10) / 1000);
    // a year is chosen by the time with its zone
    const newYear = Date.UTC(2027, 0, 1, 0, 30) / 1000;
    expect(time("Dec 31 19:29:00 host app[1]: done", newYear, -18_000)).toBe(newYear - 60);
  });

  it("gives replay the same tags", async () => {
    const log = join(folder, "usual.log");
    writeFileSync(log, `${usual(noon - 3650 * day).join("\n")}\n`);
    const result = await replay(new Engine(1n), openSources([log]), { seconds: BigInt(noon), zoneSeconds: 0 });
    expect(result.types).toEqual({ error_rate: 1 });
  });
});

describe("lines of a machine whose clock is wrong", () => {
  const engineAt = (events: [line: string, arrival: number][]) => {
    const engine = new Engine(1n);
    return events.flatMap(([line, arrival]) => {
      const parts = [...engine.tag(Buffer.from(`${line}\n`), { flags: 0, seconds: BigInt(arrival) })];
      return typesOf(Buffer.concat(parts.map(({ output }) => output)));
    });
  };

  it("count when they arrive, be they dated ahead or back, alone or among others", () => {
    for (const offset of [-5 * 3600, 2 * 3600, 30 * day]) {
      for (const others of [false, true]) {
        const events: [string, number][] = [];
        for (let i = 0; i < 300; i++) {
          if (others) events.push([access(`198.51.100.${i % 9}`, noon + i, 200), noon + i]);
          if (i % 40 === 0) events.push([access(attacker, noon + i + offset, 500), noon + i]);
        }
        expect(engineAt(events), `${offset} ${others}`).toEqual([]);
        for (let i = 0; i < 9; i++) events.push([access(attacker, noon + 300 + i + offset, 500), noon + 300 + i]);
        expect(engineAt(events).length, `${offset} ${others}`).toBeGreaterThanOrEqual(1);
      }
    }
  });

  it("are believed once several clients' lines over several minutes say the same", () => {
    // The host's clock stands still a day behind: nothing but the lines says that time goes on.
    const lines = Array.from({ length: 4000 }, (_, i) =>
      access(`198.51.100.${i % 12}`, noon + day + i, i % 3 ? 200 : 500),
    );
    const engine = new Engine(1n);
    const tagged = (some: string[]) =>
      [...engine.tag(Buffer.from(`${some.join("\n")}\n`), { flags: batchFlag.only, seconds: BigInt(noon) })].reduce(
        (sum, part) => sum + part.tagged,
        0,
      );
    tagged(lines.slice(0, 400));
    expect(tagged(lines.slice(400))).toBe(0);
  });
});
