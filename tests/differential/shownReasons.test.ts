/** Reasons quote what anybody may write into a log: in a report, in Slack and on a terminal they stay plain text. */
import { describe, expect, it } from "vitest";
import { slackPayload } from "../../host/alerts/slack.js";
import { shopLog } from "../../host/demo/shop.js";
import { ShownText } from "../../host/io/terminal.js";
import { reportPage } from "../../host/report/page.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { learnText } from "../support/learning.js";

const hostile = [
  "<script>alert(1)</script>",
  "</script><img src=x onerror=alert(1)>",
  "<!channel> <https://evil.example|click>",
  "&lt;b&gt; & \u00e9t\u00e9 \u00fc\u00df \u4f60\u597d",
  "\u001b[31mred\u001b]0;title\u0007",
  "\u202egpj.exe\u2066 \u2028next \u0085",
];

async function reasons(): Promise<string[]> {
  const { model } = await learnText(shopLog(1, 1.7e9, 4000, false));
  return hostile.flatMap((text) => {
    const lines = [
      `192.0.2.1 - - [21/Nov/2026:00:00:00 +0000] "GET /cart?id=${encodeURIComponent(text)}&count=1 HTTP/1.1" 200 5`,
      `192.0.2.1 - - [21/Nov/2026:00:00:00 +0000] "GET /${text.replaceAll(" ", "+")} HTTP/1.1" 200 5`,
      `2026-11-21T00:00:00Z WARN ${text} of quota exceeded`,
      JSON.stringify({ log: `2026-11-21T00:00:00Z ERROR no such ${text} here` }),
    ];
    return lines.flatMap((line) => {
      const engine = new Engine(5n);
      engine.useModel(model, "shop");
      const [{ output }] = engine.tag(Buffer.from(`${line}\n`), { flags: batchFlag.only, seconds: 1_795_000_000n });
      const told = Buffer.from(output).toString("utf8");
      const at = told.lastIndexOf('"anomaly":{"score":');
      return at < 0 ? [] : [JSON.parse(told.slice(at + 10, told.lastIndexOf("}"))).reason as string];
    });
  });
}

describe("a reason that quotes hostile text", async () => {
  const all = await reasons();

  it("is printable ASCII, and as such on a terminal", () => {
    expect(all.length).toBeGreaterThanOrEqual(2 * hostile.length);
    for (const reason of all) {
      expect(reason).toMatch(/^[\x20-\x7e]{1,200}$/);
      expect(new ShownText().next(Buffer.from(reason)).toString()).toBe(reason);
    }
  });

  it("is inert data in a report", () => {
    for (const reason of all) {
      const one = { text: reason, line: 1, count: 1, threshold: 20, severity: "low" as const, distance: 1, point: -1 };
      const page = reportPage({ points: [], anomalies: [{ ...one, reason }], times: [], parameters: [], cuts: [] });
      expect(page.match(/<script/g)).toHaveLength(2);
      expect(page).not.toMatch(/<img|<!channel/);
    }
  });

  it("has no markup in Slack", () => {
    for (const reason of all) {
      const alert = {
        ...{ key: "k", subject: { destination: "192.0.2.9" }, windowStart: "2026-11-21T00:00:00Z", windowSeconds: 300 },
        ...{ bytes: 1, flows: 1, score: -0.2, severity: "low" as const, reason, text: reason },
      };
      const { text, blocks } = slackPayload({ status: "firing", alerts: [alert] } as never) as Record<string, unknown>;
      expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      expect(JSON.stringify(blocks)).not.toContain('"mrkdwn"');
    }
  });
});
