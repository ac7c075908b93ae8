import { skipSpace, skipString, skipValue, unescape, unescapedEndPtr } from "../../../assembly/runtime/json";
import { put, shown, textEndPtr, textPtr } from "./support";

const target = memory.data(2048);

/** What `unescape` makes of the inside of a string, closing quote included in the text. */
function unescaped(text: string, offset: usize = 0): string {
  put(text, offset);
  const quotePtr = unescape(textPtr, textEndPtr, target, target + 1024);
  if (quotePtr == 0) return "<none>";
  return shown(target, unescapedEndPtr) + "|" + (quotePtr - textPtr).toString();
}

function valueBytes(text: string): i32 {
  put(text);
  const endPtr = skipValue(textPtr, textEndPtr);
  return endPtr == 0 ? -1 : <i32>(endPtr - textPtr);
}

function stringBytes(text: string): i32 {
  put(text);
  const quotePtr = skipString(textPtr, textEndPtr);
  return quotePtr == 0 ? -1 : <i32>(quotePtr - textPtr);
}

describe("walking JSON", () => {
  it("skips strings", () => {
    expect<i32>(stringBytes('"')).toBe(0);
    expect<i32>(stringBytes('abc"')).toBe(3);
    expect<i32>(stringBytes('a\\"c"')).toBe(4);
    expect<i32>(stringBytes('\\\\"x')).toBe(2);
    expect<i32>(stringBytes('0123456\\"89"')).toBe(11);
    expect<i32>(stringBytes("abc")).toBe(-1, "the quote behind the end is none");
    expect<i32>(stringBytes("abc\\")).toBe(-1);
    expect<i32>(stringBytes('abcdefg\\"')).toBe(-1);
    expect<i32>(stringBytes("")).toBe(-1);
  });

  it("skips values of every kind", () => {
    expect<i32>(valueBytes('"a",')).toBe(3);
    expect<i32>(valueBytes("-12.5e+3,")).toBe(8);
    expect<i32>(valueBytes("true}")).toBe(4);
    expect<i32>(valueBytes("null")).toBe(4);
    expect<i32>(valueBytes('{"a":[1,{"b":"]}"}]} ,')).toBe(20);
    expect<i32>(valueBytes("[]")).toBe(2);
    expect<i32>(valueBytes("[[[[1]]]],")).toBe(9);
    expect<i32>(valueBytes("")).toBe(-1);
    expect<i32>(valueBytes(",")).toBe(-1);
    expect<i32>(valueBytes("]")).toBe(-1);
    expect<i32>(valueBytes("[1,2")).toBe(-1);
    expect<i32>(valueBytes('{"a":"}')).toBe(-1);
    expect<i32>(valueBytes("[".repeat(50000) + "]".repeat(50000))).toBe(100000);
    expect<i32>(valueBytes("[".repeat(100000))).toBe(-1);
  });

  it("skips JSON's four spaces only", () => {
    put(" \t\r\n\fx");
    expect<usize>(skipSpace(textPtr, textEndPtr)).toBe(textPtr + 4);
    put("   ", 0, 0x20);
    expect<usize>(skipSpace(textPtr, textEndPtr)).toBe(textEndPtr);
  });
});

describe("unescaping", () => {
  it("undoes every escape", () => {
    expect<string>(unescaped('"')).toBe("|0");
    expect<string>(unescaped('plain words, nothing else"')).toBe("plain words, nothing else|25");
    expect<string>(unescaped('\\"\\\\\\/\\b\\f\\n\\r\\t"')).toBe('"\\/\b\f\n\r\t|16');
    expect<string>(unescaped('\\u0041\\u00e9\\u00C9\\u20ac\\uFFFF"')).toBe("AéÉ€\uffff|30");
    expect<string>(unescaped('ошибка 🚀"')).toBe("ошибка 🚀|17");
  });

  it("joins surrogates and replaces lone ones", () => {
    expect<string>(unescaped('\\ud83d\\ude80"')).toBe("🚀|12");
    expect<string>(unescaped('\\uD834\\uDD1E"')).toBe("𝄞|12");
    expect<string>(unescaped('\\udbff\\udfff"')).toBe("\u{10ffff}|12");
    expect<string>(unescaped('a\\ud83db"')).toBe("a\ufffdb|8");
    expect<string>(unescaped('\\ude80"')).toBe("\ufffd|6");
    expect<string>(unescaped('\\ud83d\\u0041"')).toBe("\ufffdA|12");
    expect<string>(unescaped('\\ud83d\\ud83d\\ude80"')).toBe("\ufffd🚀|18");
    expect<string>(unescaped('\\ud83d\\n"')).toBe("\ufffd\n|8");
  });

  it("says no to what is no escape", () => {
    expect<string>(unescaped('\\q"')).toBe("<none>");
    expect<string>(unescaped('\\u12"')).toBe("<none>");
    expect<string>(unescaped('\\u12g4"')).toBe("<none>");
    expect<string>(unescaped('\\ud83d\\u12"')).toBe("<none>");
    expect<string>(unescaped('\\U0041"')).toBe("<none>");
  });

  it("gives the same wherever the bytes lie, and nothing at every cut", () => {
    const text = 'GET \\"/a\\u00e9\\\\b\\ud83d\\ude80c\\ud83dd\\n0123456789é🚀 end"';
    const whole = unescaped(text);
    expect<bool>(whole.length > 30).toBe(true);
    const bytes = <usize>String.UTF8.byteLength(text);
    for (let offset: usize = 0; offset < 16; offset++) {
      expect<string>(unescaped(text, offset)).toBe(whole);
      for (let cut: usize = 0; cut < bytes; cut++) {
        expect<usize>(unescape(textPtr, textPtr + cut, target, target + 1024)).toBe(0, cut.toString());
        expect<usize>(skipString(textPtr, textPtr + cut)).toBe(0, cut.toString());
      }
    }
  });

  it("undoes quotes that stand near one another, in any room", () => {
    const pieces: string[] = ['\\"', ":", ": ", ",", ", ", "\\\\", "\\n", "{", "name", "a longer one é", '\\"', '\\"'];
    const plain: string[] = ['"', ":", ": ", ",", ", ", "\\", "\n", "{", "name", "a longer one é", '"', '"'];
    let state: u32 = 1;
    for (let round = 0; round < 400; round++) {
      let text = "";
      let expected = "";
      for (let i = 0; i < 40; i++) {
        state = state * 1664525 + 1013904223;
        const piece = <i32>((state >> 16) % <u32>pieces.length);
        text += pieces[piece];
        expected += plain[piece];
      }
      put(text + '"');
      const whole = unescape(textPtr, textEndPtr, target, target + 1024);
      expect<usize>(whole).toBe(textEndPtr - 1);
      const bytes = unescapedEndPtr - target;
      expect<string>(shown(target, unescapedEndPtr)).toBe(expected);
      memory.copy(target + 1024, target, bytes);
      for (let room: usize = 32; room < bytes + 16; room += 3) {
        expect<usize>(unescape(textPtr, textEndPtr, target, target + room)).toBe(textEndPtr - 1);
        const written = unescapedEndPtr - target;
        expect<bool>(written + 16 >= room && written < room).toBe(true, room.toString());
        expect<i32>(memory.compare(target, target + 1024, written)).toBe(0, room.toString());
      }
    }
  });

  it("stops writing at the end of its room and still finds the quote", () => {
    const long = "0123456789".repeat(20) + "\\u20ac".repeat(40) + '"';
    put(long);
    memory.fill(target, 0x7e, 1024);
    for (let room: usize = 32; room < 200; room++) {
      expect<usize>(unescape(textPtr, textEndPtr, target, target + room)).toBe(textEndPtr - 1);
      expect<bool>(unescapedEndPtr <= target + room).toBe(true);
      expect<bool>(unescapedEndPtr >= target + room - 24).toBe(true);
      expect<u8>(load<u8>(target + room)).toBe(0x7e, "not written past the end");
    }
  });

  it("unescapes bytes of binary data as one character after another, up to the end of the room", () => {
    const parts = ["\\\\x0f", "\\\\xa9", "\\\\x16", "\\\\x3", '\\\\x\\"', "\\\\", "\\\\x\\\\", "x", "P ", "\\n"];
    let state: u32 = 11;
    for (let round = 0; round < 4000; round++) {
      let text = "";
      for (let left = round % 40; left > 0; left--) {
        state = state * 1103515245 + 12345;
        text += parts[<i32>((state >> 16) % <u32>parts.length)];
      }
      let plain = "";
      for (let i = 0; i < text.length; i++) {
        if (text.charAt(i) != "\\") plain += text.charAt(i);
        else plain += text.charAt(++i) == "n" ? "\n" : text.charAt(i);
      }
      expect<string>(unescaped(text + '"', round & 7)).toBe(plain + "|" + text.length.toString());
      put(text + '"', round & 7);
      const room: usize = 24 + (round & 63);
      memory.fill(target, 0x55, 2048);
      unescape(textPtr, textEndPtr, target, target + room);
      expect<bool>(unescapedEndPtr <= target + room).toBe(true);
      for (let at = target + room; at < target + 256; at++) expect<u8>(load<u8>(at)).toBe(0x55);
    }
  });
});
