/**
 * Counters, gauges and histograms in Prometheus' text format 0.0.4. Sixty lines instead of a dependency: prom-client
 * brings OpenTelemetry's API along for what is, here, a map and a join.
 */
type Labels = Record<string, string>;

interface Family {
  type: "counter" | "gauge" | "histogram";
  help: string;
  series: Map<string, () => string>;
}

export interface Counter {
  add(by?: number): void;
}
export interface Histogram {
  observe(seconds: number): void;
}

const bucketSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class Metrics {
  private readonly families = new Map<string, Family>();
  private readonly counters = new Map<string, Counter>();

  counter(name: string, help: string, labels: Labels = {}): Counter {
    const id = name + labelText(labels);
    const known = this.counters.get(id);
    if (known) return known;
    let value = 0;
    const counter: Counter = {
      add(by = 1) {
        value += by;
      },
    };
    this.counters.set(id, counter);
    this.register(name, "counter", help, labels, () => `${id} ${value}`);
    return counter;
  }

  /** Read when it is asked for; undefined leaves it out. */
  gauge(
    name: string,
    help: string,
    read: () => number | undefined,
    labels: () => Labels = () => ({}),
    type: "gauge" | "counter" = "gauge",
  ): void {
    this.register(name, type, help, {}, () => {
      const value = read();
      return value === undefined ? "" : `${name}${labelText(labels())} ${value}`;
    });
  }

  histogram(name: string, help: string): Histogram {
    const counts = new Array<number>(bucketSeconds.length + 1).fill(0);
    let sum = 0;
    this.register(name, "histogram", help, {}, () => {
      let below = 0;
      const lines = counts.map((count, i) => {
        below += count;
        return `${name}_bucket{le="${bucketSeconds[i] ?? "+Inf"}"} ${below}`;
      });
      return [...lines, `${name}_sum ${sum}`, `${name}_count ${below}`].join("\n");
    });
    return {
      observe(seconds) {
        const bucket = bucketSeconds.findIndex((bound) => seconds <= bound);
        counts[bucket < 0 ? bucketSeconds.length : bucket]++;
        sum += seconds;
      },
    };
  }

  private register(name: string, type: Family["type"], help: string, labels: Labels, print: () => string): void {
    const family = this.families.get(name) ?? { type, help, series: new Map() };
    family.series.set(labelText(labels), print);
    this.families.set(name, family);
  }

  text(): string {
    const lines: string[] = [];
    for (const [name, { type, help, series }] of this.families) {
      const values = [...series.values()].map((print) => print()).filter((line) => line !== "");
      if (values.length > 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values);
    }
    return `${lines.join("\n")}\n`;
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}
