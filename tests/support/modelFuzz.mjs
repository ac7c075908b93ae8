/**
 * Models and states that were changed and then given a checksum that fits: the filter refuses them, or goes on with
 * them as with any other. Signatures too, as summaries carry them. In a guarded build (guardedFilter.mjs), with
 * everything else that records are tried with.
 */
import { FilterHost } from "./filterHost.mjs";
import { seededRandom } from "./hostile.mjs";
import { complain, RecordMaker, startSeconds } from "./recordFuzz.mjs";

const checksumOffset = 24;
const stateChecksumSeed = 0x6f64646c696e6500n;
const sectionTable = 32;
const stateHeaderBytes = 40;
/** So many in one instance, one after another, before another one is begun. */
const mutantsPerHost = 25;

const tellingIntegers = [
  0, 1, 2, 3, 7, 8, 15, 16, 17, 63, 64, 65, 100, 255, 256, 0xffff, 0x10000, 0xfffff, 0x100000, 0x7fffffff, 0x80000000,
  0xfffffff0, 0xfffffffe, 0xffffffff,
];
const tellingNumbers = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-300,
  5e-324,
  1e9,
  1e300,
  Number.MAX_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];

class Mutator {
  constructor(seed) {
    this.random = seededRandom(seed);
  }

  below(n) {
    return Math.floor(this.random() * n);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Changes one to four places of a copy, each in one of the ranges. */
  change(bytes, ranges) {
    const changed = Buffer.from(bytes);
    for (let changes = 1 + this.below(4); changes > 0; changes--) {
      const [start, end] = this.pick(ranges);
      if (end - start >= 8) this.changeWithin(changed, start, end - start);
    }
    return changed;
  }

  changeWithin(bytes, start, length) {
    // what stands first decides on what follows
    const reach = this.random() < 0.5 ? Math.min(length, 160) : length;
    const at = start + (this.below(reach - 7) & (this.random() < 0.8 ? ~3 : ~0));
    const kind = this.below(8);
    if (kind === 0) bytes[at] ^= 1 << this.below(8);
    else if (kind === 1) bytes[at] = this.below(256);
    else if (kind === 2) bytes.writeUInt32LE(this.pick(tellingIntegers), at);
    else if (kind === 3) bytes.writeUInt32LE((bytes.readUInt32LE(at) + this.pick([1, -1, 2, 16, -16])) >>> 0, at);
    else if (kind === 4) bytes.writeUInt16LE(this.pick(tellingIntegers) & 0xffff, at);
    else if (kind === 5) bytes.writeDoubleLE(this.pick(tellingNumbers), at);
    else if (kind === 6) {
      const from = start + this.below(length - 7);
      bytes.copy(bytes, at, from, Math.min(from + 8 + this.below(120), start + length));
    } else bytes.fill(this.pick([0, 0xff, 0x2a, 0x41]), at, Math.min(at + 1 + this.below(300), start + length));
  }
}

/** The sections of a model, and the table that says where they are. */
function rangesOfModel(model) {
  const view = Buffer.from(model.buffer, model.byteOffset, model.length);
  const sections = view.readUInt32LE(12);
  const ranges = [[8, sectionTable + sections * 16]];
  for (let row = sectionTable; row < sectionTable + sections * 16; row += 16)
    ranges.push([view.readUInt32LE(row + 4), view.readUInt32LE(row + 4) + view.readUInt32LE(row + 8)]);
  return ranges;
}

/** The sections of a state, their tags and lengths, and its header. */
function rangesOfState(state) {
  const ranges = [[24, stateHeaderBytes]];
  for (let at = stateHeaderBytes; at < state.length; ) {
    const end = at + 8 + state.readUInt32LE(at + 4);
    ranges.push([at, end], [at + 8, end]);
    at = end;
  }
  return ranges;
}

/**
 * @typedef {object} MutantOptions
 * @property {WebAssembly.Module[]} modules
 * @property {Uint8Array[]} models
 * @property {number} count
 * @property {number} seed
 * @property {number} [records]
 * @property {(exports: WebAssembly.Exports) => number} [operations]
 * @property {(bytes: number) => number} [costMax]
 * @property {(bytes: Buffer, what: string) => void} [onFailure]
 * @property {(done: number) => void} [onProgress]
 */

/**
 * `modules`: builds to take by turns. `models`: what is changed. `operations`: reads a build's counter, and `costMax`
 * says how many a record of so many bytes may take.
 * @param {MutantOptions} options
 */
export function fuzzModels({ modules, models, count, seed, records = 20, operations, costMax, onFailure, onProgress }) {
  const mutator = new Mutator(seed);
  const run = new Run(seed, { operations, costMax, onFailure });
  let host;
  for (let i = 0; i < count; i++) {
    if (i % mutantsPerHost === 0) host = run.begin(mutator.pick(modules));
    const base = mutator.pick(models);
    const model = mutator.change(base, rangesOfModel(base));
    model.writeUInt32LE(mutator.random() < 0.95 ? model.length : model.readUInt32LE(16), 16);
    const result = useModel(host, model, mutator.random() < 0.05);
    if (result === 0) run.summary.accepted++;
    run.send(host, records, () => `model mutant ${i} of seed ${seed}`);
    onProgress?.(i + 1);
  }
  return run.summary;
}

/** Through the export, or the folder; 0: it is in use. */
function useModel(host, model, byFolder) {
  const { oddline_model_room: roomOf, oddline_use_model: use, checksum, memory } = host.exports;
  const room = roomOf(model.length) >>> 0;
  if (room === 0) return -1;
  new Uint8Array(memory.buffer).set(model, room);
  model.writeBigUInt64LE(BigInt.asUintN(64, checksum(room, model.length)), checksumOffset);
  if (byFolder) {
    host.replaceModel(model);
    const told = host.errors.length;
    host.clockMilliseconds += 3_600_000;
    host.lookAtClock();
    return host.errors.slice(told).some((line) => line.includes("loaded")) ? 0 : -1;
  }
  new Uint8Array(memory.buffer).set(model, room);
  return use(model.length);
}

/**
 * The same of states, each into a host that counts on. What it saves afterwards must be taken again.
 * @param {MutantOptions} options
 */
export function fuzzStates({ modules, models, count, seed, records = 20, operations, costMax, onFailure, onProgress }) {
  const mutator = new Mutator(seed);
  const run = new Run(seed, { operations, costMax, onFailure });
  const states = new Map();
  let host;
  let model;
  for (let i = 0; i < count; i++) {
    if (i % mutantsPerHost === 0) {
      model = mutator.pick(models);
      host = run.begin(mutator.pick(modules), model);
      if (!states.has(model)) states.set(model, statesOf(run, run.begin(modules[0], model)));
    }
    const base = mutator.pick(states.get(model));
    const state = mutator.change(base, rangesOfState(base));
    state.writeUInt32LE(state.length, 12);
    if (restore(host, seal(host, state)) === 0) run.summary.accepted++;
    const what = () => `state mutant ${i} of seed ${seed}`;
    run.send(host, records, what);
    const saved = save(host);
    if (saved.length > 0 && restore(host, saved) !== 0) run.fail(saved, `${what()}: what was saved is not taken`);
    if (i % mutantsPerHost === 0) {
      const second = run.begin(modules[0], model, new Map([["oddline.state", state]]));
      run.send(second, records, what);
    }
    onProgress?.(i + 1);
  }
  return run.summary;
}

/** States as they are saved: of a few records, of many, of a day's. */
function statesOf(run, host) {
  return [30, 300, 1500].map((records) => {
    run.send(host, records, () => "before any mutant");
    return save(host);
  });
}

function save(host) {
  const { oddline_save_state: saveState, oddline_state_room: roomOf, memory } = host.exports;
  const bytes = saveState();
  return Buffer.from(new Uint8Array(memory.buffer, roomOf(0) >>> 0, bytes));
}

function seal(host, state) {
  const { oddline_state_room: roomOf, hashBytes, memory } = host.exports;
  const room = roomOf(state.length) >>> 0;
  if (room === 0) return state;
  new Uint8Array(memory.buffer).set(state, room);
  const sum = hashBytes(room + checksumOffset, state.length - checksumOffset, stateChecksumSeed);
  // the checksum is of what follows it
  state.writeBigUInt64LE(BigInt.asUintN(64, sum), 16);
  return state;
}

function restore(host, state) {
  const { oddline_state_room: roomOf, oddline_restore_state: restoreState, memory } = host.exports;
  const room = roomOf(state.length) >>> 0;
  if (room === 0) return -1; // refused memory
  new Uint8Array(memory.buffer).set(state, room);
  return restoreState(state.length, 1);
}

const signatureBytesMax = 4096;
const recordBytesMax = 1 << 20;

/**
 * Signatures as no log makes them: `refresh --summaries` reads them from files.
 * @param {FormOptions} options
 */
export function fuzzForms({ module, model, count, seed, onFailure }) {
  const mutator = new Mutator(seed);
  const run = new Run(seed, { onFailure });
  const host = run.begin(module, model);
  host.lookAtClock();
  if (!host.errors.join().includes("loaded")) run.fail(Buffer.alloc(0), "the model was not loaded");
  const {
    oddline_buffer: bufferOf,
    oddline_signature_features: features,
    oddline_score_signature: score,
    memory,
  } = /** @type {Record<string, any>} */ (host.exports);
  const buffer = bufferOf(signatureBytesMax) >>> 0;
  const parts = [
    "Q",
    "M",
    "T",
    "GET",
    "\x01",
    "200",
    "/",
    "\x02",
    "\x03",
    "\x04",
    "\x05",
    "\x06",
    "\x07",
    "0",
    "a",
    "1",
    "'",
    "%",
    " ",
    "é",
    "name",
  ];
  for (let i = 0; i < count; i++) {
    let signature = "";
    for (let length = mutator.below(mutator.random() < 0.1 ? 3000 : 60); length > 0; length--)
      signature += mutator.pick(parts);
    const bytes = Buffer.from(signature).subarray(0, signatureBytesMax);
    if (mutator.random() < 0.2) for (let j = 0; j < bytes.length; j += 7) bytes[j] = mutator.below(256);
    new Uint8Array(memory.buffer).set(bytes, buffer);
    try {
      features(buffer, bytes.length, i % 2);
      const value = score(buffer, bytes.length);
      if (Number.isNaN(value)) run.fail(bytes, `signature ${i} of seed ${seed}: its score is no number`);
    } catch (error) {
      run.fail(bytes, `signature ${i} of seed ${seed}: trap: ${error instanceof Error ? error.message : error}`);
      throw error;
    }
  }
  run.checkGuards(host, `signatures of seed ${seed}`);
  return run.summary;
}

/** @typedef {Pick<MutantOptions, "count" | "seed" | "onFailure">} Counted */
/** @typedef {Counted & { module: WebAssembly.Module; model: Uint8Array }} FormOptions */

/** What is sent to a host after each mutant, and what is asked of it. */
class Run {
  summary = { accepted: 0, records: 0, failures: 0, dearestShare: 0 };

  /**
   * @param {number} seed
   * @param {Pick<MutantOptions, "operations" | "costMax" | "onFailure">} options
   */
  constructor(seed, options) {
    const { operations, costMax, onFailure } = options;
    this.maker = new RecordMaker(seed, [], true);
    this.arrival = startSeconds;
    this.operations = operations;
    this.costMax = costMax;
    this.onFailure = onFailure;
  }

  fail(bytes, what) {
    this.summary.failures++;
    this.onFailure?.(bytes, what);
  }

  begin(module, model, stateFiles = new Map()) {
    return new FilterHost({ module, model, stateFiles, poison: 0x22 });
  }

  send(host, records, what) {
    host.clockMilliseconds += 31_000;
    host.lookAtClock();
    for (let i = 0; i < records; i++) {
      const { record } = this.maker.next();
      const tag = this.maker.tag();
      if (record.length > recordBytesMax) continue; // a host with little memory cannot even copy it
      this.arrival = this.maker.seconds(this.arrival);
      let output;
      try {
        const before = this.operations?.(host.exports);
        output = host.filter(record, { tag, seconds: this.arrival, isParsedTime: true }).output;
        if (before !== undefined) this.weigh((this.operations?.(host.exports) ?? 0) - before, record, tag, what);
      } catch (error) {
        this.fail(record, `${what()}: ${error instanceof Error ? error.message : error}`);
        throw error;
      }
      this.summary.records++;
      // a changed configuration may let everything pass, or trust
      const wrong = output?.equals(record) ? undefined : complain(record, output);
      if (wrong) this.fail(record, `${what()}: ${wrong}`);
    }
    this.checkGuards(host, what());
  }

  checkGuards(host, what) {
    if (host.brokenGuards > 0) {
      this.fail(Buffer.alloc(0), `${what}: written beyond a region`);
      throw new Error(`${what}: written beyond a region`);
    }
  }

  weigh(cost, record, tag, what) {
    const share = cost / (this.costMax ?? (() => Number.POSITIVE_INFINITY))(record.length + tag.length);
    if (share > this.summary.dearestShare) this.summary.dearestShare = share;
    if (share > 1) this.fail(record, `${what()}: ${cost} operations for ${record.length + tag.length} bytes`);
  }
}
