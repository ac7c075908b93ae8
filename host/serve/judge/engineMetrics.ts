/** What every judge counts: failures of its engines, which are returned, and what the engines count themselves. */
import type { EngineCounts } from "../../wasm/engine.js";
import type { Counter, Metrics } from "../observe/metrics.js";

export function engineMetrics(metrics: Metrics, engines: () => readonly EngineCounts[]): Counter {
  const counted = (name: string, help: string, read: (counts: EngineCounts) => number) => {
    const total = () => engines().reduce((sum, counts) => sum + read(counts), 0);
    metrics.gauge(name, help, total, undefined, "counter");
  };
  const failures = metrics.counter(
    "oddline_engine_failures_total",
    "Errors inside the filter; events went on untagged.",
  );
  counted(
    "oddline_cache_hits_total",
    "Events scored from the cache because their signature was seen recently.",
    ({ cacheHits }) => cacheHits,
  );
  counted(
    "oddline_news_muted_total",
    "Structural changes that were not tagged because the same one had been reported often enough.",
    ({ muted }) => muted,
  );
  counted("oddline_events_late_total", "Events older than the window, which were not counted.", ({ late }) => late);
  return failures;
}
