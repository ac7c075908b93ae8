/**
 * Runs build/oddline.wasm the way Fluent Bit's filter_wasm does: copies tag and record in, each with a NUL behind it,
 * calls, reads the NUL-terminated answer, frees both. The folder, the clock and standard error are in memory.
 */
import { readFileSync } from "node:fs";

const wasmUrl = new URL("../../build/oddline.wasm", import.meta.url);
const compiled = new Map();
const ok = 0;
const badFileDescriptor = 8;
const noEntry = 44;
const noSpace = 51;
const exists = 20;
const regularFile = 4;
const folderFd = 3;
const stateFolderFd = 4;
const modelFd = 7;
const stateFd = 8;
const create = 1;
const exclusive = 4;
const noWait = 4;
const writes = 64n;
const lookRecord = Buffer.from("{}");
/** What is kept free behind each copy (SLACK_BYTES of assembly/runtime/memory.ts). */
const slackBytes = 1024;

/**
 * @typedef {object} FilterHostOptions
 * @property {Uint8Array} [model]
 * @property {URL} [url]
 * @property {Map<string, Buffer>} [stateFiles]
 * @property {WebAssembly.Module} [module] another build than the shipped one
 * @property {number} [poison]
 */

export class FilterHost {
  /**
   * What `oddline.model` in the first accessible folder holds; undefined: there is none.
   * @type {Uint8Array | undefined}
   */
  model;
  inode = 1n;
  modifiedNanoseconds = 1n;
  hasFolder = true;
  /** The WASI file type of the model and of the state; 4: a regular file. */
  modelType = regularFile;
  stateType = regularFile;
  /** What looking at the model, and what opening it, answers; 0: well. */
  modelLookProblem = 0;
  modelOpenProblem = 0;
  /** How often it was opened. */
  modelOpened = 0;
  /**
   * The second folder's files by name; undefined: there is no second folder.
   * @type {Map<string, Buffer> | undefined}
   */
  stateFiles;
  /** What opening a file there for writing answers (0: well), and how many bytes fit into one. */
  stateProblem = 0;
  stateRoomBytes = Number.POSITIVE_INFINITY;
  /**
   * Names that were opened for writing, removed or renamed there, in order.
   * @type {string[]}
   */
  stateSteps = [];
  #stateName = "";
  #stateOffset = 0;
  #stateModified = new Map();
  #clockTicks = 1n;
  /** What random_get gives. */
  random = 0x5a;
  clockMilliseconds = 1_795_227_069_000;
  /** How often the filter has looked at it. */
  clockLooks = 0;
  /**
   * Lines the filter wrote on standard error.
   * @type {string[]}
   */
  errors = [];
  /**
   * Fills what lies behind the copies of tag and record, where nothing may be read; undefined: whatever lay there.
   * @type {number | undefined}
   */
  poison;
  #readOffset = 0;
  #lookedSeconds = 1;
  /** @type {Record<string, any>} */
  #exports;

  /** @param {FilterHostOptions} options */
  constructor({ model, url = wasmUrl, stateFiles, module, poison } = {}) {
    this.model = model;
    this.stateFiles = stateFiles;
    this.poison = poison;
    if (!module && !compiled.has(url.href)) compiled.set(url.href, new WebAssembly.Module(readFileSync(url)));
    const instance = new WebAssembly.Instance(module ?? compiled.get(url.href), {
      wasi_snapshot_preview1: this.#system(),
    });
    this.#exports = instance.exports;
  }

  /**
   * While records come thick the filter looks at its clock, and does what is due, now and then only: until it has. The
   * records for it are of when it looked last: for one of a later time it would look at the clock, but do nothing.
   */
  lookAtClock() {
    const seconds = this.#lookedSeconds;
    for (const { clockLooks } = this; this.clockLooks === clockLooks; )
      this.filter(lookRecord, { seconds, isParsedTime: true });
    this.#lookedSeconds = Math.min(Math.max(1, Math.floor(this.clockMilliseconds / 1000)), 2 ** 32 - 1);
  }

  /** @returns {WebAssembly.Exports} */
  get exports() {
    return this.#exports;
  }

  /**
   * Of a guarded build: how often a region's bounds were overwritten (assembly/runtime/memory.ts).
   * @returns {number}
   */
  get brokenGuards() {
    return this.#exports.brokenGuards?.() ?? 0;
  }

  /**
   * Another file under the same name, as a rename puts it there.
   * @param {Uint8Array | undefined} model
   */
  replaceModel(model, modifiedNanoseconds = this.modifiedNanoseconds + 1n) {
    this.model = model;
    this.inode++;
    this.modifiedNanoseconds = modifiedNanoseconds;
  }

  /** @returns {number} */
  get memoryBytes() {
    return this.#exports.memory.buffer.byteLength;
  }

  /**
   * `output` undefined: the answer was 0. `same`: it was the record's own address. `seconds` is when the record was
   * read, which moves the clock there, unless a parser took it from the line (`isParsedTime`).
   * @param {Uint8Array} record
   * @param {{ tag?: string | Uint8Array; seconds?: number; isParsedTime?: boolean }} [options]
   * @returns {{ output: Buffer | undefined; same: boolean }}
   */
  filter(record, { tag = "app.log", seconds = 0, isParsedTime = false } = {}) {
    if (!isParsedTime) this.clockMilliseconds = Math.max(this.clockMilliseconds, seconds * 1000);
    const { malloc, free, oddline_filter: filter } = this.#exports;
    // another block in front, so that nobody relies on what lies before the tag
    const fillerPtr = this.poison === undefined ? 0 : this.#copyIn(Buffer.alloc(48, this.poison));
    const tagBytes = Buffer.from(/** @type {string} */ (tag));
    const tagPtr = this.#copyIn(tagBytes);
    const recordPtr = this.#copyIn(record);
    if (recordPtr === 0 || tagPtr === 0) throw new Error(`malloc refused ${record.length} bytes`);
    const answer = filter(tagPtr, tagBytes.length, seconds, 0, recordPtr, record.length) >>> 0;
    const output = answer === 0 ? undefined : this.#copyOut(answer, record);
    const tagAfter = new Uint8Array(this.#exports.memory.buffer, tagPtr, tagBytes.length + 1);
    if (tagAfter.at(-1) !== 0 || tagBytes.compare(tagAfter.subarray(0, -1)) !== 0)
      throw new Error("the filter wrote into the tag");
    free(recordPtr);
    free(tagPtr);
    free(fillerPtr);
    void malloc;
    return { output, same: answer === recordPtr };
  }

  #copyIn(bytes) {
    const ptr = this.#exports.malloc(bytes.length + 1) >>> 0;
    if (ptr === 0) return 0;
    const memory = new Uint8Array(this.#exports.memory.buffer);
    memory.set(bytes, ptr);
    memory[ptr + bytes.length] = 0;
    if (this.poison !== undefined) memory.fill(this.poison, ptr + bytes.length + 1, ptr + bytes.length + slackBytes);
    return ptr;
  }

  /** Up to the NUL; a record that holds NULs itself comes back with as many. */
  #copyOut(ptr, record) {
    const memory = new Uint8Array(this.#exports.memory.buffer);
    let end = memory.indexOf(0, ptr);
    for (let at = record.indexOf(0); at >= 0 && end >= 0; at = record.indexOf(0, at + 1))
      end = memory.indexOf(0, end + 1);
    if (end < 0) throw new Error("the answer does not end within memory");
    return Buffer.from(memory.slice(ptr, end));
  }

  #files() {
    if (!this.stateFiles) throw new Error("there is no second folder");
    return this.stateFiles;
  }

  #stateBytes() {
    return this.#files().get(this.#stateName) ?? Buffer.alloc(0);
  }

  #system() {
    const view = () => new DataView(this.#exports.memory.buffer);
    const nameAt = (ptr, length) => Buffer.from(this.#exports.memory.buffer, ptr, length).toString();
    return {
      random_get: (ptr, length) => {
        new Uint8Array(this.#exports.memory.buffer, ptr, length).fill(this.random);
        return ok;
      },
      clock_time_get: (_clock, _precision, ptr) => {
        this.clockLooks++;
        view().setBigUint64(ptr, BigInt(this.clockMilliseconds) * 1_000_000n, true);
        return ok;
      },
      fd_prestat_get: (fd, ptr) => {
        const isFolder = fd === folderFd ? this.hasFolder : fd === stateFolderFd && this.stateFiles !== undefined;
        if (!isFolder) return badFileDescriptor;
        view().setUint32(ptr, 0, true);
        view().setUint32(ptr + 4, 1, true);
        return ok;
      },
      fd_prestat_dir_name: () => ok,
      path_filestat_get: (fd, _flags, namePtr, nameLength, ptr) => {
        if (fd === stateFolderFd && this.stateFiles) {
          const name = nameAt(namePtr, nameLength);
          const file = this.#files().get(name);
          if (!file) return noEntry;
          view().setBigUint64(ptr + 8, 1n, true);
          view().setUint8(ptr + 16, this.stateType);
          view().setBigUint64(ptr + 32, BigInt(file.length), true);
          view().setBigUint64(ptr + 48, this.#stateModified.get(file) ?? 0n, true);
          return ok;
        }
        if (fd !== folderFd || !this.hasFolder) return badFileDescriptor;
        if (nameAt(namePtr, nameLength) !== "oddline.model" || !this.model) return noEntry;
        if (this.modelLookProblem !== 0) return this.modelLookProblem;
        view().setBigUint64(ptr + 8, this.inode, true);
        view().setUint8(ptr + 16, this.modelType);
        view().setBigUint64(ptr + 32, BigInt(this.model.length), true);
        view().setBigUint64(ptr + 48, this.modifiedNanoseconds, true);
        return ok;
      },
      path_open: (fd, _lookup, namePtr, nameLength, open, rights, _inherited, flags, ptr) => {
        if (flags !== noWait) throw new Error("opened in a way that waits where a FIFO stands");
        if (fd === stateFolderFd && this.stateFiles) {
          const name = nameAt(namePtr, nameLength);
          if ((rights & writes) !== 0n) {
            this.stateSteps.push(`write ${name}`);
            if (this.stateProblem !== 0) return this.stateProblem;
            if (open !== (create | exclusive)) throw new Error(`opened for writing with ${open}`);
            if (this.#files().has(name)) return exists;
            this.#files().set(name, Buffer.alloc(0));
          } else if (!this.#files().has(name)) return noEntry;
          this.#stateName = name;
          this.#stateOffset = 0;
          view().setUint32(ptr, stateFd, true);
          return ok;
        }
        if (fd !== folderFd || nameAt(namePtr, nameLength) !== "oddline.model" || !this.model) return noEntry;
        if (this.modelOpenProblem !== 0) return this.modelOpenProblem;
        this.modelOpened++;
        this.#readOffset = 0;
        view().setUint32(ptr, modelFd, true);
        return ok;
      },
      path_rename: (fd, fromPtr, fromLength, _toFd, toPtr, toLength) => {
        if (fd !== stateFolderFd) return badFileDescriptor;
        const [from, to] = [nameAt(fromPtr, fromLength), nameAt(toPtr, toLength)];
        this.stateSteps.push(`rename ${from} ${to}`);
        const file = this.#files().get(from);
        if (!file) return noEntry;
        this.#stateModified.set(file, this.#clockTicks++);
        this.#files().set(to, file);
        this.#files().delete(from);
        return ok;
      },
      path_unlink_file: (fd, namePtr, nameLength) => {
        if (fd !== stateFolderFd) return badFileDescriptor;
        const name = nameAt(namePtr, nameLength);
        this.stateSteps.push(`remove ${name}`);
        return this.#files().delete(name) ? ok : noEntry;
      },
      fd_read: (fd, vectorsPtr, vectors, readPtr) => {
        if (fd === stateFd) {
          const length = Math.min(view().getUint32(vectorsPtr + 4, true), 70_000);
          const part = this.#stateBytes().subarray(this.#stateOffset, this.#stateOffset + length);
          new Uint8Array(this.#exports.memory.buffer).set(part, view().getUint32(vectorsPtr, true));
          this.#stateOffset += part.length;
          view().setUint32(readPtr, part.length, true);
          return ok;
        }
        if (fd !== modelFd) return badFileDescriptor;
        let read = 0;
        for (let i = 0; i < vectors; i++) {
          const ptr = view().getUint32(vectorsPtr + i * 8, true);
          // a short read now and then, as file systems give them
          const length = Math.min(view().getUint32(vectorsPtr + i * 8 + 4, true), 100_000);
          const part = (this.model ?? new Uint8Array()).subarray(this.#readOffset, this.#readOffset + length);
          new Uint8Array(this.#exports.memory.buffer).set(part, ptr);
          this.#readOffset += part.length;
          read += part.length;
        }
        view().setUint32(readPtr, read, true);
        return ok;
      },
      fd_close: (fd) => (fd === modelFd || fd === stateFd ? ok : badFileDescriptor),
      fd_write: (fd, vectorsPtr, vectors, writtenPtr) => {
        if (fd === stateFd) {
          const before = this.#stateBytes();
          const room = this.stateRoomBytes - before.length;
          if (room <= 0) return noSpace;
          // a short write now and then, as a file system gives it
          const length = Math.min(view().getUint32(vectorsPtr + 4, true), 90_000, room);
          const part = new Uint8Array(this.#exports.memory.buffer, view().getUint32(vectorsPtr, true), length);
          this.#files().set(this.#stateName, Buffer.concat([before, part]));
          view().setUint32(writtenPtr, length, true);
          return ok;
        }
        if (fd !== 2) return badFileDescriptor;
        let text = "";
        for (let i = 0; i < vectors; i++) {
          const ptr = view().getUint32(vectorsPtr + i * 8, true);
          text += nameAt(ptr, view().getUint32(vectorsPtr + i * 8 + 4, true));
        }
        view().setUint32(writtenPtr, Buffer.byteLength(text), true);
        this.errors.push(...text.trimEnd().split("\n"));
        return ok;
      },
    };
  }
}
