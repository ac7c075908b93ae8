/**
 * A strict JSON reader (RFC 8259) over bytes as latin1 text that keeps where every top-level member lies: numbers,
 * duplicate keys and escapes are compared as they were written, not as a parser would make them.
 */
const unescaped = /[^"\\\x00-\x1f]*/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const literal = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const space = /[ \t\n\r]*/y;

/**
 * The object a text is: its members as {keyStart, keyEnd, valueStart, valueEnd} (keys between their quotes) and where
 * its last brace stands; undefined where it is none. Bytes that are no UTF-8 are not looked at.
 */
export function readObject(text) {
  let at = 0;
  const skip = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (!found) return false;
    at += found[0].length;
    return true;
  };
  /** @type {any[]} */
  const members = [];
  // what is open: "{" or "["; without recursion, because nesting is among the things that are tried
  const open = [];
  /** @type {any} */
  let member;
  skip(space);
  if (text[at] !== "{") return undefined;
  for (;;) {
    // a value starts here
    const sign = text[at];
    let ended = true;
    if (sign === "{" || sign === "[") {
      open.push(sign);
      at++;
      skip(space);
      if (text[at] === (sign === "{" ? "}" : "]")) {
        // empty: falls through to the closing below
        ended = false;
      } else {
        if (sign === "{" && !key()) return undefined;
        continue;
      }
    } else if (sign === '"' ? !skipString() : !skip(literal)) return undefined;
    // and here values end
    for (;;) {
      if (!ended) {
        at++;
        if (open.length === 1) {
          const brace = at - 1;
          skip(space);
          return at === text.length ? { members, brace } : undefined;
        }
        open.pop();
      }
      if (open.length === 1 && member) member.valueEnd = at;
      skip(space);
      const next = text[at];
      const top = open.at(-1);
      if (next === ",") {
        at++;
        skip(space);
        if (top === "{" && !key()) return undefined;
        break;
      }
      if (next !== (top === "{" ? "}" : "]")) return undefined;
      ended = false;
    }
  }

  function skipString() {
    if (text[at] !== '"') return false;
    at++;
    do skip(unescaped);
    while (skip(escaped));
    return text[at++] === '"';
  }

  function key() {
    const start = at;
    if (!skipString()) return false;
    const end = at;
    skip(space);
    if (text[at] !== ":") return false;
    at++;
    skip(space);
    if (open.length === 1) {
      member = { keyStart: start + 1, keyEnd: end - 1, valueStart: at, valueEnd: at };
      members.push(member);
    }
    return true;
  }
}

/** A key as it decodes. */
export function decodeKey(raw) {
  return JSON.parse(`"${Buffer.from(raw, "latin1").toString("utf8")}"`);
}
