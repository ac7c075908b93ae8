/**
 * Where zstd's frames end (RFC 8878, section 3.1): Node's decompressor takes one frame, and ends without an error where
 * its input breaks off, so that part of a log would be learnt as all of it. Only headers are read.
 */

const magicBytes = 4;
const skippable = 0x184d2a50;
const dictionaryBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];

/** Says of pieces, one after the other, what the next bytes are; each step names how many bytes it is about. */
export class ZstdFrames {
  private readonly field: number[] = [];
  private fieldBytes = magicBytes;
  private passOver = 0;
  private take: (field: number[]) => void = this.takeMagic;
  private hasChecksum = false;

  /** Returns how many bytes of the piece were looked at: all, or those up to the end of a frame. */
  add(chunk: Uint8Array): number {
    for (let at = 0; ; ) {
      const passed = Math.min(this.passOver, chunk.length - at);
      this.passOver -= passed;
      at += passed;
      if (at === chunk.length || (passed > 0 && this.isWhole)) return at;
      this.field.push(chunk[at++]);
      if (this.field.length === this.fieldBytes) this.take(this.field.splice(0));
    }
  }

  /** Between two frames: nothing is missing. */
  get isWhole(): boolean {
    return this.take === this.takeMagic && this.field.length === 0 && this.passOver === 0;
  }

  private expect(bytes: number, take: (field: number[]) => void, passOver = 0): void {
    this.fieldBytes = bytes;
    this.take = take;
    this.passOver = passOver;
  }

  private takeMagic(field: number[]): void {
    if ((number(field) & 0xfffffff0) >>> 0 === skippable) this.expect(4, this.takeSkippedSize);
    else this.expect(1, this.takeDescriptor);
  }

  private takeSkippedSize(field: number[]): void {
    this.expect(magicBytes, this.takeMagic, number(field));
  }

  private takeDescriptor([descriptor]: number[]): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    this.hasChecksum = (descriptor & 4) !== 0;
    const contentSize = contentSizeBytes[descriptor >> 6] || (isSingleSegment ? 1 : 0);
    const rest = (isSingleSegment ? 0 : 1) + dictionaryBytes[descriptor & 3] + contentSize;
    this.expect(3, this.takeBlock, rest);
  }

  private takeBlock(field: number[]): void {
    const header = number(field);
    const isRepeated = ((header >> 1) & 3) === 1;
    const bytes = isRepeated ? 1 : header >> 3;
    if ((header & 1) === 0) this.expect(3, this.takeBlock, bytes);
    else this.expect(magicBytes, this.takeMagic, bytes + (this.hasChecksum ? 4 : 0));
  }
}

const number = (field: number[]) => field.reduceRight((sum, byte) => sum * 256 + byte, 0);
