/**
 * A step of the build (`asc --transform`) that packs the module's text. AssemblyScript keeps a string as UTF-16 behind
 * twenty bytes of header, each in a segment of its own, which makes three bytes of module out of every byte of text.
 * Here every string literal under assembly/ becomes the address of its bytes, behind one byte that says how many they
 * are: a `Text` (runtime/text.ts). All of them lie in one block; equal ones lie there once.
 *
 * Of names that are only ever compared by their hash (runtime/nameTable.ts) the module holds the hashes: the texts
 * given to `addNames` become four bytes a name, those given to `addActions` two more, its first letters.
 */
import { LiteralKind, Node, NodeKind, Token } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

const home = "assembly/runtime/text.ts";
const bytesMax = 255;

export default class PackText extends Transform {
  afterParse(parser) {
    const places = new Map();
    const block = [];
    const put = (count, bytes) => {
      block.push(count, ...bytes);
      return block.length - bytes.length - 1;
    };
    /** Offset of the text in the block. */
    const place = (literal) => {
      const { value } = literal;
      if (places.has(value)) return places.get(value);
      const bytes = asciiOf(literal);
      places.set(value, put(bytes.length, bytes));
      return places.get(value);
    };
    /** The same of names, each as the bytes that `bytesOf` makes of it. */
    const placeNames = (literal, bytesOfName) => {
      asciiOf(literal, Number.POSITIVE_INFINITY);
      const names = literal.value.trim().split(/\s+/);
      if (names.length > bytesMax) throw new Error(`more than ${bytesMax} names: ${names[0]} …`);
      return put(names.length, names.flatMap(bytesOfName));
    };
    const packed = (literal, bytesOfName) => {
      const { range } = literal;
      const at = bytesOfName ? placeNames(literal, bytesOfName) : place(literal);
      const offset = Node.createIntegerLiteralExpression(i64_new(at, 0), range);
      const base = Node.createIdentifierExpression("PACKED_TEXTS", range);
      return Node.createParenthesizedExpression(Node.createBinaryExpression(Token.Plus, base, offset, range), range);
    };
    const sources = parser.sources.filter((source) => source.normalizedPath.startsWith("assembly/"));
    for (const source of sources) for (const statement of source.statements) replaceLiterals(statement, packed);
    const homeSource = sources.find((source) => source.normalizedPath === home);
    if (homeSource === undefined) return;
    const list = arrayLiteralOf(homeSource);
    list.elementExpressions = block.map((byte) => Node.createIntegerLiteralExpression(i64_new(byte, 0), list.range));
  }
}

function asciiOf({ value, range }, limit = bytesMax) {
  const bytes = [...value].map((character) => character.codePointAt(0));
  if (bytes.length <= limit && bytes.every((byte) => byte <= 0x7f)) return bytes;
  const at = `${range.source.normalizedPath}:${range.source.lineAt(range.start)}`;
  throw new Error(`${at}: a text is ASCII of at most ${limit} bytes: ${JSON.stringify(value.slice(0, 60))}`);
}

/** As runtime/nameTable.ts hashes a name (FNV-1a), little-endian. */
function hashOf(name) {
  let hash = 0x811c9dc5;
  for (const character of name.toLowerCase().replace(/[_.@$-]/g, "")) {
    hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
  }
  return [hash & 255, (hash >>> 8) & 255, (hash >>> 16) & 255, hash >>> 24];
}

/** Functions whose texts are names, and what is kept of each. */
const takesNames = new Map([
  ["addNames", hashOf],
  ["addActions", (name) => [...hashOf(name), name.charCodeAt(0), name.charCodeAt(1)]],
]);

/** Replaces each string literal below the node; paths of imports and exports and arguments of decorators stay. */
function replaceLiterals(node, packed) {
  if (node.kind === NodeKind.Import || node.kind === NodeKind.Export || node.kind === NodeKind.Decorator) return;
  const bytesOfName = node.kind === NodeKind.Call ? takesNames.get(node.expression.text) : undefined;
  for (const [name, child] of Object.entries(node)) {
    if (name === "range" || name === "parent") continue;
    if (Array.isArray(child)) {
      for (let i = 0; i < child.length; i++) if (isNode(child[i])) child[i] = replaced(child[i], packed, bytesOfName);
    } else if (isNode(child)) node[name] = replaced(child, packed);
  }
}

function replaced(node, packed, bytesOfName) {
  if (node.kind === NodeKind.Literal) {
    if (node.literalKind === LiteralKind.String) return packed(node, bytesOfName);
    // names may take several lines
    if (bytesOfName && node.literalKind === LiteralKind.Template) {
      return packed({ value: node.parts[0], range: node.range }, bytesOfName);
    }
  }
  replaceLiterals(node, packed);
  return node;
}

function isNode(value) {
  return typeof value === "object" && value !== null && "kind" in value && "range" in value;
}

/** The one array literal of runtime/text.ts, which takes the block. */
function arrayLiteralOf(node) {
  if (node.kind === NodeKind.Literal && node.literalKind === LiteralKind.Array) return node;
  for (const [name, child] of Object.entries(node)) {
    if (name === "range" || name === "parent") continue;
    for (const one of Array.isArray(child) ? child : [child]) {
      const found = isNode(one) ? arrayLiteralOf(one) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
