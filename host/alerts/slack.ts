/**
 * A notification for a Slack incoming webhook, in Block Kit (https://docs.slack.dev/reference/block-kit/blocks). Text
 * from logs goes into plain text objects, which know no markup; the fallback is markup and has its signs escaped.
 */
import type { Alert, Notification } from "./alert.js";
import { withoutSecrets } from "./withoutSecrets.js";

/** Slack takes 50 blocks; an alert is one or two. */
const alertsMax = 15;
const fieldCharactersMax = 1000;

export function slackPayload(notification: Notification): unknown {
  const { status, alerts } = withoutSecrets(notification);
  const shown = alerts.slice(0, alertsMax);
  const title =
    status === "firing"
      ? `Network anomaly: ${alerts.length} ${alerts.length === 1 ? "alert" : "alerts"}`
      : `Resolved: ${alerts.length} network ${alerts.length === 1 ? "anomaly" : "anomalies"}`;
  const blocks: unknown[] = [{ type: "header", text: plain(title) }];
  for (const alert of shown) blocks.push(...(status === "firing" ? firingBlocks(alert) : [resolvedBlock(alert)]));
  if (alerts.length > shown.length) {
    blocks.push({ type: "context", elements: [plain(`and ${alerts.length - shown.length} more`)] });
  }
  const fallback = status === "firing" ? alerts[0].text : `${title}: ${subjectOf(alerts[0])}`;
  return { text: escapeMarkup(fallback), blocks };
}

function firingBlocks(alert: Alert): unknown[] {
  const fields = [
    ...Object.entries(alert.subject).map(([name, value]) => [name[0].toUpperCase() + name.slice(1), value]),
    ...(alert.culprit ? [["Source", alert.culprit]] : []),
    ...(alert.kind ? [["Kind", alert.kind]] : []),
    ["Bytes", bytesOf(alert)],
    ["Anomaly score", `${alert.score}`],
    ["Why", alert.reason],
    ["Window", `${alert.windowStart}, ${alert.windowSeconds} s`],
    ["Severity", alert.severity],
  ];
  const blocks: unknown[] = [
    { type: "section", text: plain(alert.text), fields: fields.map(([name, value]) => plain(`${name}\n${value}`)) },
  ];
  if (alert.link) {
    const link = escapeMarkup(alert.link).replaceAll("|", "%7C");
    blocks.push({ type: "context", elements: [{ type: "mrkdwn", text: `<${link}|Its log lines>` }] });
  }
  return blocks;
}

function bytesOf({ bytes, bytesOut }: Alert): string {
  return bytesOut === undefined ? `${bytes}` : `${bytes} (${bytesOut} out, ${bytes - bytesOut} in)`;
}

function resolvedBlock(alert: Alert): unknown {
  return { type: "section", text: plain(`${subjectOf(alert)}, odd since ${alert.windowStart}, is ordinary again`) };
}

function subjectOf({ subject }: Alert): string {
  return Object.values(subject).join(" to ");
}

function plain(text: string) {
  return { type: "plain_text", text: text.slice(0, fieldCharactersMax), emoji: false };
}

/** The three signs that Slack's markup gives a meaning to. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
