/**
 * The lines of tests/data/formats/ and the records of tests/data/records/: a file of either folder is read because it
 * is there. Each line of it is an object: `name` says what it shows, `line` (or `record`) is the text, `base64` stands
 * in its place where the bytes are no UTF-8, `of` whose line it is, and `expect` what the filter makes of it
 * (tests/unit/filter/formats.test.ts).
 */
import { readdirSync, readFileSync } from "node:fs";

export interface Fixture<Expected> {
  name: string;
  /** The file without its ending. */
  file: string;
  /** Whose lines it shows (products.json); none where it is a case of a format. */
  of?: string;
  bytes: Buffer;
  expect: Expected;
}

export type ExpectedFields = Record<string, string | number | boolean>;

function read<Expected>(folder: string): Fixture<Expected>[] {
  const url = new URL(`../data/${folder}/`, import.meta.url);
  const files = readdirSync(url).filter((file) => file.endsWith(".jsonl"));
  return files.sort().flatMap((file) =>
    readFileSync(new URL(file, url), "utf8")
      .trimEnd()
      .split("\n")
      .map((text) => {
        const { of, name, line, record = line, base64, expect } = JSON.parse(text);
        const bytes = base64 === undefined ? Buffer.from(record) : Buffer.from(base64, "base64");
        return { of, name, file: file.replace(/\.jsonl$/, ""), bytes, expect };
      }),
  );
}

/** Every line of every format. */
export const formatFixtures = (): Fixture<ExpectedFields>[] => read("formats");

/** Records that once came back wrong, or nearly; `expect`: as they come back, with an empty verdict. */
export const recordFixtures = (): Fixture<string>[] => read("records");

/** The lines of all formats, a character a byte. */
export const fixtureLines = (): string[] => formatFixtures().map(({ bytes }) => bytes.toString("latin1"));
