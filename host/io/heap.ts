/**
 * V8 looks for what is no longer used once its heap has doubled or more, so a run over millions of lines would hold
 * several times what it needs, and the more the longer it lasts.
 */
import { setFlagsFromString } from "node:v8";

/** So much more than what is in use may lie about; measured in a flood of a million addresses, it costs no time. */
const growingPercent = 30;

export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
}
