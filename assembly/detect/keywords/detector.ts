/** Keywords: a word of the list in the message. How often a key had it is counted with the windows. */
import { putByte, putEscaped, putInteger, putText } from "../../runtime/output";
import { keywordCount, windowSecondsNow } from "../windows/rules";
import { watchKeyword } from "../windows/watch";
import { keywordNameBytes, keywordNamePtr } from "./section";

const NAME_BYTES_MAX: usize = 64;

let namePtr: usize = 0;
let nameEndPtr: usize = 0;

function takeName(): void {
  namePtr = keywordNamePtr(watchKeyword);
  nameEndPtr = namePtr + min<usize>(keywordNameBytes(watchKeyword), NAME_BYTES_MAX);
}

export function putKeywordEvidence(): void {
  takeName();
  putText(',"keyword":"');
  putEscaped(namePtr, nameEndPtr);
  putText('","count":');
  putInteger(keywordCount);
}

export function putKeywordReason(): void {
  takeName();
  for (let ptr = namePtr; ptr < nameEndPtr; ptr++) putByte(load<u8>(ptr));
  if (keywordCount <= 1) return putText(" found");
  putText(" found, ");
  putInteger(keywordCount);
  putText(" times within ");
  putInteger(windowSecondsNow());
  putText(" s");
}
