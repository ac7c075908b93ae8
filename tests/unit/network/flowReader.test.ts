import { describe, expect, it } from "vitest";
import type { Flow } from "../../../host/network/flow.js";
import { FlowReader } from "../../../host/network/flowReader.js";
import { canonicalAddress } from "../../../host/network/inputs/address.js";
import { parseTime } from "../../../host/network/inputs/times.js";

const nearMs = Date.UTC(2026, 10, 21);

function read(lines: string[]) {
  const reader = new FlowReader(undefined, nearMs);
  const flows: Flow[] = [];
  reader.read(Buffer.from(lines.map((line) => `${line}\n`).join("")), (flow) => flows.push(flow));
  return { flows, skipped: reader.skipped };
}

function one(...lines: string[]): Flow {
  const { flows, skipped } = read(lines);
  expect(skipped.broken, skipped.describe()).toBe(0);
  expect(flows).toHaveLength(1);
  return flows[0];
}

const zeekHeader = [
  "#separator \\x09",
  "#path\tconn",
  "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlabel",
  "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring\tstring",
];

describe("key=value lines", () => {
  const plain = { source: "10.0.0.1", destination: "10.0.0.2", bytes: 1500, bytesOut: 1500, failed: false };
  it.each([
    "src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=1500",
    "bytes=1500 dst_ip=10.0.0.2 src_ip=10.0.0.1",
    'src_ip="10.0.0.1" dst_ip="10.0.0.2" bytes="1500"',
    "src_ip='10.0.0.1'; dst_ip='10.0.0.2'; bytes='1500'",
    "src_ip=10.0.0.1,dst_ip=10.0.0.2,bytes=1500",
    "SRC_IP=10.0.0.1|DST_IP=10.0.0.2|BYTES=1500",
    'level=info msg="flow closed" src=10.0.0.1 dst=10.0.0.2 bytes=1500 app=web',
    "src_ip=::ffff:10.0.0.1 dst_ip=10.0.0.2 bytes=1500",
  ])("%s", (line) => {
    expect(one(line)).toMatchObject(plain);
  });

  it("takes time, port, direction, outcome and duration where they are", () => {
    const line =
      "ts=2026-11-21T02:11:09.5Z src_ip=10.0.0.1 dst_ip=10.0.0.2 dst_port=443 bytes_sent=100 bytes_received=900 duration=2.5 action=deny";
    expect(one(line)).toEqual({
      timeMs: Date.UTC(2026, 10, 21, 2, 11, 9),
      source: "10.0.0.1",
      destination: "10.0.0.2",
      port: 443,
      bytes: 1000,
      bytesOut: 100,
      failed: true,
      durationSeconds: 2.5,
      tagged: false,
    });
    expect(one("Nov 21 02:11:09 fw1 flow: src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes=1").timeMs).toBe(
      Date.UTC(2026, 10, 21, 2, 11, 9),
    );
  });

  it.each([
    ["src_ip=10.0.0.1, dst_ip=, bytes=5", "no address as destination"],
    ["src_ip=10.0.0.1, dst_ip=host.example, bytes=5", "no address as destination"],
    ["dst_ip=10.0.0.2, bytes=5", "no address as source"],
    ["src_ip=10.0.0.1, dst_ip=10.0.0.2", "no bytes"],
    ["src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=", "no bytes"],
    ["src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=many", "the bytes are no number"],
    ["src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=-5", "the bytes are no number"],
    ["src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=1e99", "the bytes are no number"],
  ])("skips %s: %s", (line, why) => {
    const { flows, skipped } = read([line, "src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=7"]);
    expect(flows).toHaveLength(1);
    expect(skipped.broken).toBe(1);
    expect(skipped.describe()).toContain(`${why}: ${line}`);
  });
});

describe("iptables and UFW", () => {
  it("reads a refused packet", () => {
    const line =
      "Nov 21 02:11:09 web1 kernel: [12.5] [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00 SRC=203.0.113.9 DST=192.0.2.7 LEN=40 TOS=0x00 TTL=242 ID=1 PROTO=TCP SPT=4711 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0";
    expect(one(line)).toMatchObject({
      timeMs: Date.UTC(2026, 10, 21, 2, 11, 9),
      source: "203.0.113.9",
      destination: "192.0.2.7",
      port: 23,
      bytes: 40,
      failed: true,
    });
    expect(one(line.replace("BLOCK", "ALLOW")).failed).toBe(false);
  });

  it("takes the packet's own fields, not those of one it quotes", () => {
    const line =
      "Nov 21 02:11:09 web1 kernel: DROP IN= OUT=eth0 SRC=192.0.2.7 DST=203.0.113.9 LEN=56 PROTO=ICMP TYPE=3 CODE=3 [SRC=203.0.113.9 DST=192.0.2.7 LEN=28 PROTO=UDP DPT=53 ]";
    expect(one(line)).toMatchObject({ source: "192.0.2.7", destination: "203.0.113.9", bytes: 56, failed: true });
  });
});

describe("Zeek", () => {
  const row =
    "1655071198.444458\tCHLXQF2OBY4onAR0Ug\t10.0.0.1\t62771\t192.0.2.7\t443\ttcp\tssl\t1.5\t1596\t4039\tSF\tBenign";
  const flow = {
    timeMs: 1655071198444.458,
    source: "10.0.0.1",
    destination: "192.0.2.7",
    port: 443,
    bytes: 5635,
    bytesOut: 1596,
    failed: false,
    durationSeconds: 1.5,
    tagged: false,
  };
  it("reads times that count from the beginning of a capture", () => {
    const times = ["0.000000", "312.5", "12345678.25"].map((time) => row.replace(/^[^\t]+/, time));
    const { flows } = read([...zeekHeader, ...times]);
    expect(flows.map(({ timeMs }) => timeMs)).toEqual([0, 312_500, 12_345_678_250]);
    expect(parseTime("20261121", nearMs)).toBeUndefined();
  });

  it("reads such times in JSON and pairs as well, and no other numbers for them", () => {
    const { flows } = read([
      '{"ts":0.000000,"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","bytes":5}',
      '{"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","bytes":5,"timestamp":"312.5"}',
      "ts=7 src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes=5",
      "src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes=5 packets=7 time=0.2 rtts=3",
    ]);
    expect(flows.map(({ timeMs }) => timeMs)).toEqual([0, 312_500, 7000, undefined]);
  });

  it("reads conn.log as tab-separated values", () => {
    expect(one(...zeekHeader, row)).toEqual({ ...flow, startsAtTime: true });
    const unanswered = row.replace("\t1.5\t1596\t4039\tSF\tBenign", "\t-\t-\t-\tS0\tMalicious");
    expect(one(...zeekHeader, unanswered)).toMatchObject({ bytes: 0, failed: true, durationSeconds: 0, tagged: true });
  });

  it("reads lines without their header", () => {
    expect(one(row)).toEqual({ ...flow, timeMs: 1655071198000 });
  });

  it("reads JSON, flat or nested, seconds or text", () => {
    const parts = {
      uid: "C1",
      "id.resp_p": 443,
      proto: "tcp",
      duration: 1.5,
      orig_bytes: 1596,
      resp_bytes: 4039,
      conn_state: "SF",
    };
    const flat = { ts: 1655071198.444458, "id.orig_h": "10.0.0.1", "id.resp_h": "192.0.2.7", ...parts };
    expect(one(JSON.stringify(flat))).toMatchObject({ ...flow, timeMs: 1655071198000 });
    const { "id.resp_p": port, ...rest } = parts;
    const nested = {
      ts: "2022-06-12T21:59:58.444458Z",
      id: { orig_h: "10.0.0.1", resp_h: "192.0.2.7", resp_p: port },
      ...rest,
    };
    expect(one(JSON.stringify(nested))).toMatchObject({ ...flow, timeMs: 1655071198000 });
    const noBytes = { ts: 1655071198, "id.orig_h": "10.0.0.1", "id.resp_h": "192.0.2.7", conn_state: "S0" };
    expect(one(JSON.stringify(noBytes))).toMatchObject({ bytes: 0, failed: true });
  });

  it("counts a row that was cut off as broken", () => {
    expect(read([...zeekHeader, row.slice(0, 40), row]).skipped).toMatchObject({ broken: 1, flows: 1 });
  });
});

describe("Suricata", () => {
  const event = {
    timestamp: "2026-11-21T02:11:09.500000+0100",
    event_type: "flow",
    src_ip: "10.0.0.1",
    src_port: 5,
    dest_ip: "2001:db8:0:0::1",
    dest_port: 443,
    proto: "TCP",
    flow: { pkts_toserver: 3, bytes_toserver: 300, bytes_toclient: 700, age: 4, state: "closed", reason: "shutdown" },
  };
  it("reads flow events and no others", () => {
    expect(one(JSON.stringify(event))).toEqual({
      timeMs: Date.UTC(2026, 10, 21, 1, 11, 9),
      source: "10.0.0.1",
      destination: "2001:db8::1",
      port: 443,
      bytes: 1000,
      bytesOut: 300,
      failed: false,
      durationSeconds: 4,
      tagged: false,
    });
    const unanswered = { ...event, flow: { ...event.flow, state: "new" } };
    expect(one(JSON.stringify(unanswered)).failed).toBe(true);
    const { flows, skipped } = read([JSON.stringify({ ...event, event_type: "dns" })]);
    expect(flows).toEqual([]);
    expect(skipped).toMatchObject({ broken: 0, other: 1 });
  });
});

describe("other JSON", () => {
  const plain = { source: "10.0.0.1", destination: "10.0.0.2", bytes: 1500 };
  it("reads known names, nested as in the Elastic Common Schema", () => {
    expect(one('{"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","bytes":1500}')).toMatchObject(plain);
    const ecs = {
      "@timestamp": "2026-11-21T02:11:09Z",
      source: { ip: "10.0.0.1", bytes: 500 },
      destination: { ip: "10.0.0.2", bytes: 1000, port: 53 },
      network: { bytes: 1500 },
      event: { duration: 2_000_000_000 },
    };
    expect(one(JSON.stringify(ecs))).toMatchObject({
      ...plain,
      bytesOut: 500,
      port: 53,
      durationSeconds: 2,
      timeMs: Date.UTC(2026, 10, 21, 2, 11, 9),
    });
  });

  it("looks into a shipper's envelope and sees an earlier tag", () => {
    const line = '{"log":"src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=1500","anomaly":{"score":2}}';
    expect(one(line)).toMatchObject({ ...plain, tagged: true });
    expect(one('{"log":"{\\"src_ip\\":\\"10.0.0.1\\",\\"dst_ip\\":\\"10.0.0.2\\",\\"bytes\\":1500}"}')).toMatchObject(
      plain,
    );
    expect(one('{"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","bytes":1500,"anomaly_type":"network"}').tagged).toBe(true);
    expect(one('{"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","bytes":1500,"label":"Malicious"}').tagged).toBe(true);
    expect(one('{"src_ip":"10.0.0.1","dst_ip":"10.0.0.2","bytes":1500,"label":"Benign"}').tagged).toBe(false);
  });

  it("skips what is cut off", () => {
    expect(read(['{"src_ip":"10.0.0.1","dst_ip":"10.']).skipped.broken).toBe(1);
  });
});

describe("tables with a header", () => {
  it.each([
    [
      "nfdump",
      "ts,te,td,sa,da,sp,dp,pr,ipkt,ibyt,opkt,obyt",
      "2026-11-21 02:11:09,2026-11-21 02:11:11,2.0,10.0.0.1,10.0.0.2,5,443,TCP,3,300,4,700",
    ],
    [
      "quoted",
      '"Date","Src IP","Dst IP","Dst Port","Bytes Sent","Bytes Received","Duration"',
      '"2026-11-21 02:11:09","10.0.0.1","10.0.0.2","443","300","700","2"',
    ],
    [
      "semicolons",
      "time;source.ip;destination.ip;destination.port;bytes;source.bytes;duration",
      "1795227069;10.0.0.1;10.0.0.2;443;1000;300;2",
    ],
    [
      "cloud",
      "version srcaddr dstaddr srcport dstport in_bytes out_bytes start end action",
      "2 10.0.0.1 10.0.0.2 5 443 300 700 1795227069 1795227071 ACCEPT",
    ],
  ])("%s", (_, header, row) => {
    expect(one(header, row)).toMatchObject({
      source: "10.0.0.1",
      destination: "10.0.0.2",
      port: 443,
      bytes: 1000,
      bytesOut: 300,
      durationSeconds: 2,
    });
  });

  it.each([
    ["....S.", true],
    ["......S.", true],
    [".AP.SF", false],
    [".A..S.", false],
    ["...R..", false],
    ["S0", false],
  ])("of nfdump: with the flags %s it failed is %s", (flags, failed) => {
    const header = "ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt";
    const row = `2026-11-21 02:11:09,2026-11-21 02:11:11,2.0,10.0.0.1,10.0.0.2,5,443,TCP,${flags},3,300`;
    expect(one(header, row)).toMatchObject({ failed });
  });

  it("are none behind prose that has src and dst among its words", () => {
    const { flows } = read([
      "Nov 21 02:11:09 fw %ASA-4-106023: Deny tcp src outside:192.0.2.66/4000 dst inside:198.51.100.60/22 by list",
      "src_ip=10.0.0.1 dst_ip=10.0.0.2 bytes=5",
    ]);
    expect(flows).toHaveLength(1);
  });

  it("takes each reader's own header and counts short rows", () => {
    const { flows, skipped } = read([
      "a,src_ip,dst_ip,bytes",
      "x,10.0.0.1,10.0.0.2,5",
      "x,10.0.0.1",
      'x,10.0.0.1,10.0.0.2,"7"',
    ]);
    expect(flows.map(({ bytes }) => bytes)).toEqual([5, 7]);
    expect(skipped).toMatchObject({ broken: 1, flows: 2, other: 1 });
  });
});

describe("what is skipped", () => {
  it("is shown once, with an example made harmless", () => {
    const { skipped } = read(["src_ip=1.2.3.4 dst_ip=\u001b[31m bytes=1", "src_ip=1.2.3.4 bytes=x", "hello"]);
    expect(skipped.describe()).toBe(
      "skipped 2 broken lines and 1 that tell of no flow of 3; the first broken one, no address as destination: src_ip=1.2.3.4 dst_ip=\\u{1b}[31m bytes=1",
    );
    expect(read(["hello"]).skipped.describe()).toBe("none of 1 lines tells of a flow, the first: hello");
    expect(read(["src_ip=1.2.3.4 dst_ip=1.2.3.5 bytes=1", "hello"]).skipped.describe()).toBeUndefined();
  });

  it("never throws, whatever the bytes", () => {
    const seeds = [
      "src_ip=10.0.0.1, dst_ip=10.0.0.2, bytes=1500",
      '{"src_ip":"10.0.0.1","dst_ip":{"a":[1]},"bytes":1500,"flow":null,"event_type":"flow","dest_ip":"1.1.1.1"}',
      zeekHeader[2],
      "1655071198.444458\tCHLXQF2OBY4onAR0Ug\t10.0.0.1\t62771\t192.0.2.7\t443\ttcp\tssl\t1.5",
    ];
    const { skipped } = read(
      seeds.flatMap((line) =>
        Array.from(line, (_, i) => [line.slice(0, i), line.slice(i), line.replace(line[i], "\u0000")]).flat(),
      ),
    );
    expect(skipped.lines).toBeGreaterThan(500);
    expect(skipped.flows + skipped.broken + skipped.other).toBe(skipped.lines);
  });
});

describe("addresses", () => {
  it.each([
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["Host.Example", "host.example"],
    ["-", undefined],
    ["", undefined],
    ["a b", undefined],
    ["<b>", undefined],
  ])("%s is %s", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });
});

describe("times", () => {
  const second = Date.UTC(2026, 10, 21, 2, 11, 9);
  it.each([
    ["2026-11-21T02:11:09Z", second],
    ["2026-11-21 03:11:09,250+01:00", second + 250],
    ["2026/11/21 02:11:09", second],
    ["[21/Nov/2026:04:11:09 +0200]", second],
    ["Nov 21 02:11:09 host", second],
    ["<13>Nov 21 02:11:09 host", second],
    [`${second / 1000}`, second],
    [`${second}`, second],
    [`${second}000000`, second],
    ["Dec 31 23:59:59", Date.UTC(2026, 11, 31, 23, 59, 59)],
    ["Mar  1 00:00:00", Date.UTC(2026, 2, 1) + (nearMs - Date.UTC(2026, 2, 1) > 183 * 86_400_000 ? 31_536_000_000 : 0)],
    ["yesterday", undefined],
  ])("%s", (text, timeMs) => {
    expect(parseTime(text, nearMs)).toBe(timeMs);
  });

  it("puts a syslog time without a year nearest", () => {
    expect(parseTime("Dec 31 23:59:59", Date.UTC(2027, 0, 1))).toBe(Date.UTC(2026, 11, 31, 23, 59, 59));
    expect(parseTime("Jan  1 00:00:01", Date.UTC(2026, 11, 31))).toBe(Date.UTC(2027, 0, 1, 0, 0, 1));
  });
});
