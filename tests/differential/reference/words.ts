/** What a line has behind each byte of a request's signature: percent-encoding undone, digits and runs as they came. */
import type { Bytes } from "./hash.js";
import { decode } from "./signature.js";

/** `text`: the request's target, or the whole line where it is none. A list as long as the signature. */
export function wordsOf(signature: Bytes, text: Bytes): Bytes[] {
  const words: Bytes[] = Array(signature.length).fill("");
  if (signature[0] === "M") spread(words, 1, signature.slice(1), decode(text), ofValues);
  if (signature[0] !== "Q") return words;
  const pathAt = signature.indexOf("\x01", signature.indexOf("\x01") + 1) + 1;
  const [written] = /^[^\x02]*/.exec(signature.slice(pathAt))!;
  const [, path, query] = /^([^?]*)(\?.*)?$/s.exec(text)!;
  const skipped = path.startsWith("/") ? 0 : 1;
  spread(words, pathAt + skipped, written.slice(skipped), decode(path), ofNames);
  let at = pathAt + written.length;
  const parameters = (query ?? "").slice(1).split("&");
  const parts = signature.slice(at).matchAll(/\x02([^\x03]*)\x03([^\x04]*)\x04./gs);
  for (const [index, [whole, name, value]] of [...parts].entries()) {
    const [, ownName, ownValue] = /^([^=]*)(=.*)?$/s.exec(parameters[index])!;
    words[at] = index === 0 ? "?" : "&";
    spread(words, at + 1, name, decode(ownName), ofNames);
    words[at + 1 + name.length] = ownValue ? "=" : "";
    spread(words, at + 2 + name.length, value, decode((ownValue ?? "").slice(1)), ofValues);
    at += whole.length;
  }
  return words;
}

const ofNames = /[0-9]+|./gs;
const ofValues = /[0-9]+|[A-Za-z\x80-\xff]+|[ \t]+|./gs;

/** Each run of the signature stands for one of the text; its last byte for what is left of that. */
function spread(words: Bytes[], at: number, written: Bytes, text: Bytes, runs: RegExp): void {
  const own = text.match(runs) ?? [];
  let place = at;
  for (const [index, run] of (written.match(runs) ?? []).entries()) {
    const bytes = own[index] ?? "";
    for (let i = 0; i < run.length; i++, place++) words[place] = i < run.length - 1 ? (bytes[i] ?? "") : bytes.slice(i);
  }
}
