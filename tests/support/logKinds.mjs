/** Samples of the kinds of log that most people ship: each line another moment, number, address and identifier. */
import { seededRandom } from "./hostile.mjs";
import { shopVisits, sshdLines } from "./ordinaryLogs.mjs";

/** @typedef {ReturnType<typeof drawing>} Draw */
/** @typedef {(d: Draw, i: number) => string} LineOf */

/** @param {number} seed */
function drawing(seed) {
  const random = seededRandom(seed);
  /** @param {number} most */
  const below = (most) => Math.floor(random() * most);
  return {
    below,
    /** @template T @param {T[]} list @returns {T} */
    any: (list) => list[below(list.length)],
    address: () => `198.51.100.${1 + below(250)}`,
    /** @param {number} length */
    identifier: (length) => Array.from({ length }, () => "0123456789abcdef"[below(16)]).join(""),
  };
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");
/** A line a second, on a day of November. @param {number} i */
const clock = (i) => `${two(8 + (Math.floor(i / 3600) % 12))}:${two(Math.floor(i / 60) % 60)}:${two(i % 60)}`;

/**
 * Text in which each sign stands for something new: D digits, N a digit, A an address, H an identifier.
 * @param {Draw} d
 * @param {string} text
 */
function filled(d, text) {
  /** @type {Record<string, () => string>} */
  const made = {
    "{D}": () => String(10000 + d.below(89999)),
    "{N}": () => String(d.below(9)),
    "{A}": d.address,
    "{H}": () => d.identifier(12),
  };
  return text.replace(/\{[DNAH]\}/g, (sign) => made[sign]());
}

const klogTexts = [
  'reconciler.go:12{N}] Volume detached for volume "config" on node "node-{N}" DevicePath ""',
  'kubelet.go:183{N}] SyncLoop (PLEG): event for pod "web-{H}-x{N}", started',
  'prober.go:11{N}] Readiness probe for "web:{H}" failed: HTTP 503 after {D} ms',
  "controller.go:9{N}] lease renewed for holder node-{N} in {D} ms",
];
const hadoopTexts = [
  "org.apache.hadoop.mapred.TaskAttempt: Progress of attempt_1445_00{N}_m_0000{N}_0 is : 0.{N}",
  "org.apache.hadoop.ipc.Client: Retrying connect to server: msra/{A}:9000. Already tried {N} times",
  "org.apache.hadoop.hdfs.Client: Successfully sent block blk_{D} to /{A}:50010",
];
const kafkaTexts = [
  "[Log partition=orders-{N}, dir=/var/lib/kafka] Rolled new log segment at offset {D} in {N} ms.",
  "[GroupCoordinator {N}]: Stabilized group billing generation {D} with {N} members",
  "[ProducerStateManager partition=clicks-{N}] Writing producer snapshot at offset {D}",
];
const sparkTexts = [
  "executor.Executor: Finished task {N}.0 in stage {D}.0 (TID {D}). {D} bytes result sent to driver",
  "storage.BlockManager: Found block rdd_{N}_{D} locally",
  "storage.MemoryStore: Block broadcast_{N} stored as values in memory (estimated size {N}.{N} KB, free {D}.0 KB)",
];
const logfmtTexts = [
  "level=info org_id={N} trace_id={H} latency=fast query_type=metric length=1h0m0s step=14s duration={D}us status=200" +
    ' limit=100 msg="query done"',
  "level=warn component=scrape target=http://{A}:9100/metrics attempts={N} err=timeout" +
    ' msg="scrape failed: context deadline exceeded"',
  'level=debug method=GET route=api_v1_push remote={A} status=204 bytes={D} msg="request done"',
];

/** @type {LineOf} */
const klog = (d, i) =>
  `${d.any(["I", "I", "W", "E"])}1128 ${clock(i)}.${100000 + d.below(899999)}    4711 ${filled(d, d.any(klogTexts))}`;

/** @type {LineOf} */
const hadoop = (d, i) => {
  const head = `2026-11-28 ${clock(i)},${100 + d.below(899)} ${d.any(["INFO", "INFO", "WARN"])}`;
  return `${head} [IPC Server handler ${d.below(9)} on 62270] ${filled(d, d.any(hadoopTexts))}`;
};

/** @type {LineOf} */
const kafka = (d, i) =>
  `[2026-11-28 ${clock(i)},${100 + d.below(899)}] INFO ${filled(d, d.any(kafkaTexts))} (kafka.log.Log)`;

/** @type {LineOf} */
const spark = (d, i) => `26/11/28 ${clock(i)} ${d.any(["INFO", "INFO", "WARN"])} ${filled(d, d.any(sparkTexts))}`;

/** As a container runtime stores what a pod writes. @type {LineOf} */
const cri = (d, i) => `2026-11-28T${clock(i)}.${100000000 + d.below(899999999)}Z stderr F ${klog(d, i)}`;

/** @type {LineOf} */
const logfmt = (d, i) => {
  const caller = `${d.any(["mem.go", "http.go", "pool.go"])}:${10 + d.below(89)}`;
  return `ts=2026-11-28T${clock(i)}.${100 + d.below(899)}Z caller=${caller} ${filled(d, d.any(logfmtTexts))}`;
};

/** @type {LineOf} */
const json = (d, i) => {
  const session = d.identifier(12);
  const message = d.any([
    `New connection: ${d.address()}:${20000 + d.below(9999)} (172.17.0.3:2222) [session: ${session}]`,
    `login attempt [root/${d.any(["admin", "1234", "password", "toor"])}] failed`,
    `Connection lost after ${d.below(300)} seconds`,
    "Remote SSH version: SSH-2.0-Go",
  ]);
  return JSON.stringify({
    eventid: "sensor.session",
    src_ip: d.address(),
    src_port: 20000 + d.below(9999),
    timestamp: `2026-11-28T${clock(i)}.${100000 + d.below(899999)}Z`,
    message,
    system: `HoneyPotSSHTransport,${d.below(9999)}`,
    isError: 0,
    session,
    dst_port: 2222,
    sensor: "920497a79896",
  });
};

/** @type {Record<string, LineOf>} */
const kinds = { klog, hadoop, kafka, logfmt, json, spark, cri };

/**
 * So many lines of each kind.
 * @param {number} seed
 * @param {number} count
 * @returns {Record<string, string[]>}
 */
export function linesOfKinds(seed, count) {
  const made = Object.entries(kinds).map(([kind, line]) => {
    const d = drawing(seed);
    return [kind, Array.from({ length: count }, (_, i) => line(d, i))];
  });
  return { web: shopVisits(seed, count), sshd: sshdLines(seed, count), ...Object.fromEntries(made) };
}
