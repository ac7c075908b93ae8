/** Two lines of one flow, one for each direction, and translated addresses: in the command and in the filter. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import { Directions } from "../../host/network/directions.js";
import type { Flow } from "../../host/network/flow.js";
import { FlowReader } from "../../host/network/flowReader.js";
import { Judge } from "../../host/network/judge.js";
import { Engine } from "../../host/wasm/engine.js";
import { learnNetwork, networkModel, ordinaryFlows, twoWays } from "../support/networkModel.js";
import { ReferenceFlowWindows } from "./reference/flowWindows.js";

const noon = Date.UTC(2026, 10, 21, 12) / 1000;

function read(lines: readonly string[]): Flow[] {
  const flows: Flow[] = [];
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  new FlowReader(undefined, noon * 1000).read(text, (flow) => void flows.push(flow));
  return flows;
}

const both = { source: "10.0.0.1", destination: "192.0.2.7", port: 443 };

describe("a reply in a line of its own counts to its request", () => {
  const pmacct = (from: string, fromPort: number, to: string, toPort: number, bytes: number) =>
    JSON.stringify({ event_type: "purge", ip_src: from, ip_dst: to, port_src: fromPort, port_dst: toPort, bytes });
  const vpc = (from: string, fromPort: number, to: string, toPort: number, bytes: number) =>
    `2 123456789010 eni-1 ${from} ${to} ${fromPort} ${toPort} 6 20 ${bytes} ${noon} ${noon + 9} ACCEPT OK`;
  const packet = (from: string, fromPort: number, to: string, toPort: number, bytes: number) =>
    `Nov 21 12:00:00 gw kernel: [UFW ALLOW] IN=eth0 OUT= SRC=${from} DST=${to} LEN=${bytes} PROTO=TCP SPT=${fromPort} DPT=${toPort}`;
  const ecs = (from: string, fromPort: number, to: string, toPort: number, bytes: number) =>
    JSON.stringify({
      source: { ip: from, port: fromPort, bytes },
      destination: { ip: to, port: toPort },
      event: { category: "network" },
    });
  const nfdump = (from: string, fromPort: number, to: string, toPort: number, bytes: number) =>
    `2026-11-21 12:00:00,2026-11-21 12:00:09,9.0,${from},${to},${fromPort},${toPort},TCP,7,${bytes},0,0`;
  const nfdumpHeader = ["ts,te,td,sa,da,sp,dp,pr,ipkt,ibyt,opkt,obyt"];

  it.each([
    ["pmacct", [], pmacct],
    ["AWS VPC", [], vpc],
    ["iptables", [], packet],
    ["ECS", [], ecs],
    ["nfdump", nfdumpHeader, nfdump],
  ] as const)("%s", (_, header, line) => {
    const lines = [line("10.0.0.1", 51_000, "192.0.2.7", 443, 100), line("192.0.2.7", 443, "10.0.0.1", 51_000, 900)];
    const [request, reply] = read([...header, ...lines]);
    expect(request).toMatchObject({ ...both, bytes: 100, bytesOut: 100 });
    expect(request.continues).toBeFalsy();
    expect(reply).toMatchObject({ ...both, bytes: 900, bytesOut: 0, continues: true });
  });

  it("of any two ports, but not where it was refused, of other ports, or goes to a service", () => {
    const reversed = (port: number, back: Partial<Flow> = {}) => {
      const directions = new Directions();
      const flow = { timeMs: 0, bytes: 1, bytesOut: 1, failed: false, durationSeconds: 0, tagged: false };
      directions.settle({ ...flow, ...both, sourcePort: 51_000, port }, 0);
      const reply = { source: both.destination, destination: both.source, sourcePort: port, port: 51_000 };
      return directions.settle({ ...flow, ...reply, ...back }, 0).continues ?? false;
    };
    expect(reversed(8443)).toBe(true);
    expect(reversed(8443, { failed: true })).toBe(false);
    expect(reversed(8443, { port: 51_001 })).toBe(false);
    expect(reversed(8443, { sourcePort: -1 })).toBe(false);
  });

  describe("a reply that comes first, or alone", () => {
    const line = { timeMs: 0, bytes: 9, bytesOut: 9, failed: false, durationSeconds: 0, tagged: false };
    const inside = "10.0.0.1";
    const outside = "192.0.2.7";
    const from = (source: string, sourcePort: number, destination: string, port: number): Flow => ({
      ...{ ...line, source, sourcePort, destination, port },
    });

    it.each([
      ["to a client inside", from(outside, 443, inside, 51_000)],
      ["from server to client, both inside", from("10.0.9.9", 445, inside, 51_000)],
      ["to the outer address of a translated client", from(outside, 443, "198.51.100.2", 51_000)],
      ["of data that a server of files sends", from(outside, 20, inside, 4000)],
      ["of a service on a port above 1024", from(outside, 8443, inside, 51_000)],
    ])("%s stays where it is, and sent nothing away", (_, first) => {
      const directions = new Directions();
      expect(directions.settle(first, 0)).toEqual({ ...first, bytesOut: 0 });
      const request = from(first.destination, first.port, first.source, first.sourcePort!);
      expect(directions.settle(request, 0)).toBe(request);
      expect(directions.settle(first, 0)).toEqual({ ...first, bytesOut: 0 });
    });

    it.each([
      ["to a service", from(inside, 51_000, outside, 443)],
      ["to a service on a port above 1024", from(inside, 51_000, outside, 8443)],
      ["between two services", from(inside, 123, outside, 123)],
      ["between two ports that are nobody's", from(inside, 51_000, outside, 52_000)],
    ])("%s it is none", (_, flow) => {
      expect(new Directions().settle(flow, 0)).toBe(flow);
    });

    it("hides nothing that is sent to a service on a port above 1024", () => {
      const directions = new Directions();
      directions.settle(from(outside, 8443, inside, 51_000), 0);
      const upload = from(inside, 51_000, outside, 8443);
      expect(directions.settle(upload, 0)).toBe(upload);
    });

    it("from inside to outside it is one only of a service that was asked from outside before", () => {
      const directions = new Directions();
      const sent = from(inside, 443, outside, 51_000);
      const answer = from(outside, 51_000, inside, 443);
      // the second line of a pair asks for nothing
      for (let i = 0; i < 2; i++) {
        expect(directions.settle(sent, 0)).toBe(sent);
        expect(directions.settle(answer, 0)).toBe(answer);
      }
      directions.settle(from("10.0.0.2", 51_000, inside, 443), 0);
      expect(directions.settle(sent, 0)).toBe(sent);
      directions.settle(from("198.51.100.7", 50_000, inside, 443), 0);
      expect(directions.settle(from(inside, 443, outside, 51_001), 0).bytesOut).toBe(0);
      const other = from(inside, 80, outside, 51_002);
      expect(directions.settle(other, 0)).toBe(other);
    });
  });

  it("takes flat memory", () => {
    const directions = new Directions();
    const flow = { timeMs: 0, bytes: 1, bytesOut: 1, failed: false, durationSeconds: 0, tagged: false, ...both };
    for (let i = 0; i < 200_000; i++)
      directions.settle({ ...flow, source: `10.${i >> 16}.${i >> 8}.${i & 255}`, sourcePort: 9 }, 0);
    const { recent, older } = directions as unknown as { recent: Map<string, unknown>; older: Map<string, unknown> };
    expect(recent.size + older.size).toBeLessThanOrEqual(65_536);
  });
});

describe("translated addresses", () => {
  const original = "src=10.0.0.1 dst=192.0.2.7 sport=51000 dport=443 packets=3 bytes=100";
  const reply = "src=192.0.2.7 dst=198.51.100.2 sport=443 dport=51000 packets=5 bytes=900";
  it.each([
    ["conntrack -E", `[DESTROY] tcp      6 ${original} ${reply} [ASSURED]`],
    ["conntrack -E -o timestamp", `[1795262400.123456]\t[DESTROY] tcp      6 ${original} ${reply} [ASSURED]`],
    ["conntrack -L", `tcp      6 431999 ESTABLISHED ${original} ${reply} [ASSURED] mark=0 use=1`],
    [
      "conntrack -L -o extended",
      `ipv4     2 tcp      6 431999 ESTABLISHED ${original} ${reply} [ASSURED] mark=0 use=2`,
    ],
    [
      "Juniper, as text",
      "Nov 21 12:00:00 srx RT_FLOW: RT_FLOW_SESSION_CLOSE: session closed TCP FIN: 10.0.0.1/51000->192.0.2.7/443 " +
        "junos-https 198.51.100.2/51000->192.0.2.7/443 source-nat-rule None 6 allow trust untrust 17 3(100) 5(900) 4",
    ],
    [
      "ulogd",
      "Nov 21 12:00:00 gw ulogd[7]: [DESTROY] ORIG: SRC=10.0.0.1 DST=192.0.2.7 PROTO=TCP SPT=51000 DPT=443 PKTS=3 BYTES=100 , " +
        "REPLY: SRC=192.0.2.7 DST=198.51.100.2 PROTO=TCP SPT=443 DPT=51000 PKTS=5 BYTES=900",
    ],
    [
      "Juniper",
      '<14>1 2026-11-21T12:00:00Z srx RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@2636.1.1.1.2.40 source-address="10.0.0.1" ' +
        'source-port="51000" destination-address="192.0.2.7" destination-port="443" nat-source-address="198.51.100.2" ' +
        'nat-source-port="51000" nat-destination-address="192.0.2.7" bytes-from-client="100" bytes-from-server="900"]',
    ],
    [
      "Fortinet",
      "date=2026-11-21 time=12:00:00 type=traffic srcip=10.0.0.1 srcport=51000 dstip=192.0.2.7 dstport=443 trandisp=snat " +
        "transip=198.51.100.2 transport=51000 sentbyte=100 rcvdbyte=900",
    ],
    [
      "natsrc",
      "src=10.0.0.1 dst=192.0.2.7 natsrc=198.51.100.2 natdst=192.0.2.7 sport=51000 dport=443 bytes_sent=100 bytes_received=900",
    ],
  ])("stand aside, and both ways count: %s", (_, line) => {
    expect(read([line])).toEqual([expect.objectContaining({ ...both, bytes: 1000, bytesOut: 100 })]);
  });

  it("of ASA's connections stand in the line that opens one: the one that ends it is the flow", () => {
    const built =
      "Nov 21 12:00:00 fw %ASA-6-302013: Built inbound TCP connection 12 for outside:203.0.113.9/51000 (203.0.113.9/51000) to dmz:10.0.0.5/443 (198.51.100.2/443)";
    const teardown =
      "Nov 21 12:00:30 fw %ASA-6-302014: Teardown TCP connection 12 for outside:203.0.113.9/51000 to dmz:10.0.0.5/443 duration 0:00:30 bytes 12345 TCP FINs";
    expect(read([built, teardown])).toEqual([
      expect.objectContaining({ source: "203.0.113.9", destination: "10.0.0.5", bytes: 12_345 }),
    ]);
  });
});

describe("the filter and the command count replies alike", () => {
  const scan = Array.from(
    { length: 150 },
    (_, i) => `ts=2026-11-21T12:40:00Z src_ip=203.0.113.9 src_port=4000 dst_ip=192.0.2.3 dst_port=${i} bytes=40`,
  );

  it.each(["destination", "source", "pair"] as const)("by %s", async (entity) => {
    const past = read(twoWays(seededRandom(1), 6000, noon));
    const network = await learnNetwork(
      async (onFlow) => {
        for (const flow of past) onFlow(flow, flow.timeMs! - 86_400_000);
      },
      { entity, alertScore: undefined },
    );
    const lines = [...twoWays(seededRandom(2), 900, noon), ...scan, ...twoWays(seededRandom(3), 900, noon)];
    const reference = new ReferenceFlowWindows(network);
    const expected = read(lines).flatMap((flow) => reference.take(flow, flow.timeMs! / 1000) ?? []);
    const engine = new Engine(5n);
    engine.useModel(networkModel(network), "test");
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    const answers = [...engine.tag(text, { flags: 0, seconds: BigInt(noon) })];
    const tags = answers
      .flatMap(({ output }) => Buffer.from(output).toString().split("\n").filter(Boolean))
      .map((record) => JSON.parse(record).anomaly)
      .filter((anomaly) => anomaly?.type === "network");
    const said = tags.map(({ source, destination, bytes }) => [[source, destination].filter(Boolean).join(" "), bytes]);
    expect(said).toEqual(expected.map(({ key, bytes }) => [key, bytes]));
    expect(said.length).toBeGreaterThan(0);
  });

  it("downloads are told by neither, whichever line comes first; what a client sends from a service's port by both", async () => {
    const past = read(twoWays(seededRandom(1), 6000, noon));
    const network = await learnNetwork(
      async (onFlow) => {
        for (const flow of past) onFlow(flow, flow.timeMs! - 86_400_000);
      },
      { alertScore: undefined },
    );
    const line = (from: string, to: string, bytes: number) => {
      const [[source, sourcePort], [destination, port]] = [from.split(":"), to.split(":")];
      const ends = `src_ip=${source} src_port=${sourcePort} dst_ip=${destination} dst_port=${port}`;
      return `ts=2026-11-21T12:40:00Z ${ends} bytes=${bytes}`;
    };
    const download = (server: string, client: string) => {
      return [line(server, client, 90_000_000), line(client, server, 400_000)];
    };
    const lines = [
      ...download("203.0.113.40:443", "10.0.0.5:51000"),
      ...download("203.0.113.41:443", "10.0.0.5:51001").reverse(),
      // a reply alone
      download("203.0.113.42:8443", "10.0.0.6:51002")[0],
      // visitors of a server, of whom one asked first
      line("203.0.113.49:51004", "10.0.0.80:443", 900),
      ...download("10.0.0.80:443", "203.0.113.50:51003"),
      // and nobody asked these two
      ...download("10.0.0.7:443", "203.0.113.51:50000"),
      line("10.0.0.7:51005", "203.0.113.52:443", 90_000_000),
      line("203.0.113.52:443", "10.0.0.7:51005", 900_000),
    ];
    const sent = ["203.0.113.51", "203.0.113.52"];
    const judge = new Judge(network);
    const reference = new ReferenceFlowWindows(network);
    const flows = read(lines);
    for (const flow of flows) judge.add(flow, flow.timeMs!);
    const told = judge.finish(true).filter(({ kind }) => kind === "exfiltration");
    expect(told.map(({ window }) => window.key)).toEqual(sent);
    const expected = flows.flatMap((flow) => reference.take(flow, flow.timeMs! / 1000) ?? []);
    const engine = new Engine(5n);
    engine.useModel(networkModel(network), "test");
    const text = Buffer.from(lines.map((each) => `${each}\n`).join(""));
    const tags = [...engine.tag(text, { flags: 0, seconds: BigInt(noon) })]
      .flatMap(({ output }) => Buffer.from(output).toString().split("\n").filter(Boolean))
      .map((record) => JSON.parse(record).anomaly)
      .filter((anomaly) => anomaly?.type === "network");
    expect(tags.map(({ destination }) => destination)).toEqual(expected.map(({ key }) => key));
    const named = tags.filter(({ reason }) => reason.startsWith("exfiltration"));
    expect(named.map(({ destination }) => destination)).toEqual(sent);
  });

  it("and a beacon is one, replies or not", async () => {
    const network = await learnNetwork(
      async (onFlow) => {
        for (const { flow, seconds } of ordinaryFlows(seededRandom(1), 6000, noon - 86_400))
          onFlow(flow, seconds * 1000);
      },
      { alertScore: undefined },
    );
    const lines = Array.from({ length: 9 }, (_, i) => {
      const time = `ts=${new Date((noon + i * 30) * 1000).toISOString()}`;
      return [
        `${time} src_ip=10.0.0.3 src_port=${40_000 + i} dst_ip=198.51.100.7 dst_port=443 bytes=300`,
        `${time} src_ip=198.51.100.7 src_port=443 dst_ip=10.0.0.3 dst_port=${40_000 + i} bytes=${1000 * i}`,
      ];
    }).flat();
    const judge = new Judge(network);
    for (const flow of read(lines)) judge.add(flow, flow.timeMs!);
    const told = judge.finish(true).filter(({ anomalous }) => anomalous);
    expect(told.map(({ kind, window }) => [kind, window.key, window.values.flows])).toEqual([
      ["beacon", "198.51.100.7", 9],
    ]);
  });
});
