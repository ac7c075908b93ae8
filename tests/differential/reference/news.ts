/**
 * News, not noise, by the words of docs/architecture.md: a request with other signs than those of words is told three
 * times within an hour and then every hundredth time (beyond a thousand every thousandth), letter by letter; a text or
 * an outlier, and the same news of other requests, once a day and every hundredth time; all structural news of one
 * source, or of one client with one method and status, three times and then every hundredth until ten quiet seconds
 * have passed (an hour, of texts that are told for their level alone). All texts of sources that were never met are one
 * such incident as well, of which twenty are told; of a flood of them one a second is judged, the others are taken for
 * more of the same. Lines that have no time, and lines whose time is far from that of what carried them, have
 * incidents of their own. What is next most surprising decides then. Nothing else is muted.
 */
import { isIPv6 } from "node:net";
import { embeddingOf } from "./embedding.js";
import { isMostlyUnknown, kinds, parametersOf, type ShownFeature, shownFeaturesOf, tokensOf } from "./features.js";
import type { Bytes } from "./hash.js";
import { knowsWord, type ReferenceModel } from "./model.js";
import { finished, type Nearest, noveltyReason, outlierReason, textReason } from "./reason.js";
import { newChildOf, placeOf, requestSurprise } from "./request.js";
import { halfOctavesOf } from "./signature.js";
import { nearestCentroid, textNovelty, weighLevel } from "./verdict.js";

export interface Told {
  score: number;
  type?: "novelty" | "outlier";
  reason?: string;
}

const sameSeconds = 3600;
const daySeconds = 24 * 3600;
/** A request is left out place by place so often at most. */
const roundsMax = 4;
const quietSeconds = 10;
const incidentTags = 3;
const newSourcesTags = 20;
const lateSeconds = 60;

/** What tells whose incident an event belongs to. */
export interface Sender {
  key: Bytes;
  source: Bytes;
  /** What its text says. */
  body: Bytes;
  request: { target: Bytes } | undefined;
  timeSeconds?: number;
  carriedSeconds?: number;
}

/** What a text may be a part of. */
interface Incidents {
  ofSource: string;
  ofNewSources: string | undefined;
  ofLevel: string | undefined;
}

export class ReferenceFilter {
  private readonly news = new Map<string, { seconds: number; number: number }>();
  muted = 0;

  constructor(private readonly model: ReferenceModel) {}

  /** The verdict on a signature that is from `seconds`, keywords and windows left aside. */
  judge(signature: Bytes, seconds: number, sender: Sender): Told {
    return signature[0] === "T" ? this.text(signature, seconds, sender) : this.request(signature, seconds, sender);
  }

  private text(signature: Bytes, seconds: number, sender: Sender): Told {
    const { source, body } = sender;
    const knows = (word: bigint) => knowsWord(this.model, word);
    const features = shownFeaturesOf(signature, knows);
    const { score, isUnmet, asksOutlier } = textNovelty(features, this.model);
    const sums = embeddingOf(tokensOf(signature, knows));
    const outlier = asksOutlier ? this.nearest(sums) : undefined;
    const distance = outlier ? this.inRadii(outlier) : 0;
    const isOutlier = distance > score;
    const rarity = isOutlier ? distance : score;
    const larger = weighLevel(rarity, signature, isUnmet);
    const clock = clockOf(sender);
    const ofSource = `incident source ${source} ${clock}`;
    const ofNewSources = this.model.table.has(features[0].group) ? undefined : `incident of new sources ${clock}`;
    const isOfFlood =
      ofNewSources !== undefined &&
      (this.isUnderWay(ofSource, incidentTags, seconds) || this.isUnderWay(ofNewSources, newSourcesTags, seconds));
    if (larger <= 1 && !isOfFlood) return { score: larger };
    const ofLevel = rarity <= 1 && ofNewSources === undefined ? `level ${ofSource}` : undefined;
    const letters = isMostlyUnknown(tokensOf(signature, knows)) ? ` ${signature}` : "";
    const told = this.tell(
      `${features[0].group} ${features[0].value}${letters}`,
      { ofSource, ofNewSources, ofLevel },
      seconds,
    );
    if (told === undefined) {
      this.muted++;
      return { score: 0 };
    }
    if (larger <= 1) return { score: larger };
    const reason = isOutlier
      ? outlierReason(features[0], body, this.model, outlier!)
      : textReason(features[0], body, this.model, this.nearest(sums));
    return { score: larger, type: isOutlier ? "outlier" : "novelty", reason: finished(reason, told) };
  }

  private request(signature: Bytes, seconds: number, sender: Sender): Told {
    let features = shownFeaturesOf(signature, () => false);
    const leftOut = { path: false, all: false };
    let counted: number | undefined;
    const countIncident = (key: string) => {
      counted ??= this.count(key, quietSeconds, seconds, true);
      return counted;
    };
    for (let rounds = 0; ; rounds++) {
      const { nats, least, top } = requestSurprise(signature, features, this.model, leftOut);
      const score = nats / this.model.requestThreshold;
      if (!least || score <= 1) return { score };
      const change = (isOfPath(least) && newChildOf(features, this.model)) || least;
      const isFree = isEvasive(signature) || rounds >= roundsMax;
      const told = isFree ? 0 : this.tellRequest(least, change, signature, seconds, sender, countIncident);
      if (told !== undefined) {
        const reason = noveltyReason(
          { signature, features, least, top, text: sender.request?.target ?? sender.body },
          this.model,
        );
        return { score, type: "novelty", reason: finished(reason, told) };
      }
      this.muted++;
      if (isOfPath(least) && !isPlain(signature)) leftOut.path = true;
      else leftOut.all = true;
      features = features.filter((feature) => !isPartOf(least, feature));
    }
  }

  private tellRequest(
    least: ShownFeature,
    change: ShownFeature,
    signature: Bytes,
    seconds: number,
    sender: Sender,
    countIncident: (key: string) => number,
  ): number | undefined {
    const { key, source } = sender;
    // of paths that answer with an error for once the status is the news, not the path
    const isStatus = least.kind === kinds.pathStatus;
    const what = `same ${isStatus ? kinds.pathStatus : change.group} ${change.value}`;
    if (!isOfPath(least) && !isPlain(signature)) {
      const times = this.count(`${what} ${signature}`, sameSeconds, seconds, false);
      return isTold(times, 3) ? times : undefined;
    }
    const like = isStatus ? headOf(signature) : likenessOf(signature);
    const number = this.count(`${what} ${like}`, daySeconds, seconds, false);
    if (!isTold(number, 1)) return undefined;
    if (!isOfPath(least) || !isPlain(signature)) return number;
    const owner = key === "" ? `source ${source} ${clockOf(sender)}` : `client ${networkOf(key)}`;
    const told = Math.max(number, countIncident(`incident ${owner} ${headOf(signature)}`));
    return isTold(told, incidentTags) ? told : undefined;
  }

  /** The largest of its numbers; undefined where it is muted. What came often is no longer part of an incident. */
  private tell(same: string, { ofSource, ofNewSources, ofLevel }: Incidents, seconds: number): number | undefined {
    const number = this.count(`same ${same}`, daySeconds, seconds, false);
    const isPart = number <= 3;
    const inIncident = isPart ? this.count(ofSource, quietSeconds, seconds, true) : 0;
    const amongNew = isPart && ofNewSources !== undefined ? this.count(ofNewSources, quietSeconds, seconds, true) : 0;
    const byLevel = isPart && ofLevel !== undefined ? this.count(ofLevel, sameSeconds, seconds, true) : 0;
    const told = Math.max(number, inIncident, byLevel, amongNew > newSourcesTags ? amongNew : 0);
    return isTold(told, number === 1 ? incidentTags : 0) ? told : undefined;
  }

  /** Whether all that an incident tells first was told, and its last event was in this second. */
  private isUnderWay(incident: string, tags: number, seconds: number): boolean {
    const held = this.news.get(incident);
    return held !== undefined && held.number >= tags && held.seconds === seconds;
  }

  private count(key: string, span: number, seconds: number, untilQuiet: boolean): number {
    const held = this.news.get(key);
    if (!held || seconds - held.seconds < -lateSeconds || seconds - held.seconds > span) {
      this.news.set(key, { seconds, number: 1 });
      return 1;
    }
    if (untilQuiet) held.seconds = Math.max(held.seconds, seconds);
    return ++held.number;
  }

  private nearest(sums: number[] | undefined): Nearest | undefined {
    if (!sums || this.model.centroids.length === 0 || sums.every((sum) => sum === 0)) return undefined;
    return nearestCentroid(sums, this.model);
  }

  private inRadii({ nearest, distance }: Nearest): number {
    const { centroids, outlierScale } = this.model;
    return distance / (centroids[nearest].radius * outlierScale);
  }
}

function clockOf({ timeSeconds, carriedSeconds }: Sender): string {
  if (timeSeconds === undefined) return "arrival";
  return carriedSeconds !== undefined && Math.abs(timeSeconds - carriedSeconds) > 60 ? "other" : "own";
}

const isTold = (number: number, first: number) => number <= first || number % (number < 1000 ? 100 : 1000) === 0;

/** Whoever has one IPv6 address of a network has all of them: its first four groups. */
function networkOf(key: Bytes): Bytes {
  if (!isIPv6(key)) return key;
  const [left, right] = key.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const gap = right ? Array<string>(8 - left.length - right.length).fill("0") : [];
  return [...left, ...gap, ...(right ?? [])].slice(0, 4).join(":");
}

const isOfPath = ({ kind }: ShownFeature) => kind === kinds.child || kind === kinds.pathContent;

/** Whether a feature is left out with what says most: all of a path, or its place, which a parameter is by itself. */
function isPartOf(least: ShownFeature, feature: ShownFeature): boolean {
  if (isOfPath(least)) return feature.kind === kinds.child || feature.kind === kinds.pathPair;
  if (least.kind === kinds.content || placeOf(feature) !== placeOf(least)) return false;
  return !placeOf(least).startsWith("=") || feature.parameter === least.parameter;
}

function partsOf(signature: Bytes) {
  const [, head, path, parameters] = /^([^\x01]*\x01[^\x01]*\x01)([^\x02]*)(.*)$/s.exec(signature)!;
  return { head, path, parameters: parametersOf(parameters) };
}

/** Whether the request may be meant for another place than it seems. */
function isEvasive(signature: Bytes): boolean {
  if (signature[0] !== "Q") return false;
  const { path, parameters } = partsOf(signature);
  const values = parameters.map(({ value }) => value).join("\x04");
  return /\.\.|[\\%\x07\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]/.test(path) || /\.\.|[\\%\x07]/.test(values);
}

/** No signs but such as stand in words, numbers, dates, addresses and paths. */
function isPlain(signature: Bytes): boolean {
  if (signature[0] !== "Q") return false;
  const { path, parameters } = partsOf(signature);
  const query = parameters.map(({ name, value }) => name + value).join("");
  return /^[A-Za-z0-9\x80-\xff +,\-./:=@_~]*$/.test(path + query);
}

/** Method and status; what a browser has still is what it got before. */
const headOf = (signature: Bytes) => partsOf(signature).head.replace("\x01304\x01", "\x01200\x01");

/** What is left where names and numbers in the path and the order of signs are not looked at. */
function likenessOf(signature: Bytes): string {
  const { path, parameters } = partsOf(signature);
  const last = path.slice(path.lastIndexOf("/"));
  const signs = (text: string) => [...new Set(text)].sort().join("");
  return JSON.stringify([
    headOf(signature),
    signs(path.replace(/[A-Za-z0-9/._-]/g, "").replace(/[\x80-\xff]/g, "\x80")),
    path.match(/\/\.[^/]*/g),
    /\.[^.]*$/.exec(last)?.[0].slice(0, 9),
    parameters.map(({ name }) => name).sort(),
    signs(parameters.map(({ value }) => value.replace(/[A-Za-z0-9\x80-\xff]/g, "")).join("")),
    Math.max(0, ...parameters.map(({ length }) => halfOctavesOf(length.charCodeAt(0)) >> 2)),
  ]);
}
