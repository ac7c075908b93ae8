/**
 * Zeek's logs of connections, tab-separated: seconds with six decimals, uid, originator and its port, responder and its
 * port, then what the log is about; in conn.log protocol, service, duration, and the bytes of either side.
 */
import { addressHigh, addressLow, readHost } from "../event/address";
import {
  keyEndPtr,
  keyPtr,
  messageEndPtr,
  messagePtr,
  setBody,
  setBytes,
  setDestination,
  setDestinationPort,
  setFormat,
  setKeyAddress,
  setSender,
  setTime,
} from "../event/event";
import { numberAt as decimalAt, isFailedState, setZeekFlow } from "../fields/flow";
import { findByte, isDigit, readDigits } from "../runtime/bytes";
import {
  DIGIT_0,
  DOT,
  TAB,
  UPPER_E,
  UPPER_F,
  UPPER_H,
  UPPER_O,
  UPPER_R,
  UPPER_S,
  UPPER_T,
} from "../runtime/characters";
import { Text } from "../runtime/text";

const FORMAT_ZEEK: Text = "zeek";

const TIME_BYTES: usize = 17; // 1300475167.096535
const DURATION_COLUMN: i32 = 8;
const DIGITS_MAX: usize = 15;

export function parseZeek(): bool {
  const endPtr = messageEndPtr;
  const ptr = messagePtr;
  if (ptr + TIME_BYTES >= endPtr || load<u8>(ptr + TIME_BYTES) != TAB || load<u8>(ptr + 10) != DOT) return false;
  const seconds = readDigits(ptr, endPtr, 9);
  if (seconds < 0 || !isDigit(<u32>load<u8>(ptr + 9))) return false;
  const uidEndPtr = findByte(ptr + TIME_BYTES + 1, endPtr, TAB);
  const senderPtr = uidEndPtr + 1;
  const senderEndPtr = columnEnd(senderPtr, endPtr);
  const portEndPtr = columnEnd(senderEndPtr + 1, endPtr);
  const receiverPtr = portEndPtr + 1;
  const receiverEndPtr = columnEnd(receiverPtr, endPtr);
  const receiverPortEndPtr = columnEnd(receiverEndPtr + 1, endPtr);
  if (receiverPortEndPtr >= endPtr || !readHost(senderPtr, senderEndPtr)) return false;
  const high = addressHigh;
  const low = addressLow;
  if (!readHost(receiverPtr, receiverEndPtr)) return false;
  setFormat(FORMAT_ZEEK);
  setTime(<i64>seconds * 10 + <i64>(load<u8>(ptr + 9) - DIGIT_0));
  setSender(high, low);
  if (keyEndPtr == keyPtr) setKeyAddress(high, low);
  setDestination(addressHigh, addressLow);
  const port = numberAt(receiverEndPtr + 1, receiverPortEndPtr);
  if (port >= 0 && port < 65536) setDestinationPort(<i32>port);
  setBody(receiverPortEndPtr + 1, endPtr);
  sumBytes(receiverPortEndPtr + 1, endPtr);
  return true;
}

function columnEnd(ptr: usize, endPtr: usize): usize {
  return ptr < endPtr ? findByte(ptr, endPtr, TAB) : endPtr;
}

/** Columns 8 to 11 of conn.log: duration, the bytes of either side, and how it ended. */
function sumBytes(ptr: usize, endPtr: usize): void {
  for (let column = 6; column < DURATION_COLUMN; column++) ptr = columnEnd(ptr, endPtr) + 1;
  const durationEndPtr = columnEnd(ptr, endPtr);
  const middlePtr = columnEnd(durationEndPtr + 1, endPtr);
  const receivedEndPtr = columnEnd(middlePtr + 1, endPtr);
  const sent = numberAt(durationEndPtr + 1, middlePtr);
  const received = numberAt(middlePtr + 1, receivedEndPtr);
  if (sent >= 0 && received >= 0) setBytes(sent + received);
  const statePtr = receivedEndPtr + 1;
  const stateEndPtr = columnEnd(statePtr, endPtr);
  // other logs of Zeek's have other columns here
  if (!isState(statePtr, stateEndPtr)) return;
  const seconds = ptr < durationEndPtr ? decimalAt(ptr, durationEndPtr) : -1;
  setZeekFlow(seconds, <f64>sent, <f64>received, isFailedState(statePtr, stateEndPtr));
}

/** S0 S1 S2 S3 SF SH SHR REJ RSTO RSTR RSTOS0 RSTRH OTH */
function isState(ptr: usize, endPtr: usize): bool {
  if (ptr >= endPtr || endPtr - ptr < 2 || endPtr - ptr > 6) return false;
  const c = <u32>load<u8>(ptr);
  const next = <u32>load<u8>(ptr + 1);
  if (c == UPPER_S) return next - DIGIT_0 < 4 || next == UPPER_F || next == UPPER_H;
  return (c == UPPER_R && (next == UPPER_E || next == UPPER_S)) || (c == UPPER_O && next == UPPER_T);
}

/** All of [ptr, endPtr) as a number, or -1. */
function numberAt(ptr: usize, endPtr: usize): i64 {
  if (ptr >= endPtr || endPtr - ptr > DIGITS_MAX) return -1;
  let value: i64 = 0;
  for (; ptr < endPtr; ptr++) {
    const c = <u32>load<u8>(ptr);
    if (!isDigit(c)) return -1;
    value = value * 10 + <i64>(c - DIGIT_0);
  }
  return value;
}
