/**
 * Counts what an interpreter would execute: the same module with a counter that each straight run of instructions
 * raises by its operations. Unlike a stopwatch it says the same on every machine. Constants, locals and blocks are
 * free, as in the interpreter of the WebAssembly Micro Runtime, which folds most of them into the operations around
 * them; what it does not fold (assembly/optimiseAgain.mjs) is not counted, a tenth of the time a line takes.
 */
import binaryen from "binaryen";

const free = new Set(
  "local.get local.set local.tee i32.const i64.const f32.const f64.const block loop drop nop then else result".split(
    " ",
  ),
);
const leaving = /^(br|br_if|br_table|return|unreachable)$/;
const prefix = "operations of ";
const declined = "declined by ";
/** Counter of the function at hand. */
let counter = "";
const heads = /^(result|param|local|type|export)$/;
/** A call and a bulk operation cost about as much as so many others. */
const weights = { call: 12, "memory.copy": 6, "memory.fill": 6 };

/**
 * The instrumented module; `operationsOf` reads its counters, one a function, or one for all, which is read at once.
 * @param {Uint8Array} wasm
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function countOperations(wasm, { byFunction = true } = {}) {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(binaryen.Features.All);
  const tree = parse(module.emitText());
  module.dispose();
  const counters = [];
  for (const node of tree) {
    if (node[0] !== "func") continue;
    if (!byFunction && counters.length > 0) {
      instrument(node, undefined);
      continue;
    }
    counter = `$operations${counters.length / 2}`;
    instrument(node, undefined);
    counters.push(["global", counter, ["mut", "i64"], ["i64.const", "0"]]);
    counters.push(["export", `"${prefix}${byFunction ? node[1].slice(1) : "all"}"`, ["global", counter]]);
  }
  tree.splice(
    tree.findIndex((node) => node[0] === "func"),
    0,
    ...counters,
  );
  const counted = binaryen.parseText(print(tree));
  counted.setFeatures(binaryen.Features.All);
  const bytes = counted.emitBinary();
  counted.dispose();
  return Uint8Array.from(bytes);
}

/**
 * Operations so far by function, and in all.
 * @param {Record<string, any>} exports
 */
export function operationsOf(exports) {
  /** @type {Map<string, number>} */
  const byFunction = new Map();
  let all = 0;
  for (const [name, value] of Object.entries(exports)) {
    if (!name.startsWith(prefix)) continue;
    byFunction.set(name.slice(prefix.length), Number(value.value));
    all += Number(value.value);
  }
  return { all, byFunction };
}

/**
 * The module with one counter, and for each function whose name fits what its last call cost that came to nothing
 * (`declinedOf` reads it): false, what it calls included.
 * @param {Uint8Array} wasm
 * @param {RegExp} fits
 */
export function countDeclining(wasm, fits) {
  const module = binaryen.readBinary(countOperations(wasm, { byFunction: false }));
  module.setFeatures(binaryen.Features.All);
  const tree = parse(module.emitText());
  module.dispose();
  const counter = tree.find((node) => node[0] === "export" && node[1] === `"${prefix}all"`)[2][1];
  const spent = (since) => ["i64.sub", ["global.get", counter], since];
  for (const node of tree.filter((part) => part[0] === "func" && fits.test(part[1]))) {
    const name = node[1];
    const total = `$declined${tree.length}`;
    const type = node.filter((part) => part[0] === "param" || part[0] === "result");
    if (!type.some((part) => part[0] === "result")) continue;
    node[1] = `${name}/counted`;
    const parameters = type.filter((part) => part[0] === "param");
    tree.splice(
      tree.findIndex((part) => part[0] === "func"),
      0,
      ["global", total, ["mut", "i64"], ["i64.const", "0"]],
      ["export", `"${declined}${name.slice(1)}"`, ["global", total]],
      [
        "func",
        name,
        ...type,
        ["local", "$since", "i64"],
        ["local", "$found", "i32"],
        ["local.set", "$since", ["global.get", counter]],
        ["local.set", "$found", ["call", node[1], ...parameters.map((part) => ["local.get", part[1]])]],
        [
          "if",
          ["i32.eqz", ["local.get", "$found"]],
          ["then", ["global.set", total, ["i64.add", ["global.get", total], spent(["local.get", "$since"])]]],
        ],
        ["local.get", "$found"],
      ],
    );
  }
  const wrapped = binaryen.parseText(print(tree));
  wrapped.setFeatures(binaryen.Features.All);
  const bytes = wrapped.emitBinary();
  wrapped.dispose();
  return Uint8Array.from(bytes);
}

/**
 * What was spent on calls that came to nothing, by function.
 * @param {Record<string, any>} exports
 * @returns {Map<string, number>}
 */
export function declinedOf(exports) {
  const names = Object.keys(exports).filter((name) => name.startsWith(declined));
  return new Map(names.map((name) => [name.slice(declined.length), Number(exports[name].value)]));
}

/** Of a module with one counter for all. */
export function allOperations(exports) {
  return Number(exports[`${prefix}all`].value);
}

/** S-expressions as nested arrays; strings keep their quotes. */
function parse(text) {
  /** @type {any[]} */
  const root = [];
  const open = [root];
  const tokens = /\(;.*?;\)|;;.*|"(?:\\.|[^"\\])*"|[()]|[^\s()";]+/gs;
  for (const [token] of text.matchAll(tokens)) {
    if (token.startsWith("(;") || token.startsWith(";;")) continue;
    if (token === "(") open.push([]);
    else if (token === ")") {
      const done = open.pop();
      open[open.length - 1].push(done);
    } else open[open.length - 1].push(token);
  }
  return root[0];
}

function print(node) {
  return typeof node === "string" ? node : `(${node.map(print).join(" ")})`;
}

/** Puts a counter before each run of this sequence; `run` is the one that is open. Returns whether it may be left. */
function instrument(sequence, run) {
  let left = false;
  const body = [];
  for (const part of sequence) {
    if (typeof part === "string" || heads.test(part[0])) {
      body.push(part);
      continue;
    }
    if (!run) {
      const amount = ["i64.const", "0"];
      run = { amount };
      body.push(["global.set", counter, ["i64.add", ["global.get", counter], amount]]);
    }
    body.push(part);
    if (weigh(part, run)) {
      left = true;
      run = undefined;
    }
  }
  sequence.splice(0, sequence.length, ...body);
  return left;
}

/** Adds an instruction and what it contains to the run; true where control may leave within it. */
function weigh(node, run) {
  const [operation] = node;
  if (operation === "block") return instrument(node, run);
  if (operation === "loop") {
    instrument(node, undefined);
    return true;
  }
  const weight = free.has(operation) ? 0 : (weights[operation] ?? 1);
  run.amount[1] = String(Number(run.amount[1]) + weight);
  let left = leaving.test(operation);
  for (const part of node) {
    if (typeof part === "string" || heads.test(part[0])) continue;
    if (part[0] === "then" || part[0] === "else") {
      instrument(part, undefined);
      left = true;
    } else if (weigh(part, run)) left = true;
  }
  return left;
}
