import { listEscaped } from "../../../assembly/fields/escaped";
import { listedEndPtr, listedPtr, listMembers } from "../../../assembly/fields/members";
import { isMetName, MET_NAMES_BYTES, meetName, nameEndPtr, nameField } from "../../../assembly/fields/metNames";
import { initialiseFields } from "../../../assembly/fields/named";
import { QUOTE } from "../../../assembly/runtime/characters";
import { skipString, skipValue } from "../../../assembly/runtime/json";
import { put, separateMemory, textEndPtr, textPtr } from "./support";

const table = memory.data(MET_NAMES_BYTES, 8);

/** Whether the members of the object that the text is are listed. */
function isListed(text: string): bool {
  put(text);
  return listMembers(textPtr, textEndPtr);
}

describe("listing an object's members", () => {
  beforeAll(() => {
    separateMemory();
    initialiseFields();
  });

  it("takes whole objects as loggers write them, whatever their values are", () => {
    expect<bool>(isListed('{"msg":"a"}')).toBe(true);
    expect<bool>(isListed('{"msg": "a", "level":3, "a longer name than sixteen":[1, "]"],"x":{"y":"}"}}')).toBe(true);
    expect<bool>(isListed('{"msg":"with \\"quotes\\" in it","na\\"me":"\\\\"}')).toBe(true);
  });

  it("leaves everything else to the slower walk", () => {
    expect<bool>(isListed("{}")).toBe(false);
    expect<bool>(isListed('{"msg":"a"} ')).toBe(false);
    expect<bool>(isListed('{"msg":"a"},{"msg":"b"}')).toBe(false);
    expect<bool>(isListed('{"msg" : "a"}')).toBe(false, "spaced");
    expect<bool>(isListed('{"msg":"a" }')).toBe(false, "spaced");
    expect<bool>(isListed('{"msg" "a"}')).toBe(false);
    expect<bool>(isListed('{"msg":}')).toBe(false);
    expect<bool>(isListed('{"msg":"a" "level":3}')).toBe(false);
    expect<bool>(isListed('{"msg":"a",}')).toBe(false);
    expect<bool>(isListed('{"status":1' + ',"status":1'.repeat(63) + "}")).toBe(true);
    expect<bool>(isListed('{"status":1' + ',"status":1'.repeat(64) + "}")).toBe(false, "more than there is room for");
    expect<bool>(isListed('{"other":1' + ',"other":1'.repeat(640) + "}")).toBe(true, "nobody asks for them");
  });

  it("says no to every cut, and yes only where a walk over the value ends as well", () => {
    const text = '{"msg":"it said \\"no\\"", "a longer name than sixteen":{"b":[1,2]},"n":-1.5e3}';
    expect<bool>(isListed(text)).toBe(true);
    for (let bytes = text.length - 1; bytes > 0; bytes--) {
      put(text);
      expect<bool>(listMembers(textPtr, textPtr + bytes)).toBe(false, bytes.toString());
      put(text.substring(0, bytes) + "}");
      if (listMembers(textPtr, textEndPtr)) expect<usize>(skipValue(textPtr, textEndPtr)).toBe(textEndPtr);
    }
  });
});

/** The text as a string of JSON holds it, and the quote behind. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"') + '"';
}

/** Whether the members of the object that the string is are listed. */
function isListedEscaped(text: string): bool {
  put(text);
  const quotePtr = listEscaped(textPtr, textEndPtr);
  return quotePtr != 0 && quotePtr == textEndPtr - 1;
}

describe("listing members of an object in a string", () => {
  it("takes the same objects, as they lie", () => {
    expect<bool>(isListedEscaped(escaped('{"msg":"a"}'))).toBe(true);
    expect<usize>(listedEndPtr - listedPtr).toBe(24, "one is asked for");
    expect<bool>(isListedEscaped(escaped('{"msg": "a", "level":3, "other":[1, "]"],"x":{"y":"}"}}'))).toBe(true);
    expect<bool>(isListedEscaped(escaped('{"msg":"with \\"quotes\\" and \\\\ in it\\n","o":"\\\\"}'))).toBe(true);
  });

  it("leaves the rest to be unescaped", () => {
    expect<bool>(isListedEscaped(escaped("{}"))).toBe(false);
    expect<bool>(isListedEscaped(escaped('{"msg":"a" }'))).toBe(false, "spaced");
    expect<bool>(isListedEscaped(escaped('{"msg":"a"} '))).toBe(false, "more behind");
    expect<bool>(isListedEscaped('{\\"msg\\":\\"a\\nb\\"}"')).toBe(false, "a line's end");
    expect<bool>(isListedEscaped('{\\"msg\\":\\"a"')).toBe(false, "the string ends inside");
    expect<bool>(isListedEscaped('{\\"msg\\":\\"a\\\\"}"')).toBe(false, "it ends behind a backslash");
    expect<bool>(isListedEscaped('{\\"na"me\\":\\"a\\"}"')).toBe(false, "it ends in a name");
    expect<bool>(isListedEscaped(escaped('{"na\\"me":"a"}'))).toBe(false, "a name with an escape");
    expect<bool>(isListedEscaped(escaped('{"o":' + '"a'.repeat(20000) + '"}'))).toBe(false, "too long");
  });

  it("says no to every cut", () => {
    const text = escaped('{"msg":"it said \\"no\\"", "a longer name than sixteen":{"b":["x",2]},"n":-1.5e3}');
    expect<bool>(isListedEscaped(text)).toBe(true);
    put(text);
    for (let bytes = text.length - 1; bytes > 0; bytes--)
      expect<usize>(listEscaped(textPtr, textPtr + bytes)).toBe(0, bytes.toString());
  });
});

describe("names met", () => {
  it("are known by all their bytes, up to fifteen of them", () => {
    const names: string[] = ["a", "message", "eightlet", "fifteen_letters", "sixteen_letters_", "mess", "messagf"];
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < names.length; i++) {
        put(names[i] + '":', i);
        const isKnown = isMetName(table, QUOTE, textPtr, textEndPtr);
        expect<bool>(isKnown).toBe(round == 1 && names[i].length < 16, names[i]);
        if (!isKnown) meetName(textPtr, skipString(textPtr, textEndPtr), <u32>i + 1);
        expect<u32>(nameField).toBe(<u32>i + 1, names[i]);
        expect<usize>(nameEndPtr).toBe(textPtr + names[i].length);
      }
    }
  });

  it("are not kept where an escaped quote seems to end them", () => {
    put('na\\"me":');
    for (let round = 0; round < 2; round++) {
      expect<bool>(isMetName(table, QUOTE, textPtr, textEndPtr)).toBe(false);
      meetName(textPtr, skipString(textPtr, textEndPtr), 9);
      expect<usize>(nameEndPtr).toBe(textPtr + 6);
    }
  });

  it("are none at the end of the text", () => {
    put("message");
    expect<bool>(isMetName(table, QUOTE, textPtr, textEndPtr)).toBe(false);
    put("", 0, 0);
    expect<bool>(isMetName(table, QUOTE, textPtr, textEndPtr)).toBe(false);
  });
});
