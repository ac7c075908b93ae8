/**
 * Compares what a pipeline with Oddline wrote with what the same pipeline wrote through the no-op filter: the same
 * records in the same order, byte for byte, but for an `anomaly` member put in before the last brace.
 */
const newline = 0x0a;
const comma = 0x2c;
const member = Buffer.from('"anomaly":{');

export interface Comparison {
  records: number;
  /** Each tagged record's number, from 0, and its `anomaly`. */
  tags: Map<number, Record<string, unknown>>;
}

export function compareRecords(plain: Buffer, tagged: Buffer): Comparison {
  const tags = new Map<number, Record<string, unknown>>();
  let records = 0;
  let plainAt = 0;
  let taggedAt = 0;
  while (plainAt < plain.length) {
    const plainEnd = plain.indexOf(newline, plainAt);
    const taggedEnd = tagged.indexOf(newline, taggedAt);
    if (plainEnd < 0 || taggedEnd < 0) throw new Error(`record ${records} is missing or cut off`);
    if (tagged.compare(plain, plainAt, plainEnd, taggedAt, taggedEnd) !== 0) {
      tags.set(records, tagOf(plain.subarray(plainAt, plainEnd), tagged.subarray(taggedAt, taggedEnd), records));
    }
    records++;
    plainAt = plainEnd + 1;
    taggedAt = taggedEnd + 1;
  }
  if (taggedAt !== tagged.length) throw new Error(`more came out than went in: record ${records} and on`);
  return { records, tags };
}

function tagOf(plain: Buffer, tagged: Buffer, record: number): Record<string, unknown> {
  const brace = plain.length - 1;
  const memberAt = tagged[brace] === comma ? brace + 1 : brace;
  const unchanged =
    tagged.compare(plain, 0, brace, 0, brace) === 0 &&
    tagged.compare(member, 0, member.length, memberAt, memberAt + member.length) === 0;
  if (!unchanged) throw new Error(`record ${record} was changed:\n${plain}\n${tagged}`);
  return JSON.parse(tagged.subarray(memberAt + member.length - 1, tagged.length - 1).toString("utf8"));
}
