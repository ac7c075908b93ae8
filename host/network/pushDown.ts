/**
 * The seed's single feature summed by Loki itself, so that no line crosses the wire. Only where that gives the very
 * numbers that reading gives: every line of the window must have the three fields in a form both understand alike, and
 * Loki counts whether it does. Otherwise undefined, and the lines are read.
 */
import { type LokiApi, type LokiSample, TooManySeries } from "../loki/api.js";
import type { FeatureName } from "../model/networkFeatures.js";
import type { ClosedWindow } from "./flowWindows.js";
import { canonicalAddress } from "./inputs/address.js";

/**
 * In a raw string of LogQL, so without a backtick. Unquoted or in double quotes, then blank, comma, semicolon or end.
 */
const before = "(?:^|[\\s,;])";
const after = "(?:[\\s,;]|$)";
const quotedOrBare = (value: string) => `(?:"${value}"|${value})`;
const address = "[0-9A-Fa-f.:]{2,45}";
const digits = "\\d{1,15}";

/** Lines that both read alike: each field once, no JSON, no second spelling. */
const strictStages = [
  // Pairs from the beginning on, as the filter wants them.
  "|~ `^[A-Za-z_][\\w.]{0,38}=\\S+\\s+[A-Za-z_][\\w.]{0,38}=`",
  `|~ \`${before}src_ip=${quotedOrBare(address)}${after}\``,
  `|~ \`${before}dst_ip=${quotedOrBare(address)}${after}\``,
  `|~ \`${before}bytes=${quotedOrBare(digits)}${after}\``,
  "!~ `(?i)[{\\t]|src_ip\\s?=.*src_ip\\s?=|dst_ip\\s?=.*dst_ip\\s?=|\\bbytes\\s?=.*\\bbytes\\s?=`",
].join(" ");
/** Names that no stream has, or Loki would put them aside. */
const destinationStage = `| regexp \`${before}dst_ip="?(?P<oddline_destination>${address})\``;
const bytesStage = `| regexp \`${before}bytes="?(?P<oddline_bytes>${digits})\``;

/** The windows of [startMs, startMs + window), as `FlowTable` would have summed them. */
export async function pushedDownWindow(
  api: LokiApi,
  query: string,
  startMs: number,
  windowSeconds: number,
): Promise<ClosedWindow[] | undefined> {
  // A range reaches back from its time, which it includes: a nanosecond less, and it is the window.
  const timeNs = BigInt(startMs + windowSeconds * 1000) * 1_000_000n - 1n;
  const range = `[${windowSeconds}s]`;
  const count = async (pipeline: string) =>
    (await api.vector(`sum(count_over_time(${pipeline} ${range}))`, timeNs))[0]?.value ?? 0;
  const lines = await count(query);
  if (lines === 0) return [];
  const strict = `${query} ${strictStages}`;
  if ((await count(strict)) !== lines) return undefined;
  const fields = `${strict} ${destinationStage} ${bytesStage}`;
  try {
    const bytes = await api.vector(
      `sum by (oddline_destination) (sum_over_time(${fields} | unwrap oddline_bytes ${range}))`,
      timeNs,
    );
    const flows = await api.vector(`sum by (oddline_destination) (count_over_time(${fields} ${range}))`, timeNs);
    return windowsOf(startMs, bytes, flows);
  } catch (error) {
    if (error instanceof TooManySeries) return undefined;
    throw error;
  }
}

function windowsOf(startMs: number, bytes: LokiSample[], flows: LokiSample[]): ClosedWindow[] | undefined {
  const sums = new Map<string, { bytes: number; flows: number }>();
  const add = (samples: LokiSample[], field: "bytes" | "flows") => {
    for (const { labels, value } of samples) {
      // Two spellings of one address are one destination; what is none was never a flow.
      const key = canonicalAddress(labels.oddline_destination ?? "");
      if (key === undefined) return false;
      const sum = sums.get(key) ?? { bytes: 0, flows: 0 };
      sum[field] += value;
      sums.set(key, sum);
    }
    return true;
  };
  if (!add(bytes, "bytes") || !add(flows, "flows")) return undefined;
  return [...sums].map(([key, sum]) => ({
    startMs,
    key,
    tagged: false,
    values: { ...unknown, ...sum, bytesOut: sum.bytes },
  }));
}

/** Never looked at: the forest has seen bytes only. */
const unknown: Record<FeatureName, number> = {
  bytes: 0,
  flows: 0,
  ports: 0,
  peers: 0,
  bytesOut: 0,
  failed: 0,
  durationSeconds: 0,
};
