import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Alert } from "../../../host/alerts/alert.js";
import { alertmanagerPayload } from "../../../host/alerts/alertmanager.js";
import { AlertStateFile } from "../../../host/alerts/alertState.js";
import { linkTo } from "../../../host/alerts/link.js";
import { Notifier } from "../../../host/alerts/notifier.js";
import { type ReceiverOptions, receiversOf } from "../../../host/alerts/receivers.js";
import { escapeMarkup, slackPayload } from "../../../host/alerts/slack.js";
import { type OpenAlerts, Tracker } from "../../../host/alerts/tracker.js";
import { webhookPayload } from "../../../host/alerts/webhook.js";
import type { OddlineError } from "../../../host/io/errors.js";
import { startReceiver, type TestReceiver } from "../../support/receiver.js";

const folder = mkdtempSync(join(tmpdir(), "oddline-alerts-"));
afterAll(() => rmSync(folder, { recursive: true }));

function alertFor(destination: string, score = -0.2): Alert {
  return {
    key: `destination ${destination}`,
    subject: { destination },
    windowStart: "2026-11-21T00:00:00Z",
    windowSeconds: 300,
    bytes: 12345,
    flows: 6,
    score,
    reason: "high bytes (12345)",
    severity: "medium",
    text: `Possible network anomaly: High traffic to destination IP ${destination} (12345 bytes) - Anomaly Score: ${score}`,
    link: "http://grafana/explore?a=1&b=<2>|3",
  };
}

const minutes = (count: number) => count * 60_000;

describe("tracking", () => {
  const settings = { cooldownSeconds: 3600, resolveSeconds: 900 };

  /** Windows of five minutes, each with the destinations that were odd; what was told after each. */
  function run(windows: string[][], batch = 1) {
    const open: OpenAlerts = {};
    const told: string[][] = [];
    for (let at = 0; at < windows.length; at += batch) {
      const tracker = new Tracker(open, settings);
      windows.slice(at, at + batch).forEach((names, i) => {
        tracker.take(
          names.map((name) => alertFor(name)),
          minutes(5) * (at + i + 1),
        );
      });
      told.push(
        tracker
          .notifications()
          .map(({ status, alerts }) => `${status} ${alerts.map((alert) => alert.subject.destination)}`),
      );
    }
    return told;
  }

  it("alerts once, and says when it is over", () => {
    expect(run([["a"], ["a"], [], [], [], []])).toEqual([["firing a"], [], [], [], ["resolved a"], []]);
  });

  it("groups what comes together", () => {
    expect(
      run([
        ["a", "b"],
        ["c", "a"],
      ]),
    ).toEqual([["firing a,b"], ["firing c"]]);
  });

  it("alerts again after the cooldown while it goes on", () => {
    const told = run(Array.from({ length: 26 }, () => ["a"])).flatMap((each, i) => each.map(() => i));
    expect(told).toEqual([0, 12, 24]);
  });

  it("tells the same in one step as in many", () => {
    const windows = [["a"], ["a", "b"], [], [], ["a"], [], [], [], ["b"]];
    const flat = run(windows).flat();
    const [fired, resolved] = ["firing", "resolved"].map((status) => [
      ...new Set(flat.filter((each) => each.startsWith(status)).flatMap((each) => each.split(" ")[1].split(","))),
    ]);
    const [step] = run(windows, windows.length);
    expect(step).toEqual([`firing ${fired}`, `resolved ${resolved}`]);
  });
});

describe("payloads", () => {
  const hostile = "a<!channel>&*b*|`c`";

  it("for Slack keep to Block Kit's limits and let no text of a log be markup", () => {
    const alerts = Array.from({ length: 30 }, (_, i) => alertFor(i === 0 ? hostile : `192.0.2.${i}`));
    const payload = slackPayload({ status: "firing", alerts }) as {
      text: string;
      blocks: { type: string; text?: { type: string; text: string }; fields?: { type: string; text: string }[] }[];
    };
    expect(payload.blocks.length).toBeLessThanOrEqual(50);
    expect(payload.text).toContain("a&lt;!channel&gt;&amp;*b*");
    const section = payload.blocks[1];
    expect(section.text).toMatchObject({ type: "plain_text", text: expect.stringContaining(hostile) });
    expect(section.fields!.length).toBeLessThanOrEqual(10);
    expect(section.fields!.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        `Destination\n${hostile}`,
        "Bytes\n12345",
        "Anomaly score\n-0.2",
        "Why\nhigh bytes (12345)",
      ]),
    );
    for (const block of payload.blocks) {
      for (const part of [block.text, ...(block.fields ?? [])]) if (part) expect(part.type).toBe("plain_text");
    }
    const markup = JSON.stringify(payload).match(/<[^>]*\|[^>]*>/g)!;
    expect(markup.length).toBe(15);
    expect(markup[0]).toBe("<http://grafana/explore?a=1&amp;b=&lt;2&gt;%7C3|Its log lines>");
    expect(JSON.stringify(payload)).toContain("and 15 more");
    expect(escapeMarkup("<&>")).toBe("&lt;&amp;&gt;");
  });

  it("for Alertmanager end when resolved and stand a while otherwise", () => {
    const nowMs = Date.UTC(2026, 10, 21, 0, 5);
    const [firing] = alertmanagerPayload({ status: "firing", alerts: [alertFor("192.0.2.1")] }, nowMs, 900) as Record<
      string,
      unknown
    >[];
    expect(firing).toEqual({
      labels: {
        alertname: "OddlineNetworkAnomaly",
        anomaly_type: "network",
        severity: "medium",
        destination: "192.0.2.1",
      },
      annotations: {
        summary: expect.stringContaining("192.0.2.1"),
        reason: "high bytes (12345)",
        bytes: "12345",
        flows: "6",
        score: "-0.2",
      },
      startsAt: "2026-11-21T00:00:00.000Z",
      endsAt: "2026-11-21T00:20:00.000Z",
      generatorURL: "http://grafana/explore?a=1&b=<2>|3",
    });
    const [resolved] = alertmanagerPayload(
      { status: "resolved", alerts: [alertFor("192.0.2.1")] },
      nowMs,
      900,
    ) as Record<string, unknown>[];
    expect(resolved).toMatchObject({ labels: firing.labels, endsAt: "2026-11-21T00:05:00.000Z" });
  });

  it.each([
    ["https://bob:hunter2@git.example.org/a.git", "https://<token>@git.example.org/a.git"],
    ["shop.example.org/login?hunter2", "shop.example.org/login?…"],
    ["db.example.org/password:hunter2", "db.example.org/password:<token>"],
    ["hunter2hunter2hunter2hunter2", "<token>"],
    ["eyjhbgcioijiuzi1nij9.hunter2.c2ln", "<token>"],
  ])("for Slack and Alertmanager hold no password, token or key: %s", (secret, shown) => {
    const text = `Possible network anomaly: scan: 391 distinct ports, from source IP ${secret} (12345 bytes)`;
    const odd: Alert = {
      ...{ ...alertFor(secret), culprit: secret, peers: [secret, "10.0.0.1"], text },
      reason: `scan: 391 distinct ports of ${secret}`,
      link: linkTo(
        { lokiUrl: new URL("http://loki"), query: '{job="flows"}', windowSeconds: 300 },
        { destination: secret },
        0,
      ),
    };
    for (const status of ["firing", "resolved"] as const) {
      const notification = { status, alerts: [odd, alertFor("192.0.2.1")] };
      const slack = JSON.stringify(slackPayload(notification));
      const [alert, other] = alertmanagerPayload(notification, 0, 900) as Record<string, Record<string, string>>[];
      expect(slack).toContain(shown);
      expect(alert.labels.destination).toBe(shown);
      expect(alert.annotations.reason).toBe(`scan: 391 distinct ports of ${shown}`);
      expect(`${slack}${JSON.stringify(alert)}`).not.toContain("hunter2");
      expect(alert.generatorURL).toBeUndefined();
      expect(other).toMatchObject({ generatorURL: "http://grafana/explore?a=1&b=<2>|3" });
    }
  });

  it("keep what an alert is about: addresses, names of pods and numbers of many digits", () => {
    const pod = "payment-service-6d9f7b9c4-x2x9k";
    const odd = { ...alertFor(pod), culprit: "2001:db8::7", reason: "high bytes (1234567890123)" };
    const [{ labels, annotations }] = alertmanagerPayload({ status: "firing", alerts: [odd] }, 0, 900) as {
      labels: object;
      annotations: object;
    }[];
    expect(labels).toMatchObject({ destination: pod });
    expect(annotations).toMatchObject({ source: "2001:db8::7", reason: odd.reason, summary: odd.text });
  });

  it("say how much went out and came in, how much is usual, with whom and on which ports", () => {
    const more = { bytesOut: 345, usual: 99, peers: ["10.0.0.1", "10.0.0.2"], ports: [443, 80] };
    const alerts = [{ ...alertFor("192.0.2.1"), ...more }];
    const [{ annotations }] = alertmanagerPayload({ status: "firing", alerts }, 0, 900) as { annotations: object }[];
    expect(annotations).toMatchObject({
      bytes_out: "345",
      bytes_in: "12000",
      usual: "99",
      peers: "10.0.0.1, 10.0.0.2",
      ports: "443, 80",
    });
    expect(JSON.stringify(slackPayload({ status: "firing", alerts }))).toContain("12345 (345 out, 12000 in)");
    expect(webhookPayload({ status: "firing", alerts })).toMatchObject({ alerts: [more] });
  });

  it("for other receivers are plain JSON", () => {
    expect(webhookPayload({ status: "resolved", alerts: [alertFor("192.0.2.1")] })).toMatchObject({
      version: 1,
      status: "resolved",
      alerts: [{ destination: "192.0.2.1", bytes: 12345, score: -0.2, reason: "high bytes (12345)" }],
    });
  });

  it("link to the lines of the window", () => {
    const settings = { lokiUrl: new URL("http://loki:3100/"), query: '{job="a"}', windowSeconds: 300 };
    const plain = new URL(linkTo(settings, { destination: "192.0.2.1" }, 300_000));
    expect(plain.pathname).toBe("/loki/api/v1/query_range");
    expect(Object.fromEntries(plain.searchParams)).toMatchObject({
      query: '{job="a"} |= "192.0.2.1"',
      start: "300000000000",
      end: "600000000000",
    });
    const grafana = { ...settings, grafanaUrl: new URL("https://grafana/g"), datasource: "uid1" };
    const link = new URL(linkTo(grafana, { destination: "192.0.2.1" }, 300_000));
    expect(link.pathname).toBe("/g/explore");
    expect(JSON.parse(link.searchParams.get("panes")!).odd).toMatchObject({
      datasource: "uid1",
      range: { from: "300000", to: "600000" },
    });
  });
});

describe("delivery", () => {
  const secret = "T0-B0-hidden";
  let receiver: TestReceiver;
  let path: string;
  beforeEach(async () => {
    receiver = await startReceiver();
    path = join(folder, `state-${Math.random()}.json`);
  });
  afterEach(() => receiver.close());

  const patience = { attemptsMax: 2, pauseSeconds: 0, pauseSecondsMax: 0 };
  const notes: string[] = [];

  function notifier(options: Partial<ReceiverOptions> = { slack: true }, dryRun = false) {
    const environment = {
      ODDLINE_SLACK_WEBHOOK: `${receiver.url}/services/${secret}`,
      ODDLINE_WEBHOOK_TOKEN: secret,
      ODDLINE_ALERTMANAGER_ORG_ID: "team",
      ODDLINE_ALERTMANAGER_USERNAME: "me",
      ODDLINE_ALERTMANAGER_PASSWORD: secret,
    };
    const receivers = receiversOf({ holdSeconds: 900, ...options }, environment, patience);
    const file = new AlertStateFile(path, "question", (note) => notes.push(note));
    const tracker = { cooldownSeconds: 3600, resolveSeconds: 900 };
    const settings = { windowSeconds: 300, tracker, receivers, dryRun };
    return new Notifier(settings, file, (note) => notes.push(note));
  }

  const alertAt = (destination: string, startMs = 0): Alert => ({
    ...alertFor(destination, -0.3),
    windowStart: new Date(startMs).toISOString(),
  });

  it("reaches every receiver, with its secrets", async () => {
    const all = notifier({ slack: true, alertmanager: `${receiver.url}/mimir/`, webhook: `${receiver.url}/hook` });
    await all.report([alertAt("192.0.2.1")], 0, 300_000);
    expect(await all.send()).toEqual([]);
    const byPath = Object.fromEntries(receiver.received.map((each) => [each.path, each]));
    expect(Object.keys(byPath).sort()).toEqual(["/hook", "/mimir/api/v2/alerts", `/services/${secret}`]);
    expect(byPath["/hook"].headers.authorization).toBe(`Bearer ${secret}`);
    expect(byPath["/mimir/api/v2/alerts"].headers).toMatchObject({
      "x-scope-orgid": "team",
      authorization: `Basic ${Buffer.from(`me:${secret}`).toString("base64")}`,
    });
    expect(readFileSync(path, "utf8")).not.toContain(secret);
  });

  it("is tried again, and stays for the next process when it fails", async () => {
    receiver.statuses = [500];
    const first = notifier();
    await first.report([alertAt("192.0.2.1")], 0, 300_000);
    expect(await first.send()).toEqual([]);
    expect(receiver.received).toHaveLength(1);

    receiver.statuses = [500, 500];
    await first.report([alertAt("192.0.2.2", 300_000)], 300_000, 600_000);
    const [error] = await first.send();
    expect(error.code).toBe("ALERT_UNDELIVERED");
    expect(`${error.message}${error.stack}`).not.toContain(secret);
    expect(receiver.received).toHaveLength(1);

    expect(await notifier().send()).toEqual([]);
    expect(receiver.received).toHaveLength(2);
    expect(JSON.stringify(receiver.received[1].body)).toContain("192.0.2.2");
    expect(await notifier().send()).toEqual([]);
    expect(receiver.received).toHaveLength(2);
  });

  it("is on disk before it is sent, so a crash loses nothing", async () => {
    const crashed = notifier();
    await crashed.report([alertAt("192.0.2.1")], 0, 300_000);
    expect(receiver.received).toHaveLength(0);
    await notifier().send();
    expect(receiver.received).toHaveLength(1);
  });

  it("repeats to Alertmanager what goes on, to others not", async () => {
    const both = notifier({ slack: true, alertmanager: receiver.url });
    await both.report([alertAt("192.0.2.1")], 0, 300_000);
    await both.send();
    expect(receiver.received.filter(({ path: at }) => at === "/api/v2/alerts")).toHaveLength(1);
    await both.report([alertAt("192.0.2.2", 300_000)], 300_000, 600_000);
    for (let round = 0; round < 2; round++) await both.send();
    const paths = receiver.received.map((each) => each.path);
    expect(paths.filter((each) => each.startsWith("/services"))).toHaveLength(2);
    const told = receiver.received.filter(({ path: at }) => at === "/api/v2/alerts");
    const destinations = told.map(({ body }) => JSON.stringify(body).match(/192\.0\.2\.\d/g)!);
    // what is new, what goes on beside it, and both
    expect(destinations.map((each) => [...new Set(each)].sort())).toEqual([
      ["192.0.2.1"],
      ["192.0.2.2"],
      ["192.0.2.1"],
      ["192.0.2.1", "192.0.2.2"],
    ]);
  });

  it("does not happen in a dry run", async () => {
    const dry = notifier({ slack: true }, true);
    const print = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await dry.report([alertAt("192.0.2.1")], 0, 300_000);
    const printed = JSON.parse(`${print.mock.calls[0][0]}`);
    print.mockRestore();
    expect(printed).toMatchObject({ receiver: "slack", payload: { text: expect.stringContaining("192.0.2.1") } });
    expect(await dry.send()).toEqual([]);
    expect(receiver.received).toHaveLength(0);
    expect(existsSync(path)).toBe(false);
  });

  it("knows a state that is another's or broken", () => {
    writeFileSync(path, "{");
    expect(codeOf(() => notifier())).toBe("STATE_INVALID");
    writeFileSync(path, JSON.stringify({ version: 1, question: "other", scoredToMs: 5, open: {}, outbox: [] }));
    expect(notifier().file.state.scoredToMs).toBe(0);
    expect(notes.at(-1)).toContain("another query");
  });

  it.each([
    [{ slack: true }, {}, "RECEIVER_INCOMPLETE"],
    [{ webhook: true }, {}, "RECEIVER_INCOMPLETE"],
    [{ slack: true }, { ODDLINE_SLACK_WEBHOOK: `hooks/${secret}` }, "URL_INVALID"],
    [{ alertmanager: `http://me:${secret}@host` }, {}, "URL_INVALID"],
    [{ slackWebhookFile: "/no/such/file" }, {}, "SECRET_UNREADABLE"],
  ])("%j with %j is %s", (options, environment, code) => {
    expect(codeOf(() => receiversOf({ holdSeconds: 1, ...options }, environment))).toBe(code);
  });

  function codeOf(action: () => unknown): string {
    try {
      action();
    } catch (error) {
      expect((error as Error).message).not.toContain(secret);
      return (error as OddlineError).code;
    }
    return "no error";
  }
});
