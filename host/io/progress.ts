/** A progress bar on stderr, only where stderr is a terminal; results own stdout. */
import { SingleBar } from "cli-progress";

export interface Progress {
  advance(by: number): void;
  stop(): void;
}

const silent: Progress = { advance() {}, stop() {} };

/** `total` in `unit` (bytes are shown as MiB); undefined where the input's size is not known. */
export function startProgress(label: string, total: number | undefined, unit: "bytes" | "lines"): Progress {
  if (!process.stderr.isTTY || !total) return silent;
  const scale = unit === "bytes" ? 1 << 20 : 1;
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% | {value}/{total} ${unit === "bytes" ? "MiB" : unit} | {eta_formatted} left`,
    hideCursor: true,
    stream: process.stderr,
    clearOnComplete: true,
  });
  bar.start(Math.ceil(total / scale), 0);
  let done = 0;
  return {
    advance(by) {
      done += by;
      bar.update(Math.min(Math.ceil(total / scale), Math.round(done / scale)));
    },
    stop: () => bar.stop(),
  };
}
