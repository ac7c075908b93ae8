/**
 * What host and module agree on. tests/unit/project/sharedConstants.test.ts holds it equal to the sources of assembly/.
 */

export const modelBytesMax = 16 << 20;
/** Stands for the time of a line that has none. */
export const noTime = 2n ** 63n - 1n;
/** First byte of a text's signature; a request's differs. */
export const textSignature = 0x54;
export const requestSignature = 0x51;
export const signatureBytesMax = 4096;
/** What stands between the parts of a signature. */
export const fieldEnd = 1;
export const nameStart = 2;
export const valueStart = 3;
export const valueEnd = 4;

export const levelNames = [null, "trace", "debug", "info", "warn", "error", "fatal"] as const;
/** The types of a tag, in the order of their numbers from 1 on. */
export const typeNames = ["keyword", "error_rate", "traffic", "novelty", "outlier", "network", "burst"] as const;
/** A key's states and events in the order of their numbers. */
export const stateNames = ["NORMAL", "ERROR_RATE_ALERT", "TRAFFIC_ALERT", "KEYWORD_ALERT", "BURST_ALERT"] as const;
export const eventNames = [
  null,
  ...(["KEYWORD_DETECTED", "HIGH_ERROR_RATE", "HIGH_TRAFFIC", "NORMAL_ACTIVITY", "BURST"] as const),
] as const;

/** What a check of a model finds, in the order of its numbers. */
export const modelProblems = {
  ok: "",
  tooShort: "a file too short for a header",
  noMagic: "a file that does not begin with the model's magic",
  newer: "a model in a newer format",
  sizeDiffers: "a truncated file",
  damaged: "a damaged file (checksum)",
  sectionInvalid: "a section with invalid fields",
  tooLarge: "a file over 16 MiB",
};

/** What a check of a state finds, in the order of its numbers. */
export const stateProblems = {
  ok: "",
  truncated: "truncated",
  foreign: "no state of Oddline",
  newer: "of a newer format than this version reads",
  damaged: "damaged (checksum)",
  invalid: "damaged (a section)",
  otherWindow: "of windows of another length",
  otherSeed: "made with another seed",
  older: "too old to be read",
};

/** What a flow lacks, in the order of its numbers. */
export const flowFlaws = {
  none: "",
  source: "no address as source",
  destination: "no address as destination",
  bytes: "no bytes",
  number: "the bytes are no number",
};

export const featureBytes = 32;
/** Kinds of features that learning looks at. */
export const featureKinds = {
  method: 1,
  status: 2,
  methodStatus: 3,
  child: 6,
  extension: 7,
  parameterName: 9,
  valueShape: 10,
  valueSpecial: 12,
  malformedShape: 14,
  template: 15,
  tokenPair: 16,
  word: 17,
  pathPair: 18,
  nameSpecial: 19,
  outcome: 22,
  content: 24,
} as const;
/** Its entry counts places of parameters (assembly/detect/novelty/features.ts). */
export const placesGroup = 0x8f2d6a31c95be074n;
/** The group of user agents in the model's table (assembly/detect/agents/marks.ts). */
export const agentsGroup = 0xa9c3f2d17be05846n;
/** Kinds whose values are looked for in several groups. */
export const kindsOfLevels = [6, 9, 10, 11, 12, 13, 20, 21, 22];
export const isOfRequest = (kind: number) => (kind & 0xff) < featureKinds.template || (kind & 0xff) > featureKinds.word;
/** In the second byte of a kind: how many groups more specific than this one the value has. */
export const featureLevel = (kind: number) => kind >> 8;
/** The group of numbers (assembly/detect/ranges/fields.ts). */
export const rangesGroup = 0x5d1f0c86a3b97e24n;
/** Shapes that have a name in a reason, in the order of their numbers from 1 on. */
export const usualShapeNames = { digits: "9", letters: "a", words: "A", empty: "" };

export const tokenBytes = 16;
/** A number; up to the other, all that varies from line to line. */
export const numberToken = 1n;
export const variableTokenMax = 4n;
/** Tokens up to this are classes, levels and single signs, all above are words. */
export const classTokenMax = 0x1ffn;
