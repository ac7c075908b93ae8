/** The signature of an event, written from the drawing in assembly/detect/novelty/signature.ts: a text of bytes. */
import { readAddress } from "./address.js";
import type { Bytes } from "./hash.js";
import { levelOf } from "./levels.js";
import type { ParsedEvent } from "./parse.js";

/** Signatures of the filter are cut near 4,096 bytes; below this nothing is. */
export const uncutSignatureBytes = 4000;

const control = "\x07";
/** Behind so many backslashes and controls of a text each is left out with all that follows it up to a blank. */
const escapesMax = 32;

/** Undefined for an event that has nothing to judge. */
export function signatureOf(event: ParsedEvent): Bytes | undefined {
  if (event.request) return requestSignature(event.request.method, event.status, event.request.target);
  if (event.format === "access") return malformedSignature(event.body);
  return event.body === "" ? undefined : textSignature(weighedLevel(event), event.source, event.body);
}

/** None where the text itself begins with a level in small letters, as programs of Unix do (`fatal: `). */
function weighedLevel({ level, body }: ParsedEvent): number {
  const [, word] = /^([a-z][A-Za-z]{4}):/.exec(body) ?? [];
  return word !== undefined && levelOf(word, ":") > 0 ? 0 : level;
}

/** Percent-encoding undone, twice where it was applied twice; a plus is a space. */
export function decode(text: Bytes): Bytes {
  return text.replace(/%25([0-9a-f]{2})|%([0-9a-f]{2})|\+/gi, (sign, twice, once) =>
    sign === "+" ? " " : String.fromCharCode(Number.parseInt(twice ?? once, 16)),
  );
}

/** Of the target and the values, so much is written in full. */
const writtenBytes = 448;

function requestSignature(method: Bytes, status: number, target: Bytes): Bytes {
  const [, path, query] = /^([^?]*)(?:\?(.*))?$/s.exec(target)!;
  const name = (part: Bytes) =>
    decode(part)
      .replace(/\d+/g, "0")
      .replace(/[\x00-\x1f/]/g, control);
  const segments = path.split("/").map(name).join("/");
  const head = `Q${method.slice(0, 16).replace(/[\x00-\x1f]/g, control)}\x01${status || ""}\x01`;
  let signature = `${head}${path.startsWith("/") ? "" : "/"}${segments}`;
  const parameters = query ? query.split("&") : [];
  if (parameters.at(-1) === "") parameters.pop();
  for (const parameter of parameters) {
    const [, key, value] = /^([^=]*)(?:=(.*))?$/s.exec(parameter)!;
    const decoded = decode(value ?? "");
    signature += `\x02${name(key)}\x03`;
    signature += `${valueText(decoded, head.length + writtenBytes - signature.length)}\x04${lengthSign(decoded.length)}`;
  }
  return signature;
}

const lengthSign = (length: number) => String.fromCharCode(length <= 64 ? length : 0x80 + lengthClass(length));

/** Digits as zeros, 20 of a run at most; behind the first `full` signs letters and blanks are one sign a run. */
function valueText(decoded: Bytes, full: number): Bytes {
  let text = "";
  const written = decoded
    .replace(/\d+/g, (run) => "0".repeat(Math.min(run.length, 20)))
    .replace(/\t/g, " ")
    .replace(/[\x00-\x09\x0b\x0c\x0e-\x1f]/g, control);
  for (const sign of written) {
    const isIn = (set: RegExp) => set.test(sign) && set.test(text.at(-1) ?? "");
    if (text.length < full) text += sign;
    else if (isLetter.test(sign)) text += isIn(isLetter) ? "" : "a";
    else if (!isIn(/ /)) text += sign;
  }
  return text;
}

const isLetter = /[A-Za-z\x80-\xff]/;

/** The class of a length as a signature has it: up to 64 exactly, above as its class. */
export const halfOctavesOf = (code: number) => (code >= 0x80 ? code - 0x80 : lengthClass(code));

/** floor(2 log2(length + 1)), at most 40, in whole numbers. */
export function lengthClass(length: number): number {
  const square = BigInt(length + 1) ** 2n;
  let octaves = 0;
  while (2n ** BigInt(octaves + 1) <= square) octaves++;
  return Math.min(octaves, 40);
}

function malformedSignature(body: Bytes): Bytes {
  return `M${valueText(decode(body), writtenBytes)}`.slice(0, 1 + writtenBytes + 64);
}

function textSignature(level: number, source: Bytes, body: Bytes): Bytes {
  const head = `T${level}${source.slice(0, 64).replace(/[\x00-\x1f]/g, control)}\x01`;
  let tokens = "";
  let escapes = 0;
  const joinedOnce = body.replace(/(?<=[0-9A-Za-z\x80-\xff][-_])[-_]+/g, "");
  for (let rest = joinedOnce.replace(/[\t-\r ]+$/, ""); rest !== ""; ) {
    const [identifier] = /^(?:[0-9A-Za-z\x80-\xff]+(?:[-_](?=[0-9A-Za-z\x80-\xff]))?)*/.exec(rest)!;
    const address = identifier && addressAt(rest);
    let piece = identifier;
    if (address) {
      const [tail] = /^(?:[-_][0-9A-Za-z\x80-\xff]+)*/.exec(rest.slice(address.length))!;
      piece = address + tail;
      tokens = addNumber(tokens, /[A-Za-z\x80-\xff]/.test(tail) ? "\x06" : "\x05");
    } else if (identifier) tokens = addIdentifier(tokens, identifier);
    else {
      [piece] = /^(?:[\t-\r ]+|.)/s.exec(rest)!;
      if (/^[\\\x00-\x08\x0e-\x1f]/.test(piece) && ++escapes > escapesMax) {
        rest = rest.replace(/^[^\t-\r ]*/, "");
        continue;
      }
      tokens += /^[\t-\r ]/.test(piece) ? " " : piece < " " ? control : piece;
    }
    rest = rest.slice(piece.length);
  }
  return head + tokens;
}

/** An IPv6 address at the beginning, less the sign that ends a sentence. */
function addressAt(text: Bytes): Bytes | undefined {
  const found = /^[0-9a-f]{1,4}:[0-9a-f:.]*/i.exec(text)?.[0];
  if (!found || /^[A-Za-z\x80-\xff]/.test(text.slice(found.length))) return undefined;
  let address = found;
  while (/\.$|[^:]:$/.test(address)) address = address.slice(0, -1);
  return address.length > 4 && readAddress(address) ? address : undefined;
}

/** Runs joined by - or _: one token where letters and digits are among them. */
function addIdentifier(tokens: Bytes, identifier: Bytes): Bytes {
  const [first, ...others] = identifier.split(/(?=[-_])/);
  const begun = addRun(tokens, first);
  if (others.length === 0) return begun;
  if (/^[\d_-]+$/.test(identifier)) return addNumber(tokens, "\x05");
  if (/\d/.test(identifier) || /[\x05\x06]$/.test(begun)) return addNumber(tokens, "\x06");
  return begun + others.join("");
}

const joint = /([\x05\x06])[,\-./:]$/;

/** A run of letters and digits behind the tokens so far. */
function addRun(tokens: Bytes, run: Bytes): Bytes {
  const isHex = /^[0-9a-f]+$/i.test(run);
  const [, letters, digits, more] = /^([^0-9]*)(\d*)(.*)$/s.exec(run)!;
  const isIdentifier = more !== "" || (isHex && letters !== "" && (joint.test(tokens) || (digits && run.length >= 6)));
  if (isIdentifier) return addNumber(tokens, "\x06");
  return digits ? addNumber(tokens + letters, "\x05") : tokens + letters;
}

function addNumber(tokens: Bytes, kind: Bytes): Bytes {
  const joined = joint.exec(tokens);
  if (joined) return tokens.slice(0, -2) + (kind === "\x06" ? kind : joined[1]);
  return tokens.replace(/(^|[^A-Za-z\x80-\xff])-$/, "$1") + kind;
}
