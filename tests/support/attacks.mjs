/**
 * What whoever can write a log's texts may write to make its lines cost as much as they can: none like another, so that
 * nothing that was kept helps, and as many parts to look at as there is room for.
 */
import { seededRandom } from "./hostile.mjs";

const signs = " =()|;#<>*~!?&+^";
const letters = "abcdefghijklmnopqrstuvwxyz";

/** Each makes one part of a text of them. */
const parts = {
  /** A letter and a sign: nothing has more tokens. */
  tokens: (below) => letters[below(26)] + signs[below(signs.length)],
  words: (below) => `${word(below, 2 + below(7))}${[" ", ", ", "=", "."][below(4)]}`,
  addresses: (below) => ["1.2.3.4 ", "7,", "a1b2 ", "::1 ", "fe80::1 ", "3 "][below(6)],
  identifiers: (below) => below(65536).toString(16) + ":-."[below(3)],
  /** Binary data as Python and nginx write it. */
  escapes: (below) => escaped(below(256)),
};

/**
 * Texts of one kind of parts, each of so many bytes.
 * @param {keyof typeof parts} of
 * @param {number} bytes
 * @param {number} count
 */
export function dearTexts(of, bytes, count, seed = 1) {
  const random = seededRandom(seed);
  const below = (n) => Math.floor(random() * n);
  return Array.from({ length: count }, () => {
    let text = "";
    while (text.length < bytes) text += parts[of](below);
    return text.slice(0, bytes);
  });
}

function escaped(byte) {
  const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
  return isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
}

function word(below, length) {
  return Array.from({ length }, () => letters[below(26)]).join("");
}
