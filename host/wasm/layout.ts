/** What host and module agree on. Held equal to the sources of assembly/ by tests/unit/wasm/layout.test.ts. */

/** MODEL_BYTES_MAX of assembly/operate/modelFile.ts. */
export const modelBytesMax = 16 << 20;

export const levelNames = [null, "trace", "debug", "info", "warn", "error", "fatal"] as const;
/** The types of a tag, in the order of the TYPE constants of assembly/verdict/detectors.ts from 1 on. */
export const typeNames = ["keyword", "error_rate", "traffic", "novelty", "outlier", "network"] as const;
/** Same order as the MODEL constants of assembly/operate/modelFile.ts. */
export const modelProblems = [
  "",
  "a file too short for a header",
  "a file that does not begin with the model's magic",
  "a model in a newer format",
  "a truncated file",
  "a damaged file (checksum)",
  "a section with invalid fields",
  "a file over 16 MiB",
];

/** Same order as the SNAPSHOT constants of assembly/operate/snapshot.ts. */
export const stateProblems = [
  "",
  "truncated",
  "no state of Oddline",
  "of a newer format than this version reads",
  "damaged (checksum)",
  "damaged (a section)",
  "of windows of another length",
  "made with another seed",
  "too old to be read",
];

export const featureBytes = 32;
export const tokenBytes = 16;
/**
 * Tokens up to this are classes, levels and single signs (assembly/detect/novelty/features.ts), all above are words.
 */
export const classTokenMax = 0x1ffn;
