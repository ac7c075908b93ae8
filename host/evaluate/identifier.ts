/** Finds which identifier groups the lines of a log, where nobody says. */

/** Lines that are looked at. */
export const linesLookedAt = 20_000;
/** So many sessions of so many lines each, at least; else it is a constant, or an address of one line. */
const sessionsMin = 10;
const linesPerSessionMin = 2;

const uuid = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
/** What may be an identifier: a UUID; a name, a sign and digits (`blk_-4711`, `order-17`, `session=91a3`). */
const candidates = new RegExp(`${uuid}|\\b([A-Za-z]{2,20}(?:[_-]|=|: ?))-?[0-9][0-9A-Za-z_-]*`, "g");

/** The source of a regular expression that finds it; undefined where no identifier stands in enough lines. */
export function findIdentifier(lines: readonly string[]): string | undefined {
  const kinds = new Map<string, { lines: number; values: Set<string> }>();
  for (const line of lines) {
    const met = new Set<string>();
    for (const [value, name = ""] of line.matchAll(candidates)) {
      let kind = kinds.get(name);
      if (!kind) {
        kind = { lines: 0, values: new Set() };
        kinds.set(name, kind);
      }
      kind.values.add(value);
      if (!met.has(name)) kind.lines++;
      met.add(name);
    }
  }
  const usable = [...kinds].filter(
    ([, { lines, values }]) => values.size >= sessionsMin && lines >= linesPerSessionMin * values.size,
  );
  const [best] = usable.sort(([a, { lines: x }], [b, { lines: y }]) => y - x || (a < b ? -1 : 1));
  if (!best) return undefined;
  const [name] = best;
  return name === "" ? uuid : `\\b${name.replace(/-/g, "\\-")}-?[0-9][0-9A-Za-z_-]*`;
}
