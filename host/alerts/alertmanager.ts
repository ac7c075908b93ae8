/**
 * Alerts for Alertmanager's v2 API (Prometheus Alertmanager, Mimir;
 * https://prometheus.io/docs/alerting/latest/clients/). It takes an alert for over once its `endsAt` has passed, so
 * alerts that go on are posted again each round. Grafana's built-in Alertmanager takes no posted alerts: deploy/ has
 * rules for it.
 */
import type { Alert, Notification } from "./alert.js";
import { withoutSecrets } from "./withoutSecrets.js";

/** `holdSeconds`: how long an alert stands without being posted again. */
export function alertmanagerPayload(notification: Notification, nowMs: number, holdSeconds: number): unknown {
  const { status, alerts } = withoutSecrets(notification);
  return alerts.map((alert) => ({
    labels: {
      alertname: "OddlineNetworkAnomaly",
      anomaly_type: "network",
      severity: alert.severity,
      ...alert.subject,
    },
    annotations: {
      summary: alert.text,
      reason: alert.reason,
      ...(alert.kind ? { kind: alert.kind } : {}),
      ...(alert.culprit ? { source: alert.culprit } : {}),
      bytes: `${alert.bytes}`,
      ...(alert.bytesOut === undefined
        ? {}
        : { bytes_out: `${alert.bytesOut}`, bytes_in: `${alert.bytes - alert.bytesOut}` }),
      flows: `${alert.flows}`,
      ...(alert.usual === undefined ? {} : { usual: `${alert.usual}` }),
      ...(alert.peers?.length ? { peers: alert.peers.join(", ") } : {}),
      ...(alert.ports?.length ? { ports: alert.ports.join(", ") } : {}),
      score: `${alert.score}`,
    },
    startsAt: alert.windowStart.replace("Z", ".000Z"),
    endsAt: new Date(status === "resolved" ? nowMs : nowMs + holdSeconds * 1000).toISOString(),
    ...generator(alert),
  }));
}

function generator({ link }: Alert) {
  return link ? { generatorURL: link } : {};
}
