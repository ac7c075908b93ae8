/**
 * The filter reads the flows of a line as `oddline network` does: ends, port, bytes both ways, seconds, outcome, time.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import { FlowReader } from "../../host/network/flowReader.js";
import { Engine } from "../../host/wasm/engine.js";
import { dataFile } from "../support/data.js";

const arrival = Date.UTC(2026, 10, 21, 3) / 1000;
const engine = new Engine();

function inline(line: string) {
  const details = engine.explain(Buffer.from(line), BigInt(arrival));
  if (!details?.flow) return undefined;
  const { decision, ...flow } = details.flow;
  const { sender: source, destination, destinationPort, timeSeconds } = details;
  return { source, destination, port: destinationPort ?? -1, timeSeconds, ...flow };
}

/** A table under its header is read by the host, by the names of its columns. */
function underHeader(lines: string): unknown[] {
  const flows: unknown[] = [];
  new FlowReader(undefined, arrival * 1000).read(Buffer.from(lines), (flow) => {
    const { source, destination, port, timeMs, bytes, bytesOut, durationSeconds, failed } = flow;
    flows.push({
      source,
      destination,
      port,
      timeSeconds: Math.floor(timeMs! / 1000),
      bytes,
      bytesOut,
      durationSeconds,
      failed,
    });
  });
  return flows;
}

const kernel = "Nov 21 02:11:09 web1 kernel: [12.5] ";
const packet =
  "IN=eth0 OUT= MAC=52:54:00 SRC=203.0.113.9 DST=192.0.2.7 LEN=40 TOS=0x00 TTL=242 ID=1 PROTO=TCP SPT=4711 DPT=23 SYN";
const suricata = {
  timestamp: "2026-11-21T02:11:09.500000+0100",
  event_type: "flow",
  src_ip: "10.0.0.1",
  src_port: 5,
  dest_ip: "2001:db8:0:0::1",
  dest_port: 443,
  proto: "TCP",
  flow: { pkts_toserver: 3, bytes_toserver: 300, bytes_toclient: 700, age: 4, state: "closed", reason: "shutdown" },
};
const zeek = "1655071198.444458\tCHLXQF2OBY4onAR0Ug\t10.0.0.1\t62771\t192.0.2.7\t443\ttcp\tssl";
const zeekJson = { ts: 1655071198.444458, uid: "C1", proto: "tcp", duration: 1.5, orig_bytes: 1596, resp_bytes: 4039 };
const moments = { start: "2026-11-21T02:11:05.250000+0000", end: "2026-11-21T02:11:09.125000+0000" };

const flows = [
  "src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=1500",
  "bytes=1500 dst_ip=10.0.0.2 src_ip=10.0.0.1",
  'src_ip="10.0.0.1" dst_ip="10.0.0.2" bytes="1500"',
  'level=info msg="flow closed" src=10.0.0.1 dst=10.0.0.2 bytes=1500 app=web',
  "src_ip=::ffff:10.0.0.1 dst_ip=2001:DB8::1 bytes=1500",
  "src_ip=10.0.0.1 dst_ip=10.0.0.2 dst_port=443 bytes_sent=100 bytes_received=900 duration=2.5 action=deny",
  "ts=2026-11-21T02:11:09.5Z src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes=1.5e3 bytes_out=20 duration_ms=1250 status=failed",
  "src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes_in=5 action=Dropped duration=-",
  "src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes_in=5 status=closed action=accept",
  "src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes=5 outcome=dropping",
  "Nov 21 02:11:09 fw1 flow: src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes=1 start=2026-11-21T02:11:05Z end=2026-11-21T02:11:09Z",
  `${kernel}[UFW BLOCK] ${packet}`,
  `${kernel}[UFW ALLOW] ${packet}`,
  `${kernel}IPTABLES-DROPPED: ${packet}`,
  `${kernel}backdrop: ${packet}`,
  `${kernel}DROP IN= OUT=eth0 SRC=192.0.2.7 DST=203.0.113.9 LEN=56 PROTO=ICMP TYPE=3 CODE=3 [SRC=203.0.113.9 DST=192.0.2.7 LEN=28 PROTO=UDP DPT=53 ]`,
  ...["1.5\t1596\t4039\tSF\tBenign", "-\t-\t-\tS0\tMalicious", "0.000007\t0\t-\tRSTOS0\tx", "3\t-\t88\tOTH\tx"].map(
    (rest) => `${zeek}\t${rest}`,
  ),
  JSON.stringify({
    ...zeekJson,
    "id.orig_h": "10.0.0.1",
    "id.resp_h": "192.0.2.7",
    "id.resp_p": 443,
    conn_state: "SF",
  }),
  JSON.stringify({ ...zeekJson, id: { orig_h: "10.0.0.1", resp_h: "192.0.2.7", resp_p: 8 }, conn_state: "REJ" }),
  JSON.stringify({ ts: 1655071198, "id.orig_h": "10.0.0.1", "id.resp_h": "192.0.2.7", conn_state: "S0" }),
  JSON.stringify(suricata),
  JSON.stringify({ ...suricata, flow: { ...suricata.flow, state: "new" } }),
  JSON.stringify({ ...suricata, proto: "UDP", flow: { ...suricata.flow, state: "new" } }),
  JSON.stringify({ ...suricata, proto: "UDP", flow: { ...suricata.flow, action: "drop" } }),
  JSON.stringify({ ...suricata, event_type: "netflow", flow: undefined, netflow: { pkts: 1, bytes: 78, ...moments } }),
  '{"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","bytes":1500}',
  JSON.stringify({
    "@timestamp": "2026-11-21T02:11:09Z",
    source: { ip: "10.0.0.1", bytes: 500 },
    destination: { ip: "10.0.0.2", bytes: 1000, port: 53 },
    network: { bytes: 1500 },
    event: { duration: 2_000_000_000, outcome: "failure" },
  }),
];

const noFlows = [
  "src_ip=10.0.0.1, dst_ip=, bytes=5",
  "dst_ip=10.0.0.2, bytes=5",
  "src_ip=10.0.0.1, dst_ip=10.0.0.2",
  "src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=many",
  "src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=-5",
  "src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=1e99",
  JSON.stringify({ ...suricata, event_type: "dns" }),
  '{"src_ip":"10.0.0.1","dst_ip":"10.',
  "hello",
  '10.0.0.7 - - [21/Nov/2026:02:11:09 +0000] "GET /cart HTTP/1.1" 200 312',
];

describe("a flow in a line", () => {
  it.each(flows)("%s", (line) => {
    expect(inline(line)).toBeDefined();
  });

  it.each(flows)("in a shipper's record: %s", (line) => {
    const record = JSON.stringify({ host: "fw1", log: line });
    expect(inline(record)).toEqual(inline(line));
  });

  it.each(noFlows)("no flow: %s", (line) => {
    expect(inline(line)).toBeUndefined();
  });

  it("takes what the record says of itself before what its message says", () => {
    const record = { src_ip: "10.0.0.1", dst_ip: "10.0.0.2", bytes: 7, log: "src_ip=1.1.1.1 dst_ip=2.2.2.2 bytes=9" };
    expect(inline(JSON.stringify(record))).toMatchObject({ source: "10.0.0.1", destination: "10.0.0.2", bytes: 7 });
    const partial = { source: "10.9.9.9", bytes: 3, message: "src_ip=1.1.1.1 dst_ip=2.2.2.2 bytes=9" };
    expect(inline(JSON.stringify(partial))).toMatchObject({ source: "1.1.1.1", destination: "2.2.2.2", bytes: 9 });
  });

  it("reads numbers as JavaScript does", () => {
    const random = seededRandom(7);
    for (let i = 0; i < 2000; i++) {
      const digits = Math.floor(random() * 10 ** Math.floor(random() * 16));
      const fraction = random() < 0.5 ? `.${Math.floor(random() * 1e6)}` : "";
      const seconds = `${digits % 1e9}${fraction}`;
      const line = `src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes=${digits} duration=${seconds}`;
      expect(inline(line), line).toMatchObject({ bytes: digits, durationSeconds: Number(seconds) });
    }
  });
});

describe.skipIf(!dataFile("network/zeek_conn_008.labeled.gz"))("on real captures", () => {
  it.each(["008", "010", "011", "012"])("%s", (name) => {
    const path = dataFile(`network/zeek_conn_${name}.labeled.gz`)!;
    const text = gunzipSync(readFileSync(path)).toString();
    const rows = text.split("\n").filter((line) => line && !line.startsWith("#"));
    expect(rows.length).toBeGreaterThan(4000);
    expect(rows.map(inline)).toEqual(underHeader(text));
  });
});
