/**
 * ASCII text of the program's own. Written as a string literal, which packText.mjs turns into the address of one byte
 * that says how many bytes follow, and the bytes.
 */
export type Text = usize;

/** All texts, one behind the other: the build fills them in. */
// @ts-ignore: decorator
@global
export const PACKED_TEXTS: usize = memory.data<u8>([0], 1);

// @ts-ignore: decorator
@inline
export function firstByte(text: Text): usize {
  return text + 1;
}

// @ts-ignore: decorator
@inline
export function bytesOf(text: Text): usize {
  return <usize>load<u8>(text);
}
