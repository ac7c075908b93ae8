/**
 * The sentence of a novelty or outlier tag, from the rules in docs and assembly/detect/novelty/: what, where, in how
 * many of the lines learnt.
 */
import { groupsAbove, kinds, parametersOf, type ShownFeature } from "./features.js";
import { type Bytes, hashBytes, hashPair } from "./hash.js";
import type { ReferenceModel, TableEntry } from "./model.js";
import { escaped, foreignRange, newChildOf, open } from "./request.js";
import { wordsOf } from "./words.js";

/** The least probable feature of a signature, with all features that are not muted. */
export interface Novelty {
  signature: Bytes;
  features: ShownFeature[];
  least: ShownFeature;
  /** What says most of all features, content aside. */
  top: ShownFeature | undefined;
  /** The request's target, or the whole line where there is none. */
  text: Bytes;
}

const reasonBytesMax = 200;

/** `told`: which of its like or of its incident this is; the third says that the others are counted. */
export function finished(sentence: string, told: number): string {
  const cut = sentence.slice(0, told >= 3 ? reasonBytesMax - 40 : reasonBytesMax);
  const number =
    told < 3 ? "" : ` (${told}${told === 3 ? "rd" : "th"} like it, now every ${told < 1000 ? 100 : 1000}th)`;
  return (cut + number).replace(/[^\x20-\x7e]/g, "?");
}

/** The pattern that is nearest to a text. */
export interface Nearest {
  nearest: number;
  distance: number;
}

export function outlierReason(feature: ShownFeature, body: Bytes, model: ReferenceModel, nearest: Nearest): string {
  return newMessage(feature, body, model, nearest, "; none like it");
}

const ofHead: number[] = [kinds.method, kinds.status, kinds.methodStatus, kinds.pathMethod, kinds.pathStatus];
const ofValues: number[] = [
  ...[kinds.valueShape, kinds.lengthClass, kinds.valueSpecial, kinds.valuePair],
  ...[kinds.valueLength, kinds.digitRuns],
];

export function noveltyReason(novelty: Novelty, model: ReferenceModel): string {
  const { least, top, features } = novelty;
  const sentence = new RequestSentence(novelty, model);
  if (least.kind === kinds.pathContent) {
    const child = newChildOf(features, model);
    return child ? sentence.of(child) : sentence.ofContent(least.kind);
  }
  if (least.kind !== kinds.content) return sentence.of(least);
  return top && ofValues.includes(top.kind) ? sentence.of(top) : sentence.ofContent(least.kind);
}

const grouped = (count: number) => count.toLocaleString("en-US");

/** Cut as it is in quotation marks. */
const cut = (text: Bytes, max = 60) => (text.length > max ? `${text.slice(0, max)}...` : text);

class RequestSentence {
  private readonly words: Bytes[];
  private readonly pathAt: number;
  private readonly pathEnd: number;

  constructor(
    private readonly novelty: Novelty,
    private readonly model: ReferenceModel,
  ) {
    const { signature, text } = novelty;
    this.words = wordsOf(signature, text);
    this.pathAt = signature.indexOf("\x01", signature.indexOf("\x01") + 1) + 1;
    this.pathEnd = this.pathAt + /^[^\x02]*/.exec(signature.slice(this.pathAt))![0].length;
  }

  private entry(key: bigint): TableEntry | undefined {
    return this.model.table.get(key);
  }

  /** What the line has from here to there in the signature. */
  private own(start: number, end: number, max?: number): Bytes {
    return cut(this.words.slice(start, end).join(""), max);
  }

  private shown({ at, shown }: ShownFeature): Bytes {
    return this.own(at!, at! + shown.length);
  }

  private place({ place }: ShownFeature): Bytes {
    return place === "" ? "/" : this.own(this.pathAt, this.pathAt + place.length, 40);
  }

  private name({ name, nameAt }: ShownFeature): Bytes {
    return name === "" ? "the unnamed parameter" : this.own(nameAt!, nameAt! + name.length, 40);
  }

  private ownPath({ kind, at, shown }: ShownFeature): Bytes {
    const mayBegin = kind === kinds.child || kind === kinds.extension;
    const isLong = mayBegin && at! + shown.length - this.pathAt > 60;
    return isLong ? `...${this.own(at! - 1, this.pathEnd)}` : this.own(this.pathAt, this.pathEnd);
  }

  /** In an open group no values are kept: what was learnt elsewhere says whether this one was seen. */
  private isElsewhere(feature: ShownFeature): boolean {
    const entry = this.entry(feature.group);
    return entry !== undefined && groupsAbove(feature).length > 0 && escaped(entry) > open;
  }

  /** A sign in a parameter that is new to its path: what counts are all requests of the site. */
  private isOfSite({ kind, group }: ShownFeature): boolean {
    return kind === kinds.valueSpecial && !this.entry(group);
  }

  private seen(feature: ShownFeature): TableEntry | undefined {
    const nearest = this.isElsewhere(feature) ? groupsAbove(feature)[0] : feature.group;
    const group = this.isOfSite(feature) ? groupsAbove(feature)[1] : nearest;
    return this.entry(hashPair(group, feature.value));
  }

  private requests(feature: ShownFeature | undefined): string {
    const entry = (feature && this.entry(this.counting(feature))) ?? this.entry(hashPair(BigInt(kinds.method), 0n));
    return entry ? `${grouped(entry.count)} requests` : "the requests learnt";
  }

  /** What counts the requests that could have had it. */
  private counting(feature: ShownFeature): bigint {
    const { kind, group, place, name } = feature;
    const path = hashBytes(place);
    const elsewhere = this.isElsewhere(feature);
    const names = elsewhere
      ? hashPair(BigInt(kinds.parameterName + 256), 0n)
      : hashPair(BigInt(kinds.parameterName), path);
    if (this.isOfSite(feature)) return 0n;
    if (ofValues.includes(kind)) return hashPair(names, hashBytes(name));
    if (kind === kinds.parameterName && !elsewhere) return hashPair(BigInt(kinds.parameters), path);
    const isOwn =
      ofHead.includes(kind) || kind === kinds.outcome || kind === kinds.parameters || kind === kinds.extension;
    return isOwn || (kind === kinds.child && !elsewhere) ? group : 0n;
  }

  private share(feature: ShownFeature, where = ""): string {
    const seen = this.seen(feature);
    return `${seen ? grouped(seen.count) : "none"} of ${this.allOf(feature, where)}`;
  }

  private like(feature: ShownFeature): string {
    const seen = this.seen(feature);
    return `${seen ? `something like it in ${grouped(seen.count)} of` : "nothing like it in"} ${this.allOf(feature)}`;
  }

  private allOf(feature: ShownFeature, where = ""): string {
    const isOfName = this.isElsewhere(feature) && ofValues.includes(feature.kind);
    const name = isOfName ? ` with ${this.name(feature)}` : "";
    return `${this.requests(feature)}${where}${name}${witnessesOf(this.seen(feature))}`;
  }

  ofContent(kind: number): string {
    const { start, end } = foreignRange(this.novelty.signature, this.model);
    const isRequest = this.novelty.signature[0] === "Q";
    const path = `${kind === kinds.pathContent ? "path" : "query of"} ${this.own(this.pathAt, this.pathEnd)}`;
    return `${isRequest ? path : "no request line"}; hardly anything like "${this.own(start, end)}" in ${this.requests(undefined)}`;
  }

  of(feature: ShownFeature): string {
    const { kind, shown, name } = feature;
    const path = this.place(feature);
    const share = this.share(feature);
    if (ofValues.includes(kind)) return this.ofValue(feature);
    if (kind === kinds.outcome) {
      const name = this.own(feature.at!, feature.at! + shown.length, 40);
      return `${name}: a success; all ${this.requests(feature)} for it or below it failed`;
    }
    const word = shown || "(none)";
    switch (kind) {
      case kinds.method:
        return `method ${word}: ${share}`;
      case kinds.status:
        return `status ${word}: ${share}`;
      case kinds.methodStatus:
        return `status ${word} to ${name || "(none)"}: ${share}`;
      case kinds.pathMethod:
        return `method ${word} on ${path}: ${share}`;
      case kinds.pathStatus:
        return `status ${word} on ${path}: ${share}`;
      case kinds.child:
        return this.ofChild(feature);
      case kinds.extension:
        return `extension .${this.shown(feature)} of ${this.ownPath(feature)}: ${this.share(feature, " with one")}`;
      case kinds.parameters:
        return shown === ""
          ? `${path} without parameters${this.usualName(feature) ?? `: ${share}`}`
          : `${path} with "${this.shown(feature)}": such parameters in ${share}`;
      case kinds.parameterName:
        return `parameter ${this.name(feature)} of ${path}: ${share}`;
      case kinds.pathPair:
        return `"${this.shown(feature)}" in path ${this.ownPath(feature)}: ${share}`;
      case kinds.nameSpecial:
        return `"${this.shown(feature)}" in parameter ${this.name(feature)}: ${share}`;
      default:
        return `no request line but "${this.shown(feature)}"; ${this.like(feature)}`;
    }
  }

  /** A known name that every learnt request of the path had. */
  private usualName(feature: ShownFeature): string | undefined {
    const names = hashPair(BigInt(kinds.parameterName), hashBytes(feature.place));
    const requests = this.entry(this.counting(feature)) ?? this.entry(hashPair(BigInt(kinds.method), 0n));
    const countOf = (name: Bytes) => this.entry(hashPair(names, hashBytes(name)))?.count;
    const name = this.model.texts.names.find((each) => requests && countOf(each) === requests.count);
    return name && `; all ${this.requests(feature)} had ${name}`;
  }

  private ofChild(feature: ShownFeature): string {
    const path = this.place(feature);
    if (feature.value === 6n) return `${path} itself: ${this.share(feature, " under it")}`;
    if (this.seen(feature)) return `path ${this.ownPath(feature)}: ${this.like(feature)}`;
    const under = this.isElsewhere(feature) ? "" : ` under ${path}`;
    return `new path ${this.ownPath(feature)}: nothing like it${under} in ${this.requests(feature)}`;
  }

  private ofValue(feature: ShownFeature): string {
    const { value } = parametersOf(this.novelty.signature.slice(this.pathEnd))[feature.parameter! - 1];
    const valueAt = feature.nameAt! + feature.name.length + 1;
    const own = this.own(valueAt, valueAt + value.length);
    return `${this.name(feature)} of ${this.place(feature)} is "${own}"; ${this.usualShape(feature) ?? this.oddity(feature)}`;
  }

  private oddity(feature: ShownFeature): string {
    const { kind } = feature;
    if (kind === kinds.valueSpecial || kind === kinds.valuePair)
      return `"${this.shown(feature)}"${edgeOf(feature)} in ${this.isOfSite(feature) ? "parameters of " : ""}${this.share(feature)}`;
    if (kind === kinds.valueShape) return this.like(feature);
    const what = kind === kinds.digitRuns ? "as many digits" : "this length";
    return `${what} in ${this.share(feature)}`;
  }

  /** Said first where every value of the parameter looked alike until now. */
  private usualShape({ parameter }: ShownFeature): string | undefined {
    const shape = this.novelty.features.find((each) => each.kind === kinds.valueShape && each.parameter === parameter);
    const group = shape && this.entry(shape.group);
    if (!group?.note || this.entry(hashPair(shape!.group, shape!.value))) return undefined;
    const usual = ["only digits", "one word", "only words", "empty"][group.note - 1];
    return `${usual} in ${grouped(group.count)} requests`;
  }
}

/** Who had what was seen, and counts as unseen. */
function witnessesOf(seen: TableEntry | undefined): string {
  return seen ? (seen.note === 6 ? ", from one client" : ", from few clients") : "";
}

export function textReason(
  feature: ShownFeature,
  body: Bytes,
  model: ReferenceModel,
  nearest: Nearest | undefined,
): string {
  const { group, value } = feature;
  const seen = model.table.get(hashPair(group, value));
  const lines = `${grouped(model.table.get(group)!.count)} lines`;
  if (!seen) return newMessage(feature, body, model, nearest, `; none like it in ${lines}`);
  return `${sourceOf(feature)}message "${cut(body)}"; something like it in ${grouped(seen.count)} of ${lines}${witnessesOf(seen)}`;
}

const sourceOf = ({ place }: ShownFeature) => place && `${placed(place)}: `;

/** The source, the line's own words, and the known ones that these are like, or what is said where there are none. */
function newMessage(
  feature: ShownFeature,
  body: Bytes,
  { texts, centroids }: ReferenceModel,
  nearest: Nearest | undefined,
  otherwise: string,
): string {
  const start = `${sourceOf(feature)}new message `;
  const known = (nearest && texts.patterns[nearest.nearest]) ?? "";
  const isRelated = known !== "" && nearest!.distance < 0.8;
  const room = isRelated ? 60 : 120 - start.length;
  const begins = differing(body, known, room);
  const quoted = (text: Bytes, at: number, max: number) => `"${at > 0 ? "..." : ""}${cut(text.slice(at), max)}"`;
  const own = start + quoted(body, begins.own, room);
  if (!isRelated) return own + otherwise;
  return `${own}; nearest known, ${grouped(centroids[nearest!.nearest].support)} times: ${quoted(known, begins.known, 60)}`;
}

/** Where quotes of a text that is too long for one begin: behind the last blank or dot before it differs. */
function differing(body: Bytes, known: Bytes, room: number): { own: number; known: number } {
  let begins = { own: 0, known: 0 };
  const at = { own: 0, known: 0 };
  for (const [piece] of known.matchAll(/<.>|./gs)) {
    if (at.own >= body.length || body.length - begins.own <= room) break;
    if (/[ .]$/.test(known.slice(0, at.known))) begins = { ...at };
    at.known += piece.length;
    if (piece.length === 3) {
      while (at.own < body.length && ![" ", known[at.known]].includes(body[at.own])) at.own++;
    } else if (body[at.own++] !== piece) break;
  }
  return begins;
}

/** A name that was learnt, for people: 40 bytes of it. */
function placed(text: Bytes): string {
  return cut(text.replace(/[\x00-\x1f\x7f]/g, "?"), 40);
}

/** Of two tokens in a row one may be the value's beginning (5) or its end (6). */
function edgeOf({ kind, value }: ShownFeature): string {
  if (kind !== kinds.valuePair) return "";
  if (value >> 8n === 5n) return " at its start";
  return (value & 0xffn) === 6n ? " at its end" : "";
}
