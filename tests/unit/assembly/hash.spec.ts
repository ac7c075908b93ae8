import { hashBytes, hashPair } from "../../../assembly/runtime/hash";
import { put, textEndPtr, textPtr } from "./support";

function hashOf(text: string, seed: u64 = 0): u64 {
  put(text);
  return hashBytes(textPtr, textEndPtr - textPtr, seed);
}

// Golden values: the same steps written in Python's whole numbers.
describe("hashes", () => {
  it("of byte ranges", () => {
    expect<u64>(hashOf("")).toBe(0);
    expect<u64>(hashOf("", 1)).toBe(0xc6a4a7935bd064dc);
    expect<u64>(hashOf("a")).toBe(0xd8fa63a4e4788f81);
    expect<u64>(hashOf("a", 1)).toBe(0xe6b0ab41ca523bb6);
    expect<u64>(hashOf("GET")).toBe(0x49c60fa4a844b0ca);
    expect<u64>(hashOf("12345678")).toBe(0x758f67d162b2d202);
    expect<u64>(hashOf("123456789")).toBe(0x2016488a313f50b3);
    expect<u64>(hashOf("123456789", 1)).toBe(0x05a0b4168d2b50e1);
    expect<u64>(hashOf("ошибка")).toBe(0x859d3b0ec608bb4d);
  });

  it("of pairs, in order", () => {
    expect<u64>(hashPair(1, 2)).toBe(0xa4cf1646a0e0c4d2);
    expect<u64>(hashPair(2, 1)).toBe(0x7effbc238e0c50ed);
    expect<u64>(hashPair(0, 0)).toBe(0x448d54e41bd674e4);
    expect<u64>(hashPair(u64.MAX_VALUE, u64.MAX_VALUE)).toBe(0x9e480ee7a30c0e74);
  });

  it("do not depend on where the bytes lie", () => {
    const text = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (let length = 0; length <= text.length; length++) {
      const part = text.substring(0, length);
      const hash = hashOf(part);
      for (let offset: usize = 1; offset < 8; offset++) {
        put(part, offset, <u8>offset);
        expect<u64>(hashBytes(textPtr, textEndPtr - textPtr, 0)).toBe(hash, part);
      }
    }
  });
});
