/** What the steps of the build read in a module: who calls whom. */

/** Of each function who calls it, and how many nodes it has. */
export function callsOf(module) {
  /** @type {Map<string, Set<string>>} */
  const callers = new Map();
  /** @type {Map<string, number>} */
  const nodes = new Map();
  for (const written of module.emitText().split("\n (func $").slice(1)) {
    const [name] = written.match(/^[^\s)]+/) ?? [""];
    nodes.set(name, written.split("(").length - 1);
    for (const [, callee] of written.matchAll(/\(call \$([^\s)]+)/g))
      callers.set(callee, (callers.get(callee) ?? new Set()).add(name));
  }
  return { callers, nodes };
}
