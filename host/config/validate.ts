/** Reads a YAML text against the description of the settings; collects every error before it throws. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { crossFieldViolations } from "./crossFieldRules.js";
import { ConfigurationError, type Diagnostic, type DiagnosticCode, didYouMean } from "./diagnostics.js";
import { defaultOf, formatDuration, type ObjectSetting, parseDuration, type Setting } from "./schema.js";
import { settings } from "./settings.js";

export interface Warning {
  line: number;
  column: number;
  message: string;
}

const diagnosticsMax = 20;
/** An unfinished flow or a tab would otherwise be reported over and over. */
const syntaxDiagnosticsMax = 5;

export function parseSettings(content: string, file: string): { value: Record<string, unknown>; warnings: Warning[] } {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, stringKeys: false });
  const reader = new Reader(document, lines);
  for (const error of document.errors.slice(0, syntaxDiagnosticsMax))
    reader.reportSyntax(error.code, error.pos[0], error.message);
  if (reader.diagnostics.length > 0) throw new ConfigurationError(file, reader.diagnostics);

  const root = document.contents;
  const empty = root === null || (isScalar(root) && root.value === null);
  const value = empty ? defaultOf(settings) : reader.read(settings, root as Node, "the file");
  if (reader.diagnostics.length === 0 && !empty) reader.checkCrossFieldRules(value as Record<string, unknown>);
  if (reader.diagnostics.length > 0) throw new ConfigurationError(file, reader.firstDiagnostics());
  return { value: value as Record<string, unknown>, warnings: reader.warnings };
}

class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly warnings: Warning[] = [];

  constructor(
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
  ) {}

  firstDiagnostics(): Diagnostic[] {
    return this.diagnostics.sort((a, b) => a.line - b.line || a.column - b.column).slice(0, diagnosticsMax);
  }

  reportSyntax(code: string, offset: number, message: string): void {
    const duplicate = code === "DUPLICATE_KEY";
    this.report(duplicate ? "CONFIG_DUPLICATE_KEY" : "CONFIG_SYNTAX", offset, {
      expected: duplicate ? "each setting once" : "YAML",
      found: duplicate ? "a setting that is given twice" : firstSentence(message),
      remedy: code === "TAB_AS_INDENT" ? "indent with spaces" : undefined,
    });
  }

  /** The value as the setting holds it; undefined where it is wrong. */
  read(setting: Setting, given: Node | null, name: string): unknown {
    const node = isAlias(given) ? (given.resolve(this.document) ?? null) : given;
    const at = (given ?? node)?.range?.[0] ?? 0;
    if (isAlias(given) && !node) {
      return this.report("CONFIG_SYNTAX", at, {
        expected: `an anchor &${given.source} before it`,
        found: `*${given.source}`,
      });
    }
    if (setting.kind === "object") return this.readObject(setting, node, at, name);
    // `known:` with nothing below it says nothing.
    if (setting.kind === "list" && isScalar(node) && node.value === null) return defaultOf(setting);
    if (setting.kind === "list") {
      if (!isSeq(node)) return this.wrongType(at, node, `a list (${name}: […], or lines that begin with -)`);
      return this.readList(setting.of, node, setting.itemsMax, name);
    }
    if (!isScalar(node)) return this.wrongType(at, node, expectationOf(setting));
    return this.readScalar(setting, node.value, at, name);
  }

  private readObject(setting: ObjectSetting, node: Node | null, at: number, name: string): unknown {
    if (setting.shorthand && isScalar(node) && node.value !== null) {
      const field = this.read(setting.fields[setting.shorthand], node, name);
      return { ...(defaultOf(setting) as object), [setting.shorthand]: field };
    }
    // `detectors:` with nothing below it says nothing.
    if (isScalar(node) && node.value === null && !setting.required) return defaultOf(setting);
    if (!isMap(node))
      return this.wrongType(at, node, `settings (${Object.keys(setting.fields).slice(0, 4).join(", ")}, …)`);
    const value = defaultOf(setting) as Record<string, unknown>;
    const stated = new Set<string>();
    for (const pair of node.items as Pair<Node, Node | null>[]) this.readPair(setting, pair, value, stated);
    this.checkPresence(setting, node, stated, at, name);
    return value;
  }

  private readPair(
    setting: ObjectSetting,
    pair: Pair<Node, Node | null>,
    value: Record<string, unknown>,
    stated: Set<string>,
  ) {
    const keyAt = pair.key?.range?.[0] ?? 0;
    const key = isScalar(pair.key) ? String(pair.key.value) : "";
    const field = Object.hasOwn(setting.fields, key) ? setting.fields[key] : undefined;
    if (!field) {
      const names = Object.keys(setting.fields);
      const meant = didYouMean(key, names);
      return this.report("CONFIG_UNKNOWN_KEY", keyAt, {
        expected: `one of ${names.join(", ")}`,
        found: JSON.stringify(key),
        remedy: meant ? `did you mean ${meant}?` : "remove it; oddline init lists all settings",
      });
    }
    stated.add(key);
    const read = this.read(field, pair.value ?? null, key);
    if (read !== undefined) value[key] = read;
  }

  private checkPresence(setting: ObjectSetting, node: YAMLMap, stated: Set<string>, at: number, name: string): void {
    for (const required of setting.required ?? []) {
      if (stated.has(required)) continue;
      this.report("CONFIG_MISSING_KEY", at, {
        expected: `${required} in each entry of ${name}`,
        found: "an entry without it",
      });
    }
    if (!setting.oneOf) return;
    const found = setting.oneOf.filter((one) => stated.has(one));
    if (found.length === 1) return;
    const second = node.items.find((pair) => isScalar(pair.key) && pair.key.value === found[1]);
    const place = ((second?.key as Node | undefined) ?? node).range?.[0] ?? at;
    this.report(found.length === 0 ? "CONFIG_MISSING_KEY" : "CONFIG_CONFLICT", place, {
      expected: `either ${setting.oneOf.join(" or ")}`,
      found: found.length === 0 ? "neither" : `both ${found.join(" and ")}`,
    });
  }

  private readList(of: Setting, node: YAMLSeq, itemsMax: number, name: string): unknown {
    if (node.items.length > itemsMax) {
      const at = (node.items[itemsMax] as Node).range?.[0] ?? 0;
      this.report("CONFIG_RANGE", at, {
        expected: `at most ${itemsMax} entries in ${name}`,
        found: `${node.items.length}`,
      });
      return undefined;
    }
    return node.items.map((item) => this.read(of, item as Node | null, name));
  }

  private readScalar(setting: Exclude<Setting, ObjectSetting>, found: unknown, at: number, name: string): unknown {
    switch (setting.kind) {
      case "boolean":
        return typeof found === "boolean" ? found : this.wrongType(at, found, "true or false");
      case "choice": {
        if (typeof found === "string" && setting.values.includes(found)) return found;
        const meant = didYouMean(String(found), setting.values);
        return this.report("CONFIG_VALUE", at, {
          expected: `one of ${setting.values.join(", ")}`,
          found: JSON.stringify(found),
          remedy: meant && `did you mean ${meant}?`,
        });
      }
      case "number": {
        if (typeof found !== "number" || !Number.isFinite(found))
          return this.wrongType(at, found, expectationOf(setting));
        const holds = found >= setting.min && found <= setting.max && (!setting.integer || Number.isInteger(found));
        if (!holds) return this.report("CONFIG_RANGE", at, { expected: expectationOf(setting), found: `${found}` });
        if (setting.constraint && !setting.constraint.holds(found)) {
          return this.report("CONFIG_VALUE", at, { expected: setting.constraint.expected, found: `${found}` });
        }
        return found;
      }
      case "text": {
        // A bare 404 or yes is a number or a truth value to YAML; as a text it has to be in quotes.
        if (typeof found !== "string") {
          const remedy =
            typeof found === "number" || typeof found === "boolean" ? `write "${found}" in quotes` : undefined;
          return this.report("CONFIG_TYPE", at, { expected: `a text for ${name}`, found: describe(found), remedy });
        }
        const bytes = Buffer.byteLength(found);
        if (bytes < setting.bytesMin || bytes > setting.bytesMax) {
          const expected = `${setting.bytesMin} to ${setting.bytesMax} bytes for ${name}`;
          return this.report("CONFIG_RANGE", at, { expected, found: `${bytes} bytes` });
        }
        if (setting.constraint && !setting.constraint.holds(found)) {
          return this.report("CONFIG_VALUE", at, {
            expected: setting.constraint.expected,
            found: JSON.stringify(found),
          });
        }
        return found;
      }
      case "duration": {
        const seconds = parseDuration(found);
        if (seconds === undefined) return this.wrongType(at, found, expectationOf(setting));
        if (seconds >= setting.minSeconds && seconds <= setting.maxSeconds && Number.isInteger(seconds)) return seconds;
        return this.report("CONFIG_RANGE", at, { expected: expectationOf(setting), found: `${found}` });
      }
      case "date": {
        const end = endOfDay(found);
        if (end !== undefined) return end;
        return this.report("CONFIG_VALUE", at, { expected: "a day such as 2026-12-31", found: describe(found) });
      }
      default:
        return undefined;
    }
  }

  /** What no single setting can say of itself. */
  checkCrossFieldRules(value: Record<string, unknown>): void {
    for (const { path, otherwise, code, expected, found, warning } of crossFieldViolations(value)) {
      const stated = this.document.getIn(path, true) ?? (otherwise && this.document.getIn(otherwise, true));
      const node = stated as Node | undefined;
      const parent = this.document.getIn(path.slice(0, -1), true) as Node | undefined;
      const at = node?.range?.[0] ?? parent?.range?.[0] ?? 0;
      if (warning) this.warnings.push({ ...this.place(at), message: warning });
      else this.report(code ?? "CONFIG_CONFLICT", at, { expected: expected ?? "", found: found ?? "" });
    }
  }

  private wrongType(at: number, found: unknown, expected: string): undefined {
    return this.report("CONFIG_TYPE", at, { expected, found: describe(found) });
  }

  private report(
    code: DiagnosticCode,
    offset: number,
    parts: { expected: string; found: string; remedy?: string },
  ): undefined {
    this.diagnostics.push({ code, ...this.place(offset), ...parts });
    return undefined;
  }

  private place(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function expectationOf(setting: Exclude<Setting, ObjectSetting>): string {
  switch (setting.kind) {
    case "number": {
      const constraint = setting.constraint ? `, ${setting.constraint.expected}` : "";
      return `${setting.integer ? "a whole number" : "a number"} from ${setting.min} to ${setting.max}${constraint}`;
    }
    case "duration": {
      const [least, most] = [formatDuration(setting.minSeconds), formatDuration(setting.maxSeconds)];
      return `a duration from ${least} to ${most}, such as 30s, 5m, 24h or 7d`;
    }
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${setting.values.join(", ")}`;
    case "date":
      return "a day such as 2026-12-31";
    case "text":
      return "a text";
    case "list":
      return "a list";
  }
}

function describe(found: unknown): string {
  if (found === null || found === undefined) return "nothing";
  if (isMap(found)) return "settings";
  if (isSeq(found)) return "a list";
  if (isScalar(found)) return describe(found.value);
  const shown = typeof found === "number" ? `${found}` : (JSON.stringify(found) ?? String(found));
  const kind = typeof found === "string" ? "the text" : typeof found === "number" ? "the number" : "";
  return `${kind} ${shown.length > 60 ? `${shown.slice(0, 57)}…` : shown}`.trim();
}

/** Unix seconds of the end of that day in UTC. */
function endOfDay(found: unknown): number | undefined {
  const match = typeof found === "string" ? /^(\d{4})-(\d{2})-(\d{2})$/.exec(found) : null;
  if (!match) return undefined;
  const start = Date.parse(`${found}T00:00:00Z`);
  // Date.parse turns 30 February into March or NaN; the day must come back as it was written.
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== found) return undefined;
  return start / 1000 + 86_400;
}

function firstSentence(message: string): string {
  return message.split("\n")[0].slice(0, 200);
}
