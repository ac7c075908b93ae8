/**
 * A step of the build (`asc --transform`) that refuses a module with a heap. AssemblyScript's runtime would allocate
 * from the end of the static data on, which is where memory.ts puts the host's copies: one `new`, one array literal
 * that is not constant or one string put together would be overwritten by a long tag, and trap from then on.
 */
import { Transform } from "assemblyscript/transform";
import { callsOf } from "./calls.mjs";

const allocator = /^~lib\/rt\/(?!common\/)/;

export default class NoHeap extends Transform {
  /** Only what is called somewhere is compiled, so what is left of the runtime is in use; "common" reads lengths. */
  afterCompile(module) {
    const { callers } = callsOf(module);
    const users = new Set([...callers.keys()].filter((name) => allocator.test(name)));
    if (users.size === 0) return;
    for (const user of users) if (user.startsWith("~lib/")) for (const name of callers.get(user) ?? []) users.add(name);
    const ours = [...users].filter((name) => !name.startsWith("~lib/"));
    throw new Error(`heap used by ${ours.join(", ")}: take memory.data, a FixedArray or reserve()`);
  }
}
