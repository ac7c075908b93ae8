/** Where notifications go, and with which secrets. */

import { exitCode, OddlineError } from "../io/errors.js";
import { type Patience, patienceDefault, sendPatiently, serverOf } from "../io/http.js";
import { type Environment, readSecret, serverUrl } from "../io/secrets.js";
import type { Notification } from "./alert.js";
import { alertmanagerPayload } from "./alertmanager.js";
import { slackPayload } from "./slack.js";
import { webhookPayload } from "./webhook.js";

export interface Receiver {
  name: "slack" | "alertmanager" | "webhook";
  /** Wants to hear of what goes on each round, not only of changes. */
  everyRound: boolean;
  payload(notification: Notification): unknown;
  /** Resolves once it was taken; else rejects with an error that holds no secret. */
  send(notification: Notification): Promise<void>;
}

export interface ReceiverOptions {
  slack?: boolean;
  slackWebhookFile?: string;
  alertmanager?: string;
  /** True where its address is in the environment. */
  webhook?: string | boolean;
  /** Alertmanager's; see alertmanagerPayload. */
  holdSeconds: number;
}

export function receiversOf(
  options: ReceiverOptions,
  environment: Environment,
  patience: Patience = patienceDefault,
): Receiver[] {
  const receivers: Receiver[] = [];
  if (options.slack || options.slackWebhookFile) {
    const name = "ODDLINE_SLACK_WEBHOOK";
    const secret = readSecret(name, options.slackWebhookFile ? {} : environment, options.slackWebhookFile);
    if (!secret) throw missing("--slack", `the webhook's address in ${name} or ${name}_FILE`);
    const url = serverUrl(secret, "the Slack webhook");
    receivers.push(receiver("slack", url, {}, patience, slackPayload));
  }
  if (options.alertmanager) {
    const url = serverUrl(options.alertmanager, "--alertmanager");
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v2/alerts`;
    const headers = authorization("ODDLINE_ALERTMANAGER", environment);
    const payload = (notification: Notification) => alertmanagerPayload(notification, Date.now(), options.holdSeconds);
    receivers.push({ ...receiver("alertmanager", url, headers, patience, payload), everyRound: true });
  }
  if (options.webhook) {
    const name = "ODDLINE_WEBHOOK_URL";
    const text = typeof options.webhook === "string" ? options.webhook : readSecret(name, environment);
    if (!text) throw missing("--webhook", `its address, or ${name} or ${name}_FILE`);
    const url = serverUrl(text, "the webhook");
    receivers.push(receiver("webhook", url, authorization("ODDLINE_WEBHOOK", environment), patience, webhookPayload));
  }
  return receivers;
}

function receiver(
  name: Receiver["name"],
  url: URL,
  headers: Record<string, string>,
  patience: Patience,
  payload: (notification: Notification) => unknown,
): Receiver {
  return {
    name,
    everyRound: false,
    payload,
    async send(notification) {
      const body = JSON.stringify(payload(notification));
      const request = {
        method: "POST" as const,
        url,
        headers: { "content-type": "application/json", ...headers },
        body,
      };
      const { status } = await sendPatiently(request, patience).catch((error: Error) => {
        throw undelivered(name, url, error.message);
      });
      // The answer's text may repeat what was sent, so only its status is shown.
      if (status < 200 || status > 299) throw undelivered(name, url, `status ${status}`);
    },
  };
}

/** PREFIX_TOKEN(_FILE), or PREFIX_USERNAME with PREFIX_PASSWORD(_FILE); PREFIX_ORG_ID for Mimir's tenants. */
function authorization(prefix: string, environment: Environment): Record<string, string> {
  const headers: Record<string, string> = {};
  const tenant = environment[`${prefix}_ORG_ID`];
  if (tenant) headers["X-Scope-OrgID"] = tenant;
  const token = readSecret(`${prefix}_TOKEN`, environment);
  const user = environment[`${prefix}_USERNAME`];
  if (token) headers.Authorization = `Bearer ${token}`;
  else if (user) {
    const password = readSecret(`${prefix}_PASSWORD`, environment) ?? "";
    headers.Authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }
  return headers;
}

function undelivered(name: string, url: URL, found: string): OddlineError {
  return new OddlineError("ALERT_UNDELIVERED", {
    subject: `${name} at ${serverOf(url)}`,
    expected: "the alert to be accepted",
    found,
    remedy: "check the receiver and its URL; with --state, the alert is resent in the next run",
  });
}

function missing(subject: string, expected: string): OddlineError {
  return new OddlineError("RECEIVER_INCOMPLETE", {
    subject,
    expected,
    found: "nothing",
    remedy: "set the variable (a command-line option would be visible in the process list)",
    exit: exitCode.usage,
  });
}
