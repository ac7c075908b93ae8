/**
 * Logs of our own making, always there: the stand-in for public logs that are not part of the repository. From a seed:
 * a shop's access log, two scanners at work on it, attacks in its parameters, blocks of a file system, sshd, the shop's
 * application. Their bounds say less about other logs than those of public ones.
 */
import { Draws } from "../../host/demo/draws.js";
import type { Scanner } from "./mixedScanners.mjs";
import { accessTime, shopVisits } from "./ordinaryLogs.mjs";

export { shopApplication, shopVisits, sshdLines } from "./ordinaryLogs.mjs";

const start = Date.UTC(2026, 10, 20, 8) / 1000;
const two = (value: number) => String(value).padStart(2, "0");

export interface LabelledLog {
  train: string[];
  normal: string[];
  anomalous: string[];
}

function visit(address: string, seconds: number, method: string, target: string, status: number): string {
  return `${address} - - [${accessTime(seconds)}] "${method} ${target} HTTP/1.1" ${status} 312 "-" "scan/1"`;
}

const folders = ["admin", "backup", "cgi-bin", "phpmyadmin", "old", "test", "include", "api/v1", "wp-content/plugins"];
const files = ["config.php", "setup.php", ".env", "dump.sql", "index.php~", "web.config", "shell.jsp", "login.do"];
const payloads = [
  "1%27%20OR%20%271%27=%271",
  "%3Cscript%3Ealert(7)%3C/script%3E",
  "..%2f..%2f..%2fetc%2fhosts",
  "%22%2bscan(0x0005C9)%2b%22",
  "1;sleep(9)--",
  "%00{%0d%0a}",
  "http://scan.example/r%3fid=7",
  "$(id)%7Cdir",
];
const targets = ["/search?sort=price&q=", "/category/shoes?page=", "/cart?count=1&id=", "/article/"];

/** The first looks for files that are not there, in waves; the second tries its payloads on the shop's own pages. */
export function scannerLines(seed: number): Record<Scanner, string[]> {
  const random = new Draws(seed);
  const scan = (count: number, perSecond: number, next: (i: number) => [string, string, number]) =>
    Array.from({ length: count }, (_, i) => visit("203.0.113.9", start + Math.floor(i / perSecond), ...next(i)));
  return {
    acunetix: scan(6000, 12, (i) => {
      const path = `/${random.pick(folders)}/${random.integer(1, 40)}/${random.pick(files)}`;
      return ["GET", path, i % 600 < 400 ? 404 : 500];
    }),
    netsparker: scan(7000, 8, () => [
      random.next() < 0.5 ? "GET" : "POST",
      random.pick(targets) + random.pick(payloads),
      random.next() < 0.3 ? 400 : 200,
    ]),
  };
}

/** As a shop sees them among its visits: a value that no visitor sends, or a page that is not there. */
function attack(random: Draws): string {
  const target = random.next() < 0.85 ? random.pick(targets) + random.pick(payloads) : `/${random.pick(files)}.BAK`;
  return visit(`203.0.113.${random.integer(1, 250)}`, start, "GET", target, 200);
}

/** Stands for CSIC 2010: a shop's requests, and attacks through its parameters. */
export function attackedShop(): LabelledLog {
  const random = new Draws(31);
  return {
    train: shopVisits(1, 12_000),
    normal: shopVisits(2, 8000),
    anomalous: Array.from({ length: 4000 }, () => attack(random)),
  };
}

/** Stands for the Apache log against two scanners. */
export function scannedShop(): LabelledLog {
  const { acunetix, netsparker } = scannerLines(32);
  return { train: shopVisits(3, 6000), normal: shopVisits(4, 4000), anomalous: [...acunetix, ...netsparker] };
}

/** Stands for HDFS: lines of blocks that are written to three places; one block in forty goes wrong on its way. */
export function blockLog(): { lines: string[]; anomalous: Set<string> } {
  const random = new Draws(33);
  const lines: string[] = [];
  const anomalous = new Set<string>();
  const say = (text: string) => {
    lines.push(`081109 2035${two(Math.floor(lines.length / 500))} ${random.integer(10, 400)} ${text}`);
  };
  for (let i = 0; i < 3000; i++) {
    const block = `blk_${random.integer(1, 2 ** 31)}${1000 + i}`;
    const node = () => `10.250.${random.integer(1, 19)}.${random.integer(1, 250)}`;
    say(`INFO dfs.FSNamesystem: BLOCK* NameSystem.allocateBlock: /user/root/part-${random.integer(1, 999)}. ${block}`);
    for (let place = 0; place < 3; place++) {
      say(`INFO dfs.DataNode$DataXceiver: Receiving block ${block} src: /${node()}:43996 dest: /${node()}:50010`);
      say(`INFO dfs.DataNode$PacketResponder: PacketResponder ${place} for block ${block} terminating`);
      say(
        `INFO dfs.FSNamesystem: BLOCK* NameSystem.addStoredBlock: ${node()}:50010 is added to ${block} size 67108864`,
      );
    }
    if (random.next() > 1 / 40) continue;
    anomalous.add(block);
    say(
      random.pick([
        `WARN dfs.DataNode$DataXceiver: ${node()}:50010: Got exception while serving ${block} to /${node()}: reset`,
        `INFO dfs.DataNode$DataXceiver: writeBlock ${block} received exception java.io.IOException: not read`,
        `WARN dfs.FSDataset: Unexpected error trying to delete ${block}. BlockInfo not found in volumeMap.`,
        `WARN dfs.PendingReplicationMonitor: PendingReplicationMonitor timed out ${block}`,
      ]),
    );
  }
  return { lines, anomalous };
}
