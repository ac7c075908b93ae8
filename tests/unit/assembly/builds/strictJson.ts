/** The strict check of JSON lines alone. */

import { reserve } from "../../../../assembly/runtime/memory";
import { oddline_sound_lines } from "../../../../assembly/record/validJson";

export { oddline_sound_lines, reserve };
