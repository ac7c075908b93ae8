/** The whole filter, compiled with `--use GUARDS=1`: memory.ts keeps guards, and says here how many were broken. */
export * from "../../../../assembly/index";
export { brokenGuards, reserve } from "../../../../assembly/runtime/memory";
