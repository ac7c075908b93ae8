import { lengthClass } from "../../../assembly/detect/novelty/requestSignature";
import {
  clearOutput,
  cutOutput,
  initialiseOutput,
  OUTPUT_BYTES_MAX,
  outputEndPtr,
  outputPtr,
  putByte,
  putEscaped,
  putFixed,
  putHex32,
  putInteger,
  putProbability,
} from "../../../assembly/runtime/output";
import { put, separateMemory, shown, textEndPtr, textPtr } from "./support";

separateMemory();
initialiseOutput();
clearOutput();

function written(): string {
  const text = shown(outputPtr, outputEndPtr);
  clearOutput();
  return text;
}

function integer(value: i64): string {
  putInteger(value);
  return written();
}

function fixed(value: f64, decimals: i32): string {
  putFixed(value, decimals);
  return written();
}

function probability(p: f64): string {
  putProbability(p);
  return written();
}

describe("numbers", () => {
  it("as integers", () => {
    expect<string>(integer(0)).toBe("0");
    expect<string>(integer(9)).toBe("9");
    expect<string>(integer(10)).toBe("10");
    expect<string>(integer(-1050)).toBe("-1050");
    expect<string>(integer(i64.MAX_VALUE)).toBe("9223372036854775807");
  });

  it("with decimals, rounded half up", () => {
    expect<string>(fixed(0, 2)).toBe("0.00");
    expect<string>(fixed(1.005, 2)).toBe("1.00", "a double just below");
    expect<string>(fixed(1.125, 2)).toBe("1.13");
    expect<string>(fixed(0.994, 2)).toBe("0.99");
    expect<string>(fixed(0.999, 2)).toBe("1.00");
    expect<string>(fixed(1.2341234, 3)).toBe("1.234");
    expect<string>(fixed(12345.6, 2)).toBe("12345.60");
    expect<string>(fixed(1e300, 2)).toBe("1000000000000.00");
    expect<string>(fixed(Infinity, 2)).toBe("1000000000000.00");
  });

  it("as probabilities of two significant digits", () => {
    expect<string>(probability(1)).toBe("1");
    expect<string>(probability(0.995)).toBe("1");
    expect<string>(probability(0.99)).toBe("0.99");
    expect<string>(probability(0.5)).toBe("0.5");
    expect<string>(probability(0.1)).toBe("0.1");
    expect<string>(probability(0.0996)).toBe("0.1");
    expect<string>(probability(0.012)).toBe("0.012");
    expect<string>(probability(0.000027)).toBe("0.000027");
    expect<string>(probability(1.04e-6)).toBe("0.000001");
    expect<string>(probability(2.5e-8)).toBe("2.5e-8");
    expect<string>(probability(4e-10)).toBe("4e-10");
    expect<string>(probability(9.96e-9)).toBe("1e-8");
  });

  it("as eight hexadecimal digits", () => {
    putHex32(0x9f3c2a71);
    expect<string>(written()).toBe("9f3c2a71");
    putHex32(0xab);
    expect<string>(written()).toBe("000000ab");
  });

  it("of decoded bytes, in half octaves", () => {
    // floor(2 * log2(n + 1)) by Python's decimal module
    const lengths: u32[] = [
      0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 15, 22, 31, 63, 127, 1023, 65535, 1048575, 1048576, 4000000000,
    ];
    const classes: u32[] = [0, 2, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10, 12, 14, 20, 32, 40, 40, 40];
    for (let i = 0; i < lengths.length; i++)
      expect<u32>(lengthClass(lengths[i])).toBe(classes[i], lengths[i].toString());
    let previous: u32 = 0;
    for (let length: u32 = 0; length < 100000; length++) {
      const at = lengthClass(length);
      if (at < previous) expect<u32>(length).toBe(0, "classes never fall");
      previous = at;
    }
  });
});

describe("output", () => {
  it("escapes what JSON needs and hides the rest", () => {
    put('a"b\\c\n\x7fé');
    putEscaped(textPtr, textEndPtr);
    expect<string>(written()).toBe('a\\"b\\\\c????');
  });

  it("is never written past its end", () => {
    for (let i = 0; i < 2000; i++) putByte(0x78);
    expect<usize>(outputEndPtr - outputPtr).toBe(OUTPUT_BYTES_MAX);
    put("more");
    putEscaped(textPtr, textEndPtr);
    putInteger(123);
    expect<usize>(outputEndPtr - outputPtr).toBe(OUTPUT_BYTES_MAX);
    cutOutput(outputPtr + 3);
    putByte(0x79);
    expect<string>(written()).toBe("xxxy");
  });
});
