/**
 * The bytes that bodies at work hold together: counted as they arrive, as they unpack and as they are written, never as
 * they are announced. Where they would be too many, the largest body that can still be given up goes, so that the
 * ordinary ones of others find room whatever a few large ones do.
 */
export class ByteBudget {
  private used = 0;
  private readonly holdings = new Set<Holding>();

  constructor(readonly bytesMax: number) {}

  get bytes(): number {
    return this.used;
  }

  open(): Holding {
    const holding = new Holding(this);
    this.holdings.add(holding);
    return holding;
  }

  /** Gives up the one that has been on its way for longest, where that is `milliseconds` at least. */
  giveUpSlowest(milliseconds: number): boolean {
    for (const holding of this.holdings) {
      if (performance.now() - holding.since < milliseconds) return false; // a set is in the order of opening
      if (holding.giveUp("the one longest on its way of too many")) return true;
    }
    return false;
  }

  /** Makes room for `bytes` more of `one`; a body that is alone has room, however large. */
  makeRoom(one: Holding, bytes: number): boolean {
    while (this.used + bytes > this.bytesMax && this.used > one.bytes) {
      let largest: Holding | undefined;
      for (const other of this.holdings) {
        if (other.canBeGivenUp && other.bytes > (largest?.bytes ?? one.bytes + bytes)) largest = other;
      }
      if (!largest?.giveUp(`the largest of over ${this.bytesMax} bytes at work`)) return false;
    }
    return true;
  }

  add(bytes: number): void {
    this.used += bytes;
  }

  forget(holding: Holding): void {
    this.holdings.delete(holding);
  }
}

/** What one request holds. */
export class Holding {
  readonly since = performance.now();
  private held = 0;
  isClosed = false;
  private onGivenUp: ((reason: string) => void) | undefined;

  constructor(private readonly budget: ByteBudget) {}

  get bytes(): number {
    return this.held;
  }

  get canBeGivenUp(): boolean {
    return this.onGivenUp !== undefined;
  }

  /** From now on it may have to make room for others; `undefined`: not any more. */
  mayBeGivenUp(how: ((reason: string) => void) | undefined): void {
    this.onGivenUp = this.isClosed ? undefined : how;
  }

  giveUp(reason: string): boolean {
    const how = this.onGivenUp;
    if (!how) return false;
    this.close();
    how(reason);
    return true;
  }

  /** So many bytes more, or false where there is no room for them. */
  take(bytes: number): boolean {
    if (!this.budget.makeRoom(this, bytes)) return false;
    this.add(bytes);
    return true;
  }

  /** For what cannot be done without any more: others wait for it. */
  add(bytes: number): void {
    if (this.isClosed) return;
    this.held += bytes;
    this.budget.add(bytes);
  }

  close(): void {
    this.add(-this.held);
    this.isClosed = true;
    this.onGivenUp = undefined;
    this.budget.forget(this);
  }
}
