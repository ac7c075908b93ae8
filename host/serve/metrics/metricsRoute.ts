/** `GET /metrics`, for Prometheus. */
import { answerText, type Route, type Service } from "../http/route.js";

export function metricsRoute({ metrics, judge }: Service): Route {
  metrics.gauge(
    "oddline_model_info",
    "1; the label is the version of the model in use.",
    () => 1,
    () => ({
      version: judge.modelVersion ?? "none",
    }),
  );
  metrics.gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  metrics.gauge("process_cpu_seconds_total", "CPU time, user and system.", cpuSeconds, () => ({}), "counter");
  const startSeconds = Date.now() / 1000 - process.uptime();
  metrics.gauge("process_start_time_seconds", "When the process began, Unix seconds.", () => startSeconds);
  return {
    method: "GET",
    path: "/metrics",
    handle: ({ response }) => answerText(response, 200, "text/plain; version=0.0.4", metrics.text()),
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
