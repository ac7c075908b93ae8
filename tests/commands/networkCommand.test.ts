import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../host/math/random.js";
import { oddline } from "../support/cli.js";
import { dataFile } from "../support/data.js";

const folder = mkdtempSync(join(tmpdir(), "oddline-network-"));
afterAll(() => rmSync(folder, { recursive: true }));

const network = (...args: string[]) => oddline("network", ...args);

const startMs = Date.UTC(2026, 10, 21);

/** `windows` five-minute windows of ordinary traffic to twenty destinations; `extra` lines are put in between. */
function traffic(windows: number, seed: number, extra: (windowMs: number) => string[] = () => []): string {
  const random = seededRandom(seed);
  const lines: string[] = [];
  for (let window = 0; window < windows; window++) {
    const windowMs = startMs + window * 300_000;
    for (let i = 0; i < 60; i++) {
      const time = new Date(windowMs + i * 5000).toISOString();
      const bytes = Math.round(Math.exp(6 + 2 * random()));
      const destination = `192.0.2.${1 + Math.floor(random() * 20)}`;
      lines.push(
        `${time} src_ip=10.0.0.${1 + Math.floor(random() * 5)}, dst_ip=${destination}, dst_port=443, bytes=${bytes}`,
      );
    }
    lines.push(...extra(windowMs));
  }
  return `${lines.join("\n")}\n`;
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const history = file("history.log", traffic(100, 1));
const scan = (windowMs: number) =>
  Array.from(
    { length: 300 },
    (_, i) =>
      `${new Date(windowMs + i * 900).toISOString()} src_ip=203.0.113.${i % 250}, dst_ip=198.51.100.7, dst_port=${i}, bytes=0, action=drop`,
  );
const attacked = file("attacked.log.gz", gzipSync(traffic(6, 2, (ms) => (ms === startMs + 900_000 ? scan(ms) : []))));

describe("oddline network on files", () => {
  it("leaves small windows alone with --min-flows, unless they are heavy; their scores stay", async () => {
    const few = (count: number, bytes: number) => (ms: number) =>
      ms === startMs + 900_000
        ? scan(ms)
            .slice(0, count)
            .map((line) => line.replace("bytes=0", `bytes=${bytes}`))
        : [];
    const flagged = async (name: string, extra: (ms: number) => string[], ...more: string[]) => {
      const { lines } = await network(
        "--train",
        history,
        "--score",
        file(name, traffic(6, 2, extra)),
        "--json",
        ...more,
      );
      const windows = lines.map((line) => JSON.parse(line));
      return windows.find(({ destination }) => destination === "198.51.100.7");
    };
    const [all, small] = [await flagged("few.log", few(3, 0)), await flagged("few.log", few(3, 0), "--min-flows", "4")];
    expect(all).toMatchObject({ flows: 3, anomalous: true });
    expect(small).toMatchObject({ flows: 3, anomalous: false, score: all.score });
    expect(await flagged("heavy.log", few(3, 5e6), "--min-flows", "4")).toMatchObject({ flows: 3, anomalous: true });
    expect(await flagged("four.log", few(4, 0), "--min-flows", "4")).toMatchObject({ flows: 4, anomalous: true });
  });

  it("prints a line per window as JSON, and flags the scanned destination in its window", async () => {
    const { code, lines, err } = await network("--train", history, "--score", attacked, "--json");
    expect(code, err).toBe(0);
    const windows = lines.map((line) => JSON.parse(line));
    for (const window of windows) {
      expect(Object.keys(window).slice(0, 6)).toEqual([
        "windowStart",
        "destination",
        "bytes",
        "flows",
        "score",
        "anomalous",
      ]);
      expect(window.windowStart).toMatch(/^2026-11-21T00:[0-5][05]:00Z$/);
      expect(window.anomalous).toBe("kind" in window);
    }
    const scanned = windows.filter((window) => window.destination === "198.51.100.7");
    expect(scanned).toMatchObject([{ windowStart: "2026-11-21T00:15:00Z", bytes: 0, flows: 300, anomalous: true }]);
    expect(Math.min(...windows.map((window) => window.score))).toBe(scanned[0].score);
    expect(scanned[0]).toMatchObject({ kind: "flood", severity: "high", peers: 245, usual: 5 });
    expect(scanned[0].sources).toHaveLength(3);
    expect(windows.filter((window) => window.anomalous)).toHaveLength(1);
    expect(err).toMatch(/learnt from \d+ windows, 20 destinations with a past of their own; alerts below -0\.\d+/);
    expect(err).toContain("the history has 8.3 hours of traffic");
  });

  it("gives the same bytes again, for any order of the lines", async () => {
    const shuffled = file(
      "shuffled.log",
      `${gunzipSync(readFileSync(attacked)).toString().trim().split("\n").reverse().join("\n")}\n`,
    );
    const first = await network("--train", history, "--score", attacked, "--json");
    const second = await network("--train", history, "--score", shuffled, "--json");
    // Of more sources and ports than are kept, which ones are named depends on who came last.
    const withoutTalkers = (out: string) => out.replace(/"(sources|ports)":\[[^\]]*\],/g, "");
    expect(withoutTalkers(second.out)).toBe(withoutTalkers(first.out));
    expect(second.out).not.toContain('"source":');
  });

  it("says an alert in the words of old", async () => {
    const lines = Array.from({ length: 30 }, (_, i) => `src_ip=10.0.0.1, dst_ip=192.0.2.${i + 1}, bytes=${1000 + i}`);
    const path = file(
      "plain.log",
      [...lines, "src_ip=10.0.0.1, dst_ip=198.51.100.7, bytes=90000000", "broken"].join("\n"),
    );
    const { code, out, err } = await network("--score", path, "--self-fit", "--features", "bytes");
    expect(code).toBe(0);
    expect(out).toMatch(
      /Possible network anomaly: High traffic to destination IP 198\.51\.100\.7 \(90000000 bytes\) - Anomaly Score: -0\.\d+; from 10\.0\.0\.1\n/,
    );
    expect(err).toContain("31 windows");
  });

  it("judges files where too much would alert all the same, and warns", async () => {
    const { code, lines, err } = await network(
      "--train",
      history,
      "--score",
      attacked,
      "--threshold",
      "0.49",
      "--json",
    );
    expect(code).toBe(0);
    expect(lines.filter((line) => JSON.parse(line).anomalous).length).toBeGreaterThan(10);
    expect(err).toContain("more than 0.1 of the windows: was the history that of another network?");
    const quiet = await network("--train", history, "--score", attacked, "--json", "--max-alert-share", "1");
    expect(quiet.err).not.toContain("was the history");
  });

  it("does not judge the last window as a whole one where its flows end early", async () => {
    const whole = startMs + 100 * 300_000;
    const line = (atMs: number) => `ts=${new Date(atMs).toISOString()} src_ip=10.0.0.1 dst_ip=198.51.100.7 bytes=0`;
    const judged = async (threshold: string, ...times: number[]) => {
      const path = file("last.log", `${times.map(line).join("\n")}\n`);
      const { lines } = await network("--train", history, "--score", path, "--threshold", threshold, "--json");
      return lines.map((text) => JSON.parse(text));
    };
    // a threshold that the window is just below when it is whole, and may come above as it goes on
    const [{ score }] = await judged("-0.1", whole + 1000, whole + 301_000);
    const threshold = (score + 0.001).toFixed(6);
    const told = async (...times: number[]) =>
      (await judged(threshold, ...times)).map((window) => window.anomalous as boolean);
    expect(await told(whole + 1000)).toEqual([false]);
    // what comes in a window behind it says that it was whole
    expect(await told(whole + 1000, whole + 301_000)).toEqual([true, false]);
  });

  it("saves a forest and judges by it alike", async () => {
    const forest = join(folder, "forest.bin");
    expect((await network("--train", history, "--save-forest", forest)).code).toBe(0);
    const saved = await network("--forest", forest, "--score", attacked, "--json");
    const direct = await network("--train", history, "--score", attacked, "--json");
    expect(saved.out).toBe(direct.out);
    writeFileSync(forest, readFileSync(forest).subarray(0, 100));
    const damaged = await network("--forest", forest, "--score", attacked);
    expect(damaged).toMatchObject({ code: 1, out: "" });
    expect(damaged.err).toContain("FOREST_INVALID");
  });

  it("leaves known incidents out of the history", async () => {
    const poisoned = file(
      "poisoned.log",
      traffic(100, 1, (ms) => (ms >= startMs + 9_000_000 ? scan(ms) : [])),
    );
    const list = file("destinations.txt", "198.51.100.0/24 # the honeypot\n");
    const options = [
      ["--exclude-from", "2026-11-21T02:30:00Z", "--exclude-to", "2026-11-22T00:00:00Z"],
      ["--exclude-destinations", list],
    ];
    for (const option of options) {
      const { lines } = await network("--train", poisoned, ...option, "--plain-fit", "--score", attacked, "--json");
      const scanned = lines.map((line) => JSON.parse(line)).find(({ destination }) => destination === "198.51.100.7");
      expect(scanned.anomalous).toBe(true);
    }
    const { lines } = await network("--train", poisoned, "--plain-fit", "--score", attacked, "--json");
    const scanned = lines.map((line) => JSON.parse(line)).find(({ destination }) => destination === "198.51.100.7");
    expect(scanned.score).toBeGreaterThan(-0.4);
  });

  it.each([
    [["--score", attacked], 2, "OPTION_INVALID"],
    [["--score", attacked, "--self-fit", "--train", history], 2, "OPTION_INVALID"],
    [["--train", history], 2, "OPTION_INVALID"],
    [["--train", history, "--score", attacked, "--features", "bytes,colour"], 2, "OPTION_INVALID"],
    [["--train", history, "--score", attacked, "--by", "colour"], 2, "OPTION_INVALID"],
    [["--train", history, "--score", attacked, "--window", "2d"], 2, "OPTION_INVALID"],
    [["--train", history, "--score", attacked, "--exclude-from", "2026-11-21T00:00:00Z"], 2, "OPTION_INVALID"],
    [["--train", "no-such-file", "--score", attacked], 2, "INPUT_UNREADABLE"],
    [["--train", file("empty.log", ""), "--score", attacked], 3, "NETWORK_NO_HISTORY"],
    [["--train", history, "--score", file("none.log", "hello\nworld\n")], 3, "NETWORK_NO_FLOWS"],
  ])("%s ends with %i %s", async (args, code, message) => {
    const result = await network(...args);
    expect(result.code).toBe(code);
    expect(result.err).toContain(message);
    expect(result.err).not.toMatch(/\n\s+at /);
    expect(result.out).toBe("");
  });
});

const captures = ["008", "010", "011", "012"].map((name) => dataFile(`network/zeek_conn_${name}.labeled.gz`));
const found = captures.filter((path) => path !== undefined);

describe.skipIf(found.length < captures.length)("Zeek captures, each judged by a forest of the other three", () => {
  it.each([
    ["as they are", [], 0.95],
    ["without their malicious windows", ["--exclude-tagged"], 0.99],
  ])("%s", async (_, options, least) => {
    const aucs: number[] = [];
    for (const capture of found) {
      const others = found.filter((other) => other !== capture);
      const { lines } = await network("--train", ...others, ...options, "--score", capture, "--json");
      aucs.push(
        auc(
          lines.map((line) => JSON.parse(line)),
          maliciousWindows(capture),
        ),
      );
    }
    expect(aucs.reduce((sum, value) => sum + value, 0) / 4, aucs.join()).toBeGreaterThanOrEqual(least);
  });
});

/** Read independently of the host's parsers. */
function maliciousWindows(path: string): Set<string> {
  const windows = new Set<string>();
  for (const line of gunzipSync(readFileSync(path)).toString().split("\n")) {
    const cells = line.split("\t");
    if (cells.at(-2) !== "Malicious") continue;
    const windowMs = Math.floor(Number(cells[0]) / 300) * 300_000;
    windows.add(`${new Date(windowMs).toISOString().replace(".000", "")} ${cells[4]}`);
  }
  return windows;
}

function auc(windows: { windowStart: string; destination: string; score: number }[], malicious: Set<string>): number {
  const label = windows.map((window) => malicious.has(`${window.windowStart} ${window.destination}`));
  const bad = windows.filter((_, i) => label[i]).map(({ score }) => score);
  const good = windows.filter((_, i) => !label[i]).map(({ score }) => score);
  expect(bad.length).toBeGreaterThan(200);
  let wins = 0;
  for (const b of bad) for (const g of good) wins += b < g ? 1 : b === g ? 0.5 : 0;
  return wins / (bad.length * good.length);
}
