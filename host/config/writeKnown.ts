/** Adds one `known:` entry to a configuration and leaves every other byte of the file as it was. */
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import { configurationBytesMax, readBounded } from "../io/readFile.js";
import { replaceFile } from "../io/replaceFile.js";
import { parseConfiguration } from "./configuration.js";
import type { matched, silenced } from "./sectionLayout.js";

export interface KnownEntry {
  pattern: string;
  reason: string;
  /** The last day it is kept quiet, as the file writes it: 2027-02-26. */
  until: string;
  match?: (typeof matched)[number];
  silences?: (typeof silenced)[number][];
}

export function writeKnown(path: string, entry: KnownEntry): void {
  const changed = withKnown(readBounded(path, configurationBytesMax).toString("utf8"), entry);
  parseConfiguration(changed, path); // never write what could not be read again
  replaceFile(path, Buffer.from(changed), (inPlace) => (inPlace?.mode ?? 0o600) & 0o777);
}

export function withKnown(content: string, entry: KnownEntry): string {
  const document = parseDocument(content);
  const root = document.contents;
  if (root === null || (isMap(root) && !root.flow && !/^\.\.\./m.test(content))) {
    const list = isMap(root) ? root.get("known", true) : undefined;
    const at = isSeq(list) || isScalar(list) ? list.range : undefined;
    if (isSeq(list) && at && list.items.length > 0 && !list.flow) {
      const indent = at[0] - (content.lastIndexOf("\n", at[0] - 1) + 1);
      return insertLines(content, at[1], entryLines(entry, " ".repeat(indent)));
    }
    const isEmpty = (isSeq(list) && list.items.length === 0) || (isScalar(list) && list.value === null);
    if (isEmpty && at) return `${content.slice(0, at[0]).trimEnd()}\n${body(entry)}${content.slice(at[1])}`;
    if (list === undefined) return underNewKey(content, entry);
  }
  if (document.has("known")) document.addIn(["known"], document.createNode(entry));
  else document.set("known", document.createNode([entry]));
  return document.toString({ lineWidth: 0 });
}

/** Where oddline init shows an example, behind it; else at the end. */
function underNewKey(content: string, entry: KnownEntry): string {
  const example = /^#[ \t]*known:[ \t]*\n(?:#.*\n)*/m.exec(content);
  const lines = `known:\n${body(entry)}\n`;
  if (!example) return insertLines(content, content.length, lines);
  return insertLines(content, example.index + example[0].length, lines);
}

function insertLines(content: string, at: number, lines: string): string {
  const before = content.slice(0, at);
  return `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${lines.trimEnd()}\n${content.slice(at)}`;
}

const body = (entry: KnownEntry) => entryLines(entry, "");

/** A string in double quotes of JSON is one of YAML as well. */
function entryLines({ pattern, match, silences, reason, until }: KnownEntry, indent: string): string {
  return [
    `- pattern: ${JSON.stringify(pattern)}`,
    ...(match ? [`  match: ${match}`] : []),
    ...(silences ? [`  silences: [${silences.join(", ")}]`] : []),
    `  reason: ${JSON.stringify(reason)}`,
    `  until: ${until}`,
  ]
    .map((line) => `${indent}${line}`)
    .join("\n");
}
