/** An instance of the filter, and the buffers in its memory that lines, output and models lie in. */
import { OddlineError } from "../io/errors.js";
import { instantiateFilter } from "./exports.js";

/** A line needs this much output in the worst case: every byte escaped, and the tag. */
const roomFor = (lineBytes: number) => lineBytes * 6 + 4096;
export const inputBytesMin = 1 << 20;

export class ModuleMemory {
  readonly exports = instantiateFilter();
  protected input = 0;
  protected inputCapacity = 0;
  protected output = 0;
  protected outputCapacity = 0;
  protected scratch = 0;
  /** Where a model or a long line lies while it is checked. */
  protected checked = 0;
  protected checkedCapacity = 0;
  private view = new Uint8Array(0);

  /** The module's memory; fetched anew where it has grown. */
  bytes(): Uint8Array {
    if (this.view.buffer !== this.exports.memory.buffer) this.view = new Uint8Array(this.exports.memory.buffer);
    return this.view;
  }

  /** A text of the module's own: a byte that says how many follow. */
  textAt(address: number): string {
    const bytes = this.bytes();
    return String.fromCharCode(...bytes.subarray(address + 1, address + 1 + bytes[address]));
  }

  protected ensureRoom(lineBytes: number): void {
    if (lineBytes <= this.inputCapacity) return;
    this.inputCapacity = lineBytes;
    this.outputCapacity = roomFor(lineBytes);
    this.input = this.allocate(this.inputCapacity);
    this.output = this.allocate(this.outputCapacity);
    this.scratch = this.allocate(this.outputCapacity);
  }

  protected allocate(bytes: number): number {
    const ptr = this.exports.oddline_buffer(bytes);
    if (ptr === 0) {
      throw new OddlineError("MEMORY_REFUSED", {
        subject: "oddline.wasm",
        expected: `${bytes} bytes of memory`,
        remedy: "free some memory, or shorten the longest lines",
      });
    }
    return ptr >>> 0;
  }

  protected ensureChecked(bytes: number): void {
    // Buffers are for good, so the next one, a little longer, is given room too; as a line it would ask for 13 times
    // this.
    if (bytes <= this.checkedCapacity) return;
    this.checkedCapacity = Math.max(1 << 16, 2 ** Math.ceil(Math.log2(bytes)));
    this.checked = this.allocate(this.checkedCapacity);
  }
}
