/**
 * The sentence of a novelty or outlier tag, from the rules in docs and assembly/detect/novelty/reason.ts: places,
 * shapes, counts.
 */
import { kinds, type ShownFeature } from "./features.js";
import { type Bytes, hashPair } from "./hash.js";
import type { ReferenceModel } from "./model.js";
import { foreignRange } from "./request.js";

/** The least probable feature of a signature, with all features that are not muted. */
export interface Novelty {
  signature: Bytes;
  features: ShownFeature[];
  least: ShownFeature;
}

const reasonBytesMax = 200;

/** `told`: which of its like or of its incident this is; the third says that the others are counted. */
export function finished(sentence: string, told: number): string {
  const cut = sentence.slice(0, told >= 3 ? reasonBytesMax - 40 : reasonBytesMax);
  const number = told < 3 ? "" : ` (${told}${told === 3 ? "rd" : "th"} like it, now every 100th)`;
  return (cut + number).replace(/[^\x20-\x7e]/g, "?");
}

export function outlierReason(message: string, distance: number, radius: number): string {
  return `${message}; the nearest known pattern is ${fixed(distance)} away, its lines lie within ${fixed(radius)}`;
}

function fixed(value: number): string {
  return (Math.floor(value * 100 + 0.5) / 100).toFixed(2);
}

export function noveltyReason(novelty: Novelty, model: ReferenceModel): string {
  const { kind } = novelty.least;
  const methods = model.table.get(hashPair(BigInt(kinds.method), 0n));
  if (kind === kinds.content || kind === kinds.pathContent) {
    return `nothing like ${foreignShape(novelty.signature, model)}${methods ? ` in ${methods.count} requests` : " before"}`;
  }
  const requests = ` in ${(model.table.get(novelty.least.group) ?? methods)!.count} requests`;
  const isSeen = model.table.has(hashPair(novelty.least.group, novelty.least.value));
  const never = isSeen ? "hardly ever" : "never";
  if (ofValues.includes(kind)) return usualShapeReason(novelty, model) ?? valueReason(novelty.least, never) + requests;
  return requestReason(novelty.least, never) + requests;
}

const ofValues: number[] = [
  ...[kinds.valueShape, kinds.lengthClass, kinds.valueSpecial, kinds.valuePair],
  ...[kinds.valueLength, kinds.digitRuns],
];

/** The longest row of unmet grams, each by its last sign. */
function foreignShape(signature: Bytes, model: ReferenceModel): string {
  const { start, end } = foreignRange(signature, model);
  return shaped(signature.slice(start, end));
}

function requestReason({ kind, place, name, shown, value }: ShownFeature, never: string): string {
  const path = pathOf(place);
  const word = placed(shown) || "(none)";
  switch (kind) {
    case kinds.method:
      return `method ${word} ${never} seen`;
    case kinds.status:
      return `status ${word} ${never} seen`;
    case kinds.methodStatus:
      return `${placed(name) || "(none)"} ${never} answered with ${word}`;
    case kinds.pathMethod:
      return `${path} ${never} asked for with ${word}`;
    case kinds.pathStatus:
      return `${path} ${never} answered with ${word}`;
    case kinds.child:
      return value === 6n
        ? `${path} itself ${never} asked for, only what is under it,`
        : `such an entry under ${path} ${never} asked for: ${shaped(shown)}`;
    case kinds.extension:
      return `extension .${shaped(shown)} ${never} seen`;
    case kinds.parameters:
      return `this set of parameters of ${path} ${never} seen`;
    case kinds.parameterName:
      return `${path} ${never} had a parameter named like ${shaped(shown)}`;
    case kinds.pathPair:
      return `signs ${shaped(shown)} ${never} seen in a path`;
    case kinds.nameSpecial:
      return `signs ${shaped(shown)} ${never} seen in a parameter's name`;
    default:
      return `no request line, but ${shaped(shown)}, ${never} seen`;
  }
}

const parameterOf = ({ place, name }: ShownFeature) => `${placed(name) || "the unnamed parameter"} of ${pathOf(place)}`;

function valueReason(feature: ShownFeature, never: string): string {
  const [parameter, shape] = [parameterOf(feature), shaped(feature.shown)];
  if (feature.kind === kinds.valueShape) return `${parameter} ${never} looked like ${shape}`;
  if (feature.kind === kinds.digitRuns) return `${parameter} ${never} had digits like ${shape}`;
  if (feature.kind === kinds.lengthClass || feature.kind === kinds.valueLength)
    return `${parameter} ${never} had this length, here ${shape}`;
  return `${feature.kind === kinds.valueSpecial ? "sign" : "sequence"} ${shape} ${never} came in ${parameter}`;
}

/** Said first where every value of the parameter looked alike until now. */
function usualShapeReason({ features, least }: Novelty, model: ReferenceModel): string | undefined {
  const shape = features.find(({ kind, parameter }) => kind === kinds.valueShape && parameter === least.parameter);
  const group = shape && model.table.get(shape.group);
  if (!group?.note || model.table.has(hashPair(shape!.group, shape!.value))) return undefined;
  const usual = ["digits", "one word", "words", "empty"][group.note - 1];
  return `${parameterOf(shape!)} was ${usual} in all ${group.count} requests, here ${shaped(shape!.shown)}`;
}

export function textReason(message: string, { group }: ShownFeature, model: ReferenceModel): string {
  return `${message}; none like it in ${model.table.get(group)!.count} lines`;
}

/** The source and the beginning of the line's own words. */
export function newMessage({ place }: ShownFeature, body: Bytes): string {
  const quoted = body.length > 60 ? `${body.slice(0, 60)}...` : body;
  return `${place && `${placed(place)}: `}new message "${quoted}"`;
}

const pathOf = (place: Bytes) => (place === "" ? "/" : placed(place));

/** A name that was learnt, for people: 64 bytes of it. */
function placed(text: Bytes): string {
  const shown = text
    .slice(0, 64)
    .replace(/[\x80-\xff]/g, "a")
    .replace(/[\x00-\x1f\x7f]/g, "?");
  return text.length > 64 ? `${shown}...` : shown;
}

/** Letters `a`, words joined by one space or dot `A`, digits `9`; 40 signs of it. */
function shaped(text: Bytes): string {
  if (text === "") return "nothing";
  const shape = text
    .replace(/[A-Za-z\x80-\xff]+(?:[ .][A-Za-z\x80-\xff]+)+/g, "\u0100")
    .replace(/[A-Za-z\x80-\xff]+/g, "a")
    .replace(/[0-9]+|[\x05\x06]/g, "9")
    .replace(/[\x00-\x1f\x7f]/g, "?")
    .replaceAll("\u0100", "A");
  return shape.length > 40 ? `${shape.slice(0, 40)}...` : shape;
}
