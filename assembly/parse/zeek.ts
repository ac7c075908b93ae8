/**
 * Zeek's logs of connections, tab-separated: seconds with six decimals, uid, originator and its port, responder and its
 * port, then what the log is about; in conn.log protocol, service, duration, and the bytes of either side.
 */
import { addressHigh, addressLow, readHost } from "../address";
import { findByte, isDigit, readDigits } from "../bytes";
import {
  FORMAT_ZEEK,
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
} from "../event";

const TAB: u8 = 0x09;
const TIME_BYTES: usize = 17; // 1300475167.096535
const BYTES_COLUMN: i32 = 9;
const DIGITS_MAX: usize = 15;

export function parseZeek(): bool {
  const endPtr = messageEndPtr;
  const ptr = messagePtr;
  if (ptr + TIME_BYTES >= endPtr || load<u8>(ptr + TIME_BYTES) != TAB || load<u8>(ptr + 10) != 0x2e) return false;
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
  setTime(<i64>seconds * 10 + <i64>(load<u8>(ptr + 9) - 0x30));
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

function sumBytes(ptr: usize, endPtr: usize): void {
  for (let column = 6; column < BYTES_COLUMN; column++) ptr = columnEnd(ptr, endPtr) + 1;
  const middlePtr = columnEnd(ptr, endPtr);
  const sent = numberAt(ptr, middlePtr);
  const received = numberAt(middlePtr + 1, columnEnd(middlePtr + 1, endPtr));
  if (sent >= 0 && received >= 0) setBytes(sent + received);
}

/** All of [ptr, endPtr) as a number, or -1. */
function numberAt(ptr: usize, endPtr: usize): i64 {
  if (ptr >= endPtr || endPtr - ptr > DIGITS_MAX) return -1;
  let value: i64 = 0;
  for (; ptr < endPtr; ptr++) {
    const c = <u32>load<u8>(ptr);
    if (!isDigit(c)) return -1;
    value = value * 10 + <i64>(c - 0x30);
  }
  return value;
}
