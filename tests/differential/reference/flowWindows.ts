/**
 * When windows of network flows are reported inline (assembly/detect/network/flowWindows.ts), over plain maps that lose
 * nothing; the sums are those of `oddline network`, and certainty looks at every leaf.
 */
import {
  type IsolationForest,
  leaf,
  pathNormaliser,
  pathSum,
  pathSumOfScore,
} from "../../../host/math/isolationForest.js";
import type { NetworkForest } from "../../../host/model/forestSection.js";
import type { Flow } from "../../../host/network/flow.js";
import { type EntityWindow, FlowTable } from "../../../host/network/flowTable.js";
import { findTrouble } from "../../../host/network/kinds.js";
import { rowOf } from "../../../host/network/usual.js";

const lateWindows = 2;
const lookBackWindows = 12;
const lateInRowMax = 64;

interface Sum {
  key: string;
  window: number;
  table: FlowTable;
  nextFlows: number;
  nextBytes: number;
  isReported: boolean;
  dirty: boolean;
  /** Of the bytes sent: by requests whose replies are still to come. */
  awaiting: number;
}

export interface ReportedWindow {
  key: string;
  /** Unix seconds. */
  windowStart: number;
  score: number;
  bytes: number;
}

export class ReferenceFlowWindows {
  readonly sums = new Map<string, Sum>();
  private clock: number | undefined;
  private lastWindow = 0;
  private lateInRow = 0;
  private readonly alertPathSum: number;

  constructor(private readonly network: NetworkForest) {
    this.alertPathSum = pathSumOfScore(network.alertScore, pathNormaliser(network.forest));
  }

  take(flow: Flow, seconds: number): ReportedWindow | undefined {
    const window = Math.floor(seconds / this.network.windowSeconds);
    this.followTime(window);
    const { source, destination } = flow;
    const bySource = this.network.entity === "source";
    const key = bySource ? source : this.network.entity === "pair" ? `${source} ${destination}` : destination;
    const name = `${window} ${key}`;
    const isNew = !this.sums.has(name);
    const sum = this.sums.get(name) ?? {
      ...{ key, window, table: new FlowTable(1), nextFlows: 4, nextBytes: 2 ** 20, isReported: false, dirty: false },
      awaiting: 0,
    };
    this.sums.set(name, sum);
    const answered = this.settleSent(flow, key);
    sum.table.add(key, bySource ? destination : source, flow);
    if (flow.awaitsReply) sum.awaiting = Math.fround(sum.awaiting + Math.fround(flow.bytesOut));
    sum.dirty = true;
    const { bytes, flows } = valuesOf(sum);
    const isDue = flows >= sum.nextFlows || bytes >= sum.nextBytes;
    if (isDue) {
      sum.nextFlows = Math.max(sum.nextFlows, flows + Math.max(1, Math.floor(flows / 4)));
      sum.nextBytes = Math.max(sum.nextBytes, 2 * bytes);
    }
    let reported = this.isOver(window) ? this.look(sum, true) : isDue ? this.look(sum, false) : undefined;
    if (answered) reported ??= this.look(answered, this.isOver(answered.window));
    for (let back = 1; back <= lookBackWindows && (isNew || isDue); back++) {
      const earlier = this.sums.get(`${window - back} ${key}`);
      if (earlier && this.isOver(earlier.window)) reported ??= this.look(earlier, true);
    }
    return reported;
  }

  /** What the request of this reply sent was sent, or merely acknowledged what the reply brings. */
  private settleSent({ answers }: Flow, key: string): Sum | undefined {
    if (!answers || answers.sent.bytes === 0) return undefined;
    const { sent, isDownload } = answers;
    const sum = this.sums.get(`${Math.floor(sent.timeMs / 1000 / this.network.windowSeconds)} ${key}`);
    if (!sum) return undefined;
    sum.awaiting = Math.max(Math.fround(sum.awaiting - Math.fround(sent.bytes)), 0);
    if (isDownload) sum.table.withdraw(key, sent.bytes);
    return sum;
  }

  private isOver(window: number): boolean {
    return window < Math.max(0, this.clock! - lateWindows);
  }

  private followTime(window: number): void {
    const reached = this.clock === undefined ? window : Math.min(this.lastWindow, window);
    this.lastWindow = window;
    this.clock = Math.max(this.clock ?? 0, reached);
    this.lateInRow = window + lateWindows + lookBackWindows < this.clock ? this.lateInRow + 1 : 0;
    if (this.lateInRow < lateInRowMax) return;
    this.clock = window;
    this.lateInRow = 0;
  }

  private look(sum: Sum, over: boolean): ReportedWindow | undefined {
    if (over) sum.awaiting = 0;
    if (sum.isReported || !sum.dirty) return undefined;
    const { forest, features, windowSeconds, minFlows, entity } = this.network;
    const values = valuesOf(sum);
    if (values.flows < minFlows && values.bytes < 2 ** 20) return undefined;
    const usual = this.network.usual;
    const usualRow = usual && rowOf(usual.own, usual.salt, sum.key);
    const trouble = usualRow && findTrouble(values, usualRow, sum.window * windowSeconds * 1000, entity);
    const row = Float32Array.from(features, (feature) => values[feature]);
    const paths = pathSum(forest, row);
    const alertPathSum = usualRow?.alertPathSum ?? this.alertPathSum;
    if (!trouble && paths >= alertPathSum) {
      sum.dirty = sum.awaiting > 0;
      return undefined;
    }
    if (!trouble && !over && longestPaths(forest, row) >= alertPathSum) return undefined;
    sum.isReported = true;
    const decisionOf = (pathSum: number) => 0.5 - 2 ** (-pathSum / pathNormaliser(forest));
    const below = (decisionOf(alertPathSum) - decisionOf(paths)) / 0.1;
    const score = 1 + (trouble ? Math.log2(trouble.ratio) : below);
    return { key: sum.key, windowStart: sum.window * windowSeconds, score, bytes: values.bytes };
  }
}

/** As they are certain. */
export function valuesOf({ table, awaiting }: Pick<Sum, "table" | "awaiting">): EntityWindow["values"] {
  const [{ values }] = table.entities();
  return { ...values, bytesOut: Math.max(values.bytesOut - awaiting, 0) };
}

/** Sum over the trees of the longest path to a leaf that larger numbers can still reach. */
function longestPaths(forest: IsolationForest, row: Float32Array): number {
  const { features, thresholds, rightIndexes, pathLengths } = forest;
  const longest = (node: number): number => {
    if (features[node] === leaf) return pathLengths[node];
    const right = longest(rightIndexes[node]);
    return row[features[node]] <= thresholds[node] ? Math.max(right, longest(node + 1)) : right;
  };
  return forest.rootIndexes.reduce((sum, root) => sum + longest(root), 0);
}
