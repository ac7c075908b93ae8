/**
 * A step of the build (`asc --transform`) that packs the module's text. AssemblyScript keeps a string as UTF-16 behind
 * twenty bytes of header, each in a segment of its own, which makes three bytes of module out of every byte of text.
 * Here every string literal under assembly/ becomes the address of its bytes, behind one byte that says how many they
 * are: a `Text` (runtime/text.ts). All of them lie in one block; equal ones lie there once.
 */
import { LiteralKind, Node, NodeKind, Token } from "assemblyscript";
import { Transform } from "assemblyscript/transform";

const home = "assembly/runtime/text.ts";
const bytesMax = 255;

export default class PackText extends Transform {
  afterParse(parser) {
    const places = new Map();
    const block = [];
    /** Offset of the text in the block. */
    const place = (literal) => {
      const { value, range } = literal;
      if (places.has(value)) return places.get(value);
      const bytes = [...value].map((character) => character.codePointAt(0));
      if (bytes.length > bytesMax || bytes.some((byte) => byte > 0x7f)) {
        const at = `${range.source.normalizedPath}:${range.source.lineAt(range.start)}`;
        throw new Error(`${at}: a text is ASCII of at most ${bytesMax} bytes: ${JSON.stringify(value.slice(0, 60))}`);
      }
      places.set(value, block.length);
      block.push(bytes.length, ...bytes);
      return places.get(value);
    };
    const packed = (literal) => {
      const { range } = literal;
      const offset = Node.createIntegerLiteralExpression(i64_new(place(literal), 0), range);
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

/** Replaces each string literal below the node; paths of imports and exports and arguments of decorators stay. */
function replaceLiterals(node, packed) {
  if (node.kind === NodeKind.Import || node.kind === NodeKind.Export || node.kind === NodeKind.Decorator) return;
  for (const [name, child] of Object.entries(node)) {
    if (name === "range" || name === "parent") continue;
    if (Array.isArray(child)) {
      for (let i = 0; i < child.length; i++) if (isNode(child[i])) child[i] = replaced(child[i], packed);
    } else if (isNode(child)) node[name] = replaced(child, packed);
  }
}

function replaced(node, packed) {
  if (node.kind === NodeKind.Literal && node.literalKind === LiteralKind.String) return packed(node);
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
