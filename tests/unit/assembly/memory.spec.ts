import { free, malloc, mayReserve, reserve, SLACK_BYTES, transient } from "../../../assembly/runtime/memory";
import { separateMemory } from "./support";

const basePtr = separateMemory();
const ARENA_BYTES: usize = 262144;

describe("memory", () => {
  it("hands out aligned blocks with slack between them, and the same ones again", () => {
    const tagPtr = malloc(10);
    const recordPtr = malloc(1000);
    expect<usize>(tagPtr).toBe(basePtr);
    expect<usize>(recordPtr & 15).toBe(0);
    expect<bool>(recordPtr >= tagPtr + 10 + SLACK_BYTES).toBe(true);
    free(tagPtr);
    expect<bool>(malloc(1) > recordPtr).toBe(true, "the record is still held");
    free(recordPtr);
    free(recordPtr);
    expect<usize>(malloc(0)).toBe(basePtr);
    free(basePtr);
  });

  it("takes odd calls without harm", () => {
    expect<usize>(malloc(-1)).toBe(0);
    expect<usize>(malloc(i32.MIN_VALUE)).toBe(0);
    free(0);
    free(basePtr);
    expect<usize>(malloc(5)).toBe(basePtr);
    free(0);
    expect<bool>(malloc(5) > basePtr).toBe(true, "freeing nothing frees nothing");
    free(basePtr);
    free(basePtr);
  });

  it("frees what an output took together with the host's copies", () => {
    const recordPtr = malloc(100);
    const outputPtr = transient(500);
    expect<bool>(outputPtr > recordPtr).toBe(true);
    free(recordPtr);
    expect<usize>(malloc(100)).toBe(recordPtr);
    free(recordPtr);
  });

  it("reserves zeroed bytes behind the arena", () => {
    const ptr = reserve(100);
    expect<usize>(ptr).toBe(basePtr + ARENA_BYTES);
    expect<usize>(reserve(1)).toBe(ptr + 112);
    expect<usize>(reserve(usize.MAX_VALUE - 1000)).toBe(0, "more than there is");
    expect<usize>(reserve(usize.MAX_VALUE)).toBe(0, "more than there is");
  });

  it("puts what is too large for the arena behind everything, for the time being", () => {
    const smallPtr = malloc(100);
    const largePtr = malloc(4 << 20);
    const nextPtr = malloc(3 << 20);
    expect<bool>(largePtr >= basePtr + ARENA_BYTES).toBe(true);
    expect<bool>(nextPtr >= largePtr + (4 << 20) + SLACK_BYTES).toBe(true);
    expect<bool>(mayReserve()).toBe(false);
    expect<usize>(reserve(16)).toBe(0, "while it is held nothing is reserved");
    expect<bool>(malloc(100) < basePtr + ARENA_BYTES).toBe(true, "small blocks stay in the arena");
    memory.fill(largePtr, 0xff, 4 << 20);
    free(smallPtr);
    free(largePtr);
    free(nextPtr);
    expect<bool>(mayReserve()).toBe(false, "one is held still");
    free(smallPtr);
    expect<bool>(mayReserve()).toBe(true);
    const reservedPtr = reserve(64);
    expect<usize>(reservedPtr).toBe(largePtr);
    for (let i: usize = 0; i < 64; i += 8) expect<u64>(load<u64>(reservedPtr + i)).toBe(0, "zeroed");
  });

  it("fills the arena to its last byte and no further", () => {
    const wholePtr = malloc(<i32>(ARENA_BYTES - SLACK_BYTES));
    expect<usize>(wholePtr).toBe(basePtr);
    const overflowPtr = malloc(1);
    expect<bool>(overflowPtr >= basePtr + ARENA_BYTES).toBe(true);
    free(wholePtr);
    free(overflowPtr);
    expect<bool>(malloc(<i32>(ARENA_BYTES - SLACK_BYTES) + 1) > basePtr + ARENA_BYTES - 1).toBe(true);
    free(basePtr);
  });

  it("needs no more after a million records", () => {
    const pages = memory.size();
    for (let i = 0; i < 500000; i++) {
      const tagPtr = malloc(16);
      const recordPtr = malloc(200 + (i & 1023));
      transient(1500);
      free(recordPtr);
      free(tagPtr);
    }
    for (let i = 0; i < 1000; i++) free(malloc(2 << 20));
    expect<i32>(memory.size()).toBe(pages);
    expect<usize>(malloc(1)).toBe(basePtr);
    free(basePtr);
  });
});
