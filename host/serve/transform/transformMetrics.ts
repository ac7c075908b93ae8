/** What /metrics says of the transform: events, what waits and for how long, and how far behind the events are. */
import type { Metrics } from "../observe/metrics.js";
import type { Prepared } from "./prepare.js";

interface Sources {
  heldBytes: () => number;
  kept: () => { batches: number; bytes: number };
}

const timestampMember = Buffer.from('"timestamp":"');
/** The last event is looked at, and of a long one only the end. */
const lookBytes = 4096;

export function transformMetrics(metrics: Metrics, { heldBytes, kept }: Sources) {
  const held = new Set<{ since: number }>();
  let lagSeconds: number | undefined;
  metrics.gauge(
    "oddline_transform_held_requests",
    "Requests held until the source behind has answered.",
    () => held.size,
  );
  metrics.gauge("oddline_transform_held_bytes", "Their bodies.", heldBytes);
  metrics.gauge("oddline_transform_oldest_held_seconds", "How long the oldest of them has waited.", () => {
    const [oldest] = held;
    return oldest ? (performance.now() - oldest.since) / 1000 : 0;
  });
  metrics.gauge("oddline_transform_lag_seconds", "Age of the last event when it came in.", () => lagSeconds);
  metrics.gauge("oddline_transform_kept_batches", "Batches kept for a retry.", () => kept().batches);
  metrics.gauge("oddline_transform_kept_bytes", "Their tagged events that are not delivered yet.", () => kept().bytes);
  const events = metrics.counter("oddline_transform_events_total", "Events judged; those of a retry once.");
  const tagged = metrics.counter("oddline_transform_tagged_total", "Events that were tagged.");
  const wrapped = metrics.counter("oddline_transform_wrapped_total", "Lines that were no JSON object.");
  const judging = metrics.histogram("oddline_transform_judge_seconds", "Time to decode and judge a batch.");
  const holding = metrics.histogram("oddline_transform_hold_seconds", "Time from the body to the answer.");
  return {
    joined: metrics.counter("oddline_transform_retries_total", "Requests that were a retry of a batch known already."),
    /** A request begins to be held; the result ends it. */
    hold(): () => void {
      const entry = { since: performance.now() };
      held.add(entry);
      return () => {
        held.delete(entry);
        holding.observe((performance.now() - entry.since) / 1000);
      };
    },
    count(prepared: Prepared, seconds: number, body: Buffer): void {
      events.add(prepared.events);
      tagged.add(prepared.tagged);
      wrapped.add(prepared.wrapped);
      judging.observe(seconds);
      lagSeconds = lagOf(body) ?? lagSeconds;
    },
  };
}

function lagOf(body: Buffer): number | undefined {
  const at = body.lastIndexOf(timestampMember);
  if (at < body.length - lookBytes || at < 0) return undefined;
  const start = at + timestampMember.length;
  const milliseconds = Date.parse(body.toString("latin1", start, body.indexOf(0x22, start)));
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, (Date.now() - milliseconds) / 1000);
}
