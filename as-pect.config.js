/** `npx aspect`: the assembly's parts in a build of their own, which alone has AssemblyScript's managed heap. */
const badFileDescriptor = () => 8;

export default {
  entries: ["tests/unit/assembly/*.spec.ts"],
  include: ["node_modules/@as-pect/assembly/assembly/index.ts"],
  disclude: [],
  async instantiate(memory, createImports, instantiate, binary) {
    const system = new Proxy({}, { get: () => badFileDescriptor, has: () => true });
    return instantiate(binary, createImports({ env: { memory }, wasi_snapshot_preview1: system }));
  },
  outputBinary: false,
};
