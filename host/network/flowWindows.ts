/**
 * Flows into windows aligned to the epoch, one table a window. Files are rarely in order of time (Zeek writes a
 * connection when it ends, stamped with its start), so windows stay open until memory or the caller closes them.
 */
import type { Entity } from "../model/networkFeatures.js";
import type { Flow } from "./flow.js";
import { type EntityWindow, FlowTable, slotsMaxDefault } from "./flowTable.js";
import type { SummedWindow } from "./windowSummary.js";

/**
 * Over all open windows: some 45 MB, kept for the next windows. Days of five-minute windows of a few destinations each
 * stay open.
 */
const openSlotsMax = 98_304;

/** A flow of days is in so many windows, the last of them with what is left. */
const spreadWindowsMax = 288;

export interface ClosedWindow extends EntityWindow {
  startMs: number;
}

export interface WindowOptions {
  windowSeconds: number;
  entity: Entity;
  slotsMax?: number;
  openSlotsMax?: number;
  /** Windows are looked at while they are handed over, and not afterwards. */
  recycles?: boolean;
}

export class FlowWindows {
  /** Flows that came after their window was closed. */
  lateFlows = 0;
  displacedFlows = 0;
  /** No window before this one is open any more. */
  private closedBeforeMs = Number.NEGATIVE_INFINITY;
  private readonly open = new Map<number, FlowTable>();
  private readonly windowMs: number;
  private openSlots = 0;
  /** The table that was made last: the next window will be like it, or need half of it. */
  private newest: FlowTable | undefined;

  constructor(
    private readonly options: WindowOptions,
    private readonly onClose: (window: ClosedWindow) => void,
  ) {
    this.windowMs = options.windowSeconds * 1000;
  }

  /** As `add`; a flow that is known to last longer than a window is in each of its windows with its share of them. */
  addSpread(flow: Flow, timeMs: number): void {
    this.takeBack(flow, (sent) => this.spread(sent, sent.timeMs!, (part, partMs) => this.withdraw(part, partMs)));
    this.spread(flow, timeMs, (part, partMs) => this.put(part, partMs));
  }

  private spread(flow: Flow, startMs: number, take: (flow: Flow, timeMs: number) => void): void {
    const { bytes, bytesOut, durationSeconds } = flow;
    if (!flow.startsAtTime || durationSeconds * 1000 <= this.windowMs) {
      take(flow, startMs);
      return;
    }
    const endMs = startMs + Math.min(durationSeconds * 1000, spreadWindowsMax * this.windowMs);
    let before = 0;
    for (let fromMs = startMs; fromMs < endMs; ) {
      const toMs = Math.min(endMs, windowStart(fromMs, this.windowMs) + this.windowMs);
      const part = (toMs - startMs) / (endMs - startMs);
      const share = (whole: number) => Math.round(whole * part) - Math.round(whole * before);
      const sums = {
        bytes: share(bytes),
        bytesOut: share(bytesOut),
        durationSeconds: durationSeconds * (part - before),
      };
      const continues = fromMs > startMs;
      take({ ...flow, ...sums, continues, failed: flow.failed && !continues }, fromMs);
      before = part;
      fromMs = toMs;
    }
  }

  add(flow: Flow, timeMs: number): void {
    this.takeBack(flow, (sent) => this.withdraw(sent, sent.timeMs!));
    this.put(flow, timeMs);
  }

  /** What the request of a download counted as sent merely acknowledged it. */
  private takeBack(flow: Flow, withdraw: (sent: Flow) => void): void {
    if (!flow.answers?.isDownload) return;
    const { sent } = flow.answers;
    withdraw({ ...flow, ...sent, bytesOut: sent.bytes });
  }

  private withdraw(flow: Flow, timeMs: number): void {
    this.open.get(windowStart(timeMs, this.windowMs))?.withdraw(this.keyOf(flow), flow.bytesOut);
  }

  private put(flow: Flow, timeMs: number): void {
    const table = this.tableAt(timeMs);
    if (!table) {
      this.lateFlows++;
      return;
    }
    const slotsBefore = table.slotCount;
    const { source, destination } = flow;
    table.add(this.keyOf(flow), this.options.entity === "source" ? destination : source, flow);
    this.keepInBounds(table.slotCount - slotsBefore);
  }

  private keyOf({ source, destination }: Flow): string {
    if (this.options.entity === "destination") return destination;
    return this.options.entity === "source" ? source : `${source} ${destination}`;
  }

  /** Part of a window that was summed elsewhere; they come in order of time. */
  merge({ startMs, key, sums }: SummedWindow): void {
    if (startMs > this.closedBeforeMs) this.closeBefore(startMs);
    const table = this.tableAt(startMs)!;
    const slotsBefore = table.slotCount;
    table.merge(key, sums);
    this.keepInBounds(table.slotCount - slotsBefore);
  }

  /** The open table of that time, made where there was none; undefined where it is closed. */
  private tableAt(timeMs: number): FlowTable | undefined {
    const startMs = windowStart(timeMs, this.windowMs);
    if (startMs < this.closedBeforeMs) return undefined;
    const known = this.open.get(startMs);
    if (known) return known;
    const table = new FlowTable(this.options.slotsMax ?? slotsMaxDefault, (this.newest?.slotCount ?? 0) / 2);
    this.newest = table;
    this.open.set(startMs, table);
    this.openSlots += table.slotCount;
    return table;
  }

  private keepInBounds(slotsMore: number): void {
    this.openSlots += slotsMore;
    while (this.openSlots > (this.options.openSlotsMax ?? openSlotsMax) && this.open.size > 1) this.closeOldest();
  }

  /** Closes, oldest first, every window that ends at or before this time. */
  closeBefore(timeMs: number): void {
    for (const startMs of [...this.open.keys()].sort((a, b) => a - b)) {
      if (startMs + this.windowMs <= timeMs) this.close(startMs);
    }
    this.closedBeforeMs = Math.max(this.closedBeforeMs, windowStart(timeMs, this.windowMs));
  }

  /** Start of the newest window there was. */
  get newestStartMs(): number {
    return Math.max(this.closedBeforeMs - this.windowMs, ...this.open.keys());
  }

  /** What all open windows hold. */
  get openSlotCount(): number {
    return this.openSlots;
  }

  /** Windows before this time are closed for good. */
  get openFromMs(): number {
    return this.closedBeforeMs;
  }

  closeAll(): void {
    for (const startMs of [...this.open.keys()].sort((a, b) => a - b)) this.close(startMs);
  }

  /** What the bounds cost, for the operator. */
  describe(): string[] {
    const notes: string[] = [];
    if (this.lateFlows > 0) notes.push(`${this.lateFlows} flows came after their window was closed and were left out`);
    if (this.displacedFlows > 0) {
      notes.push(
        `${this.displacedFlows} flows of the lightest talkers were left out: more of them than a window holds`,
      );
    }
    return notes;
  }

  private closeOldest(): void {
    this.close(Math.min(...this.open.keys()));
  }

  private close(startMs: number): void {
    const table = this.open.get(startMs)!;
    this.open.delete(startMs);
    this.openSlots -= table.slotCount;
    this.displacedFlows += table.displacedFlows;
    this.closedBeforeMs = Math.max(this.closedBeforeMs, startMs + this.windowMs);
    for (const entity of table.entities()) this.onClose({ startMs, ...entity });
    if (this.options.recycles) table.recycle();
  }
}

export function windowStart(timeMs: number, windowMs: number): number {
  return Math.floor(timeMs / windowMs) * windowMs;
}
