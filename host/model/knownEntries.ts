/**
 * The `known:` entries of a model's configuration section (drawn in configSection.ts), and which of them keeps an event
 * quiet: the filter alone decides that, so it is asked with the entries up to the first, the second, and so on.
 */
import { otherTags } from "../config/sectionLayout.js";
import type { Engine } from "../wasm/engine.js";
import { encodeModel, type Sections, section } from "./modelFile.js";

export interface KnownInModel {
  pattern: string;
  reason: string;
  /** Unix seconds at which it ends. */
  untilSeconds: number;
}

const headerBytes = 16;
const fieldHeaderBytes = 8;

export function knownEntries(sections: Sections): KnownInModel[] {
  return [...fieldsOf(sections.get(section.configuration))].filter(isKnown).map(decode);
}

/** The sections with the first so many of their entries alone. */
export function withFirstKnown(sections: Sections, entries: number): Sections {
  const bytes = sections.get(section.configuration);
  if (bytes === undefined) return sections;
  let left = entries;
  const kept = [...fieldsOf(bytes)].filter((field) => !isKnown(field) || left-- > 0);
  const changed = Buffer.concat([Buffer.from(bytes.subarray(0, headerBytes)), ...kept]);
  changed.writeUInt32LE(changed.length, 8);
  changed.writeUInt32LE(kept.length, 12);
  return new Map(sections).set(section.configuration, changed);
}

/** The entry that keeps an event quiet which is tagged without any; undefined where none does. */
export function quietingEntry(
  engine: Engine,
  sections: Sections,
  isTagged: (engine: Engine) => boolean,
): KnownInModel | undefined {
  const entries = knownEntries(sections);
  const isTaggedWith = (count: number) => {
    engine.useModel(encodeModel(engine, withFirstKnown(sections, count)), "known entries");
    return isTagged(engine);
  };
  if (entries.length === 0 || !isTaggedWith(0) || isTaggedWith(entries.length)) return undefined;
  let [low, high] = [1, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isTaggedWith(middle)) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1];
}

function* fieldsOf(bytes: Uint8Array | undefined): Generator<Buffer> {
  if (bytes === undefined) return;
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = headerBytes; at < all.length; ) {
    const end = at + fieldHeaderBytes + Math.ceil(all.readUInt32LE(at + 4) / 8) * 8;
    yield all.subarray(at, end);
    at = end;
  }
}

function isKnown(field: Buffer): boolean {
  const tag = field.readUInt16LE(0);
  return tag === otherTags.known || tag === otherTags.knownBefore;
}

function decode(field: Buffer): KnownInModel {
  const isBefore = field.readUInt16LE(0) === otherTags.knownBefore;
  const at = fieldHeaderBytes + (isBefore ? 8 : 20 + 4 * field.readUInt32LE(fieldHeaderBytes + 16));
  const patternBytes = field.readUInt16LE(at);
  const reasonAt = at + 2 + patternBytes;
  return {
    pattern: field.toString("utf8", at + 2, reasonAt),
    reason: field.toString("utf8", reasonAt + 2, reasonAt + 2 + field.readUInt16LE(reasonAt)),
    untilSeconds: Number(field.readBigInt64LE(fieldHeaderBytes)),
  };
}
