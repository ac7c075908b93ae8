/** A notification as plain JSON, for receivers of one's own. */
import type { Notification } from "./alert.js";

export function webhookPayload({ status, alerts }: Notification): unknown {
  return {
    version: 1,
    source: "oddline",
    status,
    alerts: alerts.map(({ subject, link, culprit, ...alert }) => ({
      ...(culprit ? { source: culprit } : {}),
      ...subject,
      ...alert,
      link: link ?? null,
    })),
  };
}
