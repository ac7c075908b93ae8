/**
 * Large buffers that are used again. Megabytes allocated for each request make V8 collect all garbage every fifty
 * milliseconds: without this a quarter of the server's CPU. A buffer that is never given back is only not used again.
 */
/** Shorter ones are cheap. */
const bytesMin = 64 << 10;
const bytesMax = 16 << 20;
const keptBytesMax = 64 << 20;

export class BufferPool {
  private readonly free: ArrayBufferLike[] = [];
  /** What is taken: nothing else, and nothing twice, is put among the free ones. */
  private readonly taken = new WeakSet<ArrayBufferLike>();
  private freeBytes = 0;

  /** So many bytes with anything in them. */
  take(bytes: number): Buffer {
    if (bytes < bytesMin || bytes > bytesMax) return Buffer.allocUnsafeSlow(bytes);
    const index = this.free.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= bytes * 4);
    const found = index < 0 ? new ArrayBuffer(2 ** Math.ceil(Math.log2(bytes))) : this.free.splice(index, 1)[0];
    if (index >= 0) this.freeBytes -= found.byteLength;
    this.taken.add(found);
    return Buffer.from(found as ArrayBuffer, 0, bytes);
  }

  copy(bytes: Uint8Array): Buffer {
    const buffer = this.take(bytes.length);
    buffer.set(bytes);
    return buffer;
  }

  /** Nobody reads it any more. */
  give({ buffer }: Uint8Array): void {
    if (!this.taken.delete(buffer) || this.freeBytes + buffer.byteLength > keptBytesMax) return;
    this.free.push(buffer);
    this.freeBytes += buffer.byteLength;
  }
}
