/** Hours of the day: what comes every night is usual then and at no other hour, in the command and in the filter. */
import { beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../host/math/random.js";
import { decodeForest, encodeForest, type NetworkForest } from "../../../host/model/forestSection.js";
import type { Flow } from "../../../host/network/flow.js";
import { Hours } from "../../../host/network/hours.js";
import { Judge } from "../../../host/network/judge.js";
import { alertText, reasonOf } from "../../../host/network/wording.js";
import { Engine } from "../../../host/wasm/engine.js";
import { learnNetwork, lineOf, networkModel } from "../../support/networkModel.js";

const [hourMs, dayMs] = [3_600_000, 86_400_000];
const firstMs = Date.UTC(2026, 10, 1);
type Timed = [Flow, number];

const upload = (destination: string, bytes: number, atMs: number): Timed => [
  {
    ...{ timeMs: undefined, source: "10.0.0.7", destination, port: 22, bytes, bytesOut: bytes },
    ...{ failed: false, durationSeconds: 1, tagged: false },
  },
  atMs,
];
const backup = (destination: string, atMs: number) =>
  Array.from({ length: 30 }, (_, i) => upload(destination, 6e6, atMs + i * 8000));

/** A busy backup server, one that is called at night alone, and servers whose large uploads come at any hour. */
function pastOf(days: number): Timed[] {
  const random = seededRandom(5);
  const flows: Timed[] = [];
  for (let day = 0; day < days; day++) {
    const nightMs = firstMs + day * dayMs + 2 * hourMs + Math.floor(random() * 30 * 60_000);
    flows.push(...backup("192.0.2.1", nightMs), ...backup("192.0.2.2", nightMs));
    for (let i = 0; i < 288; i++) {
      flows.push(upload("192.0.2.1", 500 + Math.floor(random() * 400), firstMs + day * dayMs + i * 300_000));
      const bytes = Math.exp(8 + 2 * (random() + random() + random() + random()));
      const name = `192.0.2.${10 + Math.floor(random() * 6)}`;
      flows.push(upload(name, Math.floor(bytes), firstMs + day * dayMs + i * 300_000));
    }
  }
  return flows.sort((a, b) => a[1] - b[1]);
}

const learn = (days: number) =>
  learnNetwork(
    async (onFlow) => {
      for (const [flow, atMs] of pastOf(days)) onFlow(flow, atMs);
    },
    { alertScore: undefined },
  );

let network: NetworkForest;
beforeAll(async () => {
  network = await learn(15);
});

const judgedDay = firstMs + 20 * dayMs;
function told(flows: Timed[], by = network) {
  const judge = new Judge(by);
  for (const [flow, atMs] of flows) judge.add(flow, atMs);
  return judge.finish(true).filter(({ anomalous }) => anomalous);
}
function taggedByFilter(flows: Timed[]): string[] {
  const engine = new Engine(5n);
  engine.useModel(networkModel(network), "test");
  const lines = flows.map(([flow, atMs]) => `${lineOf(flow, Math.floor(atMs / 1000))}\n`).join("");
  const answers = [...engine.tag(Buffer.from(lines), { flags: 0, seconds: BigInt(judgedDay / 1000) })];
  const records = answers.flatMap(({ output }) => Buffer.from(output).toString().split("\n").filter(Boolean));
  return records.map((text) => JSON.parse(text).anomaly).filter((anomaly) => anomaly?.type === "network");
}

describe("a backup that comes every night", () => {
  const servers = ["192.0.2.1", "192.0.2.2"];

  it.each(servers)("brings nothing at its hour, or one beside it: %s", (server) => {
    for (const minutes of [75, 130, 220]) {
      const night = backup(server, judgedDay + minutes * 60_000);
      expect(told(night)).toEqual([]);
      expect(taggedByFilter(night)).toEqual([]);
    }
  });

  it.each(servers)("is exfiltration at noon: %s", (server) => {
    const noon = backup(server, judgedDay + 12 * hourMs);
    const [verdict] = told(noon);
    expect(verdict).toMatchObject({ kind: "exfiltration", severity: "high", isOfHour: true });
    expect(reasonOf(verdict)).toMatch(
      /^exfiltration: 180000000 bytes sent to it, usually at most \d{1,3} at this hour$/,
    );
    expect(alertText(verdict)).toContain("at this hour");
    const tags = taggedByFilter(noon);
    expect(tags).toHaveLength(1);
    expect(tags[0]).toMatchObject({ destination: server, severity: "high" });
    expect(JSON.stringify(tags[0])).toMatch(
      /exfiltration: bytes sent to it \d+, usually at most \d{1,3} at this hour, /,
    );
  });

  it("is ordinary at any hour where the past has fewer than fourteen days", async () => {
    const short = await learn(13);
    expect([...short.usual!.own.rows.values()].filter(({ hours }) => hours)).toEqual([]);
    expect(told(backup("192.0.2.1", judgedDay + 12 * hourMs), short)).toEqual([]);
  });

  it("is known from the file as well", () => {
    const read = decodeForest(encodeForest(network), "test");
    expect(read.usual).toEqual(network.usual);
    expect([...read.usual!.own.rows.values()].filter(({ hours }) => hours)).toHaveLength(2);
  });
});

describe("hours", () => {
  it("are the same in any order of the windows", () => {
    const random = seededRandom(9);
    const windows = Array.from({ length: 3000 }, (_, i) => ({ startMs: i * 1_500_000, value: random() * 1000 }));
    for (const each of windows) if (new Date(each.startMs).getUTCHours() === 3) each.value *= 100;
    const rows = [windows, windows.toReversed()].map((some) => {
      const hours = new Hours(1);
      for (const { startMs, value } of some) hours.add(startMs, [value]);
      return hours.usual([100_000]);
    });
    expect(rows[0]).toHaveLength(24);
    expect(rows[0]![12]).toBeLessThan(1001);
    expect([2, 3, 4].map((hour) => rows[0]![hour])).toEqual([100_000, 100_000, 100_000]);
    expect(rows[1]).toEqual(rows[0]);
  });

  it("that an end was seen in on few days say nothing", () => {
    const hours = new Hours(1);
    for (let day = 0; day < 30; day++) hours.add(day * dayMs + ((day * 7) % 24) * hourMs, [day === 3 ? 1e9 : 10]);
    expect(hours.usual([1e9])).toBeUndefined();
  });
});
