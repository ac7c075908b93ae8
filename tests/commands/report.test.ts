import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { redact } from "../../host/io/redact.js";
import type { ReportData } from "../../host/report/data.js";
import { reportPage } from "../../host/report/page.js";
import { withFolder } from "../support/learning.js";

const chromium = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
if (!chromium) console.warn("no chromium on this machine: the report is not tried in a browser");

const hostile = `</script><img src=x onerror="document.title='owned'"><!--<script>document.title='owned'</script>`;

function dataOf(count: number): ReportData {
  const points = Array.from({ length: count }, (_, i) => ({
    text: i === 0 ? hostile : `line of pattern ${i % 7}`,
    line: i + 1,
    count: 1,
    cluster: i === 0 ? -1 : i % 7,
    at: Array.from({ length: 12 }, (_, axis) => Math.round(900 * Math.sin(i * (axis + 1)))),
  }));
  return {
    points,
    anomalies: [
      {
        ...{ text: hostile, line: 1, count: 1, threshold: 20, distance: 0.9, point: 0 },
        ...{ keyword: "panic", severity: "high", reason: "no other line is like it" },
      },
    ],
    times: [1_795_000_000, 1_795_003_600],
    parameters: [
      ["lines", String(count)],
      ["patterns", "7"],
      ["anomalous lines", "1"],
    ],
    cuts: [],
  };
}

/** The page after its script has run and `steps` with it; only the copy under test may run a second script. */
function inBrowser(data: ReportData, steps: string, folder: string): string {
  const path = join(folder, "report.html");
  const page = reportPage(data)
    .replace(/script-src '[^']+'/, "script-src 'unsafe-inline'")
    .replace("</body>", () => `<script>${steps}</script></body>`);
  writeFileSync(path, page);
  const options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom"];
  return spawnSync(chromium!, [...options, `file://${path}`], { encoding: "utf8", timeout: 50_000, maxBuffer: 1 << 28 })
    .stdout;
}

describe("the report", () => {
  it("holds a line as inert data and allows no script but its own", () => {
    const page = reportPage(dataOf(3));
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page).toContain("default-src 'none'");
    expect(page).toMatch(/script-src 'sha256-[\w+/=]+'/);
    expect(page).not.toMatch(/https?:\/\//);
  });

  it.skipIf(!chromium)("runs under its own policy and shows a hostile line as text", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "report.html");
      writeFileSync(path, reportPage(dataOf(50)));
      const options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", "--dump-dom"];
      const { stdout } = spawnSync(chromium!, [...options, `file://${path}`], { encoding: "utf8", timeout: 50_000 });
      expect(stdout).toContain('data-ready="yes"');
      expect(stdout).toContain("&lt;/script&gt;&lt;img src=x onerror=");
      expect(stdout).not.toContain("<img");
      expect(stdout).not.toContain("<title>owned");
      expect(stdout).toContain('high: keyword "panic"; no other line is like it');
    });
  });

  it.skipIf(!chromium)("answers to hover, click and filter, and stays smooth with 50,000 points", async () => {
    await withFolder(async (folder) => {
      const [few, many] = [5000, 50_000].map((count) => hovered(count, folder));
      for (const result of [few, many]) {
        expect(result.hoveredLine).toMatch(/^line of pattern \d/);
        expect(result.near).toBe(8);
        expect(result.rows).toBe(0);
        expect(result.matches).toBe("0 contents");
      }
      // ten times the points take ten times as long at most, and what noise adds
      expect(many.each).toBeLessThan(20 * Math.max(few.each, 0.5));
    });
  });

  /** What a browser tells after moving the mouse over so many points. */
  function hovered(count: number, folder: string) {
    const dom = inBrowser(
      dataOf(count),
      `const box = map.getBoundingClientRect();
         const at = (i) => ({ clientX: box.left + x(points[i]), clientY: box.top + y(points[i]), bubbles: true });
         map.dispatchEvent(new MouseEvent("mousemove", at(17))); const hoveredLine = $("line").textContent;
         map.dispatchEvent(new MouseEvent("click", at(17))); const near = $("neighbours").children.length;
         const start = performance.now();
         for (let i = 0; i < 200; i++) { map.dispatchEvent(new MouseEvent("mousemove", at(i * 20))); paint(); }
         const each = (performance.now() - start) / 200;
         $("filter").value = "nothing has this"; $("filter").dispatchEvent(new Event("input"));
         const rows = $("rows").children.length, matches = $("matches").textContent;
         document.body.dataset.result = JSON.stringify({ hoveredLine, near, each, rows, matches });`,
      folder,
    );
    const told = dom.match(/data-result="([^"]*)"/);
    expect(told).not.toBeNull();
    return JSON.parse(told![1].replace(/&quot;/g, '"'));
  }
});

describe("anomalies over time", () => {
  const day = Date.UTC(2026, 10, 20) / 1000;
  const at = (...seconds: number[]) => seconds.map((second) => day + second);

  it.skipIf(!chromium)("is told in bars of whole minutes, hours or days", async () => {
    const cases: [number[], RegExp][] = [
      [at(36_000), /^2026-11-20 10:00 UTC, a bar is 1 s, the highest 1 line$/],
      [at(36_000, 36_100), /^2026-11-20 10:00 to 10:01 UTC, a bar is 1 s, /],
      [at(100, 200, 200, 86_000), /^2026-11-20 00:01 to 23:53 UTC, a bar is 15 min, the highest 3 lines$/],
      [at(0, 3 * 86_400), /^2026-11-20 00:00 to 2026-11-23 00:00 UTC, a bar is 1 h, the highest 1 line$/],
      [at(0, 80 * 86_400), /^2026-11-20 00:00 to 2027-02-08 00:00 UTC, a bar is a day, /],
      [at(0, 900 * 86_400), / a bar is 28 days, /],
    ];
    await withFolder(async (folder) => {
      const dom = inBrowser(
        dataOf(30),
        `$("time").style.width = "760px"; const told = [];
         for (const times of ${JSON.stringify(cases.map(([times]) => times))}) {
           data.times = times; chart(); told.push($("span").textContent);
         }
         // What a printer or a turned phone does: the drawing keeps its shape. Frames take real time and timers here do
         // not, so it is messages that are waited with.
         const before = map.width, waiting = new MessageChannel(); let waited = 0;
         waiting.port1.onmessage = () => {
           if (map.width === before && waited++ < 1e6) return waiting.port2.postMessage(0);
           told.push(map.width / map.height - map.clientWidth / map.clientHeight);
           document.body.dataset.result = JSON.stringify(told);
         };
         map.style.width = "300px"; waiting.port2.postMessage(0);`,
        folder,
      );
      const told = JSON.parse(dom.match(/data-result="([^"]*)"/)![1].replace(/&quot;/g, '"'));
      cases.forEach(([, expected], i) => {
        expect(told[i]).toMatch(expected);
      });
      expect(Math.abs(told.at(-1))).toBeLessThan(0.02);
    });
  });

  it.skipIf(!chromium)("and all else is printed on paper", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "report.html");
      writeFileSync(path, reportPage(dataOf(500)));
      const pdf = join(folder, "report.pdf");
      const options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000"];
      spawnSync(chromium!, [...options, `--print-to-pdf=${pdf}`, `file://${path}`], { timeout: 50_000 });
      const bytes = readFileSync(pdf, "latin1");
      expect(bytes.startsWith("%PDF-")).toBe(true);
      expect(bytes.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    });
  });
});

describe("redaction", () => {
  it.each([
    ['10.1.2.3 - "GET /cart?id=7&token=abc HTTP/1.1" 200', '<ip> - "GET /cart?… HTTP/1.1" 200'],
    ["Authorization: Bearer abcdef123456", "Authorization: <token> <token>"],
    ["password=hunter2 user=bob", "password=<token> user=bob"],
    ['{"password":"two words \\"x\\"","user":"bob"}', '{"password":<token>,"user":"bob"}'],
    ["session_id=abc; csrf-token: 'x y' end", "session_id=<token>; csrf-token: <token> end"],
    ["clone https://bob:hunter2@git.example.org/a.git", "clone https://<token>@git.example.org/a.git"],
    ["card 4111111111111111 with AKIAABCDEFGHIJKLMNOP", "card <number> with <token>"],
    ["from fe80::1ff:fe23:4567:890a at 10:22:31", "from <ip> at 10:22:31"],
    ["at [17/May/2015:10:05:03 +0000] from 2001:db8:0:0:1:2:3:4", "at [17/May/2015:10:05:03 +0000] from <ip>"],
    ["mail to ann.lee@example.org sent", "mail to <mail> sent"],
    ["key AKIA1234567890abcdefghij99 used", "key <token> used"],
    ["Dec 10 06:55:46 host sshd[24200]: done in 12 ms", "Dec 10 06:55:46 host sshd[24200]: done in 12 ms"],
  ])("%s", (line, expected) => {
    expect(redact(line)).toBe(expected);
  });

  it("takes not many times as long for hostile lines as for others of their length", () => {
    const costOf = (text: string) => {
      const before = process.cpuUsage().user;
      for (let i = 0; i < 50; i++) redact(text);
      return process.cpuUsage().user - before;
    };
    const of1600 = (part: string) => part.repeat(Math.ceil(1600 / part.length)).slice(0, 1600);
    const ordinary = of1600("Dec 10 06:55:46 host sshd[24200]: accepted for ann.lee from 10.1.2.3 in 12 ms ");
    costOf(ordinary);
    const usual = costOf(ordinary);
    for (const part of ["a-", "a.", "token", "a:", "::", "1", "A1+/", "//a", "?", "aaaaaaa"])
      expect(costOf(of1600(part)) / usual, part).toBeLessThan(100);
  });
});
