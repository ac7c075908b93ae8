/** The signature of whatever event is at hand. */

import { format, isRequest, unescapeText } from "../../event/event";
import { FORMAT_ACCESS } from "../../formats/usualAccess";
import { writeMalformedSignature, writeRequestSignature } from "./requestSignature";
import { writeTextSignature } from "./textSignature";

export function writeSignature(): void {
  if (isRequest) writeRequestSignature();
  else if (format == FORMAT_ACCESS) writeMalformedSignature();
  else {
    unescapeText();
    writeTextSignature();
  }
}
