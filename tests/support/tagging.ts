/** What the filter says of lines. */
import { Engine, type EngineCounts } from "../../host/wasm/engine.js";

const arrivalSeconds = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);

/** The tag of each event that is written, undefined where it has none. */
export function tagsOf<Tag>(
  engine: Engine,
  text: string,
  { flags = 0, seconds = arrivalSeconds } = {},
): (Tag | undefined)[] {
  const outputs = [...engine.tag(Buffer.from(text), { flags, seconds })].map(({ output }) => output);
  const events = Buffer.concat(outputs).toString().split("\n").filter(Boolean);
  return events.map((event) => JSON.parse(event).anomaly);
}

export function countsOf(model: Uint8Array, text: string): EngineCounts {
  const engine = new Engine(5n);
  engine.useModel(model, "learnt here");
  for (const _ of engine.tag(Buffer.from(text), { flags: 0, seconds: arrivalSeconds }));
  return engine.counts();
}
