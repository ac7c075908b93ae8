/** What the build must refuse: memory of AssemblyScript's heap. */
const counts = new StaticArray<u32>(8);

export function count(index: i32): u32 {
  return ++counts[index];
}
