/** What a host other than Fluent Bit sets up before its first line: tables and seed, buffers, a model. */

import { forgetScores } from "../detect/novelty/cache";
import { forgetSuppression } from "../detect/novelty/suppression";
import { forgetWatch } from "../detect/windows/watch";
import { forgetModel } from "../operate/modelFile";
import { spareSlot, takeSpareSlot } from "../operate/modelSource";
import { reserve, SLACK_BYTES } from "../runtime/memory";
import { setSeed } from "../verdict/options";
import { initialise } from "./initialise";
import { forgetOwnTime } from "./lines";

/** Sets up the tables and the seed of the hashes; the same seed gives the same verdicts. */
export function oddline_start(seed: u64): bool {
  if (!initialise()) return false;
  setSeed(seed);
  forgetSuppression();
  forgetScores();
  forgetWatch();
  forgetOwnTime();
  return true;
}

/** Room for a model of so many bytes, or 0. The host copies it there and calls `oddline_use_model`. */
export function oddline_model_room(bytes: u32): usize {
  return initialise() ? spareSlot(max<usize>(<usize>bytes, 64)) : 0;
}

/** One of the MODEL constants of modelFile.ts; 0 is well. */
export function oddline_use_model(bytes: u32): i32 {
  return takeSpareSlot(<usize>bytes);
}

export function oddline_forget_model(): void {
  forgetModel();
  forgetScores();
}

/** A buffer of the host's for good, with the slack that wide loads need; 0 where memory is refused. */
export function oddline_buffer(bytes: u32): usize {
  return reserve(<usize>bytes + SLACK_BYTES);
}
