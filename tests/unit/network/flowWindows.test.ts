import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../host/math/random.js";
import { addNumber, addText, distinctCount, sketchWords } from "../../../host/network/distinct.js";
import { DestinationList, Excludes } from "../../../host/network/excludes.js";
import type { Flow } from "../../../host/network/flow.js";
import { FlowTable } from "../../../host/network/flowTable.js";
import { type ClosedWindow, FlowWindows } from "../../../host/network/flowWindows.js";
import { hashNumber, hashText } from "../../../host/network/hash.js";

function flow(parts: Partial<Flow>): Flow {
  return {
    timeMs: undefined,
    source: "10.0.0.1",
    destination: "10.0.0.2",
    port: 443,
    bytes: 100,
    bytesOut: 40,
    failed: false,
    durationSeconds: 1,
    tagged: false,
    ...parts,
  };
}

describe("the hash", () => {
  it("is FNV-1a with MurmurHash3's finaliser, on bytes", () => {
    // FNV-1a of "" and "a" are 811c9dc5 and e40c292c; the finaliser of MurmurHash3 is public too.
    const finalised = (hash: number) => {
      let h = BigInt(hash);
      h ^= h >> 16n;
      h = (h * 0x85ebca6bn) & 0xffffffffn;
      h ^= h >> 13n;
      h = (h * 0xc2b2ae35n) & 0xffffffffn;
      return Number(h ^ (h >> 16n));
    };
    expect(hashText("")).toBe(finalised(0x811c9dc5));
    expect(hashText("a")).toBe(finalised(0xe40c292c));
    expect(hashText("é")).toBe(hashText("\u00e9"));
    expect(hashText("é")).not.toBe(hashText("e"));
    expect(hashNumber(80)).not.toBe(hashNumber(81));
  });
});

describe("distinct counts", () => {
  it("are exact for a few and near for many", () => {
    const words = new Uint32Array(3 * sketchWords);
    const offset = sketchWords;
    const wrong: string[] = [];
    for (let port = 0; port < 5000; port++) {
      for (let again = 0; again < 2; again++) addNumber(words, offset, port * 7);
      const count = distinctCount(words, offset);
      const seen = port + 1;
      const off = Math.abs(count - seen);
      if (off > (seen <= 10 ? 0 : 2 + seen * (seen < 2000 ? 0.1 : 0.2))) wrong.push(`${count} for ${seen}`);
    }
    expect(wrong).toEqual([]);
    expect(words.subarray(0, offset).every((word) => word === 0)).toBe(true);
    expect(words.subarray(2 * offset).every((word) => word === 0)).toBe(true);
  });

  it("saturate instead of overflowing", () => {
    const words = new Uint32Array(sketchWords);
    for (let i = 0; i < 100_000; i++) addText(words, 0, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(distinctCount(words, 0)).toBe(7098);
  });
});

describe("windows", () => {
  function collect(options: Partial<ConstructorParameters<typeof FlowWindows>[0]> = {}) {
    const closed: ClosedWindow[] = [];
    const windows = new FlowWindows({ windowSeconds: 300, entity: "destination", ...options }, (window) =>
      closed.push(window),
    );
    return { closed, windows };
  }

  it("sum the same as a slow reference, for any order of the lines", () => {
    const random = seededRandom(3);
    const flows = Array.from({ length: 4000 }, () => ({
      timeMs: 1_700_000_000_000 + Math.floor(random() * 3_600_000),
      flow: flow({
        source: `10.0.0.${Math.floor(random() * 9)}`,
        destination: `192.0.2.${Math.floor(random() * 40)}`,
        port: Math.floor(random() * 5),
        bytes: Math.floor(random() * 1000),
        bytesOut: 20,
        failed: random() < 0.2,
        tagged: random() < 0.01,
      }),
    }));
    const { closed, windows } = collect();
    for (const { flow, timeMs } of flows) windows.add(flow, timeMs);
    windows.closeAll();
    const reference = new Map<string, (typeof flows)[0][]>();
    for (const each of flows) {
      const id = `${Math.floor(each.timeMs / 300_000) * 300_000} ${each.flow.destination}`;
      reference.set(id, [...(reference.get(id) ?? []), each]);
    }
    expect(closed).toHaveLength(reference.size);
    for (const { startMs, key, values, tagged } of closed) {
      const members = reference.get(`${startMs} ${key}`)!.map((each) => each.flow);
      const sum = (of: (flow: Flow) => number) => members.reduce((total, each) => total + of(each), 0);
      expect(values).toEqual({
        bytes: sum((each) => each.bytes),
        flows: members.length,
        ports: new Set(members.map((each) => each.port)).size,
        peers: new Set(members.map((each) => each.source)).size,
        // what is less than a twentieth of its flow only asks for the rest
        bytesOut: sum((each) => (20 * each.bytesOut < each.bytes ? 0 : each.bytesOut)),
        failed: sum((each) => Number(each.failed)),
        durationSeconds: members.length,
      });
      expect(tagged).toBe(members.some((each) => each.tagged));
    }
    expect(windows.describe()).toEqual([]);
  });

  it("are kept per source or pair where asked", () => {
    for (const [entity, key] of [
      ["source", "10.0.0.1"],
      ["pair", "10.0.0.1 10.0.0.2"],
    ] as const) {
      const { closed, windows } = collect({ entity });
      windows.add(flow({}), 0);
      windows.closeAll();
      expect(closed.map((window) => window.key)).toEqual([key]);
    }
  });

  it("close once, in order, and count what comes too late", () => {
    const { closed, windows } = collect();
    for (const minute of [11, 1, 6]) windows.add(flow({}), minute * 60_000);
    windows.closeBefore(10 * 60_000);
    expect(closed.map(({ startMs }) => startMs)).toEqual([0, 300_000]);
    windows.add(flow({}), 9 * 60_000);
    windows.closeAll();
    expect(closed.map(({ startMs }) => startMs)).toEqual([0, 300_000, 600_000]);
    expect(windows.lateFlows).toBe(1);
    expect(windows.describe()[0]).toContain("1 flows came after");
  });

  it("close the oldest before memory runs out", () => {
    const { closed, windows } = collect({ openSlotsMax: 64 });
    for (let window = 0; window < 20; window++) windows.add(flow({}), window * 300_000);
    expect(closed).toHaveLength(16);
    expect(closed[0].startMs).toBe(0);
  });
});

describe("a flood of a million destinations", () => {
  it("costs flat memory and leaves the heaviest talkers scored", () => {
    const table = new FlowTable(4096);
    const heavy = (i: number) => `203.0.113.${i}`;
    const random = seededRandom(8);
    const sent = new Float64Array(20);
    for (let i = 0; i < 1_000_000; i++) {
      const destination = `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
      table.add(destination, "10.0.0.9", flow({ destination, bytes: 60 }));
      // Twenty talk all the while, the last of them only once the flood is half over, in small pieces.
      if (i % 50 === 0) {
        const talker = Math.floor(random() * (i < 500_000 ? 19 : 20));
        sent[talker] += 5000;
        table.add(heavy(talker), "10.0.0.1", flow({ destination: heavy(talker), bytes: 5000 }));
      }
    }
    expect(table.slotCount).toBe(4096);
    const found = new Map([...table.entities()].map(({ key, values }) => [key, values.bytes]));
    for (let i = 0; i < 20; i++) expect(found.get(heavy(i)), heavy(i)).toBeGreaterThan(0.98 * sent[i]);
    expect(table.displacedFlows).toBeGreaterThan(900_000);
  });
});

describe("a table that is done with", () => {
  it("leaves its memory to the next one, and nothing that was in it", () => {
    const first = new FlowTable(64);
    for (let i = 0; i < 40; i++) first.add(`d${i}`, `peer${i}`, flow({ port: i, failed: true, tagged: true }));
    const before = [...first.entities()].length;
    first.recycle();
    const next = new FlowTable(64, 64);
    expect([before, [...next.entities()]]).toEqual([40, []]);
    next.add("d1", "peer", flow({ port: 5 }));
    const [window] = next.entities();
    expect(window).toMatchObject({ key: "d1", tagged: false, values: { flows: 1, ports: 1, peers: 1, failed: 0 } });
    expect(window.talkers?.()).toEqual({ peers: ["peer"], ports: [5], mainPeer: "peer" });
  });
});

describe("excludes", () => {
  const window = (startMs: number, tagged = false) => ({ startMs, key: "a", tagged, values: {} as never });

  it("leave out every window an incident touches", () => {
    const excludes = new Excludes(300, [{ fromMs: 350_000, toMs: 610_000 }]);
    expect([0, 300_000, 600_000, 900_000].map((start) => excludes.keepsWindow(window(start)))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(excludes.windowsLeftOut).toBe(2);
  });

  it("leave out tagged windows only where asked", () => {
    expect(new Excludes(300).keepsWindow(window(0, true))).toBe(true);
    expect(new Excludes(300, [], true).keepsWindow(window(0, true))).toBe(false);
  });

  it("know addresses, networks and names", () => {
    const list = new DestinationList();
    for (const entry of ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "Backup.Example"])
      expect(list.add(entry)).toBe(true);
    for (const wrong of ["10.0.0.0/33", "host/8", "a b"]) expect(list.add(wrong)).toBe(false);
    expect(["10.9.9.9", "2001:db8::5", "192.0.2.7", "backup.example"].every((name) => list.has(name))).toBe(true);
    expect(["11.0.0.1", "192.0.2.8", "example"].some((name) => list.has(name))).toBe(false);
  });
});
