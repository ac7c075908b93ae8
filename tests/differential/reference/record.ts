/**
 * A line as a record: what stands under the names the filter looks for. Only the top level is checked, as the filter
 * does it: strings end, brackets match by depth, the rest is taken on trust.
 */
import type { Bytes } from "./hash.js";

/** A line as the object that it is, if it is one, and as a text. */
export function readLine(line: Bytes): { json?: Bytes; text: Bytes } {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  return { json: text.startsWith("{") && membersOf(text).isWhole ? text : undefined, text: mapped(text) };
}

const string = /"(?:[^"\\]|\\.)*"/sy;
const scalar = /[0-9A-Za-z+.-]+/y;
const space = /[ \n\r\t]*/y;

/** Whether the text is one JSON value: strings end, brackets match by depth, no more is asked. */
export function isOneValue(text: Bytes): boolean {
  const { members, isWhole } = membersOf(`{"":${text}}`);
  return isWhole && members.length === 1 && members[0].value === text;
}

/** The members of an object as far as it can be read; `isWhole` where nothing is left over. */
export function membersOf(json: Bytes): { members: { key: Bytes; value: Bytes }[]; isWhole: boolean } {
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(json)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const takeSign = (sign: string) => {
    take(space);
    if (json[at] !== sign) return false;
    at++;
    return true;
  };
  const takeNested = () => {
    const start = at;
    let depth = 0;
    do {
      const sign = json[at];
      if (sign === '"') {
        if (take(string) === undefined) return undefined;
        continue;
      }
      if (sign === undefined) return undefined;
      if (sign === "{" || sign === "[") depth++;
      if (sign === "}" || sign === "]") depth--;
      at++;
    } while (depth > 0);
    return json.slice(start, at);
  };

  const members: { key: Bytes; value: Bytes }[] = [];
  const isWhole = () => {
    if (!takeSign("{")) return false;
    if (!takeSign("}")) {
      do {
        take(space);
        const key = take(string);
        if (key === undefined || !takeSign(":")) return false;
        take(space);
        const value = json[at] === '"' ? take(string) : /[[{]/.test(json[at] ?? "") ? takeNested() : take(scalar);
        if (value === undefined) return false;
        members.push({ key: key.slice(1, -1), value });
      } while (takeSign(","));
      if (!takeSign("}")) return false;
    }
    take(space);
    return at === json.length;
  };
  return { isWhole: isWhole(), members };
}

const plainEscapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
const escapeSequence =
  /\\(?:(["\\/bfnrt])|u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|.?)/gs;

/** The inside of a JSON string as UTF-8; a lone surrogate becomes U+FFFD; undefined where an escape is invalid. */
export function withoutEscapes(text: Bytes): Bytes | undefined {
  let valid = true;
  const unescaped = text.replace(escapeSequence, (_, sign, high, low, code) => {
    if (sign) return plainEscapes[sign] ?? sign;
    if (high) return utf8(0x10000 + (Number.parseInt(high, 16) - 0xd800) * 0x400 + Number.parseInt(low, 16) - 0xdc00);
    if (code) return utf8(/^d[89a-f]/i.test(code) ? 0xfffd : Number.parseInt(code, 16));
    valid = false;
    return "";
  });
  return valid ? unescaped : undefined;
}

function utf8(code: number): Bytes {
  return Buffer.from(String.fromCodePoint(code)).toString("latin1");
}

/** Unicode 15, table 3-7. */
const wellFormed =
  /[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|(.)/gs;

/** Bytes that are not UTF-8 as U+E000 plus the byte. */
function mapped(text: Bytes): Bytes {
  return text.replace(wellFormed, (sequence, stray) => (stray ? utf8(0xe000 + stray.charCodeAt(0)) : sequence));
}
