/**
 * Long work goes in slices of some milliseconds, and between two slices everything else that waits has its turn: other
 * requests, probes, the supervisor's signs of life.
 */
/** Behind all that is waiting now. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** So many at a time, in the order they came; the others wait. */
export class Lane {
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(private readonly width = 1) {}

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.width) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      await nextTurn();
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

/**
 * How many bytes make a slice of about the aim: by how long the last ones took, for a byte costs a hundredfold in some.
 */
export class SliceSize {
  private bytes: number;

  constructor(
    private readonly aimMilliseconds = 20,
    private readonly bytesMin = 16 << 10,
    private readonly bytesMax = 1 << 20,
  ) {
    this.bytes = bytesMax / 4;
  }

  get next(): number {
    return this.bytes;
  }

  took(milliseconds: number): void {
    const factor = Math.min(2, Math.max(0.25, this.aimMilliseconds / Math.max(0.1, milliseconds)));
    this.bytes = Math.floor(Math.min(this.bytesMax, Math.max(this.bytesMin, this.bytes * factor)));
  }
}
