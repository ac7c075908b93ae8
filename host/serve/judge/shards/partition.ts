/** Partitions the lines of a batch among shards and puts what comes back into their order again. */
const newline = 0x0a;

/** About equal parts, cut between lines; fewer where there are fewer lines. */
export function slicesOf(lines: Buffer, count: number): Buffer[] {
  const slices: Buffer[] = [];
  let start = 0;
  for (let left = count; left > 0 && start < lines.length; left--) {
    const aim = start + Math.ceil((lines.length - start) / left);
    const end = aim >= lines.length ? lines.length : lines.indexOf(newline, aim - 1) + 1 || lines.length;
    slices.push(lines.subarray(start, end));
    start = end;
  }
  return slices;
}

/** The lines of each shard, in order; each ends with a newline. `shards` has a number for every line. */
export function partition(lines: Buffer, shards: Uint8Array, count: number): Buffer[] {
  const ends = new Uint32Array(shards.length);
  const bytes = new Array<number>(count).fill(0);
  let at = 0;
  for (let i = 0; i < shards.length; i++) {
    const end = lines.indexOf(newline, at) + 1 || lines.length;
    bytes[shards[i]] += end - at + 1;
    ends[i] = end;
    at = end;
  }
  if (at !== lines.length) throw new Error(`${lines.length - at} bytes belong to no line that was counted`);
  const parts = bytes.map((some) => Buffer.allocUnsafeSlow(some));
  const next = new Array<number>(count).fill(0);
  for (let i = 0, start = 0; i < shards.length; start = ends[i++]) {
    const shard = shards[i];
    next[shard] += lines.copy(parts[shard], next[shard], start, ends[i]);
    if (lines[ends[i] - 1] !== newline) parts[shard][next[shard]++] = newline;
  }
  return parts.map((some, shard) => some.subarray(0, next[shard]));
}

/** One line from each shard's output at a time, as they were partitioned; all must come out even. */
export function gather(outputs: Buffer[], shards: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafeSlow(outputs.reduce((sum, { length }) => sum + length, 0));
  const next = new Array<number>(outputs.length).fill(0);
  let written = 0;
  for (const shard of shards) {
    const end = outputs[shard].indexOf(newline, next[shard]) + 1;
    if (end === 0) throw new Error(`shard ${shard} gave fewer lines than it got`);
    written += outputs[shard].copy(whole, written, next[shard], end);
    next[shard] = end;
  }
  if (written !== whole.length) throw new Error("a shard gave more lines than it got");
  return whole;
}
