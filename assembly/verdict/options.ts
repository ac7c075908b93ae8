/** What the host at hand says of the events to come: its hash seed, when they arrive, and how they are judged. */

import { tagEvery } from "../config/model";
import { tagEveryEvent } from "../config/settings";
import { keepParts, seedParts } from "../event/accessParts";
import { setRequestSeed } from "../event/event";
import { keepSkeletons, seedSkeletons } from "../event/skeleton";
import { forgetMet } from "../fields/clientPlaces";

/** Hash seed of this instance: nobody outside can make two signatures or two keys meet. */
export let seed: u64 = 0;
/** Unix seconds; 0: nobody knows. */
export let arrivalSeconds: i64 = 0;
/** Every event gets its member. */
export let tagAll: bool = false;
/** Whether every event gets its member, whoever asks for that. */
// @ts-ignore: decorator
@inline
export function tagsEvery(): bool {
  return tagAll || tagEvery || tagEveryEvent;
}

/** A structural change is suppressed once it was reported often enough. */
export let suppresses: bool = true;
export let useCache: bool = true;
/** False leaves keywords, windows and flows aside: what remains depends on the line alone. */
export let counts: bool = true;

export function setSeed(value: u64): void {
  seed = value;
  setRequestSeed(value);
  forgetMet();
  seedSkeletons(value);
  seedParts(value);
}

export function setArrivalSeconds(value: i64): void {
  arrivalSeconds = value;
}

export function setOptions(all: bool, suppressing: bool, cache: bool, counting: bool): void {
  tagAll = all;
  suppresses = suppressing;
  useCache = cache;
  keepSkeletons(cache);
  keepParts(cache);
  counts = counting;
}
