/** The strict check of JSON lines alone. */

import { oddline_sound_lines } from "../../../../assembly/record/validJson";
import { reserve } from "../../../../assembly/runtime/memory";

export { oddline_sound_lines, reserve };
