/** Numbers that the sources write down, read from their text: what is exported or not, in assembly/ and host/ alike. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const numberPattern = /^-?(?:0x[\da-f_]+|[\d_]+(?:\.\d+)?)n?$/i;
const operators: [string, (a: bigint, b: bigint) => bigint][] = [
  [" << ", (a, b) => a << b],
  [" + ", (a, b) => a + b],
  [" * ", (a, b) => a * b],
  [" ** ", (a, b) => a ** b],
];

/** The expression of `const NAME = …;` in this file. */
function expressionOf(path: string, name: string): string | undefined {
  const constant = new RegExp(`^(?:export )?const ${name}(?:: \\w+)? =\\s([^;]+);`, "m");
  return constant.exec(readFileSync(path, "utf8"))?.[1];
}

/** Where this file imports the name from. */
function importedFrom(path: string, name: string): string | undefined {
  const imports = readFileSync(path, "utf8").matchAll(/^import \{([^}]*)\} from "(\.[^"]+)";/gm);
  const found = [...imports].find(([, names]) => names.split(",").some((each) => each.trim() === name));
  return found && join(dirname(path), `${found[2].replace(/\.js$/, "")}.ts`);
}

type Value = number | bigint | undefined;

/** The value of a constant, which may be computed from integers and constants; undefined for what is no number. */
export function constantIn(path: string, name: string): Value {
  const expression = expressionOf(path, name);
  if (expression !== undefined) return evaluate(path, expression);
  const from = importedFrom(path, name);
  return from === undefined ? undefined : constantIn(from, name);
}

function evaluate(path: string, expression: string): Value {
  const text = expression
    .replace(/<\w+>/g, "")
    .replace(/ as const$/, "")
    .trim();
  if (numberPattern.test(text)) {
    const digits = text.replace(/_|n$/g, "");
    return digits.includes(".") || digits.startsWith("-") ? Number(digits) : exact(BigInt(digits));
  }
  if (/^\w+$/.test(text)) return constantIn(path, text);
  for (const [operator, apply] of operators) {
    if (!text.includes(operator)) continue;
    const parts = text.split(operator).map((part) => evaluate(path, part));
    if (parts.some((part) => part === undefined || !Number.isInteger(Number(part)))) return undefined;
    return exact(parts.map((part) => BigInt(part!)).reduce(apply));
  }
  return undefined;
}

/** A number where it holds every digit. */
function exact(value: bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** The constants of a file whose names begin with the prefix: the rest of the name, and the value. */
export function constantsOf(path: string, prefix = ""): Map<string, number | bigint> {
  const names = readFileSync(path, "utf8").matchAll(new RegExp(`^(?:export )?const (${prefix}(\\w+))\\b`, "gm"));
  const values = [...names].map(([, name, rest]) => [rest, constantIn(path, name)] as const);
  return new Map(values.filter((each): each is [string, number | bigint] => each[1] !== undefined));
}

/** `signatureBytesMax` as `SIGNATURE_BYTES_MAX`. */
export const upperSnake = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
