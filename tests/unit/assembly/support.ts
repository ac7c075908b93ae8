/** Shared by the specs: memory of our own beside AssemblyScript's heap, and texts as ranges of bytes in it. */
import { placeMemoryAt } from "../../../assembly/runtime/memory";

/** 64 MiB behind everything the test build's own heap has had so far; what it takes later lies behind that. */
const OWN_PAGES: i32 = 1024;

/** Room for what specs allocate themselves: behind memory that was grown for another purpose the heap finds none. */
const HEAP_BYTES: usize = 1048576;

/** Call it before anything reserves memory. */
export function separateMemory(): usize {
  heap.free(heap.alloc(HEAP_BYTES));
  const ptr = (<usize>memory.grow(OWN_PAGES)) << 16;
  placeMemoryAt(ptr);
  return ptr;
}

const ROOM_BYTES: usize = 262144;
const room = memory.data(262144 + 64, 16);

/** The range of the text that was put last. */
export let textPtr: usize = 0;
export let textEndPtr: usize = 0;

/**
 * Puts UTF-8 bytes at a chosen misalignment; around them stand bytes that would change the answer if they were read.
 */
export function put(text: string, offset: usize = 0, around: u8 = 0x22): void {
  const bytes = <usize>String.UTF8.byteLength(text);
  if (offset + bytes + 32 > ROOM_BYTES) throw new Error("no room for the text");
  memory.fill(room, around, offset + bytes + 64);
  textPtr = room + 16 + offset;
  textEndPtr = textPtr + <usize>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, textPtr);
  memory.fill(textEndPtr, around, 16);
}

/** A range of bytes as text. */
export function shown(ptr: usize, endPtr: usize): string {
  return String.UTF8.decodeUnsafe(ptr, endPtr - ptr);
}
