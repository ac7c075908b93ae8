/**
 * Who calls one destination after the other at the same interval, on the same port: monitoring, health checks, clients
 * of services whose addresses change. One more destination that is called so is no news.
 */

interface Call {
  source: string;
  port: number;
  seconds: number;
}

/** Of so many destinations: a single one excuses no other. */
const destinationsMin = 3;
/** A step of the interval; the steps beside it are alike as well. */
const stepFactor = 1.2;
const callersMax = 16_384;

export class SteadyCalls {
  private readonly destinations = new Map<string, Set<string>>();

  note(destination: string, { source, port, seconds }: Call): void {
    const name = nameOf(source, port, stepOf(seconds));
    const known = this.destinations.get(name);
    if (known && known.size < destinationsMin) known.add(destination);
    else if (!known && this.destinations.size < callersMax) this.destinations.set(name, new Set([destination]));
  }

  /** The first in order, so that the order of the flows does not show. */
  names(most: number): string[] {
    const called = [...this.destinations].filter(([, destinations]) => destinations.size >= destinationsMin);
    return called
      .map(([name]) => name)
      .sort()
      .slice(0, most);
  }
}

/** The names under which calls like these may be known. */
export function namesLike({ source, port, seconds }: Call): string[] {
  const step = stepOf(seconds);
  return [step - 1, step, step + 1].map((near) => nameOf(source, port, near));
}

function nameOf(source: string, port: number, step: number): string {
  return `${source} ${port} ${step}`;
}

function stepOf(seconds: number): number {
  return Math.round(Math.log(seconds) / Math.log(stepFactor));
}
