/** What carries a message inside (assembly/formats/wrapped.ts): JSON lines and the lines of container runtimes. */
import { dateAt } from "./dates.js";
import { type Fields, logRank } from "./fields.js";
import type { Bytes } from "./hash.js";
import type { ParsedEvent } from "./parse.js";
import { isOneValue } from "./record.js";

export function isObject(text: Bytes): boolean {
  return text.startsWith("{") && isOneValue(text.replace(/[\t-\r ]+$/, ""));
}

/** Notes the fields of the object that the text is; its message, or undefined where it holds none. */
export function unwrapJson(event: ParsedEvent, fields: Fields, text: Bytes): Bytes | undefined {
  const json = text.replace(/[\t-\r ]+$/, "");
  if (!isObject(json)) return undefined;
  fields.enter();
  const found = fields.takeInside(json);
  fields.settle();
  event.format = "json";
  if (fields.isRequest(found.text !== "")) {
    event.request = fields.request();
    event.format = "fields";
  }
  if (found.text === "") return undefined;
  return (found.rank < logRank ? fields.withError(found.text) : found.text).replace(/\n+$/, "");
}

export function unwrapCri(event: ParsedEvent, fields: Fields, arrival: number): Bytes | undefined {
  const found = /^(\d.{9}T.{8}[^ ]{0,20}) std(out|err) ([FP]) (.*)$/s.exec(event.message);
  const date = found && event.message.length >= 40 ? dateAt(found[1], arrival) : undefined;
  if (!found || date?.seconds === undefined) return undefined;
  fields.isPiece = isPieceOf(`${fields.logFile} ${found[2]}`, found[3] === "P");
  if (found[4] === "") return undefined;
  event.timeSeconds = date.seconds;
  event.carriedSeconds = date.seconds;
  return found[4];
}

const streamsMax = 8;
const linesMax = 256;
/** Streams with the end of a line to come. */
let awaited: string[] = [];
let nextStream = 0;
let linesLeft = 0;

function isPieceOf(stream: string, isMarked: boolean): boolean {
  const at = awaited.indexOf(stream);
  if (isMarked) {
    if (at < 0) awaited[nextStream++ % streamsMax] = stream;
    linesLeft = linesMax;
    return true;
  }
  if (awaited.every((other) => other === "")) return false;
  if (at >= 0) awaited[at] = "";
  if (--linesLeft === 0) awaited = [];
  return at >= 0;
}
