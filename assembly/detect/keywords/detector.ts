/** Keywords: a word of the list in the message. How often a key had it is counted with the windows. */
import { putBytes, putEscaped, putInteger, putText } from "../../runtime/output";
import { keywordCount, windowSecondsNow } from "../windows/rules";
import { watchKeyword } from "../windows/watch";
import { keywordMinCount, keywordNameBytes, keywordNamePtr } from "./section";

const NAME_BYTES_MAX: usize = 64;

/** Of the keyword found, as much as is shown. */
function shownBytes(): usize {
  return min<usize>(keywordNameBytes(watchKeyword), NAME_BYTES_MAX);
}

export function putKeywordEvidence(): void {
  const namePtr = keywordNamePtr(watchKeyword);
  putText(',"keyword":"');
  putEscaped(namePtr, namePtr + shownBytes());
  putText('","count":');
  putInteger(keywordCount);
  const threshold = keywordMinCount(watchKeyword);
  if (threshold == 1) return;
  putText(',"threshold":');
  putInteger(threshold);
}

export function putKeywordReason(): void {
  const namePtr = keywordNamePtr(watchKeyword);
  putBytes(namePtr, namePtr + shownBytes());
  if (keywordCount <= 1) return putText(" found");
  putText(" found, ");
  putInteger(keywordCount);
  putText(" times within ");
  putInteger(windowSecondsNow());
  putText(" s");
}
