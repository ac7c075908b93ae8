/**
 * Arrays in static memory: `changetype<FixedArray<u32>>(memory.data(8 * sizeof<u32>()))`. They cost what a StaticArray
 * costs, and nothing is allocated for them: what AssemblyScript's runtime allocates would lie where the host's copies
 * go (see memory.ts), so a build that allocates anything is refused (see noHeap.mjs). An index is not checked.
 */
@unmanaged
export class FixedArray<T> {
  // @ts-ignore: decorator
  @inline
  @operator("[]")
  private at(index: i32): T {
    return load<T>(changetype<usize>(this) + ((<usize>index) << alignof<T>()));
  }

  // @ts-ignore: decorator
  @inline
  @operator("[]=")
  private put(index: i32, value: T): void {
    store<T>(changetype<usize>(this) + ((<usize>index) << alignof<T>()), value);
  }
}
