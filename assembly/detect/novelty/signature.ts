/**
 * The signature of an event: the few bytes that its features, its template and its embedding are made from, and nothing
 * else. The cache is keyed by a hash of the signature, so a cached verdict can depend on nothing that is not hashed.
 *
 *   request    Q METHOD 01 STATUS 01 (/ SEGMENT)… (02 NAME 03 VALUE 04 LENGTH)…
 *   malformed  M VALUE                           a request line without method and target
 *   text       T LEVEL SOURCE 01 TOKENS
 *
 * Percent-encoding is undone (twice where it was applied twice). In segments and names runs of digits become one `0`.
 * VALUE: its bytes, each digit as `0`, of a run 20 at most, a tab as a space, controls but line ends as 07; from the
 * WRITTEN_BYTES_MAX-th byte of the target on a run of letters is one `a`, and blanks are one. LENGTH: the value's
 * decoded bytes, up to 64; above, 0x80 and their half-octave class. LEVEL: a digit, that of none where the text itself
 * begins with a level in small letters (`fatal: `). TOKENS: words as they are, 05 a number (numbers joined by one of
 * . , : / - are one, as an address is; a minus before a number that follows no letter belongs to it), 06 an identifier:
 * digits mixed with letters, or both in runs joined by - or _; one space, punctuation. Behind 48 backslashes and
 * controls each further one is left out, with the letters, digits and hyphens that directly follow it.
 */

import { reserve } from "../../runtime/memory";

/** A longer signature is cut here: what follows is not judged, so that one record's cost stays bounded. */
export const SIGNATURE_BYTES_MAX: usize = 4096;

export const REQUEST_SIGNATURE: u32 = 0x51;
export const MALFORMED_SIGNATURE: u32 = 0x4d;
export const TEXT_SIGNATURE: u32 = 0x54;

export const FIELD_END: u32 = 0x01;
export const NAME_START: u32 = 0x02;
export const VALUE_START: u32 = 0x03;
export const VALUE_END: u32 = 0x04;
export const NUMBER: u32 = 0x05;
export const MIXED: u32 = 0x06;
/** A control byte, or a decoded slash inside a segment or a name. */
export const CONTROL: u32 = 0x07;

export let signaturePtr: usize = 0;
export let signatureEndPtr: usize = 0;
/** Another one for each signature that is made. */
export let signatureNumber: u32 = 0;

export function initialiseSignature(): bool {
  if (signaturePtr != 0) return true;
  signaturePtr = reserve(SIGNATURE_BYTES_MAX + 64);
  return signaturePtr != 0;
}

/** Points the signature at bytes made earlier (learning keeps signatures and asks for their features later). */
export function useSignature(ptr: usize, endPtr: usize): void {
  memory.copy(signaturePtr, ptr, endPtr - ptr);
  setSignatureEnd(signaturePtr + (endPtr - ptr));
}

// @ts-ignore: decorator
@inline
export function setSignatureEnd(ptr: usize): void {
  signatureEndPtr = ptr;
  signatureNumber++;
}
