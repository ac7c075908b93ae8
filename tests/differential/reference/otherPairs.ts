/** Pairs that are not written as NAME=VALUE between blanks, made such (assembly/formats/otherPairs.ts). */
import { isFlowName, nameOf } from "./fields.js";
import type { Bytes } from "./hash.js";
import type { ParsedEvent } from "./parse.js";

const bytesMax = 8192;
const name = String.raw`[A-Za-z0-9_.\x80-\xff-]`;
const field = String.raw`((?:[^|]|(?<=\\)\|)*)(?<!\\)\|`;

interface OtherPairs {
  text: Bytes;
  severity?: Bytes;
  /** They may be none. */
  isFlow?: true;
}

export function otherPairs(event: ParsedEvent, text: Bytes): OtherPairs | undefined {
  const before = event.message.slice(0, event.message.length - text.length);
  const isBehind = event.message.endsWith(text);
  const start = /^(?:CEF|LEEF):(?=.)/s.exec(text)?.[0] ?? "";
  const head = start || (isBehind && /^(?:\d\||\d..\|)/s.test(text) && /(?:CEF|LEEF):$/.exec(before)?.[0]) || "";
  if (head === "CEF:" && (start || text[1] === "|")) return cef(event, text.slice(start.length));
  if (head === "LEEF:" && (start || text[1] !== "|")) return leef(event, text.slice(start.length));
  if (start || /^\d/.test(text)) return undefined;
  if (new RegExp(`^${name}{1,39}:".`, "s").test(text)) return rewritten(text, ":", ";");
  if (new RegExp(`^${name}{1,39}: .`, "s").test(text)) {
    return /^ftd/i.test(event.source) ? rewritten(text, ":", ",") : undefined;
  }
  return flow(text);
}

function cef(event: ParsedEvent, text: Bytes): OtherPairs | undefined {
  const head = new RegExp(`^${field.repeat(7)}`, "s").exec(text);
  const pairs = head && rewritten(text.slice(head[0].length), "=", " ", true);
  if (!head) return undefined;
  event.source = head[3] || event.source;
  return pairs ? { ...pairs, severity: head[7] } : undefined;
}

function leef(event: ParsedEvent, text: Bytes): OtherPairs | undefined {
  const head = new RegExp(`^${field.repeat(5)}`, "s").exec(text);
  if (!head) return undefined;
  event.source = head[3] || event.source;
  let rest = text.slice(head[0].length);
  let separator = "\t";
  const own = /^([^=|]{0,5})\|/s.exec(rest);
  if (own) {
    rest = rest.slice(own[0].length);
    if (own[1].length === 1) separator = own[1];
    else if (own[1] !== "") separator = String.fromCharCode(Number.parseInt(own[1].slice(-2), 16));
  }
  return rewritten(rest, "=", separator);
}

/** Flows without blanks between their pairs, or with single quotes. */
function flow(text: Bytes): OtherPairs | undefined {
  const first = new RegExp(`^(${name}{1,40})=`).exec(text);
  if (!first || !isFlowName(nameOf(first[1])) || text.includes('"')) return undefined;
  const pairs = rewritten(text, "=", text[first[0].length] === "'" ? " ,;|" : ",;|", false, true);
  return pairs && { ...pairs, isFlow: true };
}

function rewritten(
  text: Bytes,
  joint: string,
  separators: string,
  isCef = false,
  isFlow = false,
): OtherPairs | undefined {
  if (text.length > bytesMax) return undefined;
  const nameAt = new RegExp(`(${name}{1,39})${joint}${joint === ":" ? " *" : ""}`, "y");
  const written: string[] = [];
  const open = (found: RegExpExecArray) => {
    const known = isCef ? { in: "sentbyte", out: "rcvdbyte" }[found[1]] : undefined;
    written.push(`${known ?? found[1]}="`);
  };
  const first = nameAt.exec(text);
  if (!first) return undefined;
  open(first);
  for (let at = nameAt.lastIndex; at < text.length; ) {
    if (separators.includes(text[at])) {
      nameAt.lastIndex = at + 1 + /^ */.exec(text.slice(at + 1))![0].length;
      const found = nameAt.exec(text);
      if (found) {
        written.push('" ');
        open(found);
        at = nameAt.lastIndex;
        continue;
      }
    }
    if (text[at] !== '"' && text[at] !== "\\" && !(isFlow && text[at] === "'")) written.push(text[at]);
    at++;
  }
  return { text: `${written.join("")}"` };
}
