/** The reader of the configuration section alone. */
export * from "../../../assembly/config";
export { containsPattern, fitsPattern } from "../../../assembly/glob";
export { reserve } from "../../../assembly/memory";
