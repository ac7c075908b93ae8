/** The table of docs/formats.md: what the filter finds in the samples of tests/data/formats/products.jsonl. */
import { readFileSync } from "node:fs";
import { Engine } from "../../host/wasm/engine.js";
import type { EventDetails } from "../../host/wasm/eventDetails.js";
import { formatFixtures } from "./fixtures.js";

const arrival = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);

/** Products in the table's order, and what their lines are recognised by. */
export const products: Record<string, string> = JSON.parse(
  readFileSync(new URL("../data/formats/products.json", import.meta.url), "utf8"),
);

const columns: [name: string, isFound: (event: EventDetails) => boolean][] = [
  ["time", ({ timeSeconds }) => timeSeconds !== null],
  ["key", ({ key }) => key !== null],
  ["level", ({ level }) => level !== null],
  ["status", ({ status }) => status !== null],
  ["flow", ({ flow }) => flow !== null],
];

/** Found in each sample, in some, in none. */
function share(events: EventDetails[], isFound: (event: EventDetails) => boolean): string {
  const found = events.filter(isFound).length;
  return found === events.length ? "yes" : found > 0 ? "some" : "–";
}

export function formatsTable(): string {
  const engine = new Engine();
  const fixtures = formatFixtures();
  const rows = Object.entries(products).map(([product, recognisedBy]) => {
    const own = fixtures.filter(({ of }) => of === product);
    const events = own.map(({ bytes }) => engine.explain(bytes, arrival)!);
    const formats = [...new Set(events.map(({ format }) => format))].sort().join(", ");
    return [product, recognisedBy, formats, ...columns.map(([, isFound]) => share(events, isFound))];
  });
  const head = ["lines of", "recognised by", "format", ...columns.map(([name]) => name)];
  return `${[head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}
