/** A progress bar on stderr, only where stderr is a terminal; results own stdout. */
import { SingleBar } from "cli-progress";
import { obeying } from "./terminal.js";

export interface Progress {
  advance(by: number): void;
  stop(): void;
}

const silent: Progress = { advance() {}, stop() {} };

const shownAs = { bytes: ["MiB", 1 << 20], lines: ["lines", 1], seconds: ["minutes", 60] } as const;

/** `total` in `unit`; undefined where the input's size is not known. */
export function startProgress(label: string, total: number | undefined, unit: keyof typeof shownAs): Progress {
  if (!process.stderr.isTTY || !total) return silent;
  const [name, scale] = shownAs[unit];
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% | {value}/{total} ${name} | {eta_formatted} left`,
    hideCursor: true,
    stream: obeying(process.stderr),
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
