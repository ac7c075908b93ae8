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
const folderFd = 3;
const modelFd = 4;

export class FilterHost {
  /** What `oddline.model` in the first accessible folder holds; undefined: there is none. */
  model;
  inode = 1n;
  modifiedNanoseconds = 1n;
  hasFolder = true;
  clockMilliseconds = 1_795_227_069_000;
  /** Lines the filter wrote on standard error. */
  errors = [];
  #readOffset = 0;
  #exports;

  constructor({ model, url = wasmUrl } = {}) {
    this.model = model;
    if (!compiled.has(url.href)) compiled.set(url.href, new WebAssembly.Module(readFileSync(url)));
    const instance = new WebAssembly.Instance(compiled.get(url.href), { wasi_snapshot_preview1: this.#system() });
    this.#exports = instance.exports;
  }

  /** Another file under the same name, as a rename puts it there. */
  replaceModel(model, modifiedNanoseconds = this.modifiedNanoseconds + 1n) {
    this.model = model;
    this.inode++;
    this.modifiedNanoseconds = modifiedNanoseconds;
  }

  get memoryBytes() {
    return this.#exports.memory.buffer.byteLength;
  }

  /** `output` undefined: the answer was 0. `same`: it was the record's own address. */
  filter(record, { tag = "app.log", seconds = 0 } = {}) {
    const { malloc, free, oddline_filter: filter } = this.#exports;
    const tagPtr = this.#copyIn(Buffer.from(tag));
    const recordPtr = this.#copyIn(record);
    if (recordPtr === 0 || tagPtr === 0) throw new Error(`malloc refused ${record.length} bytes`);
    const answer = filter(tagPtr, tag.length, seconds, 0, recordPtr, record.length) >>> 0;
    const output = answer === 0 ? undefined : this.#copyOut(answer, record);
    free(recordPtr);
    free(tagPtr);
    void malloc;
    return { output, same: answer === recordPtr };
  }

  #copyIn(bytes) {
    const ptr = this.#exports.malloc(bytes.length + 1) >>> 0;
    if (ptr === 0) return 0;
    const memory = new Uint8Array(this.#exports.memory.buffer);
    memory.set(bytes, ptr);
    memory[ptr + bytes.length] = 0;
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

  #system() {
    const view = () => new DataView(this.#exports.memory.buffer);
    const nameAt = (ptr, length) => Buffer.from(this.#exports.memory.buffer, ptr, length).toString();
    return {
      random_get: (ptr, length) => {
        new Uint8Array(this.#exports.memory.buffer, ptr, length).fill(0x5a);
        return ok;
      },
      clock_time_get: (_clock, _precision, ptr) => {
        view().setBigUint64(ptr, BigInt(this.clockMilliseconds) * 1_000_000n, true);
        return ok;
      },
      fd_prestat_get: (fd, ptr) => {
        if (fd !== folderFd || !this.hasFolder) return badFileDescriptor;
        view().setUint32(ptr, 0, true);
        view().setUint32(ptr + 4, 1, true);
        return ok;
      },
      fd_prestat_dir_name: () => ok,
      path_filestat_get: (fd, _flags, namePtr, nameLength, ptr) => {
        if (fd !== folderFd || !this.hasFolder) return badFileDescriptor;
        if (nameAt(namePtr, nameLength) !== "oddline.model" || !this.model) return noEntry;
        view().setBigUint64(ptr + 8, this.inode, true);
        view().setBigUint64(ptr + 32, BigInt(this.model.length), true);
        view().setBigUint64(ptr + 48, this.modifiedNanoseconds, true);
        return ok;
      },
      path_open: (fd, _lookup, namePtr, nameLength, _open, _rights, _inherited, _flags, ptr) => {
        if (fd !== folderFd || nameAt(namePtr, nameLength) !== "oddline.model" || !this.model) return noEntry;
        this.#readOffset = 0;
        view().setUint32(ptr, modelFd, true);
        return ok;
      },
      fd_read: (fd, vectorsPtr, vectors, readPtr) => {
        if (fd !== modelFd) return badFileDescriptor;
        let read = 0;
        for (let i = 0; i < vectors; i++) {
          const ptr = view().getUint32(vectorsPtr + i * 8, true);
          // a short read now and then, as file systems give them
          const length = Math.min(view().getUint32(vectorsPtr + i * 8 + 4, true), 100_000);
          const part = this.model.subarray(this.#readOffset, this.#readOffset + length);
          new Uint8Array(this.#exports.memory.buffer).set(part, ptr);
          this.#readOffset += part.length;
          read += part.length;
        }
        view().setUint32(readPtr, read, true);
        return ok;
      },
      fd_close: (fd) => (fd === modelFd ? ok : badFileDescriptor),
      fd_write: (fd, vectorsPtr, vectors, writtenPtr) => {
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
