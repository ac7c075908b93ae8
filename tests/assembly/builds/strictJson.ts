/** The strict check of JSON lines alone. */

import { reserve } from "../../../assembly/memory";
import { oddline_sound_lines } from "../../../assembly/strictJson";

export { oddline_sound_lines, reserve };
