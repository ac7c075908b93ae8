/**
 * Which functions ordinary records reach (usualFunctions.json, counted by bench/usualFunctions.mjs on logs of every
 * kind). The build writes those for speed, all others for size, and keeps these out of those: an interpreter copies
 * the constants of a function and clears its locals at every call, so what is rarely used costs each record even where
 * it is jumped over.
 */
import { readFileSync } from "node:fs";
import binaryen from "binaryen";
import { callsOf } from "./calls.mjs";

const listed = JSON.parse(readFileSync(new URL("usualFunctions.json", import.meta.url), "utf8"));
const usual = new Set(
  Object.entries(listed).flatMap(([file, names]) =>
    names.map((/** @type {string} */ name) => `assembly/${file}/${name}`),
  ),
);

/** Nodes of a function so small that a call would take more room, and of one that has no constants to speak of. */
const TINY = 5;
const SMALL = 12;

export const isUsual = (/** @type {string} */ name) => usual.has(name);

/** Keeps functions that few records reach from being copied to several places, or into one that all records reach. */
export function keepRareOut(module, { callers, nodes } = callsOf(module)) {
  for (const [name, count] of nodes) {
    if (isUsual(name)) continue;
    const from = [...(callers.get(name) ?? [])];
    if ((count > TINY && from.length > 1) || (count > SMALL && from.some(isUsual))) keepOut(module, name);
  }
  binaryen.clearPassArguments();
}

/** Functions of that name, `*` of any, are not inlined from now on. */
export function keepOut(module, pattern) {
  binaryen.setPassArgument("no-inline", pattern);
  module.runPasses(["no-inline"]);
}

/** Throws where a function is listed that there is no more. */
export function checkListed({ nodes }) {
  const unknown = [...usual].filter((name) => !nodes.has(name));
  if (unknown.length === 0) return;
  throw new Error(`usualFunctions.json lists what is no function any more: ${unknown.join(", ")}; take it out`);
}
