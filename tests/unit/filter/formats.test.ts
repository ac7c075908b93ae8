/** One line or more of every format with what it must give, and addresses that are easily taken for a client's. */
import { beforeAll, describe, expect, it } from "vitest";
import { Engine, type EventDetails } from "../../../host/wasm/engine.js";

const arrival = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);
let engine: Engine;

beforeAll(() => {
  engine = new Engine();
});

function explain(line: string): EventDetails {
  return engine.explain(Buffer.from(line), arrival)!;
}

describe("whose address it is", () => {
  const lines: [string, string | null][] = [
    // two addresses in either order
    ["connection from 203.0.113.9 to 10.0.0.1 refused", "203.0.113.9"],
    ["connection to 10.0.0.1 from 203.0.113.9 refused", "203.0.113.9"],
    ["login failed on 10.0.0.1 (client 203.0.113.9)", "203.0.113.9"],
    ["203.0.113.9:4711 -> 10.0.0.1:22 session opened", "203.0.113.9"],
    ["auth failed: lip=10.0.0.1, rip=203.0.113.9", "203.0.113.9"],
    ["auth failed: rip=203.0.113.9, lip=10.0.0.1", "203.0.113.9"],
    ["server 10.0.0.1 rejected peer 2001:db8::9", "2001:db8::9"],
    // what a stranger chooses himself
    ["Failed password for invalid user from 10.0.0.1 from 203.0.113.9 port 22 ssh2", "203.0.113.9"],
    ["Invalid user 10.0.0.1 from 203.0.113.9", "203.0.113.9"],
    ["login failed user=10.0.0.1 rhost=203.0.113.9", "203.0.113.9"],
    ["rejected: helo=<10.0.0.1> from=<> mail.example[203.0.113.9]", "203.0.113.9"],
    ["denied GET /?client=10.0.0.1 from 203.0.113.9", "203.0.113.9"],
    ["login from 203.0.113.9 (X-Forwarded-For: 10.0.0.1) failed", "203.0.113.9"],
    // paths, hosts of URLs, versions, networks, listeners
    ["user removed /backup/10.0.0.1/users.db", null],
    ["request for http://10.0.0.1/index failed", null],
    ["login page at https://10.0.0.1:8443 enabled", null],
    ["agent 10.2.1.0 connected, version 1.2.3.4", null],
    ["client upgraded to version 10.0.17.763", null],
    ["user agent Chrome/120.0.0.0 denied", null],
    ["installed libfoo-1.2.3.4.so for user root", null],
    ["access to 10.0.0.0/8 denied by rule", null],
    ["object 1.3.6.1.4.1.2021 requested", null],
    ["listening on 192.0.2.1:80", null],
    ["server started at 192.0.2.1:8080, waiting for requests", null],
    ["dial tcp 192.0.2.1:80: connect: connection refused", null],
    ["12:34:56 request took 1.5s", null],
    ["error in Foo::Bar at dead::beef", null],
    // how it may be written
    ["login failed from ::ffff:203.0.113.9:51514", "203.0.113.9"],
    ["login failed from [2001:DB8:0:0::9]:443", "2001:db8::9"],
    ["Accepted socket connection from /203.0.113.9:45307", "203.0.113.9"],
    ["Closed session for client host.example/203.0.113.9:45307", "203.0.113.9"],
    ["IP 203.0.113.9.51514 > 192.0.2.1.22: Flags [S]", "203.0.113.9"],
    ['RemoteAddress="IPV4/UDP/203.0.113.9/5060",LocalAddress="IPV4/UDP/192.0.2.1/5060"', "203.0.113.9"],
    ["sentence ends with the client 203.0.113.9.", "203.0.113.9"],
    // between machines: no word says that it is a client
    ["BLOCK* NameSystem.addStoredBlock: blockMap updated: 10.251.73.220:50010 is added to blk_1", null],
    ["Receiving block blk_1 src: /10.250.19.102:54106 dest: /10.250.19.102:50010", null],
  ];
  for (const [line, key] of lines) it(`${line} -> ${key}`, () => expect(explain(line).key).toBe(key));
});

interface Expected extends Partial<Omit<EventDetails, "timeSeconds">> {
  line: string;
  time?: string;
}

describe("every format", () => {
  const formats: Record<string, Expected[]> = {
    "error logs of Apache and nginx": [
      {
        line: "[Fri Nov 20 10:42:29.902022 2026] [core:error] [pid 35708:tid 43] [client 203.0.113.9:60712] AH00128: File does not exist: /x",
        ...{ format: "web error", time: "2026-11-20T10:42:29Z", key: "203.0.113.9", level: "error" },
        body: "AH00128: File does not exist: /x",
      },
      {
        line: '2026/11/20 19:03:05 [crit] 7#0: *1 user "x, client: 198.51.100.1, " unknown, client: 203.0.113.9, server: a, request: "GET /b?c HTTP/1.1", host: "a"',
        ...{ format: "web error", time: "2026-11-20T19:03:05Z", key: "203.0.113.9", level: "fatal", target: "/b?c" },
        body: 'user "x, client: 198.51.100.1, " unknown',
      },
    ],
    "syslog as RFC 5424": [
      {
        line: '<35>1 2026-11-21T02:11:09.5-07:00 host su 8710 ID47 [x@1 a="]"][y@1 b="c"] failed for root from 203.0.113.9',
        ...{ format: "syslog", time: "2026-11-21T09:11:09Z", key: "203.0.113.9", level: "error", source: "su" },
        body: "failed for root from 203.0.113.9",
      },
    ],
    "application logs": [
      {
        line: "2026-11-21 02:11:09.123 ERROR 12345 --- [           main] c.e.shop.Cart  : boom",
        ...{
          format: "application",
          time: "2026-11-21T02:11:09Z",
          level: "error",
          source: "c.e.shop.Cart",
          body: "boom",
        },
      },
      {
        line: "2026-11-21 02:11:09,123 [main] WARN  com.foo.Bar - slow",
        ...{ format: "application", level: "warn", source: "com.foo.Bar", body: "slow" },
      },
      {
        line: "2026-11-21 02:11:09,123 - myapp.db - CRITICAL - connection lost",
        ...{ format: "application", level: "fatal", source: "myapp.db", body: "connection lost" },
      },
      { line: "ERROR:root:division by zero", ...{ level: "error", source: "root", body: "division by zero" } },
      {
        line: 'E1121 02:11:09.523502    4727 kubelet.go:187] "failed"',
        ...{ time: "2026-11-21T02:11:09Z", level: "error", body: '"failed"' },
      },
      {
        line: JSON.stringify({ log: "2026-11-21 02:11:09 ERROR Boom\njava.lang.Error: bad\n\tat a.B.c(D.java:1)\n" }),
        ...{ format: "application", level: "error", body: "Boom\njava.lang.Error: bad" },
      },
      {
        line: JSON.stringify({
          log: 'ERROR:app:failed\nTraceback (most recent call last):\n  File "a.py"\nKeyError: 1\n',
        }),
        ...{ level: "error", source: "app", body: "failed\nKeyError: 1" },
      },
    ],
    "JSON lines": [
      {
        line: '{"@timestamp":"2026-11-21T02:11:09.1Z","log":{"level":"error"},"source":{"ip":"2001:DB8::1"},"http":{"request":{"method":"POST"},"response":{"status_code":500}},"url":{"path":"/cart"},"message":"x"}',
        ...{ format: "fields", time: "2026-11-21T02:11:09Z", key: "2001:db8::1", level: "error", status: 500 },
        ...{ method: "POST", target: "/cart", isRequest: true },
      },
      {
        line: '{"level":50,"time":1795227069123,"pid":7,"hostname":"h","msg":"failed","err":{"message":"no route"},"isError":true}',
        ...{
          format: "json",
          time: "2026-11-21T02:11:09Z",
          level: "error",
          body: "failed: no route",
          markedError: true,
        },
      },
      {
        line: '{"@t":"2026-11-21T02:11:09.1234567Z","@l":"Warning","@mt":"was {n}","@m":"was 7"}',
        ...{ format: "json", time: "2026-11-21T02:11:09Z", level: "warn", body: "was 7" },
      },
      {
        line: '{"version":"1.1","host":"web-1","short_message":"disk full","timestamp":1795227069.3072,"level":3}',
        ...{ format: "json", time: "2026-11-21T02:11:09Z", level: "error", body: "disk full", key: null, source: null },
      },
      {
        line: '{"log":"{\\"level\\":\\"warn\\",\\"msg\\":\\"slow\\",\\"remote_ip\\":\\"203.0.113.9:44\\"}\\n","stream":"stdout","time":"2026-11-21T02:11:09.5Z"}',
        ...{ format: "json", time: "2026-11-21T02:11:09Z", level: "warn", body: "slow", key: "203.0.113.9" },
      },
      {
        line: '2026-11-21T02:11:09.123456789Z stderr F 203.0.113.9 - - [21/Nov/2026:02:11:08 +0000] "GET /a HTTP/1.1" 404 7',
        ...{ format: "access", time: "2026-11-21T02:11:08Z", key: "203.0.113.9", status: 404, bytes: 7, target: "/a" },
      },
    ],
    "key=value": [
      {
        line: 'ts=2026-11-21T02:11:09.1Z level=error msg="say \\"x\\"" err="no route" remote_addr=203.0.113.9:1',
        ...{ format: "logfmt", time: "2026-11-21T02:11:09Z", level: "error", key: "203.0.113.9" },
        body: 'say "x": no route',
      },
      {
        line: "Nov 21 02:11:09 gw kernel: [ 12.5] [UFW BLOCK] IN=eth0 OUT= MAC=00:16:3e:aa:bb:cc SRC=203.0.113.9 DST=192.0.2.1 LEN=60 PROTO=TCP SPT=5 DPT=22",
        ...{ format: "firewall", key: "203.0.113.9", sender: "203.0.113.9", destination: "192.0.2.1", bytes: 60 },
        destinationPort: 22,
      },
      {
        line: 'date=2026-11-21 time=02:11:09 srcip=10.1.1.1 dstip=203.0.113.5 dstport=443 sentbyte=116 rcvdbyte=1188 level="notice"',
        ...{ format: "firewall", time: "2026-11-21T02:11:09Z", destination: "203.0.113.5", bytes: 1304, level: "info" },
      },
    ],
    "network and proxies": [
      {
        line: "1795227069.096535\tC1\t10.0.0.5\t5353\t203.0.113.5\t443\ttcp\tssl\t2.5\t73\t120\tSF",
        ...{ format: "zeek", time: "2026-11-21T02:11:09Z", key: "10.0.0.5", sender: "10.0.0.5", bytes: 193 },
        ...{ destination: "203.0.113.5", destinationPort: 443 },
      },
      {
        line: 'Nov 14 22:45:11 lb haproxy[7]: 2001:db8::1234:5843 [14/Nov/2026:22:45:11.608] main be/s1 1/0/1/1/3 503 248 - - ---- 0/0 0/0 "GET /a HTTP/1.1"',
        ...{
          format: "haproxy",
          time: "2026-11-14T22:45:11Z",
          key: "2001:db8::1234",
          status: 503,
          bytes: 248,
          target: "/a",
        },
      },
    ],
    PostgreSQL: [
      {
        line: '2026-11-21 02:11:09.123 CET [1234] app@shop ERROR:  relation "x" does not exist',
        ...{ format: "postgresql", time: "2026-11-21T01:11:09Z", level: "error", body: 'relation "x" does not exist' },
      },
      {
        line: "2026-11-21 02:11:09.123 UTC [1234] LOG:  connection received: host=203.0.113.9 port=51514",
        ...{ format: "postgresql", level: "info", key: "203.0.113.9" },
      },
    ],
  };
  for (const [name, lines] of Object.entries(formats)) {
    it(name, () => {
      for (const { line, time, ...expected } of lines) {
        const details = explain(line);
        expect(details, line).toMatchObject(expected);
        if (time) expect(new Date(details.timeSeconds! * 1000).toISOString().replace(".000", ""), line).toBe(time);
      }
    });
  }
});
