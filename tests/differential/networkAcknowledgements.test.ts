/**
 * What acknowledges a download is a line of its own where an exporter writes one for each direction: it is nothing that
 * was sent, whichever of the two lines comes first, in the command and in the filter; and an upload stays one.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import type { NetworkForest } from "../../host/model/forestSection.js";
import { Directions } from "../../host/network/directions.js";
import type { Flow } from "../../host/network/flow.js";
import { FlowReader } from "../../host/network/flowReader.js";
import { type ClosedWindow, FlowWindows } from "../../host/network/flowWindows.js";
import { Judge } from "../../host/network/judge.js";
import { Engine } from "../../host/wasm/engine.js";
import { oddline } from "../support/cli.js";
import { learnNetwork, networkModel, twoWays } from "../support/networkModel.js";
import { ReferenceFlowWindows } from "./reference/flowWindows.js";

const noon = Date.UTC(2026, 10, 21, 12) / 1000;
const megabyte = 1e6;
const client = "10.0.0.5";

/** Half of a flow: which way, what it brought, and when. */
interface Line {
  seconds: number;
  server: string;
  clientPort: number;
  isReply: boolean;
  bytes: number;
}
type Written = (line: Line) => string;

/** From, its port, to, its port. */
function endsOf({ server, clientPort, isReply }: Line): [string, number, string, number] {
  return isReply ? [server, 443, client, clientPort] : [client, clientPort, server, 443];
}

const time = (seconds: number) => new Date(seconds * 1000).toISOString();

const formats: Record<string, Written> = {
  pairs: (line) => {
    const [source, sourcePort, destination, port] = endsOf(line);
    const ends = `src_ip=${source} src_port=${sourcePort} dst_ip=${destination} dst_port=${port}`;
    return `ts=${time(line.seconds)} ${ends} bytes=${line.bytes}`;
  },
  "JSON as pmacct writes it": (line) => {
    const [source, sourcePort, destination, port] = endsOf(line);
    const ends = { ip_src: source, port_src: sourcePort, ip_dst: destination, port_dst: port };
    return JSON.stringify({ timestamp: time(line.seconds), event_type: "purge", ...ends, bytes: line.bytes });
  },
  "AWS VPC": (line) => {
    const [source, sourcePort, destination, port] = endsOf(line);
    const { seconds, bytes } = line;
    const ends = `${source} ${destination} ${sourcePort} ${port}`;
    return `2 123456789010 eni-1 ${ends} 6 20 ${bytes} ${seconds} ${seconds} ACCEPT OK`;
  },
  "pairs with translated addresses beside": (line) => {
    const [source, sourcePort, destination, port] = endsOf(line);
    const translated = line.isReply ? "natdst=198.51.100.2 natdport=4711" : "natsrc=198.51.100.2 natsport=4711";
    const ends = `src=${source} dst=${destination} ${translated} sport=${sourcePort} dport=${port}`;
    return `ts=${time(line.seconds)} ${ends} bytes=${line.bytes}`;
  },
};

/** A table, which the command alone reads; its times are those at which flows begin. */
const header = "ts,te,td,sa,da,sp,dp,pr,ipkt,ibyt,opkt,obyt";
const row =
  (durationSeconds: number): Written =>
  (line) => {
    const [source, sourcePort, destination, port] = endsOf(line);
    const [from, to] = [line.seconds, line.seconds + durationSeconds].map((at) => time(at).slice(0, 19));
    const ends = `${source},${destination},${sourcePort},${port}`;
    return `${from.replace("T", " ")},${to.replace("T", " ")},${durationSeconds}.0,${ends},TCP,7,${line.bytes},0,0`;
  };

type Order = "request first" | "reply first" | "either first";
const orders: Order[] = ["request first", "reply first", "either first"];

interface Transfer {
  server: string;
  sent: number;
  received: number;
  /** A long flow is written every minute. */
  times?: number;
  seconds?: number;
  isUpload?: boolean;
}

/** An hour after noon; each to an address without a past. */
const transfers: Transfer[] = [
  { server: "203.0.113.40", sent: 4.5 * megabyte, received: 900 * megabyte },
  // of nothing but acknowledgements of each segment
  { server: "203.0.113.41", sent: 48 * megabyte, received: 1000 * megabyte },
  { server: "203.0.113.42", sent: 2 * megabyte, received: 100 * megabyte, times: 9 },
  // the two lines are at two sides of an edge
  { server: "203.0.113.43", sent: 9 * megabyte, received: 900 * megabyte, seconds: noon + 3899.5 },
  { server: "203.0.113.50", sent: 90 * megabyte, received: 1.5 * megabyte, isUpload: true },
  { server: "203.0.113.51", sent: 10 * megabyte, received: megabyte, times: 5, isUpload: true },
  { server: "203.0.113.52", sent: 60 * megabyte, received: 1000 * megabyte, isUpload: true },
  { server: "203.0.113.53", sent: 90 * megabyte, received: 2 * megabyte, seconds: noon + 3899.5, isUpload: true },
];
const uploads = transfers.filter(({ isUpload }) => isUpload).map(({ server }) => server);

function linesOf(order: Order, some = transfers): Line[] {
  return some.flatMap(({ server, sent, received, times = 1, seconds = noon + 3600 }, i) =>
    Array.from({ length: times }, (_, n) => {
      const common = { server, clientPort: 51_000 + i };
      const at = seconds + 60 * n;
      const isSwapped = order === "reply first" || (order === "either first" && n % 2 === 1);
      const halves = [
        { ...common, isReply: isSwapped, bytes: isSwapped ? received : sent, seconds: Math.floor(at) },
        { ...common, isReply: !isSwapped, bytes: isSwapped ? sent : received, seconds: Math.ceil(at) },
      ];
      return halves;
    }).flat(),
  );
}

function read(lines: readonly string[]): Flow[] {
  const flows: Flow[] = [];
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  new FlowReader(undefined, noon * 1000).read(text, (flow) => void flows.push(flow));
  return flows;
}

function toldByCommand(network: NetworkForest, flows: readonly Flow[]): string[] {
  const judge = new Judge(network);
  for (const flow of flows) judge.add(flow, flow.timeMs!);
  const told = judge.finish(true).filter(({ kind, entity }) => kind === "exfiltration" && entity === "destination");
  return [...new Set(told.map(({ window }) => window.key))].sort();
}

interface Tag {
  destination: string;
  reason: string;
  bytes: number;
}

function tagsOf(engine: Engine, lines: readonly string[]): Tag[] {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  return [...engine.tag(text, { flags: 0, seconds: BigInt(noon) })]
    .flatMap(({ output }) => Buffer.from(output).toString().split("\n").filter(Boolean))
    .map((record) => JSON.parse(record).anomaly)
    .filter((anomaly) => anomaly?.type === "network");
}

const exfiltrated = (tags: readonly Tag[]) => [
  ...new Set(tags.filter(({ reason }) => reason.startsWith("exfiltration")).map(({ destination }) => destination)),
];

describe("what acknowledges a download", () => {
  let network: NetworkForest;
  beforeAll(async () => {
    network = await learnNetwork(
      async (onFlow) => {
        const past = twoWays(seededRandom(1), 6000, noon - 86_400);
        for (const flow of read(past)) onFlow(flow, flow.timeMs!);
      },
      { alertScore: undefined },
    );
  });

  function engineOf(): Engine {
    const engine = new Engine(5n);
    engine.useModel(networkModel(network), "test");
    return engine;
  }

  const before = twoWays(seededRandom(2), 900, noon);
  const cases = Object.keys(formats).flatMap((format) => orders.map((order) => [format, order] as const));

  it.each(cases)("is told by neither, and uploads by both: %s, %s", (format, order) => {
    const lines = [...before, ...linesOf(order).map(formats[format])];
    const flows = read(lines);
    expect(toldByCommand(network, flows)).toEqual(uploads);
    const reference = new ReferenceFlowWindows(network);
    const expected = flows.flatMap((flow) => reference.take(flow, flow.timeMs! / 1000) ?? []);
    const tags = tagsOf(engineOf(), lines);
    expect(tags.map(({ destination, bytes }) => [destination, bytes])).toEqual(
      expected.map(({ key, bytes }) => [key, bytes]),
    );
    expect(exfiltrated(tags).sort()).toEqual(uploads);
  });

  it.each(Array.from({ length: 12 }, (_, i) => i))("and all else is weighed alike: random transfers %i", (seed) => {
    const random = seededRandom(100 + seed);
    const below = (limit: number) => Math.floor(limit * random());
    const lines = Array.from({ length: 1500 }, (_, i) => {
      const server = `203.0.113.${40 + below(8)}`;
      // on average half an hour, some lines late
      const seconds = noon + Math.floor(1.2 * i) - (random() < 0.1 ? below(900) : 0);
      const bytes = Math.round(Math.exp(20 * random()));
      return formats.pairs({ server, clientPort: 51_000 + below(3), isReply: random() < 0.5, bytes, seconds });
    });
    const reference = new ReferenceFlowWindows(network);
    const expected = read(lines).flatMap((flow) => reference.take(flow, flow.timeMs! / 1000) ?? []);
    const tags = tagsOf(engineOf(), lines);
    expect(tags.map(({ destination, bytes }) => [destination, bytes])).toEqual(
      expected.map(({ key, bytes }) => [key, bytes]),
    );
    expect(tags.length).toBeGreaterThan(8);
  });

  it.each(orders)("is told by neither where lines of many flows lie between the two: %s", (order) => {
    const lines = linesOf(order).map(formats.pairs);
    const between = twoWays(seededRandom(3), 300, noon + 3600);
    const scattered = [...before, ...lines.flatMap((line, i) => [line, ...between.slice(8 * i, 8 * i + 8)])];
    expect(toldByCommand(network, read(scattered))).toEqual(uploads);
    expect(exfiltrated(tagsOf(engineOf(), scattered)).sort()).toEqual(uploads);
  });

  it.each([0, 30, 900].flatMap((seconds) => orders.map((order) => [seconds, order] as const)))(
    "in a table of flows of %s s, %s",
    (seconds, order) => {
      const rows = linesOf(order).map(row(seconds));
      expect(toldByCommand(network, read([header, ...rows]))).toEqual(uploads);
    },
  );

  it.each(["destination", "source", "pair"] as const)(
    "leaves nothing in windows by %s, long flows or not",
    (entity) => {
      const downloads = transfers.filter(({ isUpload }) => !isUpload);
      for (const order of orders) {
        for (const seconds of [0, 700]) {
          const closed: ClosedWindow[] = [];
          const windows = new FlowWindows({ windowSeconds: 300, entity }, (window) => void closed.push(window));
          for (const flow of read([header, ...linesOf(order, downloads).map(row(seconds))]))
            windows.addSpread(flow, flow.timeMs!);
          windows.closeAll();
          expect(closed.map(({ values }) => values.bytesOut).filter((bytes) => bytes > 0)).toEqual([]);
          const sum = closed.reduce((bytes, { values }) => bytes + values.bytes, 0);
          expect(sum).toBe(
            downloads.reduce((bytes, { sent, received, times = 1 }) => bytes + times * (sent + received), 0),
          );
        }
      }
    },
  );

  it("counts as it would if both were in one line, whichever comes first", () => {
    for (const [sent, received] of [
      [100, 1900],
      [100, 1901],
      [0, 1],
      [7, 0],
    ]) {
      const counted = (order: Order) => {
        const closed: ClosedWindow[] = [];
        const windows = new FlowWindows({ windowSeconds: 300, entity: "pair" }, (window) => void closed.push(window));
        const lines = linesOf(order, [{ server: "203.0.113.40", sent, received }]).map(formats.pairs);
        const one = `ts=${time(noon + 3600)} src_ip=${client} dst_ip=203.0.113.40 bytes_out=${sent} bytes_in=${received}`;
        for (const flow of read(order === "either first" ? [one] : lines)) windows.add(flow, flow.timeMs!);
        windows.closeAll();
        return closed.find(({ key }) => key === `${client} 203.0.113.40`)?.values.bytesOut;
      };
      expect(counted("request first"), `${sent} ${received}`).toBe(counted("either first"));
      expect(counted("reply first"), `${sent} ${received}`).toBe(counted("either first"));
    }
  });

  it("leaves room for no more than one reply acknowledges", () => {
    const directions = new Directions();
    const common = { timeMs: 0, failed: false, durationSeconds: 0, tagged: false };
    const flow = (isReply: boolean, bytes: number): Flow => {
      const [source, sourcePort, destination, port] = endsOf({
        ...{ seconds: noon, server: "203.0.113.40", clientPort: 51_000, isReply, bytes },
      });
      return { ...common, source, sourcePort, destination, port, bytes, bytesOut: bytes };
    };
    for (const bytes of [5, 1000, 1000]) directions.settle(flow(true, bytes), 0);
    const sent = [20, 30, 3, 2].map((bytes) => directions.settle(flow(false, bytes), 0).bytesOut);
    // 19 × (20 + 30 + 2) is below 1,000, with the 3 it is not
    expect(sent).toEqual([0, 0, 3, 0]);
  });

  it("goes on over a restart; what has no reply counts once its window is over", () => {
    const [first, second] = [engineOf(), engineOf()];
    const [request, reply] = linesOf("request first", [{ server: "203.0.113.40", sent: 90 * megabyte, received: 0 }]);
    const later = [900, 910, 1300].map((after) => ({ ...request, bytes: 10, seconds: request.seconds + after }));
    expect(exfiltrated(tagsOf(first, [...before, formats.pairs(request)]))).toEqual([]);
    expect(second.restoreState(first.saveState()!.slice(), false)).toBeUndefined();
    // the first flow behind it is a download, its reply still to come
    const download = linesOf("request first", transfers.slice(0, 1)).map((line) => ({
      ...line,
      server: "203.0.113.44",
    }));
    expect(exfiltrated(tagsOf(second, download.map(formats.pairs)))).toEqual([]);
    for (const engine of [first, second]) {
      expect(exfiltrated(tagsOf(engine, later.map(formats.pairs)))).toEqual(["203.0.113.40"]);
    }
    const third = engineOf();
    expect(
      exfiltrated(tagsOf(third, [...before, formats.pairs(request), formats.pairs({ ...reply, bytes: 1 })])),
    ).toEqual(["203.0.113.40"]);
  });

  it("is not waited for in a log that has one direction only: what is sent is told with its line", () => {
    const alone = before.filter((line) => !/ dst_port=\d{5} /.test(line));
    const [request] = linesOf("request first", [{ server: "203.0.113.40", sent: 90 * megabyte, received: 0 }]);
    expect(exfiltrated(tagsOf(engineOf(), [...alone, formats.pairs(request)]))).toEqual(["203.0.113.40"]);
  });
});

describe("summaries of two blocks", () => {
  const folder = mkdtempSync(join(tmpdir(), "oddline-acknowledgements-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it.each(orders)("tell what their lines tell: %s", async (order) => {
    const past = write("past.log", twoWays(seededRandom(1), 6000, noon - 86_400).join("\n"));
    const lines = linesOf(order).map(formats.pairs);
    const ordinary = twoWays(seededRandom(2), 1400, noon);
    // a beacon is one within a block
    const whole = 22;
    const blocks = [
      [...ordinary, ...lines.slice(0, whole)],
      [...lines.slice(whole), ...twoWays(seededRandom(3), 600, noon + 4200)],
    ];
    const logs = blocks.map((block, i) => write(`${i}.log`, block.join("\n")));
    const summaries: string[] = [];
    for (const [i, log] of logs.entries()) {
      const { code, out, err } = await oddline("network", "--summarize", log);
      expect(code, err).toBe(0);
      summaries.push(write(`${i}.windows`, out));
    }
    const judged = (files: string[]) => oddline("network", "--train", past, "--score", ...files, "--json");
    const [byLines, bySummaries] = [await judged(logs), await judged(summaries)];
    expect(bySummaries.out).toBe(byLines.out);
    const told = byLines.out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter(({ kind, destination }) => kind === "exfiltration" && destination);
    expect([...new Set(told.map(({ destination }) => destination))].sort()).toEqual(uploads);
  });
});
