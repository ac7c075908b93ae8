/** Changes one number at the top of a configuration and leaves every other byte of the file as it was. */
import { isMap, isScalar, parseDocument } from "yaml";
import { configurationBytesMax, readBounded } from "../io/readFile.js";
import { replaceFile } from "../io/replaceFile.js";
import { parseConfiguration } from "./configuration.js";

export function writeSetting(path: string, name: string, value: number): void {
  const changed = withSetting(readBounded(path, configurationBytesMax).toString("utf8"), name, value);
  parseConfiguration(changed, path); // never write what could not be read again
  replaceFile(path, Buffer.from(changed), (inPlace) => (inPlace?.mode ?? 0o600) & 0o777);
}

export function withSetting(content: string, name: string, value: number): string {
  const text = plainNumber(value);
  const document = parseDocument(content);
  const found = isMap(document.contents) ? document.contents.get(name, true) : undefined;
  if (isScalar(found) && found.range) {
    return content.slice(0, found.range[0]) + text + content.slice(found.range[1]);
  }
  // as oddline init writes what is at its default
  const commented = new RegExp(`^#[ \\t]*${name}:.*$`, "m");
  const block = isMap(document.contents) && !document.contents.flow && !/^\.\.\./m.test(content);
  if (block && commented.test(content)) return content.replace(commented, `${name}: ${text}`);
  if (block) return `${content}${content.endsWith("\n") ? "" : "\n"}${name}: ${text}\n`;
  document.set(name, document.createNode(value));
  return document.toString({ lineWidth: 0 });
}

/** YAML 1.2 takes 1e-5 for a number, people do not. */
function plainNumber(value: number): string {
  return value.toFixed(10).replace(/\.?0+$/, "");
}
