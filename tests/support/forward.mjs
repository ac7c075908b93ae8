/**
 * Fluentd's forward protocol, as much of it as hands records to a Fluent Bit `forward` input: each with the time it is
 * given, no line cut, and an acknowledgement once a message is taken in.
 * https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1
 */
import { connect } from "node:net";

export class ForwardClient {
  /** Resolves once connected. */
  static async connect(port) {
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new ForwardClient(socket);
  }

  constructor(socket) {
    this.socket = socket;
    this.sent = 0;
    /** @type {Error | undefined} */
    this.failure = undefined;
    socket.on("error", (error) => this.end(error));
    socket.on("close", () => this.end(new Error("fluent-bit closed the connection")));
    socket.on("data", () => this.acknowledged?.resolve(undefined));
  }

  end(error) {
    this.failure ??= error;
    this.acknowledged?.reject(error);
  }

  /** One message; resolves when it was acknowledged. `records` are objects whose strings may be Buffers. */
  async send(tag, seconds, records) {
    if (this.failure) throw this.failure;
    const parts = [];
    arrayHead(parts, 3);
    encode(parts, tag);
    arrayHead(parts, records.length);
    for (const record of records) {
      arrayHead(parts, 2);
      encode(parts, seconds);
      encode(parts, record);
    }
    // a plain number of a chunk is enough: one message is under way at a time
    encode(parts, { chunk: `c${++this.sent}` });
    const answer = new Promise((resolve, reject) => {
      this.acknowledged = { resolve, reject };
    });
    this.socket.write(Buffer.concat(parts));
    await answer;
  }

  close() {
    this.socket.destroy();
  }
}

const byte = (...values) => Buffer.from(values);

function arrayHead(parts, length) {
  const head = Buffer.alloc(5);
  head[0] = 0xdd;
  head.writeUInt32BE(length, 1);
  parts.push(head);
}

/** MessagePack: strings (or Buffers, as the bytes of a string), numbers, booleans, null, arrays, plain objects. */
function encode(parts, value) {
  if (value === null || value === undefined) parts.push(byte(0xc0));
  else if (typeof value === "boolean") parts.push(byte(value ? 0xc3 : 0xc2));
  else if (typeof value === "number") encodeNumber(parts, value);
  else if (typeof value === "string" || Buffer.isBuffer(value)) {
    const bytes = Buffer.from(value);
    const head = Buffer.alloc(5);
    head[0] = 0xdb;
    head.writeUInt32BE(bytes.length, 1);
    parts.push(head, bytes);
  } else if (Array.isArray(value)) {
    arrayHead(parts, value.length);
    for (const item of value) encode(parts, item);
  } else {
    const members = Object.entries(value);
    const head = Buffer.alloc(5);
    head[0] = 0xdf;
    head.writeUInt32BE(members.length, 1);
    parts.push(head);
    for (const [key, item] of members) {
      encode(parts, key);
      encode(parts, item);
    }
  }
}

function encodeNumber(parts, value) {
  const bytes = Buffer.alloc(9);
  if (!Number.isSafeInteger(value)) {
    bytes[0] = 0xcb;
    bytes.writeDoubleBE(value, 1);
  } else if (value >= 0) {
    bytes[0] = 0xcf;
    bytes.writeBigUInt64BE(BigInt(value), 1);
  } else {
    bytes[0] = 0xd3;
    bytes.writeBigInt64BE(BigInt(value), 1);
  }
  parts.push(bytes);
}
