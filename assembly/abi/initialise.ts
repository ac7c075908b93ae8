/** The tables of every room, reserved once for good. */

import { initialiseMarks } from "../detect/agents/marks";
import { initialiseOrdinary } from "../detect/agents/ordinary";
import { initialiseKnown } from "../detect/known";
import { initialiseCache } from "../detect/novelty/cache";
import { initialiseFeatures } from "../detect/novelty/features";
import { initialiseSignature } from "../detect/novelty/signature";
import { initialiseSuppression } from "../detect/novelty/suppression";
import { initialiseTokens } from "../detect/novelty/textFeatures";
import { initialiseEmbedding } from "../detect/outlier/embedding";
import { initialiseRanges } from "../detect/ranges/detector";
import { initialiseWatch } from "../detect/windows/watch";
import { initialiseParts } from "../event/accessParts";
import { initialiseEvent } from "../event/event";
import { initialiseSkeletons } from "../event/skeleton";
import { initialiseByteClasses } from "../fields/byteClass";
import { initialisePlaces } from "../fields/clientPlaces";
import { initialiseClientWords } from "../fields/clientWords";
import { initialiseConfigured } from "../fields/configured";
import { initialiseLevels } from "../fields/level";
import { initialiseFields } from "../fields/named";
import { initialiseEnvelopes } from "../record/envelope";
import { mayReserve } from "../runtime/memory";
import { initialiseOutput } from "../runtime/output";
import { initialiseAnomaly } from "../verdict/anomalyJson";

export let ready: bool = false;
let refused: bool = false;

/** False where the host has no memory for the tables, and then nothing is ever judged. */
export function initialise(): bool {
  if (ready) return true;
  if (refused || !mayReserve()) return false; // the first record may be a large one: the next will do
  ready =
    initialiseEvent() &&
    initialiseSkeletons() &&
    initialiseEnvelopes() &&
    initialiseParts() &&
    initialiseByteClasses() &&
    initialiseClientWords() &&
    initialisePlaces() &&
    initialiseLevels() &&
    initialiseFields() &&
    initialiseConfigured() &&
    initialiseSignature() &&
    initialiseFeatures() &&
    initialiseTokens() &&
    initialiseEmbedding() &&
    initialiseOutput() &&
    initialiseCache() &&
    initialiseSuppression() &&
    initialiseKnown() &&
    initialiseMarks() &&
    initialiseOrdinary() &&
    initialiseRanges() &&
    initialiseAnomaly() &&
    initialiseWatch();
  refused = !ready;
  return ready;
}
