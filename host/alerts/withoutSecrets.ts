/**
 * A notification as it may leave for a service of others. A host's name is text from a log, and a URL or a token can
 * stand in its field.
 */
import { redactSecrets } from "../io/redact.js";
import type { Alert, Notification } from "./alert.js";

export function withoutSecrets({ status, alerts }: Notification): Notification {
  return { status, alerts: alerts.map(alertWithoutSecrets) };
}

function alertWithoutSecrets(alert: Alert): Alert {
  const subject = Object.fromEntries(
    Object.entries(alert.subject).map(([name, value]) => [name, redactSecrets(value)]),
  );
  const isSame = Object.entries(subject).every(([name, value]) => value === alert.subject[name]);
  return {
    ...alert,
    subject,
    culprit: alert.culprit === undefined ? undefined : redactSecrets(alert.culprit),
    peers: alert.peers?.map(redactSecrets),
    reason: redactSecrets(alert.reason),
    text: redactSecrets(alert.text),
    // its query names the subject
    link: isSame ? alert.link : undefined,
  };
}
